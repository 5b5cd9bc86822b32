// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "mm/do_mmap.h"
#include "mm/refusal_rows.h"

namespace mmsim::test::refusals {

const std::vector<Row> kMappingRows = {
    {Check::unaligned, "EINVAL", [](auto& m) { return unmap(m, at(0) + 1, p); }},
    {Check::end_wraps, "ENOMEM", [](auto& m) { return protect(m, ~kPageMask, 2 * p, kR); }},
    {Check::length_zero, "EINVAL", [](auto& m) { return unmap(m, at(0), 0); }},
    {Check::unknown_flags, "EINVAL", [](auto& m) { return lock(m, 0, 1, 8); }},
    {Check::hole, "ENOMEM", [](auto& m) { return protect(m, at(3), 2 * p, kR); }},
    {Check::sealed, "EPERM",
     [](auto& m) {
         REQUIRE(m.mseal("****....BB"));
         return unmap(m, at(0), 4 * p);
     }},
    {Check::may_split, "EBUSY",
     [](auto& m) {
         map_hooked(m, Hook::may_split);
         return unmap(m, at(4), p);
     }},
    {Check::too_many_vmas, "ENOMEM",
     [](auto& m) {
         m.world.system.max_map_count = 1;
         return map_anon(m, p);
     }},
    {Check::no_spare_vmas, "ENOMEM",
     [](auto& m) {
         m.world.system.max_map_count = 2;
         return unmap(m, at(1), p);
     }},
    {Check::lock_forbidden, "EPERM",
     [](auto& m) {
         limit_locking(m, 0);
         return lock(m, 0);
     }},
    {Check::lock_limit, "ENOMEM",
     [](auto& m) {
         limit_locking(m, p);
         return lock(m, 0, 2);
     }},
    {Check::space_limit, "ENOMEM",
     [](auto& m) {
         m.limits().as = 7 * p;
         return map_anon(m, 2 * p);
     }},
    {Check::data_limit, "ENOMEM",
     [](auto& m) {
         m.limits().data = 5 * p;
         return map_anon(m, 2 * p);
     }},
    {Check::commit_limit, "ENOMEM",
     [](auto& m) {
         m.world.system.ram_bytes = p;
         m.world.system.swap_bytes = 0;
         return map_anon(m, 2 * p);
     }},

    {Check::longer_than_user_space, "ENOMEM", [](auto& m) { return map_anon(m, kTask + p); }},
    {Check::behind_user_space, "ENOMEM",
     [](auto& m) { return map_anon(m, 2 * p, kAnon | kMapFixed, kTask - p); }},
    {Check::below_min_addr, "EPERM",
     [](auto& m) {
         m.unprivileged();
         m.world.system.mmap_min_addr = m.world.system.fixed_min_addr = 0x10000;
         return map_anon(m, p, kAnon | kMapFixed, p);
     }},
    {Check::no_gap, "ENOMEM", [](auto& m) { return map_anon(m, kTask - p); }},
    {Check::huge_length, "EINVAL",
     [](auto& m) {
         const AreaRequest page{.pages = Pages{1}, .pgoff = {}, .file = huge_file(m)};
         return ask(m, [&](Current& c) { return get_unmapped_area(c, page); });
     }},
    {Check::huge_address, "EINVAL",
     [](auto& m) { return map_file(m, huge_file(m), kRw, kMapShared); }},
    {Check::offset_in_page, "EINVAL",
     [](auto& m) {
         return map_pages(
             m,
             {.length = p, .flags = kMapPrivate, .file = file_of(m), .offset = 1, .placed_at = {}});
     }},
    {Check::no_descriptor, "EBADF", [](auto& m) { return map_anon(m, p, kMapPrivate); }},
    {Check::huge_of_file, "EINVAL",
     [](auto& m) { return map_file(m, file_of(m), kR, kMapPrivate | kMapHugetlb); }},
    {Check::huge_page_size, "EINVAL",
     [](auto& m) {
         return map_anon(m, p, kAnon | kMapHugetlb | (std::uint64_t{5} << kMapHugeShift));
     }},
    {Check::map_length_zero, "EINVAL", [](auto& m) { return map_anon(m, 0); }},
    {Check::map_length_wraps, "ENOMEM", [](auto& m) { return map_anon(m, kAll); }},
    {Check::offset_wraps, "EOVERFLOW",
     [](auto& m) {
         const MmapRegionArgs args{
             .length = p, .flags = kAnon, .file = {}, .pgoff = Pgoff{kAll}, .placed_at = {}};
         return ask(m, [&](Current& c) { return do_mmap(c, args); });
     }},
    {Check::occupied, "EEXIST",
     [](auto& m) { return map_anon(m, p, kAnon | kMapFixedNoReplace, at(0)); }},
    {Check::map_write_exec, "EACCES",
     [](auto& m) {
         m.mm().mdwe = true;
         return map_anon(m, p, kAnon, 0, kRwx);
     }},
    {Check::map_denied_writer, "EPERM",
     [](auto&) {
         MapPicture m{"....", {}, profile_of(KernelVersion::v6_12)};
         const FileId file = file_of(m, [](File& f) { f.seals = kSealWrite; });
         return map_file(m, file, kR, kMapShared);
     }},
    {Check::offset_too_large, "EOVERFLOW",
     [](auto& m) {
         return map_pages(m, {.length = p,
                              .prot = kR,
                              .flags = kMapPrivate,
                              .file = file_of(m),
                              .offset = std::uint64_t{1} << 63,
                              .placed_at = {}});
     }},
    {Check::unknown_to_file, "EOPNOTSUPP",
     [](auto& m) { return map_file(m, file_of(m), kR, kMapSharedValidate | kMapSync); }},
    {Check::file_not_writable, "EACCES",
     [](auto& m) {
         const FileId file = file_of(m, [](File& f) { f.writable = false; });
         return map_file(m, file, kRw, kMapShared);
     }},
    {Check::file_for_appending, "EACCES",
     [](auto& m) {
         const FileId file = file_of(m, [](File& f) { f.append = true; });
         return map_file(m, file, kR, kMapShared);
     }},
    {Check::map_type, "EINVAL", [](auto& m) { return map_anon(m, p, kMapAnonymous); }},
    {Check::file_not_readable, "EACCES",
     [](auto& m) {
         const FileId file = file_of(m, [](File& f) { f.readable = false; });
         return map_file(m, file, kR, kMapPrivate);
     }},
    {Check::file_not_executable, "EPERM",
     [](auto& m) {
         const FileId file = file_of(m, [](File& f) { f.noexec = true; });
         return map_file(m, file, kProtExec, kMapPrivate);
     }},
    {Check::no_mmap_hook, "ENODEV",
     [](auto& m) { return map_file(m, file_of(m, {}, scripted({})), kR, kMapPrivate); }},
    {Check::grows_down, "EINVAL", [](auto& m) { return map_anon(m, p, kShared | kMapGrowsDown); }},
    {Check::file_sealed, "EPERM",
     [](auto& m) {
         const FileId file = file_of(m, [](File& f) { f.seals = kSealWrite; });
         return map_file(m, file, kRw, kMapShared);
     }},
    {Check::droppable_locked, "EINVAL",
     [](auto& m) { return map_anon(m, p, kMapDroppable | kMapAnonymous | kMapLocked); }},
};

const std::vector<Row>& mapping_rows() { return kMappingRows; }

}  // namespace mmsim::test::refusals
