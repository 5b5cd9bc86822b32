// SPDX-License-Identifier: GPL-2.0-or-later
// What mmap asks of its arguments, in which order, and what flags it makes of them.
// Rules 2.1 to 2.3, E12.
#include <functional>

#include <doctest/doctest.h>

#include "support/map_picture.h"
#include "support/scripted_driver.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

constexpr std::uint64_t kHole = MapPicture::kBase + 8 * kPageSize;
constexpr std::uint64_t kTaken = MapPicture::kBase;
constexpr std::uint64_t kHuge = kAnon | kMapHugetlb;
constexpr std::uint64_t kNoReplace = kMapFixedNoReplace;

// Which descriptor a row passes.
enum class Fd { none, rw, read_only, write_only, hookless, sealed, append, noexec };

struct MmapRow {
    const char* what;
    std::uint64_t addr, length, prot, flags;
    Fd fd;
    std::uint64_t offset;
    const char* result;
};

FileId open_fd(MapPicture& map, Fd fd) {
    if (fd == Fd::none) return {};
    File file;
    file.path = "/file";
    file.readable = fd != Fd::write_only;
    file.writable = fd != Fd::read_only;
    file.append = fd == Fd::append;
    file.noexec = fd == Fd::noexec;
    if (fd == Fd::sealed) file.seals = kSealWrite;
    return map.open(fd == Fd::hookless ? scripted({}) : plain_file(), file);
}

std::string run(MapPicture& map, const MmapRow& row) {
    const FileId file = open_fd(map, row.fd);
    return outcome(map.call([&](Current& current) {
        return sys_mmap(current, {.addr = row.addr,
                                  .length = row.length,
                                  .prot = row.prot,
                                  .flags = row.flags,
                                  .file = file,
                                  .offset = row.offset,
                                  .placed_at = {}});
    }));
}

void check_rows(const std::vector<MmapRow>& rows, const std::function<void(MapPicture&)>& prepare) {
    for (const MmapRow& row : rows) {
        CAPTURE(row.what);
        MapPicture map{"AAAA"};
        prepare(map);
        CHECK_EQ(run(map, row), row.result);
        if (std::string(row.result) != "ok") CHECK_EQ(map.now(), "AAAA");
    }
}

std::string codes_of(std::uint64_t prot, std::uint64_t flags, Fd fd = Fd::none) {
    MapPicture map{"...."};
    const FileId file = open_fd(map, fd);
    const auto mapped = map.mmap("**..", prot, flags, file);
    return mapped ? map.codes(0) : outcome(mapped);
}

constexpr std::uint64_t p = kPageSize;
constexpr std::uint64_t kAllBits = ~std::uint64_t{0};

}  // namespace

