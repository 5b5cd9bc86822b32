// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "mm/refusal_rows.h"

namespace mmsim::test::refusals {

const std::vector<Row> kChangingRows = {
    {Check::unmap_behind_user_space, "EINVAL", [](auto& m) { return unmap(m, kTask, p); }},
    {Check::grows_both_ways, "EINVAL",
     [](auto& m) { return protect(m, at(0), p, kProtGrowsDown | kProtGrowsUp); }},
    {Check::unknown_prot, "EINVAL", [](auto& m) { return protect(m, at(0), p, 0x40); }},
    {Check::no_such_key, "EINVAL", [](auto& m) { return protect(m, at(0), p, kR, 1); }},
    {Check::no_stack, "EINVAL", [](auto& m) { return protect(m, at(0), p, kProtGrowsDown); }},
    {Check::grows_up, "EINVAL", [](auto& m) { return protect(m, at(0), p, kProtGrowsUp); }},
    {Check::may_never, "EACCES",
     [](auto& m) {
         map_plain(m, file_of(m, [](File& f) { f.writable = false; }), kR, kMapShared);
         return protect(m, at(4), p, kRw);
     }},
    {Check::write_exec, "EACCES",
     [](auto& m) {
         m.mm().mdwe = true;
         return protect(m, at(0), p, kRwx);
     }},
    {Check::mprotect_hook, "EBUSY",
     [](auto& m) {
         map_hooked(m, Hook::mprotect);
         return protect(m, at(4), p, kR);
     }},

    {Check::new_length_zero, "EINVAL", [](auto& m) { return remap(m, at(0), p, 0); }},
    {Check::new_length_too_long, "EINVAL", [](auto& m) { return remap(m, at(0), p, kTask + p); }},
    {Check::new_place_behind_user_space, "EINVAL",
     [](auto& m) { return remap(m, at(0), p, p, kFixed, kTask); }},
    {Check::new_place_unaligned, "EINVAL",
     [](auto& m) { return remap(m, at(0), p, p, kFixed, at(5) + 1); }},
    {Check::may_not_move, "EINVAL",
     [](auto& m) { return remap(m, at(0), p, p, kMremapFixed, at(5)); }},
    {Check::two_lengths, "EINVAL", [](auto& m) { return remap(m, at(0), p, 2 * p, kKeep, at(5)); }},
    {Check::overlap, "EINVAL", [](auto& m) { return remap(m, at(0), p, p, kFixed, at(0)); }},
    {Check::remap_huge, "EINVAL",
     [](auto& m) {
         map_huge(m);
         return remap(m, at(512), kHugeBytes, 2 * kHugeBytes, kMay);
     }},
    {Check::old_length_zero, "EINVAL", [](auto& m) { return remap(m, at(0), 0, p, kMay); }},
    {Check::dont_unmap_special, "EINVAL",
     [](auto& m) {
         map_driven(m, kVmDontExpand);
         return remap(m, at(4), p, p, kKeep);
     }},
    {Check::crosses_end, "EFAULT", [](auto& m) { return remap(m, at(0), 5 * p, 6 * p, kMay); }},
    {Check::remap_offset_wraps, "EINVAL",
     [](auto& m) {
         map_driven(m, {}, Pgoff{kAll - 2});
         return remap(m, at(4), 2 * p, 4 * p, kMay);
     }},
    {Check::dont_expand, "EFAULT",
     [](auto& m) {
         map_driven(m, kVmDontExpand);
         return remap(m, at(4), 2 * p, 3 * p, kMay);
     }},
    {Check::tail_behind_user_space, "EINVAL", [](auto& m) { return remap(m, at(0), kTask, p); }},
    {Check::grows_special, "ENOMEM",
     [](auto& m) {
         map_driven(m, kVmMixedMap);
         return remap(m, at(4), 2 * p, 3 * p);
     }},
    {Check::no_room_behind, "ENOMEM", [](auto& m) { return remap(m, at(0), 4 * p, 9 * p); }},
    {Check::moves_alone, "EFAULT",
     [](auto& m) {
         const auto driver = plain_file();
         driver->area = UnmappedArea::own_thp;
         map_plain(m, file_of(m, {}, driver), kRw, kMapPrivate);
         return remap(m, at(4), 3 * p, 3 * p, kFixed, at(20));
     }},
    {Check::mremap_hook, "EBUSY",
     [](auto& m) {
         map_hooked(m, Hook::mremap);
         return remap(m, at(4), 2 * p, 2 * p, kFixed, at(20));
     }},

    {Check::below_heap, "kept", [](auto& m) { return move_break(m, p); }},
    {Check::heap_limit, "kept",
     [](auto& m) {
         m.limits().data = p;
         return move_break(m, at(6));
     }},
    {Check::break_wraps, "kept", [](auto& m) { return move_break(m, kAll); }},
    {Check::too_close, "kept", [](auto& m) { return move_break(m, at(8)); }},
};

const std::vector<Row>& changing_rows() { return kChangingRows; }

}  // namespace mmsim::test::refusals
