// SPDX-License-Identifier: GPL-2.0-or-later
// Advice, and the names of anonymous memory: they walk a range alike. Rules 5.5, E4, E5, E8.
#include <algorithm>

#include <doctest/doctest.h>

#include "support/map_picture.h"
#include "support/scripted_driver.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

std::string advise(MapPicture& map, std::uint64_t addr, std::uint64_t length, Madv advice) {
    return outcome(map.call([&](Current& current) {
        return sys_madvise(current, addr, length, static_cast<std::uint64_t>(advice));
    }));
}

// What an advice makes of one VMA: its flags, or the error.
std::string advised(const Letter& letter, Madv advice) {
    MapPicture map{"A", {{'A', letter}}};
    const auto done = map.madvise("*", advice);
    return done ? map.codes(0) : outcome(done);
}

std::string advised_file(std::uint64_t flags, bool writable, Madv advice) {
    MapPicture map{"."};
    File file;
    file.path = "/file";
    file.writable = writable;
    REQUIRE(map.mmap("*", kR, flags, map.open(plain_file(), file)));
    const auto done = map.madvise("*", advice);
    return done ? map.codes(0) : outcome(done);
}

}  // namespace

TEST_SUITE("mm/madvise walk") {
    TEST_CASE("rule 5.5: arguments") {
        constexpr std::uint64_t p = kPageSize;
        constexpr std::uint64_t at = MapPicture::kBase;
        const struct {
            const char* what;
            std::uint64_t addr, length;
            Madv advice;
            const char* result;
        } rows[] = {
            {"unknown advice, no length", at, 0, static_cast<Madv>(7), "EINVAL"},
            {"unaligned, no length", at + 1, 0, Madv::dontfork, "EINVAL"},
            {"length wraps", at, ~std::uint64_t{0}, Madv::dontfork, "EINVAL"},
            {"end wraps", ~kPageMask, 2 * p, Madv::dontfork, "EINVAL"},
            {"no length", at + 9 * p, 0, Madv::dontfork, "ok"},
            {"a hole", at + 9 * p, p, Madv::dontfork, "ENOMEM"},
            {"poison, which needs support", at, p, Madv::hwpoison, "EINVAL"},
            {"the same for nothing", at, 0, Madv::hwpoison, "EINVAL"},
            {"off line, which needs it too", at, 0, Madv::soft_offline, "EINVAL"},
        };
        for (const auto& row : rows) {
            CAPTURE(row.what);
            MapPicture map{"AAAA"};
            CHECK_EQ(advise(map, row.addr, row.length, row.advice), row.result);
            CHECK_EQ(map.now(), "AAAA");
        }
    }

    TEST_CASE("rule 5.5: of process_madvise an empty range is not looked at") {
        MapPicture map{"AA"};
        constexpr std::uint64_t kNoAdvice = 5;
        const auto advise = [&](std::uint64_t length) {
            return outcome(map.call([&](Current& current) {
                return sys_process_madvise(current, map.address(0) + 1, length, kNoAdvice);
            }));
        };
        CHECK_EQ(advise(0), "ok");
        CHECK_EQ(advise(kPageSize), "EINVAL");
    }

    TEST_CASE("rule 5.5: gaps are passed over, everything else is advised, ENOMEM at the end") {
        MapPicture map{"AAAA....BBBB"};
        CHECK_EQ(outcome(map.madvise("AA********BB", Madv::dontfork)), "ENOMEM");
        CHECK_EQ(map.marks(kVmDontCopy), "--##....##--");
        CHECK_EQ(outcome(map.madvise("************", Madv::dofork)), "ENOMEM");
        CHECK_EQ(map.mm().map_count, 2);
    }

    TEST_CASE("rule 5.5: any other error stops the walk; what was advised stays advised") {
        MapPicture map{"AABBCC", {{'B', {.extra = kVmMixedMap}}}};
        CHECK(map.madvise("******", Madv::dontdump));
        CHECK_EQ(outcome(map.madvise("******", Madv::dodump)), "EINVAL");
        CHECK_EQ(map.marks(kVmDontDump), "--####");
    }

    TEST_CASE("rule 5.5: no memory for a cut reads EAGAIN") {
        MapPicture map{"AAAA"};
        map.faults.arm({.point = FailPoint::madvise_split});
        CHECK_EQ(outcome(map.madvise("A**A", Madv::dontfork)), "EAGAIN");
        CHECK_EQ(map.now(), "AAAA");
    }

    TEST_CASE("rule E8: advice that is taken already cuts nothing") {
        MapPicture map{"AAAA", {{'A', {.extra = kVmDontCopy}}}};
        CHECK(map.madvise("A**A", Madv::dontfork));
        CHECK(map.madvise("A**A", Madv::normal));
        CHECK(map.madvise("A**A", Madv::willneed));
        CHECK_EQ(map.now(), "AAAA");
    }
}

