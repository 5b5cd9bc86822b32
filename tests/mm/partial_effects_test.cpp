// SPDX-License-Identifier: GPL-2.0-or-later
// What the calls beside mmap leave behind when they fail half-way: every failure point that they
// pass, at every passing. Rules 5.1 to 5.9.
#include <functional>
#include <map>
#include <set>

#include <doctest/doctest.h>

#include "support/map_picture.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

using P = FailPoint;

// A call on a fresh map, and the flag that a picture of marks shows.
struct PartialCall {
    std::string name;
    std::function<MapPicture()> before;
    std::function<std::string(MapPicture&)> run;
    VmFlags shown;
};

struct PartialRow {
    std::string call;
    FailPoint point;
    std::uint32_t nth;
    std::string left;  // outcome, letters, marks
};

MapPicture two(std::uint64_t prot, VmFlags right = {}) {
    return MapPicture{"AAAABBBB", {{'A', {.prot = prot}}, {'B', {.prot = prot, .extra = right}}}};
}

MapPicture heap(std::uint64_t prot) {
    MapPicture map{"AA....", {{'A', {.prot = prot}}}};
    map.mm().layout.start_brk = map.address(0);
    map.mm().brk = map.address(2);
    return map;
}

std::string grow_heap(MapPicture& map) {
    const auto wanted = map.address(4);
    map.call([&](Current& current) { return sys_brk(current, wanted); });
    return map.mm().brk == wanted ? "ok" : "stays";
}

const std::vector<PartialCall> kCalls = {
    {"munmap", [] { return two(kRw, kVmDontCopy); },
     [](MapPicture& map) { return outcome(map.munmap("AA****BB")); }, kVmWrite},
    {"mprotect", [] { return two(kR, kVmDontCopy); },
     [](MapPicture& map) { return outcome(map.mprotect("AA****BB", kRw)); }, kVmWrite},
    {"mlock", [] { return two(kRw, kVmDontCopy); },
     [](MapPicture& map) { return outcome(map.mlock("AA****BB")); }, kVmLocked},
    {"madvise", [] { return two(kRw, kVmSeqRead); },
     [](MapPicture& map) { return outcome(map.madvise("AA****BB", Madv::dontfork)); }, kVmDontCopy},
    {"mremap", [] { return MapPicture{"AA......"}; },
     [](MapPicture& map) { return outcome(map.mremap("**......", 3, kFixed, 4)); }, kVmAccount},
    {"brk, merging", [] { return heap(kRw); }, grow_heap, kVmWrite},
    {"brk, apart", [] { return heap(kR); }, grow_heap, kVmWrite},
    {"fork",
     [] {
         return MapPicture{"AA.BB", {{'A', kTouched}}};
     },
     [](MapPicture& map) { return outcome(map.fork()); }, kVmWrite},
};

