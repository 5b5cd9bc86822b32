// SPDX-License-Identifier: GPL-2.0-or-later
// Calls that are refused: the scene of mm/refusals_test.cpp, and its rows.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/assert.h"
#include "support/map_picture.h"
#include "support/scripted_driver.h"

namespace mmsim::test::refusals {

constexpr std::uint64_t p = kPageSize;
constexpr std::uint64_t kHugeBytes = std::uint64_t{1} << 21;
constexpr std::uint64_t kTask = kTaskSize.bytes();
constexpr std::uint64_t kAll = ~std::uint64_t{0};
constexpr std::uint64_t kMay = kMremapMayMove;
constexpr std::uint64_t kKeep = kMremapMayMove | kMremapDontUnmap;

constexpr std::uint64_t at(std::uint64_t column) { return MapPicture::kBase + column * p; }

// What a call answers, and which check it says it was.
struct Answer {
    std::string error;
    std::optional<Refusal> refusal;
};

template <typename Run>
inline Answer ask(MapPicture& map, Run run) {
    return map.call([&](Current& current) {
        const auto result = run(current);
        return Answer{outcome(result), current.refusal};
    });
}

inline Answer map_pages(MapPicture& map, const MmapArgs& args) {
    return ask(map, [&](Current& c) { return sys_mmap(c, args); });
}
inline Answer shadow(MapPicture& map, const ShadowStackArgs& args) {
    return ask(map, [&](Current& c) { return sys_map_shadow_stack(c, args); });
}
// A mapping in the hole at column 4.
inline Answer map_file(MapPicture& map, FileId file, std::uint64_t prot, std::uint64_t flags) {
    return map_pages(map, {.addr = at(4),
                           .length = 2 * p,
                           .prot = prot,
                           .flags = flags | kMapFixed,
                           .file = file,
                           .placed_at = {}});
}
inline Answer map_anon(MapPicture& map, std::uint64_t length, std::uint64_t flags = kAnon,
                       std::uint64_t addr = 0, std::uint64_t prot = kRw) {
    return map_pages(map, {.addr = addr,
                           .length = length,
                           .prot = prot,
                           .flags = flags,
                           .file = {},
                           .placed_at = {}});
}
inline Answer unmap(MapPicture& map, std::uint64_t addr, std::uint64_t length) {
    return ask(map, [&](Current& c) { return sys_munmap(c, addr, length); });
}
inline Answer protect(MapPicture& map, std::uint64_t addr, std::uint64_t length, std::uint64_t prot,
                      std::int64_t key = -1) {
    return ask(map, [&](Current& c) { return sys_mprotect(c, addr, length, prot, key); });
}
inline Answer remap(MapPicture& map, std::uint64_t addr, std::uint64_t old_length,
                    std::uint64_t length, std::uint64_t flags = 0, std::uint64_t new_addr = 0) {
    return ask(map, [&](Current& c) {
        return sys_mremap(c, {.addr = addr,
                              .old_length = old_length,
                              .length = length,
                              .flags = flags,
                              .new_addr = new_addr,
                              .placed_at = {}});
    });
}
// The heap begins in the hole at column 4.
inline Answer move_break(MapPicture& map, std::uint64_t addr) {
    map.mm().layout.start_brk = map.mm().brk = at(4);
    return map.call([&](Current& c) {
        const bool kept = sys_brk(c, addr) != addr;
        return Answer{kept ? "kept" : "ok", c.refusal};
    });
}
inline Answer advise(MapPicture& map, std::uint64_t column, Madv advice) {
    return ask(map, [&](Current& c) {
        return sys_madvise(c, at(column), p, static_cast<std::uint64_t>(advice));
    });
}
inline Answer lock(MapPicture& map, std::uint64_t column, std::uint64_t pages = 1,
                   std::uint64_t flags = 0) {
    return ask(map, [&](Current& c) { return sys_mlock(c, at(column), pages * p, flags); });
}
inline Answer lock_all(MapPicture& map, std::uint64_t flags) {
    return ask(map, [&](Current& c) { return sys_mlockall(c, flags); });
}
inline Answer name(MapPicture& map, std::uint64_t column, const std::string& text) {
    return ask(map, [&](Current& c) { return sys_set_vma_name(c, at(column), p, text); });
}
inline Answer bind(MapPicture& map, std::uint64_t mode, std::uint64_t nodes) {
    return ask(map, [&](Current& c) { return sys_mbind(c, at(0), p, mode, nodes, 0); });
}
inline Answer attach(MapPicture& map, FileId segment, std::uint64_t addr, std::uint64_t flags = 0) {
    return ask(map, [&](Current& c) {
        return sys_shmat(c, {.segment = segment, .addr = addr, .flags = flags, .placed_at = {}});
    });
}
inline Answer remap_pages(MapPicture& map, std::uint64_t column, std::uint64_t pages,
                          std::uint64_t prot = 0, std::uint64_t pgoff = 0) {
    return ask(map, [&](Current& c) {
        return sys_remap_file_pages(c, at(column), pages * p, prot, pgoff, 0);
    });
}
inline Answer ask_uffd(MapPicture& map, const UffdArgs& args, FileId file) {
    const UffdId uffd = map.world.files[file.index].uffd;
    return ask(map, [&](Current& c) { return sys_uffdio(c, uffd, args); });
}
inline Answer add_to_uffd(MapPicture& map, std::uint64_t addr, std::uint64_t modes,
                          std::optional<FileId> file = {}) {
    return ask_uffd(map, {UffdRequest::register_range, addr, p, modes},
                    file ? *file : map.open_uffd());
}
inline Answer seal(MapPicture& map, FileId file, std::uint64_t seals) {
    return ask(map, [&](Current& c) { return add_seals(c, file, seals); });
}

// A file open for reading and writing, but for what `change` makes of it.
inline FileId file_of(MapPicture& map, const std::function<void(File&)>& change = {},
                      const std::shared_ptr<ScriptedDriver>& driver = plain_file()) {
    File file;
    file.path = "/file";
    file.writable = true;
    if (change) change(file);
    return map.open(driver, file);
}
inline FileId memory_file(MapPicture& map) {
    return file_of(map, [](File& f) { f.type = FileType::shmem; });
}
inline FileId huge_file(MapPicture& map) {
    const auto driver = plain_file();
    driver->on_mmap = [](HookCall&, HalfBuiltVma& vma) -> Result<> {
        vma.flags = vma.flags | kVmHugetlb;
        return {};
    };
    return file_of(
        map,
        [](File& f) {
            f.type = FileType::hugetlbfs;
            f.huge_page = Pages{kHugeBytes >> kPageShift};
        },
        driver);
}

// A private mapping of two pages at column 4 whose flags, and offset, a driver chose.
inline void map_driven(MapPicture& map, VmFlags extra, Pgoff pgoff = {}) {
    const auto driver = plain_file();
    driver->on_mmap = [extra, pgoff](HookCall&, HalfBuiltVma& vma) -> Result<> {
        vma.flags = vma.flags | extra;
        if (pgoff.index != 0) vma.pgoff = pgoff;
        return {};
    };
    MMSIM_ASSERT(map_file(map, file_of(map, {}, driver), kRw, kMapPrivate).error == "ok");
}
// The same of a driver with one more hook, which refuses.
inline void map_hooked(MapPicture& map, Hook hook) {
    const auto driver = scripted(HookSet{}.with(Hook::mmap).with(hook));
    driver->on_may_split = driver->on_mprotect = driver->on_mremap = Errno::ebusy;
    MMSIM_ASSERT(map_file(map, file_of(map, {}, driver), kRw, kMapPrivate).error == "ok");
}
inline void map_plain(MapPicture& map, FileId file, std::uint64_t prot, std::uint64_t flags) {
    MMSIM_ASSERT(map_file(map, file, prot, flags).error == "ok");
}
// One huge page, at column 512.
inline void map_huge(MapPicture& map) {
    MMSIM_ASSERT(map_pages(map, {.addr = at(512),
                                 .length = kHugeBytes,
                                 .prot = kRw,
                                 .flags = kMapShared | kMapFixed,
                                 .file = huge_file(map),
                                 .placed_at = {}})
                     .error == "ok");
}
inline void lock_now(MapPicture& map) { MMSIM_ASSERT(lock(map, 0, 4).error == "ok"); }
inline void limit_locking(MapPicture& map, std::uint64_t bytes) {
    map.unprivileged();
    map.limits().memlock = bytes;
}

// On "AAAA....BB": A may be written, B only be read.
struct Row {
    Check check;
    const char* error;
    std::function<Answer(MapPicture&)> call;
};

// Of checks that several calls have, and of mmap.
const std::vector<Row>& mapping_rows();
// Of calls that change what is mapped, and of the heap.
const std::vector<Row>& changing_rows();

}  // namespace mmsim::test::refusals
