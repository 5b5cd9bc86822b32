// SPDX-License-Identifier: GPL-2.0-or-later
// What a failed call tells of its unwinding: the steps undone in their order, and what stays.
// Rules 3.3, 5.2, 5.3, 5.5, 5.6.
#include <string>

#include <doctest/doctest.h>

#include "mm/mmap_action.h"
#include "support/map_picture.h"
#include "support/scripted_driver.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

std::string steps_text(const std::vector<UnwindStep>& steps) {
    std::string text;
    for (const UnwindStep step : steps) {
        text += (text.empty() ? "" : " ") + std::string(unwind_step_name(step));
    }
    return text;
}

// "1-3 5-6": columns of what the failures that were told have lost.
std::string lost_columns(const MapPicture& map) {
    std::string text;
    for (const Event& event : map.log.events) {
        const auto* told = std::get_if<CallUnwound>(&event);
        if (told == nullptr) continue;
        for (const VmRange& range : told->lost) {
            const Vpn base = vpn_of(MapPicture::kBase);
            text += (text.empty() ? "" : " ") + std::to_string((range.start() - base).count) + "-" +
                    std::to_string((range.end() - base).count);
        }
    }
    return text;
}

// "uncharge / old_mappings_lost" of the one failure that was told; "" if none was.
std::string unwinding(const MapPicture& map) {
    std::string text;
    for (const Event& event : map.log.events) {
        if (const auto* told = std::get_if<CallUnwound>(&event)) {
            text += (text.empty() ? "" : "; ") + steps_text(told->undone) + " / " +
                    steps_text(told->not_undone);
        }
    }
    return text;
}

// A shared mapping of a file over the middle of AAAA, made to fail at `point`.
std::string failed_mmap(FailPoint point, HookSet hooks, const Profile& profile) {
    MapPicture map("AAAA", {}, profile);
    const auto driver = scripted(hooks);
    driver->on_mmap = [](HookCall&, HalfBuiltVma& vma) -> Result<> {
        vma.pages_mapped = true;
        return Errno::eio;
    };
    const FileId file = map.open(driver);
    if (point != FailPoint::mmap) map.faults.arm({.point = point});
    CHECK_FALSE(map.mmap("A**A", kRw, kMapShared, file));
    return unwinding(map);
}

}  // namespace