// clang-format off
const std::vector<PartialRow> kRows = {
    // Nothing is unmapped; cuts stay.
    {"munmap",       P::gather_sealed,    1, "EPERM AAAABBBB ########"},
    {"munmap",       P::gather_sealed,    2, "EPERM CCAABBBB ########"},
    {"munmap",       P::gather_sealed,    3, "EPERM CCAABBBB ########"},
    {"munmap",       P::split_may_split,  1, "EINVAL AAAABBBB ########"},
    {"munmap",       P::split_may_split,  2, "EINVAL CCAABBBB ########"},
    {"munmap",       P::split_alloc,      1, "ENOMEM AAAABBBB ########"},
    {"munmap",       P::split_alloc,      2, "ENOMEM CCAABBBB ########"},
    {"munmap",       P::split_prealloc,   1, "ENOMEM AAAABBBB ########"},
    {"munmap",       P::split_prealloc,   2, "ENOMEM CCAABBBB ########"},
    {"munmap",       P::munmap_prealloc,  1, "ENOMEM CCAABBDD ########"},
    // What was changed before stays changed.
    {"mprotect",     P::mprotect_charge,  1, "ENOMEM AAAABBBB --------"},
    {"mprotect",     P::mprotect_charge,  2, "ENOMEM CCAABBBB --##----"},
    {"mprotect",     P::split_may_split,  1, "EINVAL AAAABBBB --------"},
    {"mprotect",     P::split_may_split,  2, "EINVAL CCAABBBB --##----"},
    {"mprotect",     P::mprotect_split,   1, "ENOMEM AAAABBBB --------"},
    {"mprotect",     P::mprotect_split,   2, "ENOMEM CCAABBBB --##----"},
    {"mprotect",     P::split_prealloc,   1, "ENOMEM AAAABBBB --------"},
    {"mprotect",     P::split_prealloc,   2, "ENOMEM CCAABBBB --##----"},
    {"mlock",        P::split_may_split,  1, "EINVAL AAAABBBB --------"},
    {"mlock",        P::split_may_split,  2, "EINVAL CCAABBBB --##----"},
    {"mlock",        P::mlock_split,      1, "ENOMEM AAAABBBB --------"},
    {"mlock",        P::mlock_split,      2, "ENOMEM CCAABBBB --##----"},
    {"mlock",        P::split_prealloc,   1, "ENOMEM AAAABBBB --------"},
    {"mlock",        P::split_prealloc,   2, "ENOMEM CCAABBBB --##----"},
    {"madvise",      P::split_may_split,  1, "EINVAL AAAABBBB --------"},
    {"madvise",      P::split_may_split,  2, "EINVAL CCAABBBB --##----"},
    {"madvise",      P::madvise_split,    1, "EAGAIN AAAABBBB --------"},
    {"madvise",      P::madvise_split,    2, "EAGAIN CCAABBBB --##----"},
    {"madvise",      P::split_prealloc,   1, "EAGAIN AAAABBBB --------"},
    {"madvise",      P::split_prealloc,   2, "EAGAIN CCAABBBB --##----"},
    // The copy goes again. A source that cannot be unmapped stays, no longer accounted.
    {"mremap",       P::mremap_charge,    1, "ENOMEM AA...... ##......"},
    {"mremap",       P::mremap_copy,      1, "ENOMEM AA...... ##......"},
    {"mremap",       P::mremap_move_ptes, 1, "ENOMEM AA...... ##......"},
    {"mremap",       P::mremap_unmap,     1, "ok AA..BBB. --..###."},
    {"mremap",       P::gather_sealed,    1, "ok AA..BBB. --..###."},
    {"mremap",       P::munmap_prealloc,  1, "ok AA..BBB. --..###."},
    {"brk, merging", P::brk_charge,       1, "stays AA.... ##...."},
    {"brk, merging", P::merge_prealloc,   1, "stays AA.... ##...."},
    {"brk, apart",   P::brk_charge,       1, "stays AA.... --...."},
    {"brk, apart",   P::brk_alloc,        1, "stays AA.... --...."},
    {"fork",         P::fork_charge,      1, "ENOMEM AA.BB ##.##"},
    {"fork",         P::fork_charge,      2, "ENOMEM AA.BB ##.##"},
    {"fork",         P::fork_alloc,       1, "ENOMEM AA.BB ##.##"},
    {"fork",         P::fork_alloc,       2, "ENOMEM AA.BB ##.##"},
    {"fork",         P::fork_anon_clone,  1, "ENOMEM AA.BB ##.##"},
    {"fork",         P::fork_anon_clone,  2, "ENOMEM AA.BB ##.##"},
};
// clang-format on

std::string passing(const std::string& call, FailPoint point, std::uint32_t nth) {
    return call + ": " + std::string(fail_point_name(point)) + "@" + std::to_string(nth);
}

}  // namespace

TEST_SUITE("mm/partial effects") {
    TEST_CASE("rules 5.1 to 5.9: a call that fails half-way leaves what is drawn") {
        std::map<std::string, std::string> drawn;
        for (const PartialRow& row : kRows) drawn[passing(row.call, row.point, row.nth)] = row.left;
        std::set<std::string> reached;
        std::set<FailPoint> points;
        for (const PartialCall& call : kCalls) {
            for (std::size_t i = 0; i < kFailPoints; ++i) {
                const auto point = static_cast<FailPoint>(i);
                for (std::uint32_t nth = 1;; ++nth) {
                    MapPicture map = call.before();
                    const std::uint64_t anon_vmas = map.world.anon_vmas.live();
                    map.faults.arm({.point = point, .n = nth});
                    const std::string result = call.run(map);
                    map.faults.disarm();
                    if (map.faults.fired() != point) break;
                    const std::string where = passing(call.name, point, nth);
                    INFO(where);
                    CHECK_EQ(result + " " + map.now() + " " + map.marks(call.shown), drawn[where]);
                    if (call.name == "fork") CHECK_EQ(map.world.anon_vmas.live(), anon_vmas);
                    reached.insert(where);
                    points.insert(point);
                }
            }
        }
        for (const PartialRow& row : kRows) {
            const std::string where = passing(row.call, row.point, row.nth);
            INFO(where);
            CHECK_EQ(reached.count(where), 1);
        }
        for (auto i = static_cast<std::size_t>(P::munmap_prealloc); i < kFailPoints; ++i) {
            const auto point = static_cast<FailPoint>(i);
            INFO(fail_point_name(point));
            CHECK_EQ(points.count(point), 1);
        }
    }
}
