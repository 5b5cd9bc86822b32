// SPDX-License-Identifier: GPL-2.0-or-later
// Failing a call at everything it passes, found by running it.
#include "fault/fault_sweep.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace mmsim;

namespace {

// Passes two points, undoes with a third when the second fails, and passes a fourth at the end.
void staged_call(FaultInjector& faults) {
    if (faults.pass(FailPoint::charge, Errno::enomem)) return;
    if (faults.pass(FailPoint::vma_alloc, Errno::enomem)) {
        static_cast<void>(faults.pass(FailPoint::munmap_prealloc, Errno::enomem));
        return;
    }
    static_cast<void>(faults.pass(FailPoint::mapped, Errno::eio));
}

// What each run failed: "charge", "vma_alloc munmap_prealloc", ... ; "-" for the last.
std::vector<std::string> runs(FaultSweep::Modes modes) {
    std::vector<std::string> all;
    FaultSweep sweep(modes);
    while (sweep.next()) {
        staged_call(sweep.faults());
        std::string failed;
        for (const FaultPass& pass : sweep.faults().passes()) {
            if (!pass.failed()) continue;
            failed.append(failed.empty() ? "" : " ").append(fail_point_name(pass.point));
        }
        CHECK_EQ(failed.empty(), !sweep.failed());
        all.push_back(failed.empty() ? "-" : failed);
    }
    return all;
}

using Runs = std::vector<std::string>;

}  // namespace

TEST_SUITE("fault/sweep") {
    TEST_CASE("each passing fails once, and the last run had nothing left to fail") {
        CHECK_EQ(runs({.persistent = false}), Runs{"charge", "vma_alloc", "mapped", "-"});
    }

    TEST_CASE(
        "where something comes behind a failure, all of that fails too, in a run of its own") {
        CHECK_EQ(runs({.persistent = true}),
                 Runs{"charge", "vma_alloc", "vma_alloc munmap_prealloc", "mapped", "-"});
    }

    TEST_CASE("pairs are a failure and each that can come behind it") {
        CHECK_EQ(runs({.persistent = false, .pairs = true}),
                 Runs{"charge", "vma_alloc", "vma_alloc munmap_prealloc", "mapped", "-"});
    }

    TEST_CASE("passings of a point are numbered over all calls, as --fail counts them") {
        FaultInjector faults;
        faults.choose({});
        staged_call(faults);
        faults.choose({.first = 2});
        staged_call(faults);
        REQUIRE_EQ(faults.passes().size(), 3);
        CHECK_EQ(faults.passes()[1].point, FailPoint::vma_alloc);
        CHECK_EQ(faults.passes()[1].nth, 2);
        CHECK(faults.passes()[1].failed());

        FaultInjector same;
        same.arm({.point = FailPoint::vma_alloc, .n = 2});
        staged_call(same);
        CHECK_FALSE(same.fired());
        staged_call(same);
        CHECK_EQ(same.fired(), FailPoint::vma_alloc);
    }

    TEST_CASE("what was armed before fails as well, and is no failure of the sweep") {
        FaultInjector base;
        base.arm({.point = FailPoint::vma_alloc});
        FaultSweep sweep({.persistent = false}, base);
        std::vector<std::size_t> passed;
        while (sweep.next()) {
            staged_call(sweep.faults());
            passed.push_back(sweep.faults().passes().size());
        }
        // charge; vma_alloc; munmap_prealloc behind the armed vma_alloc; none.
        CHECK_EQ(passed, std::vector<std::size_t>{1, 3, 3, 3});
    }
}