TEST_SUITE("mm/mmap arguments") {
    TEST_CASE("rule 2.1: of two things wrong, the earlier row's error is returned") {
        // Each row breaks the row of the rule that it names, and a later one.
        check_rows(
            {
                {"1: offset inside a page, bad fd", kHole, p, kR, kMapPrivate, Fd::none, 1,
                 "EINVAL"},
                {"2: bad fd, no length", kHole, 0, kR, kMapPrivate, Fd::none, 0, "EBADF"},
                {"4: HUGETLB of a plain file, endless", kHole, kAllBits, kR,
                 kMapPrivate | kMapHugetlb, Fd::rw, 0, "EINVAL"},
                {"5: unknown huge page size, endless", kHole, kAllBits, kR,
                 kHuge | (std::uint64_t{5} << kMapHugeShift), Fd::none, 0, "EINVAL"},
                {"9: no length, address taken", kTaken, 0, kR, kAnon | kNoReplace, Fd::none, 0,
                 "EINVAL"},
                {"13: length wraps, address unaligned", kHole + 1, kAllBits, kR, kAnon | kMapFixed,
                 Fd::none, 0, "ENOMEM"},
                {"17: longer than TASK_SIZE", kHole, std::uint64_t{1} << 48, kR, kAnon, Fd::none, 0,
                 "ENOMEM"},
                {"17: address unaligned, taken", kTaken + 1, p, kR, kAnon | kNoReplace, Fd::none, 0,
                 "EINVAL"},
                {"18: address taken, file not writable", kTaken, p, kRw, kMapShared | kNoReplace,
                 Fd::read_only, 0, "EEXIST"},
                {"18: end of the range taken", kTaken - p, 2 * p, kR, kAnon | kNoReplace, Fd::none,
                 0, "EEXIST"},
                {"21: no type, and W+X forbidden", kHole, p, kRw | kProtExec, kMapAnonymous,
                 Fd::none, 0, "EINVAL"},
                {"23: W+X forbidden", kTaken + p, p, kRw | kProtExec, kAnon | kMapFixed, Fd::none,
                 0, "EACCES"},
            },
            [](MapPicture& map) { map.mm().mdwe = true; });
    }

    TEST_CASE("rule 2.1 row 15: too many VMAs is found before the address is looked at") {
        check_rows({{"unaligned", kHole + 1, p, kR, kAnon | kMapFixed, Fd::none, 0, "ENOMEM"},
                    {"no length", kHole, 0, kR, kAnon, Fd::none, 0, "EINVAL"}},
                   [](MapPicture& map) { map.world.system.max_map_count = 0; });
    }

    TEST_CASE("rule 2.1 rows 19, 20: locking is judged after the address, before the file") {
        constexpr std::uint64_t kLocked = kMapLocked;
        const std::vector<MmapRow> rows = {
            {"taken", kTaken, p, kR, kAnon | kLocked | kNoReplace, Fd::none, 0, "EEXIST"},
            {"file not readable", kHole, 4 * p, kR, kMapPrivate | kLocked, Fd::write_only, 0, ""},
            {"one page", kHole, p, kR, kAnon | kLocked, Fd::none, 0, ""},
        };
        const auto with_limit = [&](std::uint64_t pages, std::vector<const char*> results) {
            std::vector<MmapRow> judged = rows;
            for (std::size_t i = 0; i < rows.size(); ++i) judged[i].result = results[i];
            check_rows(judged, [pages](MapPicture& map) {
                map.unprivileged();
                map.limits().memlock = pages * kPageSize;
            });
        };
        with_limit(0, {"EEXIST", "EPERM", "EPERM"});
        with_limit(1, {"EEXIST", "EAGAIN", "ok"});
        with_limit(8, {"EEXIST", "EACCES", "ok"});
    }

    TEST_CASE("rule 2.1 row 20: after mlockall(MCL_FUTURE) every mapping is asked") {
        MapPicture map{"...."};
        map.unprivileged();
        map.limits().memlock = kPageSize;
        CHECK(map.call([](Current& current) { return sys_mlockall(current, kMclFuture); }));
        CHECK_EQ(outcome(map.mmap("**..", kR)), "EAGAIN");
        CHECK(map.mmap("*...", kR));
        CHECK_EQ(map.codes(0), "rd mr mw me lo");
    }

    TEST_CASE("rule 2.2: what a file mapping is refused for") {
        check_rows(
            {
                {"offset and length beyond the largest file", kHole, p, kR, kMapPrivate, Fd::rw,
                 std::uint64_t{1} << 63, "EOVERFLOW"},
                {"SHARED, writing what is not open for it", kHole, p, kRw, kMapShared,
                 Fd::read_only, 0, "EACCES"},
                {"SHARED of an append-only file", kHole, p, kR, kMapShared, Fd::append, 0,
                 "EACCES"},
                {"PRIVATE of an append-only file", kHole, p, kRw, kMapPrivate, Fd::append, 0, "ok"},
                {"SHARED_VALIDATE with SYNC", kHole, p, kR, kMapSharedValidate | kMapSync, Fd::rw,
                 0, "EOPNOTSUPP"},
                {"SHARED with SYNC: dropped", kHole, p, kR, kMapShared | kMapSync, Fd::rw, 0, "ok"},
                {"unknown flag, SYNC refused before access", kHole, p, kRw,
                 kMapSharedValidate | kMapSync, Fd::read_only, 0, "EOPNOTSUPP"},
                {"not open for reading", kHole, p, kProtWrite, kMapShared, Fd::write_only, 0,
                 "EACCES"},
                {"not open for reading, private", kHole, p, kR, kMapPrivate, Fd::write_only, 0,
                 "EACCES"},
                {"on a noexec mount", kHole, p, kR | kProtExec, kMapPrivate, Fd::noexec, 0,
                 "EPERM"},
                {"no mmap hook", kHole, p, kR, kMapPrivate, Fd::hookless, 0, "ENODEV"},
                {"no mmap hook, growing", kHole, p, kR, kMapPrivate | kMapGrowsDown, Fd::hookless,
                 0, "ENODEV"},
                {"a file that grows", kHole, p, kR, kMapPrivate | kMapGrowsDown, Fd::rw, 0,
                 "EINVAL"},
                {"no type", kHole, p, kR, 0, Fd::rw, 0, "EINVAL"},
                {"DROPPABLE of a file", kHole, p, kR, kMapDroppable, Fd::rw, 0, "EINVAL"},
                {"write sealed, shared writable", kHole, p, kRw, kMapShared, Fd::sealed, 0,
                 "EPERM"},
                {"write sealed, private writable", kHole, p, kRw, kMapPrivate, Fd::sealed, 0, "ok"},
            },
            [](MapPicture&) {});
    }

    TEST_CASE("rule 2.2: what an anonymous mapping is refused for") {
        check_rows(
            {
                {"no type", kHole, p, kR, kMapAnonymous, Fd::none, 0, "EINVAL"},
                {"SHARED_VALIDATE", kHole, p, kR, kMapSharedValidate | kMapAnonymous, Fd::none, 0,
                 "EINVAL"},
                {"shared and growing", kHole, p, kR, kShared | kMapGrowsDown, Fd::none, 0,
                 "EINVAL"},
                {"private and growing", kHole, p, kR, kAnon | kMapGrowsDown, Fd::none, 0, "ok"},
                {"DROPPABLE", kHole, p, kR, kMapDroppable | kMapAnonymous, Fd::none, 0, "ok"},
                {"DROPPABLE and LOCKED", kHole, p, kR, kMapDroppable | kMapAnonymous | kMapLocked,
                 Fd::none, 0, "EINVAL"},
                {"DROPPABLE and growing", kHole, p, kR,
                 kMapDroppable | kMapAnonymous | kMapGrowsDown, Fd::none, 0, "EINVAL"},
            },
            [](MapPicture&) {});
    }

    TEST_CASE("rule E12: a kernel without huge pages knows no size of them") {
        MapPicture map{"."};
        CHECK_EQ(run(map, {"", 0, 1, kR, kHuge, Fd::none, 0, ""}), "EINVAL");
    }
}