TEST_SUITE("mm/madvise flags") {
    TEST_CASE("rule 5.5: each advice and the flags it leaves") {
        const struct {
            Madv advice;
            VmFlags before;
            const char* after;
        } rows[] = {
            {Madv::sequential, kVmRandRead, "rd mr mw me sr"},
            {Madv::random, kVmSeqRead, "rd mr mw me rr"},
            {Madv::normal, kVmSeqRead, "rd mr mw me"},
            {Madv::dontfork, {}, "rd mr mw me dc"},
            {Madv::dofork, kVmDontCopy, "rd mr mw me"},
            {Madv::wipeonfork, {}, "rd mr mw me wf"},
            {Madv::keeponfork, kVmWipeOnFork, "rd mr mw me"},
            {Madv::dontdump, {}, "rd mr mw me dd"},
            {Madv::dodump, kVmDontDump, "rd mr mw me"},
            {Madv::hugepage, kVmNoHugePage, "rd mr mw me hg"},
            {Madv::nohugepage, kVmHugePage, "rd mr mw me nh"},
            {Madv::mergeable, {}, "rd mr mw me mg"},
            {Madv::unmergeable, kVmMergeable, "rd mr mw me"},
            {Madv::cold, {}, "rd mr mw me"},
            {Madv::pageout, {}, "rd mr mw me"},
            {Madv::free, {}, "rd mr mw me"},
            {Madv::dontneed, {}, "rd mr mw me"},
        };
        for (const auto& row : rows) {
            CAPTURE(static_cast<std::uint64_t>(row.advice));
            CHECK_EQ(advised({.prot = kR, .extra = row.before}, row.advice), row.after);
        }
    }

    TEST_CASE(
        "rule 5.5: DOFORK is refused for device memory, from 7.0 on for all that is special") {
        for (const Profile& profile : all_profiles()) {
            CAPTURE(profile.name);
            const Letter device{.extra = kVmIo | kVmDontCopy};
            const Letter special{.extra = kVmDontExpand | kVmDontCopy};
            MapPicture map{"AABB", {{'A', device}, {'B', special}}, profile};
            CHECK_EQ(outcome(map.madvise("**BB", Madv::dofork)), "EINVAL");
            const bool refused = profile.version >= KernelVersion::v7_0;
            CHECK_EQ(outcome(map.madvise("AA**", Madv::dofork)), refused ? "EINVAL" : "ok");
        }
    }

    TEST_CASE("rules 5.5, E8: what each advice is refused for") {
        const Letter locked{.extra = kVmLocked};
        const Letter special{.extra = kVmMixedMap | kVmDontDump};
        const Letter frames{.extra = kVmPfnmap};
        const Letter droppable{.extra = kVmDroppable | kVmNoReserve};
        CHECK_EQ(advised(special, Madv::dofork), "EINVAL");
        CHECK_EQ(advised(special, Madv::dodump), "EINVAL");
        CHECK_EQ(advised(droppable, Madv::dodump), "EINVAL");
        CHECK_EQ(advised(droppable, Madv::keeponfork), "EINVAL");
        for (const Madv advice : {Madv::free, Madv::dontneed, Madv::cold, Madv::pageout}) {
            CHECK_EQ(advised(locked, advice), "EINVAL");
            CHECK_EQ(advised(frames, advice), "EINVAL");
        }
        CHECK_EQ(advised(locked, Madv::dontneed_locked), "rd wr mr mw me lo ac");
        CHECK_EQ(advised(frames, Madv::dontneed_locked), "EINVAL");
        CHECK_EQ(advised({}, Madv::remove), "EINVAL");
        CHECK_EQ(advised_file(kMapPrivate, true, Madv::remove), "EACCES");
        CHECK_EQ(advised_file(kMapShared, false, Madv::remove), "EACCES");
        CHECK_EQ(advised_file(kMapShared, true, Madv::remove), "rd sh mr mw me ms");
        CHECK_EQ(advised_file(kMapPrivate, true, Madv::free), "EINVAL");
        CHECK_EQ(advised_file(kMapPrivate, true, Madv::wipeonfork), "EINVAL");
        CHECK_EQ(advised_file(kMapShared, true, Madv::mergeable), "rd sh mr mw me ms");
    }

    TEST_CASE("rule 5.5: seals refuse the loss of what can't be written") {
        const Letter sealed{.prot = kR, .extra = kVmSealed};
        for (const Madv advice : {Madv::free, Madv::dontneed, Madv::dontneed_locked, Madv::dontfork,
                                  Madv::wipeonfork, Madv::guard_install}) {
            CHECK_EQ(advised(sealed, advice), "EPERM");
        }
        CHECK_EQ(advised(sealed, Madv::random), "rd mr mw me rr sl");
        CHECK_EQ(advised({.extra = kVmSealed}, Madv::dontneed), "rd wr mr mw me ac sl");
    }

    TEST_CASE("rule E8: collapsing wants memory that was written and holds a whole huge page") {
        // A column is half a huge page.
        constexpr std::uint64_t kColumn = 256;
        MapPicture map{
            "AAAA.B..CCCC", {{'B', kTouched}, {'C', kTouched}}, newest_profile(), kColumn};
        CHECK_EQ(outcome(map.madvise("AA**.B..CCCC", Madv::collapse)), "EINVAL");
        map.touch("****.B..CCCC");
        CHECK_EQ(outcome(map.madvise("AA**.B..CCCC", Madv::collapse)), "ok");
        CHECK_EQ(outcome(map.madvise("AAAA.*..CCCC", Madv::collapse)), "EINVAL");
        CHECK(map.madvise("AAAA.B..****", Madv::nohugepage));
        CHECK_EQ(outcome(map.madvise("AAAA.B..****", Madv::collapse)), "EINVAL");
    }

    TEST_CASE("rule E8: collapsing none of the huge pages is no error, only a part of one is") {
        constexpr std::uint64_t kColumn = 128;
        MapPicture map{"AAAAAAAA", {{'A', kTouched}}, newest_profile(), kColumn};
        CHECK_EQ(outcome(map.madvise("**AAAAAA", Madv::collapse)), "ok");
        CHECK_EQ(outcome(map.madvise("AA**AAAA", Madv::collapse)), "ok");
        CHECK_EQ(outcome(map.madvise("AAA**AAA", Madv::collapse)), "ok");
        CHECK_EQ(outcome(map.madvise("A**AAAAA", Madv::collapse)), "EINVAL");
    }

    TEST_CASE("rule E8: of files only those in memory collapse, where their offset fits") {
        for (const FileType type : {FileType::shmem, FileType::regular}) {
            MapPicture map{"....", {}, newest_profile(), 512};
            File file;
            file.type = type;
            const FileId opened = map.open(plain_file(), file);
            CHECK(map.mmap("**..", kR, kMapPrivate, opened));
            CHECK(map.mmap("AA**", kR, kMapPrivate, opened, 1));
            const bool collapses = type == FileType::shmem;
            CHECK_EQ(outcome(map.madvise("**BB", Madv::collapse)), collapses ? "ok" : "EINVAL");
            CHECK_EQ(outcome(map.madvise("AA**", Madv::collapse)), "EINVAL");
        }
    }
}