TEST_SUITE("mm/unwind steps") {
    TEST_CASE("rule 3.3: the steps of a failed mmap are told in the order they are undone") {
        const HookSet prepare = HookSet{}.with(Hook::mmap_prepare);
        const HookSet legacy = HookSet{}.with(Hook::mmap);
        const Profile& p = newest_profile();
        CHECK_EQ(failed_mmap(FailPoint::may_expand, prepare, p),
                 "reattach_old_mappings unmap_writable / edge_splits_left");
        CHECK_EQ(failed_mmap(FailPoint::mmap_prepare, prepare, p),
                 "unmap_writable / old_mappings_lost edge_splits_left");
        CHECK_EQ(failed_mmap(FailPoint::vma_alloc, prepare, p),
                 "unmap_writable / old_mappings_lost edge_splits_left");
        CHECK_EQ(failed_mmap(FailPoint::vma_prealloc, prepare, p),
                 "free_vma unmap_writable / old_mappings_lost edge_splits_left");
        CHECK_EQ(failed_mmap(FailPoint::mmap, legacy, p),
                 "put_file zap_ptes free_vma unmap_writable / old_mappings_lost edge_splits_left");
        CHECK_EQ(failed_mmap(FailPoint::mapped, prepare.with(Hook::mapped), p),
                 "unmap_new_vma unmap_writable / old_mappings_lost edge_splits_left");
    }

    TEST_CASE(
        "rule 3.3: a private mapping gives its charge back after the VMA, and bumps nothing") {
        MapPicture map(".");
        map.faults.arm({.point = FailPoint::vma_prealloc});
        CHECK_FALSE(map.mmap("*"));
        CHECK_EQ(unwinding(map), "free_vma uncharge / ");
    }

    TEST_CASE("rule 5.2: an mprotect that meets a gap keeps what it changed before") {
        MapPicture map("AA.B");
        CHECK_EQ(map.mprotect("A**B", kR).error(), Errno::enomem);
        CHECK_EQ(unwinding(map), " / earlier_changes_kept");

        MapPicture nothing("AA.B");
        CHECK_EQ(nothing.mprotect("AA*B", kR).error(), Errno::enomem);
        CHECK_EQ(unwinding(nothing), "");
    }

    TEST_CASE("rule 4.3: the first cut stays where the second fails") {
        MapPicture map("AAAA");
        map.faults.arm({.point = FailPoint::mprotect_split, .n = 2});
        CHECK_EQ(map.mprotect("A**A", kR).error(), Errno::enomem);
        CHECK_EQ(unwinding(map), " / edge_splits_left");
    }

    TEST_CASE("rules 5.5 and 5.6: madvise and mlock keep what they did before an error") {
        MapPicture advised("AA.B");
        CHECK_EQ(advised.madvise("A**B", Madv::dontfork).error(), Errno::enomem);
        CHECK_EQ(unwinding(advised), " / earlier_changes_kept");
        MapPicture locked("AA.B");
        CHECK_EQ(locked.mlock("A**B").error(), Errno::enomem);
        CHECK_EQ(unwinding(locked), " / earlier_changes_kept");
        MapPicture unchanged("AA.B");
        CHECK_EQ(unchanged.madvise("A**B", Madv::normal).error(), Errno::enomem);
        CHECK_EQ(unwinding(unchanged), "");
    }

    TEST_CASE("rule 5.3: an mremap that fails late has lost the destination it cleared") {
        MapPicture map("AA.BB");
        map.faults.arm({.point = FailPoint::mremap_move_ptes});
        CHECK_FALSE(map.mremap("**.BB", 2, kFixed, 3));
        CHECK_EQ(map.now(), "AA...");
        CHECK_EQ(unwinding(map), "unmap_new_vma / destination_lost");

        MapPicture free("AA...");
        free.faults.arm({.point = FailPoint::mremap_copy});
        CHECK_FALSE(free.mremap("**...", 2, kFixed, 3));
        CHECK_EQ(unwinding(free), "");
    }

    TEST_CASE("rule 5.3: of several VMAs those that were moved stay moved") {
        MapPicture map("AABB......", {{'B', kReadOnly}});
        map.faults.arm({.point = FailPoint::mremap_copy, .n = 2});
        CHECK_FALSE(map.mremap("****......", 4, kFixed, 6));
        CHECK_EQ(unwinding(map), " / earlier_changes_kept");
    }

    TEST_CASE("rule 3.3: what a failed mmap lost is what was mapped there, without the holes") {
        const auto lost = [](const char* before, const char* request, FailPoint point) {
            MapPicture map(before);
            map.faults.arm({.point = point});
            CHECK_FALSE(map.mmap(request, kRw, kShared));
            return lost_columns(map);
        };
        // Touching VMAs are one range; the edges are cut at the request's.
        CHECK_EQ(lost("AABB.C..DD", "A********D", FailPoint::vma_alloc), "1-4 5-6 8-9");
        CHECK_EQ(lost(".AA.......", "****......", FailPoint::shmem_setup), "1-3");
        CHECK_EQ(lost("A....B....", "A****B....", FailPoint::vma_alloc), "");
        // Nothing is lost before the point of no return.
        CHECK_EQ(lost("AABB.C..DD", "A********D", FailPoint::may_expand), "");
    }

    TEST_CASE("rule 3.3 F10: a cut for a mapping whose action fails is told as left") {
        for (const FailPoint point : {FailPoint::action_complete, FailPoint::mapped}) {
            CAPTURE(fail_point_name(point));
            MapPicture map("AA.BB");
            const auto driver = scripted(HookSet{}.with(Hook::mmap_prepare).with(Hook::mapped));
            driver->on_mmap_prepare = [](HookCall&, VmAreaDesc& desc) -> Result<> {
                mmap_action_remap_full(desc, Pfn{1});
                return {};
            };
            const FileId file = map.open(driver);
            map.faults.arm({.point = point});
            CHECK_FALSE(map.mmap("A***B", kRw, kMapShared, file));
            CHECK_EQ(map.now(), "C...D");
            CHECK_EQ(unwinding(map),
                     "unmap_new_vma unmap_writable / old_mappings_lost edge_splits_left");
            CHECK_EQ(lost_columns(map), "1-2 3-4");
        }
    }

    TEST_CASE("rule 3.3 F11: on 7.0 a failing success hook has lost what its mapping stands on") {
        MapPicture map("AA.BB", {}, profile_of(KernelVersion::v7_0));
        const auto driver = scripted(HookSet{}.with(Hook::mmap_prepare));
        driver->on_mmap_prepare = [](HookCall&, VmAreaDesc& desc) -> Result<> {
            desc.action.success_hook = true;
            return {};
        };
        driver->on_success = Errno::eio;
        CHECK_EQ(map.mmap("A***B", kRw, kMapShared, map.open(driver)).error(), Errno::eio);
        CHECK_EQ(map.now(), "CDDDE");
        CHECK_EQ(unwinding(map), " / mapping_left old_mappings_lost edge_splits_left");
        CHECK_EQ(lost_columns(map), "1-2 3-4");
    }

    TEST_CASE("rule 5.3: a failed move tells the edges it cut and the parts it cleared") {
        MapPicture map("AA..BB.CC");
        map.faults.arm({.point = FailPoint::mremap_move_ptes});
        CHECK_FALSE(map.mremap("**..BB.CC", 4, kFixed, 4));
        CHECK_EQ(map.now(), "AA......D");
        CHECK_EQ(unwinding(map), "unmap_new_vma uncharge / destination_lost edge_splits_left");
        CHECK_EQ(lost_columns(map), "4-6 7-8");

        // One that shrinks has lost what it cut off as well.
        MapPicture shrinks("AAAA..BBB");
        shrinks.faults.arm({.point = FailPoint::mremap_copy});
        CHECK_FALSE(shrinks.mremap("****..BBB", 2, kFixed, 6));
        CHECK_EQ(shrinks.now(), "CC......D");
        CHECK_EQ(unwinding(shrinks), " / destination_lost old_mappings_lost edge_splits_left");
        CHECK_EQ(lost_columns(shrinks), "6-8 2-4");
    }

    TEST_CASE("rule 5.3: a destination that cannot be cleared keeps its cut, told once") {
        MapPicture map("AA..BBBB");
        map.faults.arm({.point = FailPoint::split_alloc, .n = 2});
        CHECK_FALSE(map.mremap("**..BBBB", 2, kFixed, 5));
        CHECK_EQ(map.now(), "AA..CBBB");
        CHECK_EQ(unwinding(map), " / edge_splits_left");
    }
}