TEST_SUITE("mm/mmap flags") {
    TEST_CASE("rule 2.3: flags of the VMA") {
        CHECK_EQ(codes_of(0, kAnon), "mr mw me");
        CHECK_EQ(codes_of(kRw, kAnon), "rd wr mr mw me ac");
        CHECK_EQ(codes_of(kRw | kProtExec, kAnon), "rd wr ex mr mw me ac");
        CHECK_EQ(codes_of(kRw, kShared), "rd wr sh mr mw me ms");
        CHECK_EQ(codes_of(kR, kAnon | kMapGrowsDown), "rd mr mw me gd");
        CHECK_EQ(codes_of(kRw, kAnon | kMapNoReserve), "rd wr mr mw me nr");
        CHECK_EQ(codes_of(kRw, kAnon | kMapLocked), "rd wr mr mw me lo ac");
        CHECK_EQ(codes_of(kR, kAnon | kMapStack), "rd mr mw me nh");
        CHECK_EQ(codes_of(kR, kAnon | kMapDenyWrite | kMapExecutable | kMapPopulate | kMapNonBlock),
                 "rd mr mw me");
        CHECK_EQ(codes_of(kRw, kMapDroppable | kMapAnonymous), "rd wr mr mw me nr wf dd dp");
    }

    TEST_CASE("rule E12: SYNC without a file sets its flag") {
        CHECK_EQ(codes_of(kR, kAnon | kMapSync), "rd mr mw me sf");
    }

    TEST_CASE("rule 2.2: flags of file mappings, by how the file is open") {
        CHECK_EQ(codes_of(kRw, kMapShared, Fd::rw), "rd wr sh mr mw me ms");
        CHECK_EQ(codes_of(kR, kMapShared, Fd::read_only), "rd mr me ms");
        CHECK_EQ(codes_of(kRw, kMapPrivate, Fd::read_only), "rd wr mr mw me ac");
        CHECK_EQ(codes_of(kR, kMapShared, Fd::sealed), "rd sh mr me ms");
        CHECK_EQ(codes_of(kR, kMapShared, Fd::noexec), "rd sh mr mw ms");
    }

    TEST_CASE("rule 2.2: where the offset of memory without a file comes from") {
        MapPicture map{"......"};
        CHECK(map.mmap("..**..", kR, kAnon, {}, 7));
        CHECK_EQ(map.home(2), 2);
        CHECK(map.mmap("..AA**", kR, kShared, {}, 7));
        CHECK_EQ(map.pgoff(4), 0);
    }

    TEST_CASE("rule 3.1 step H: DROPPABLE memory is locked by MCL_FUTURE in some kernels only") {
        for (const Profile& profile : all_profiles()) {
            CAPTURE(profile.name);
            MapPicture map{"..", {}, profile};
            CHECK(map.call([](Current& current) { return sys_mlockall(current, kMclFuture); }));
            CHECK(map.mmap("**", kR, kMapDroppable | kMapAnonymous));
            CHECK_EQ(map.mm().locked_vm.count, profile.droppable_never_locked ? 0 : 2);
            CHECK_EQ(map.at(0).flags.any(kVmLocked), !profile.droppable_never_locked);
        }
    }

    TEST_CASE("rule 3.1: mmap returns where it was asked to, also when it merged further down") {
        MapPicture map{"AA.."};
        CHECK_EQ(*map.mmap("AA**"), map.address(2));
        CHECK_EQ(map.now(), "AAAA");
    }
}