TEST_SUITE("mm/madvise guards") {
    TEST_CASE("rule E5: a guard marks the whole VMA, uncut, and gives it an anon_vma") {
        MapPicture map{"AAAABBCC", {{'B', kReadOnly}, {'C', {.prot = 0}}}};
        CHECK(map.madvise("AAA****C", Madv::guard_install));
        CHECK_EQ(map.now(), "AAAABBCC");
        CHECK_EQ(map.marks(kVmMaybeGuard), "########");
        CHECK_EQ(map.anon_vmas(), "aaaabbbb");
        CHECK(map.madvise("********", Madv::guard_remove));
        CHECK_EQ(map.marks(kVmMaybeGuard), "########");
    }

    TEST_CASE("rule E5: the mark keeps nobody apart, and stays with what merges") {
        MapPicture map{"AAAA...."};
        CHECK(map.madvise("AA**....", Madv::guard_install));
        CHECK(map.mmap("AAAA****"));
        CHECK_EQ(map.now(), "AAAAAAAA");
        CHECK_EQ(map.codes(7), "rd wr mr mw me gu ac");
    }

    TEST_CASE("rule E5: locked and special memory refuse guards, shared and file memory don't") {
        CHECK_EQ(advised({.extra = kVmLocked}, Madv::guard_install), "EINVAL");
        CHECK_EQ(advised({.extra = kVmMixedMap}, Madv::guard_install), "EINVAL");
        CHECK_EQ(advised({.extra = kVmMixedMap}, Madv::guard_remove), "EINVAL");
        CHECK_EQ(advised_file(kMapShared, true, Madv::guard_install), "rd sh mr mw me ms gu");

        MapPicture map{".."};
        CHECK(map.mmap("**", kRw, kMapPrivate, map.open(plain_file())));
        CHECK(map.madvise("**", Madv::guard_install));
        CHECK_EQ(map.anon_vmas(), "--");
    }

    TEST_CASE("rule E5: the advice came with 6.13, the mark with 6.18") {
        for (const Profile& profile : all_profiles()) {
            CAPTURE(profile.name);
            MapPicture map{"AA", {}, profile};
            const auto done = map.madvise("**", Madv::guard_install);
            CHECK_EQ(outcome(done), profile.version == KernelVersion::v6_12 ? "EINVAL" : "ok");
            CHECK_EQ(map.marks(kVmMaybeGuard),
                     profile.version >= KernelVersion::v6_18 ? "##" : "--");
        }
    }
}

