// SPDX-License-Identifier: GPL-2.0-or-later
// Nothing is left out of a sweep: each failure point has a test of what undoes it, and fails
// somewhere in the corpus under each kernel that has it.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "support/fault_causes.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

using P = FailPoint;

// The test that fails where what was done before the point is undone wrongly.
struct Guard {
    FailPoint point;
    std::string_view file;  // below tests/
    std::string_view test_case;
};

constexpr std::string_view kPipeline = "mm/failure_points_test.cpp";
constexpr std::string_view kPipelineCase =
    "rule 3.3: each point, at each passing, in each context leaves what is drawn";
constexpr std::string_view kMerge = "mm/merge_test.cpp";
constexpr std::string_view kMergeCase =
    "rule 4.2 item 7: where merging fails for want of memory mmap makes a VMA instead";
constexpr std::string_view kOther = "mm/partial_effects_test.cpp";
constexpr std::string_view kOtherCase =
    "rules 5.1 to 5.9: a call that fails half-way leaves what is drawn";

constexpr Guard kGuards[] = {
    {P::mdwe, kPipeline, kPipelineCase},
    {P::arch_flags, kPipeline, kPipelineCase},
    {P::map_writable, kPipeline, kPipelineCase},
    {P::gather_sealed, kPipeline, kPipelineCase},
    {P::gather_limit, kPipeline, kPipelineCase},
    {P::split_may_split, kPipeline, kPipelineCase},
    {P::split_alloc, kPipeline, kPipelineCase},
    {P::split_prealloc, kPipeline, kPipelineCase},
    {P::may_expand, kPipeline, kPipelineCase},
    {P::charge, kPipeline, kPipelineCase},
    {P::mmap_prepare, kPipeline, kPipelineCase},
    {P::action_prepare, kPipeline, kPipelineCase},
    {P::merge_prealloc, kMerge, kMergeCase},
    {P::merge_anon_clone, kMerge, kMergeCase},
    {P::vma_alloc, kPipeline, kPipelineCase},
    {P::vma_prealloc, kPipeline, kPipelineCase},
    {P::mmap, kPipeline, kPipelineCase},
    {P::shmem_setup, kPipeline, kPipelineCase},
    {P::action_complete, kPipeline, kPipelineCase},
    {P::mapped, kPipeline, kPipelineCase},
    {P::kmalloc, "plugin/services_test.cpp",
     "an allocation that is made to fail is the driver's failure, and what it lost leaks"},
    {P::munmap_prealloc, kOther, kOtherCase},
    {P::mprotect_charge, kOther, kOtherCase},
    {P::mprotect_split, kOther, kOtherCase},
    {P::mremap_charge, kOther, kOtherCase},
    {P::mremap_copy, kOther, kOtherCase},
    {P::mremap_move_ptes, kOther, kOtherCase},
    {P::mremap_unmap, kOther, kOtherCase},
    {P::brk_charge, kOther, kOtherCase},
    {P::brk_alloc, kOther, kOtherCase},
    {P::madvise_split, kOther, kOtherCase},
    {P::mlock_split, kOther, kOtherCase},
    {P::fork_charge, kOther, kOtherCase},
    {P::fork_alloc, kOther, kOtherCase},
    {P::fork_anon_clone, kOther, kOtherCase},
};
static_assert(std::size(kGuards) == kFailPoints, "a failure point without a test, or twice");

// What users are promised, in the order of the pipeline.
constexpr std::string_view kPromised[] = {
    "mdwe",           "arch_flags",       "map_writable",    "gather_sealed",
    "gather_limit",   "split_may_split",  "split_alloc",     "split_prealloc",
    "may_expand",     "charge",           "mmap_prepare",    "action_prepare",
    "merge_prealloc", "merge_anon_clone", "vma_alloc",       "vma_prealloc",
    "mmap",           "shmem_setup",      "action_complete", "mapped",
};
constexpr std::string_view kOtherCalls[] = {"munmap",  "mprotect", "mremap", "brk",
                                            "madvise", "mlock",    "fork"};

bool there_under(FailPoint point, const Profile& profile) {
    switch (point) {
        case P::mmap_prepare:
            return profile.mmap_prepare;
        case P::action_prepare:
            return profile.action_prepare_fails;
        case P::action_complete:
            return profile.actions;
        case P::mapped:
            return profile.mapped_hook;
        case P::kmalloc:  // of plug-ins alone, which a trace does not bring along
            return false;
        default:
            return true;
    }
}

using Points = std::set<FailPoint>;

void add_points(Points& all, const FaultReport& report) {
    for (const KernelMatrix& kernel : report.matrices) {
        const auto points = kernel.matrix.points();
        all.insert(points.begin(), points.end());
    }
}

std::string names_of(const Points& points) {
    std::string names;
    for (const FailPoint point : points) names.append(" ").append(fail_point_name(point));
    return names;
}

std::string source_of(std::string_view test) {
    const std::string path = std::string(MMSIM_SOURCE_DIR) + "/tests/" + std::string(test);
    std::ifstream in(path, std::ios::binary);
    REQUIRE_MESSAGE(in, path);
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_SUITE("sweep/fault points") {
    TEST_CASE("each failure point that is promised is there, and each other is a call's own") {
        for (std::size_t i = 0; i < std::size(kPromised); ++i) {
            CHECK_EQ(fail_point_name(static_cast<FailPoint>(i)), kPromised[i]);
        }
        std::set<std::string_view> calls;
        for (std::size_t i = std::size(kPromised); i < kFailPoints; ++i) {
            const std::string_view name = fail_point_name(static_cast<FailPoint>(i));
            CAPTURE(name);
            const std::string_view call = name.substr(0, name.find('_'));
            if (name == "kmalloc") continue;
            CHECK_NE(std::ranges::find(kOtherCalls, call), std::end(kOtherCalls));
            calls.insert(call);
        }
        CHECK_EQ(calls.size(), std::size(kOtherCalls));
    }

    TEST_CASE("each failure point has a test of what is undone there") {
        for (std::size_t i = 0; i < kFailPoints; ++i) {
            const Guard& guard = kGuards[i];
            const std::string name(fail_point_name(static_cast<FailPoint>(i)));
            CAPTURE(name);
            CHECK_EQ(fail_point_name(guard.point), name);
            const std::string source = source_of(guard.file);
            const auto has = [&](const std::string& text) {
                return source.find(text) != std::string::npos;
            };
            CHECK(has("\"" + std::string(guard.test_case) + "\""));
            CHECK((has("P::" + name + ",") || has("FailPoint::" + name) || has('"' + name + '"')));
        }
    }

    TEST_CASE("a sweep fails each point under each kernel that has it") {
        for (const Profile& profile : all_profiles()) {
            CAPTURE(profile.name);
            Points failed;
            for (const char* driver : {"ext4", "vme_user"}) {
                add_points(failed, driver_sweep(driver, profile.version));
            }
            for (const char* trace : {"traces/faults/mappings.json", "traces/faults/calls.json"}) {
                add_points(failed, trace_sweep(trace, profile.version));
            }
            Points there;
            for (std::size_t i = 0; i < kFailPoints; ++i) {
                const auto point = static_cast<FailPoint>(i);
                if (there_under(point, profile)) there.insert(point);
            }
            CHECK_EQ(names_of(failed), names_of(there));
        }
    }
}
