// SPDX-License-Identifier: GPL-2.0-or-later
// Each check of mm/check.h, and a call that it refuses: what the calls say about themselves.
#include <array>
#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>

#include "mm/refusal_rows.h"

namespace mmsim::test::refusals {

const std::vector<Row> kOtherRows = {
    {Check::unknown_advice, "EINVAL", [](auto& m) { return advise(m, 0, static_cast<Madv>(7)); }},
    {Check::discards_sealed, "EPERM",
     [](auto& m) {
         REQUIRE(m.mseal("AAAA....**"));
         return advise(m, 8, Madv::dontneed);
     }},
    {Check::guards_special, "EINVAL",
     [](auto& m) {
         lock_now(m);
         return advise(m, 0, Madv::guard_install);
     }},
    {Check::thp_disabled, "EINVAL",
     [](auto& m) {
         m.mm().thp_disabled = true;
         return advise(m, 0, Madv::collapse);
     }},
    {Check::not_collapsible, "EINVAL", [](auto& m) { return advise(m, 0, Madv::collapse); }},
    {Check::advised_special, "EINVAL",
     [](auto& m) {
         map_driven(m, kVmIo);
         return advise(m, 4, Madv::dofork);
     }},
    {Check::advised_file, "EINVAL",
     [](auto& m) {
         map_plain(m, file_of(m), kRw, kMapPrivate);
         return advise(m, 4, Madv::wipeonfork);
     }},
    {Check::advised_droppable, "EINVAL",
     [](auto& m) {
         map_plain(m, {}, kRw, kMapDroppable | kMapAnonymous);
         return advise(m, 4, Madv::dodump);
     }},
    {Check::advised_pinned, "EINVAL",
     [](auto& m) {
         lock_now(m);
         return advise(m, 0, Madv::dontneed);
     }},
    {Check::advised_locked, "EINVAL",
     [](auto& m) {
         lock_now(m);
         return advise(m, 0, Madv::remove);
     }},
    {Check::advised_no_file, "EINVAL", [](auto& m) { return advise(m, 0, Madv::remove); }},
    {Check::advised_read_only, "EACCES",
     [](auto& m) {
         map_plain(m, file_of(m), kRw, kMapPrivate);
         return advise(m, 4, Madv::remove);
     }},
    {Check::populates_special, "EINVAL",
     [](auto& m) {
         map_driven(m, kVmIo);
         return advise(m, 4, Madv::populate_read);
     }},
    {Check::populates_no_right, "EINVAL",
     [](auto& m) { return advise(m, 8, Madv::populate_write); }},
    {Check::page_guarded, "ENOMEM",
     [](auto& m) {
         REQUIRE_EQ(advise(m, 1, Madv::guard_install).error, "ok");
         return lock(m, 0, 4);
     }},
    {Check::pages_missing, "ENOMEM",
     [](auto& m) {
         map_plain(m, file_of(m, [](File& f) { f.size = p; }), kRw, kMapShared);
         return lock(m, 4, 2);
     }},
    {Check::pages_secret, "ENOMEM",
     [](auto& m) {
         const auto driver = plain_file();
         driver->is_secret = true;
         map_plain(m, file_of(m, {}, driver), kRw, kMapShared);
         return lock(m, 4);
     }},
    {Check::no_access, "ENOMEM",
     [](auto& m) {
         REQUIRE_EQ(protect(m, at(0), 4 * p, 0).error, "ok");
         return lock(m, 0);
     }},
    {Check::no_names, "EINVAL",
     [](auto& m) {
         m.world.anon_names = false;
         return name(m, 0, "x");
     }},
    {Check::name_too_long, "EINVAL", [](auto& m) { return name(m, 0, std::string(80, 'x')); }},
    {Check::name_letters, "EINVAL", [](auto& m) { return name(m, 0, "$"); }},
    {Check::name_of_file, "EBADF",
     [](auto& m) {
         map_plain(m, file_of(m), kRw, kMapShared);
         return name(m, 4, "x");
     }},
    {Check::no_flags, "EINVAL", [](auto& m) { return lock_all(m, 0); }},
    {Check::on_fault_alone, "EINVAL", [](auto& m) { return lock_all(m, kMclOnFault); }},
    {Check::unknown_mode, "EINVAL", [](auto& m) { return bind(m, 99, 1); }},
    {Check::moves_all, "EPERM",
     [](auto& m) {
         m.unprivileged();
         return ask(
             m, [](Current& c) { return sys_mbind(c, at(0), p, kMpolBind, 1, kMpolMfMoveAll); });
     }},
    {Check::mode_and_nodes, "EINVAL", [](auto& m) { return bind(m, kMpolDefault, 1); }},

    {Check::no_segment, "EINVAL", [](auto& m) { return attach(m, {}, 0); }},
    {Check::remaps_nowhere, "EINVAL",
     [](auto& m) { return attach(m, memory_file(m), 0, kShmRemap); }},
    {Check::attach_occupied, "EINVAL",
     [](auto& m) {
         const FileId segment = file_of(m, [](File& f) {
             f.type = FileType::shmem;
             f.size = p;
         });
         return attach(m, segment, at(0));
     }},
    {Check::nothing_attached, "EINVAL",
     [](auto& m) { return ask(m, [](Current& c) { return sys_shmdt(c, at(0)); }); }},
    {Check::prot_given, "EINVAL", [](auto& m) { return remap_pages(m, 0, 1, kR); }},
    {Check::remap_not_shared, "EINVAL", [](auto& m) { return remap_pages(m, 0, 1); }},
    {Check::remap_several, "EINVAL",
     [](auto& m) {
         map_plain(m, file_of(m), kRw, kMapShared);
         return remap_pages(m, 4, 3);
     }},
    {Check::token_room, "ENOSPC",
     [](auto& m) {
         return shadow(m, {0, 7, kShadowStackSetToken, {}});
     }},
    {Check::token_unaligned, "EINVAL",
     [](auto& m) {
         return shadow(m, {0, 9, kShadowStackSetToken, {}});
     }},
    {Check::shadow_stack_below, "ERANGE",
     [](auto& m) {
         return shadow(m, {p, p, 0, {}});
     }},
    {Check::uffd_before_api, "EINVAL",
     [](auto& m) { return add_to_uffd(m, at(0), 1, m.open_uffd(0, false)); }},
    {Check::uffd_api_twice, "EINVAL", [](auto& m) { return ask_uffd(m, {}, m.open_uffd()); }},
    {Check::uffd_no_mode, "EINVAL", [](auto& m) { return add_to_uffd(m, at(0), 0); }},
    {Check::uffd_outside_user_space, "EINVAL", [](auto& m) { return add_to_uffd(m, kTask, 1); }},
    {Check::uffd_nothing_mapped, "EINVAL", [](auto& m) { return add_to_uffd(m, at(5), 1); }},
    {Check::uffd_cuts_huge_page, "EINVAL",
     [](auto& m) {
         map_huge(m);
         return add_to_uffd(m, at(513), 1);
     }},
    {Check::uffd_wrong_memory, "EINVAL",
     [](auto& m) {
         map_plain(m, file_of(m), kRw, kMapPrivate);
         return add_to_uffd(m, at(4), 1);
     }},
    {Check::uffd_never_writable, "EPERM",
     [](auto& m) {
         map_plain(m, file_of(m, [](File& f) { f.writable = false; }), kR, kMapShared);
         return add_to_uffd(m, at(4), kUffdModeWp, m.open_uffd(kUffdWpAsync));
     }},
    {Check::uffd_of_another, "EBUSY",
     [](auto& m) {
         REQUIRE_EQ(add_to_uffd(m, at(0), 1).error, "ok");
         return add_to_uffd(m, at(0), 1);
     }},
    {Check::uffd_not_registered, "ENOENT",
     [](auto& m) {
         return ask_uffd(m, {UffdRequest::copy, at(0), p, 0}, m.open_uffd());
     }},
    {Check::uffd_process_gone, "ENOMEM",
     [](auto& m) {
         const FileId file = m.open_uffd();
         uffd_exit(m.world, m.mm_id);
         return add_to_uffd(m, at(0), 1, file);
     }},
    {Check::seals_read_only, "EPERM",
     [](auto& m) { return seal(m, file_of(m, [](File& f) { f.writable = false; }), kSealGrow); }},
    {Check::unknown_seals, "EINVAL", [](auto& m) { return seal(m, memory_file(m), 0x1000); }},
    {Check::not_sealable, "EINVAL", [](auto& m) { return seal(m, file_of(m), kSealGrow); }},
    {Check::seals_sealed, "EPERM",
     [](auto& m) {
         const FileId file = memory_file(m);
         REQUIRE_EQ(seal(m, file, kSealSeal).error, "ok");
         return seal(m, file, kSealGrow);
     }},
    {Check::writers_mapped, "EBUSY",
     [](auto& m) {
         const FileId file = memory_file(m);
         map_plain(m, file, kRw, kMapShared);
         return seal(m, file, kSealWrite);
     }},
};

// The lines of a source that return an errno and no check.
std::string unnamed_refusals(const std::string& file) {
    std::ifstream in(std::filesystem::path(MMSIM_SOURCE_DIR) / "lib/mm" / file);
    REQUIRE_MESSAGE(in, file);
    std::string found;
    for (std::string line; std::getline(in, line);) {
        const bool unnamed = line.find("return Errno::") != std::string::npos &&
                             line.find("failure point") == std::string::npos;
        if (unnamed) found += file + ":" + line + "\n";
    }
    return found;
}

TEST_SUITE("mm/refusals") {
    TEST_CASE("each check refuses a call, which names it and returns its errno") {
        std::array<int, kChecks> provoked{};
        for (const auto& rows : {mapping_rows(), changing_rows(), kOtherRows}) {
            for (const Row& row : rows) {
                const auto check = static_cast<std::size_t>(row.check);
                CAPTURE(check);
                MapPicture map{"AAAA....BB", {{'B', kReadOnly}}};
                const Answer answer = row.call(map);
                CHECK_EQ(answer.error, row.error);
                REQUIRE(answer.refusal);
                CHECK_EQ(static_cast<std::size_t>(answer.refusal->check), check);
                ++provoked[check];
            }
        }
        for (std::size_t check = 0; check < kChecks; ++check) {
            CAPTURE(check);
            CHECK_EQ(provoked[check], 1);
        }
    }

    TEST_CASE("no call returns an errno without the check that it is for") {
        for (const char* file :
             {"accounting.cpp",  "accounting.h", "brk.cpp",         "fault.cpp",
              "gather.cpp",      "install.cpp",  "madvise.cpp",     "madvise_rules.cpp",
              "mlock.cpp",       "mmap.cpp",     "mmap_region.cpp", "mmap_unwind.cpp",
              "mprotect.cpp",    "mremap.cpp",   "mremap_move.cpp", "mseal_mbind.cpp",
              "munmap.cpp",      "shm.cpp",      "split.cpp",       "unmapped_area.cpp",
              "userfaultfd.cpp", "walk.h"}) {
            CHECK_EQ(unnamed_refusals(file), "");
        }
    }

    TEST_CASE("what a check saw goes with it") {
        MapPicture map{"AAAA....BB"};
        const Answer hole = protect(map, at(2), 4 * p, kR);
        CHECK_EQ(hole.refusal->saw, at(4));
        REQUIRE(map.mseal("CCAA....**"));
        const Answer sealed = unmap(map, at(8), 2 * p);
        CHECK_EQ(sealed.refusal->saw, at(8));
        CHECK_EQ(sealed.refusal->more, at(10));
    }
}

}  // namespace mmsim::test::refusals