TEST_SUITE("mm/madvise populate") {
    TEST_CASE("rule E4: POPULATE_WRITE writes, POPULATE_READ reads") {
        MapPicture map{"AABB"};
        CHECK(map.madvise("**BB", Madv::populate_write));
        CHECK(map.madvise("****", Madv::populate_read));
        CHECK_EQ(map.anon_vmas(), "aa--");
    }

    TEST_CASE("rule E4: populating stops at the first error, and what it passed stays populated") {
        MapPicture gap{"AA.BB"};
        CHECK_EQ(outcome(gap.madvise("*****", Madv::populate_write)), "ENOMEM");
        CHECK_EQ(gap.anon_vmas(), "aa.--");

        MapPicture reading{"AABBCC", {{'B', kReadOnly}}};
        CHECK_EQ(outcome(reading.madvise("******", Madv::populate_write)), "EINVAL");
        CHECK_EQ(reading.anon_vmas(), "aa----");
        CHECK_EQ(outcome(reading.madvise("******", Madv::populate_read)), "ok");

        MapPicture file{"...."};
        File two_pages;
        two_pages.path = "/file";
        two_pages.writable = true;
        two_pages.size = kPageSize + 1;
        CHECK(file.mmap("****", kRw, kMapPrivate, file.open(plain_file(), two_pages)));
        CHECK_EQ(outcome(file.madvise("**AA", Madv::populate_read)), "ok");
        CHECK_EQ(outcome(file.madvise("***A", Madv::populate_read)), "EFAULT");

        CHECK_EQ(advised({.prot = 0}, Madv::populate_read), "EINVAL");
        CHECK_EQ(advised({.extra = kVmPfnmap}, Madv::populate_read), "EINVAL");
    }
}

TEST_SUITE("mm/anonymous names") {
    TEST_CASE("rule 5.5: a name keeps memory apart until it is taken away") {
        MapPicture map{"AAAA"};
        CHECK(map.set_name("A**A", "x"));
        CHECK_EQ(map.now(), "BAAC");
        CHECK(map.set_name("B**C", "y"));
        CHECK_EQ(map.now(), "BAAC");
        CHECK(map.set_name("***C", std::nullopt));
        CHECK_EQ(map.now(), "BBBB");
    }

    TEST_CASE("rule 5.5: an empty name is a name") {
        MapPicture map{"AAAA"};
        CHECK(map.set_name("AA**", ""));
        CHECK_EQ(map.now(), "BBAA");
    }

    TEST_CASE("rule 5.5: names have 79 printable characters at most, and not all of those") {
        MapPicture map{"AA"};
        CHECK(map.set_name("**", std::string(79, 'x')));
        for (const std::string& name :
             {std::string(80, 'x'), std::string("a\\"), std::string("`"), std::string("$"),
              std::string("["), std::string("]"), std::string("\n"), std::string("\x7f")}) {
            CHECK_EQ(outcome(map.set_name("**", name)), "EINVAL");
        }
    }

    TEST_CASE("rule 5.5: files have no names, shared memory has; gaps are ENOMEM at the end") {
        MapPicture map{"........"};
        CHECK(map.mmap("**......", kRw, kMapPrivate, map.open(plain_file())));
        CHECK_EQ(outcome(map.set_name("**......", "n")), "EBADF");
        CHECK(map.mmap("AA**....", kRw, kShared));
        CHECK(map.set_name("AA**....", "n"));
        CHECK(map.mmap("AABB..**", kRw));
        CHECK_EQ(outcome(map.set_name("AA******", "m")), "ENOMEM");
        CHECK_EQ(map.world.attrs[map.at(6).attr()].anon_name, "m");
    }

    TEST_CASE("rules 5.5, 7: a memfd can have a name, a file that a folder has can't") {
        MapPicture map{"........"};
        const auto open = [&](const char* path, bool deleted, UnmappedArea area) {
            const auto driver = plain_file();
            driver->area = area;
            File file;
            file.path = path;
            file.deleted = deleted;
            file.type = FileType::shmem;
            return map.open(driver, file);
        };
        constexpr UnmappedArea kMemory = UnmappedArea::shmem;
        CHECK(map.mmap("**......", kR, kMapPrivate, open("/memfd:m", true, kMemory)));
        CHECK(map.mmap("AA**....", kR, kMapPrivate, open("/dev/shm/gone", true, kMemory)));
        CHECK(map.mmap("AABB**..", kR, kMapPrivate, open("/dev/shm/there", false, kMemory)));
        CHECK(map.mmap("AABBCC**", kR, kMapPrivate,
                       open("/SYSV00000001", true, UnmappedArea::own_plain)));
        CHECK(map.set_name("**BBCCDD", "n"));
        CHECK(map.set_name("AA**CCDD", "n"));
        CHECK_EQ(outcome(map.set_name("AABB**DD", "n")), "EBADF");
        CHECK_EQ(outcome(map.set_name("AABBCC**", "n")), "EBADF");
    }

    TEST_CASE("rule 5.5: names that nothing has any more take no memory") {
        MapPicture map{"ABCDE"};
        const std::uint64_t addr = map.address(2);
        const std::uint64_t length = kPageSize;
        CHECK(map.set_name("*BCDE", "first"));
        World before = map.world;
        std::uint32_t most = 0;
        for (int i = 0; i < 5000; ++i) {
            const std::string name = "name " + std::to_string(i);
            CHECK(map.call([&](Current& c) { return sys_set_vma_name(c, addr, length, name); }));
            CHECK_EQ(map.world.attrs[map.at(2).attr()].anon_name, name);
            most = std::max(most, map.world.attrs.size());
        }
        CHECK_LE(most, 256);
        CHECK_EQ(map.world.attrs[map.at(0).attr()].anon_name, "first");
        CHECK_EQ(before.attrs.size(), 1);

        // Those in use stay, and more of them are allowed for.
        MapPicture many{std::string(400, 'A')};
        for (int round = 0; round < 3; ++round) {
            for (std::uint64_t i = 0; i < 400; ++i) {
                const std::string name = std::to_string(round) + ' ' + std::to_string(i);
                const std::uint64_t page = many.address(i);
                CHECK(
                    many.call([&](Current& c) { return sys_set_vma_name(c, page, length, name); }));
            }
        }
        for (std::size_t i = 0; i < 400; ++i) {
            CHECK_EQ(many.world.attrs[many.at(i).attr()].anon_name, "2 " + std::to_string(i));
        }
        CHECK_LE(many.world.attrs.size(), 1024);
    }
}
