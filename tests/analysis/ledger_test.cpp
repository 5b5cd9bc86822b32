// SPDX-License-Identifier: GPL-2.0-or-later
// References that drivers count by name: which of them end up with nobody to drop them.
#include <string>

#include <doctest/doctest.h>

#include "support/replayed.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

// Counts in `mmap_prepare`, where no VMA exists yet.
constexpr const char* kCountsInPrepare = R"({"name": "counts",
    "mmap_prepare": [{"get": "open_mmap"}, {"vm_ops": true}],
    "vm_ops": {"open": [{"get": "open_mmap"}], "close": [{"put": "open_mmap"}]}})";
// Counts VMAs that stand.
constexpr const char* kCountsInMapped = R"({"name": "counts", "mmap_prepare": [{"vm_ops": true}],
    "vm_ops": {"mapped": [{"get": "open_mmap"}], "open": [{"get": "open_mmap"}],
               "close": [{"put": "open_mmap"}]}})";

std::string map_file(unsigned page, unsigned pages, const std::string& more = "") {
    return R"({"op": "mmap", "addr": )" + std::to_string(0x700000000000 + page * 4096UL) +
           R"(, "length": )" + std::to_string(pages * 4096) +
           R"(, "prot": "PROT_READ", "flags": "MAP_SHARED|MAP_FIXED", "file": "dev", "offset": )" +
           std::to_string(page * 4096) + more + "}";
}

// "reference open_mmap 1 at 2 through merge; ..." of a run.
std::string leaks_of(const std::string& driver, const std::string& events,
                     const std::string& kernel = "7.3") {
    const Replayed run(
        json_trace(events, R"("kernel": ")" + kernel + R"(", "drivers": [)" + driver +
                               R"(], "files": [{"id": "dev", "path": "/dev/d",
            "driver": "counts", "mode": "rw"}, {"id": "in", "path": "/dev/in", "driver": ")" +
                               (driver.find("inner") == std::string::npos ? "counts" : "inner") +
                               R"(", "mode": "rw"}], )"));
    std::string text;
    for (const LeakReport& leak : run.report().leaks.items) {
        text += (text.empty() ? "" : "; ") + leak.kind + " " + leak.name + " " +
                std::to_string(leak.count) + " at " + std::to_string(leak.place.event) +
                " through " + leak.cause;
    }
    return text;
}

}  // namespace

TEST_SUITE("analysis/ledger") {
    TEST_CASE("rule 10.8: a reference taken in mmap_prepare is lost when the mapping merges") {
        const std::string twice = map_file(0, 1) + "," + map_file(1, 1);
        CHECK_EQ(leaks_of(kCountsInPrepare, map_file(0, 1)), "");
        CHECK_EQ(leaks_of(kCountsInPrepare, twice), "reference open_mmap 1 at 2 through merge");
        CHECK_EQ(leaks_of(kCountsInPrepare, map_file(0, 1) + "," + map_file(2, 1)), "");
        CHECK_EQ(leaks_of(kCountsInMapped, twice), "");
    }

    TEST_CASE("rule 3.3 F4 to F10: what a failed mmap took is lost through the failure point") {
        const auto failing = [](const char* point) {
            return map_file(0, 1, R"(, "fail": {"point": ")" + std::string(point) + R"("})");
        };
        CHECK_EQ(leaks_of(kCountsInPrepare, failing("vma_alloc")),
                 "reference open_mmap 1 at 1 through vma_alloc");
        CHECK_EQ(leaks_of(kCountsInPrepare, failing("action_prepare")),
                 "reference open_mmap 1 at 1 through action_prepare");
        // The hook itself is not reached.
        CHECK_EQ(leaks_of(kCountsInPrepare, failing("mmap_prepare")), "");
        // Before any hook.
        CHECK_EQ(leaks_of(kCountsInPrepare, failing("charge")), "");
        CHECK_EQ(leaks_of(kCountsInMapped, failing("vma_alloc")), "");
        CHECK_EQ(leaks_of(kCountsInMapped, failing("mapped")), "");
    }

    TEST_CASE("rule 10.3: the old hook's reference goes with the VMA that 6.12 merges away") {
        constexpr const char* kLegacy = R"({"name": "counts",
            "mmap": [{"get": "users"}, {"set_flags": ["VMA_DONTCOPY_BIT"]}]})";
        const std::string twice = map_file(0, 1) + "," + map_file(1, 1);
        CHECK_EQ(leaks_of(kLegacy, twice, "6.12"), "reference users 1 at 2 through merge");
        CHECK_EQ(leaks_of(kLegacy, twice, "6.16"), "");
    }

    TEST_CASE("rule 6.6: what close does not drop is lost when the driver's last VMA goes") {
        constexpr const char* kNeverDrops =
            R"({"name": "counts", "mmap_prepare": [{"vm_ops": true}],
            "vm_ops": {"mapped": [{"get": "users"}], "close": []}})";
        const std::string maps = map_file(0, 1) + "," + map_file(2, 1) + ",";
        CHECK_EQ(leaks_of(kNeverDrops, maps + unmap_event("0x700000000000", 1)), "");
        CHECK_EQ(leaks_of(kNeverDrops, maps + unmap_event("0x700000000000", 3)),
                 "reference users 2 at 3 through unmap");
        CHECK_EQ(leaks_of(kNeverDrops, maps + R"({"op": "exit"})"),
                 "reference users 2 at 3 through unmap");
        CHECK_EQ(leaks_of(kCountsInMapped, maps + unmap_event("0x700000000000", 3)), "");
        // A leak that was told is not told again.
        CHECK_EQ(leaks_of(kCountsInPrepare, map_file(0, 1) + "," + map_file(1, 1) + "," +
                                                unmap_event("0x700000000000", 2)),
                 "reference open_mmap 1 at 2 through merge");
    }

    TEST_CASE(
        "DELTA D5: locked pages that DONTUNMAP leaves counted are told, unless books are fixed") {
        const std::string events =
            map_event("0x700000000000", 8) + R"(, {"op": "mlock", "addr": "0x700000000000",
            "length": 32768}, {"op": "mremap", "addr": "0x700000000000", "old_length": 32768,
            "length": 32768, "flags": "MREMAP_MAYMOVE|MREMAP_FIXED|MREMAP_DONTUNMAP",
            "new_addr": "0x700000100000"})";
        CHECK_EQ(leaks_of(kCountsInMapped, events, "7.2"), "locked  8 at 3 through dontunmap");
        CHECK_EQ(leaks_of(kCountsInMapped, events, "7.3"), "");
        ReplayOptions fixed;
        fixed.kernel = KernelVersion::v7_2;
        fixed.fixed_accounting = true;
        fixed.verify = true;
        const Replayed run(json_trace(events), fixed);
        CHECK(run.report().leaks.empty());
        CHECK(run.report().broken.empty());
        CHECK_EQ(run.report().processes.items.at(0).state.locked_vm.count, 8);
    }

    TEST_CASE("rule 9.17: what close gives back too often is told at once, as a count below zero") {
        constexpr const char* kNoOpen = R"({"name": "counts", "mmap": [{"get": "regions"},
            {"vm_ops": true}], "vm_ops": {"close": [{"put": "regions"}]}})";
        const std::string cut = map_file(0, 3) + "," + unmap_event("0x700000001000", 1);
        // The cut made three VMAs of one; the middle one gave back what the others still need.
        CHECK_EQ(leaks_of(kNoOpen, cut), "");
        CHECK_EQ(leaks_of(kNoOpen, cut + "," + unmap_event("0x700000000000", 1)),
                 "reference regions -1 at 3 through close");
        CHECK_EQ(leaks_of(kNoOpen, cut + "," + unmap_event("0x700000000000", 3)),
                 "reference regions -2 at 3 through close");
        CHECK_EQ(leaks_of(kNoOpen, cut + R"(, {"op": "exit"})"),
                 "reference regions -2 at 3 through close");
    }

    TEST_CASE("rule 3.3: a failed mmap tells what its hooks gave back and never had") {
        constexpr const char* kGives = R"({"name": "counts", "mmap_prepare": [{"put": "users"}]})";
        CHECK_EQ(leaks_of(kGives, map_file(0, 1, R"(, "fail": {"point": "vma_alloc"})")),
                 "reference users -1 at 1 through vma_alloc");
        // A close without mapped says so by itself.
        CHECK_EQ(leaks_of(kCountsInMapped, map_file(0, 1, R"(, "fail": {"point": "mapped"})")), "");
    }

    TEST_CASE("rule 3.3 F10: the reference of a failed mapping that no close drops is told once") {
        constexpr const char* kKeeps = R"({"name": "counts", "mmap_prepare": [{"get": "users"},
            {"vm_ops": true}, {"action": "remap_full", "pfn": 1, "fail": "EIO"}], "vm_ops": {}})";
        CHECK_EQ(leaks_of(kKeeps, map_file(0, 1)),
                 "reference users 1 at 1 through action_complete");
    }

    TEST_CASE(
        "rule 6.7: a stacked driver with vm_ops of its own leaves the inner one's reference") {
        constexpr const char* kStacked = R"({"name": "counts", "mmap": [{"inner": "in"},
            {"vm_ops": true}], "vm_ops": {}}, {"name": "inner", "mmap_prepare": [{"vm_ops": true}],
            "vm_ops": {"mapped": [{"get": "users"}], "close": [{"put": "users"}]}})";
        constexpr const char* kThrough = R"({"name": "counts", "mmap": [{"inner": "in"}]},
            {"name": "inner", "mmap_prepare": [{"vm_ops": true}],
            "vm_ops": {"mapped": [{"get": "users"}], "close": [{"put": "users"}]}})";
        const std::string twice = map_file(0, 1) + "," + unmap_event("0x700000000000", 1);
        CHECK_EQ(leaks_of(kStacked, twice), "reference users 1 at 1 through stacked");
        CHECK_EQ(leaks_of(kThrough, twice), "");
    }

    TEST_CASE(
        "rule 5.8: the growth of a stack that is not accounted is lost, unless books are fixed") {
        const std::string stack = R"({"op": "mmap", "addr": "0x700000100000", "length": 8192,
            "prot": "PROT_READ", "flags": "MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED|MAP_GROWSDOWN"})";
        const std::string events = stack + R"(, {"op": "touch", "addr": "0x7000000fe000",
            "length": 1, "write": false})";
        CHECK_EQ(leaks_of(kCountsInMapped, events), "commit  2 at 2 through growth");
        ReplayOptions fixed;
        fixed.fixed_accounting = true;
        fixed.verify = true;
        const Replayed run(json_trace(events), fixed);
        CHECK(run.report().leaks.empty());
        CHECK(run.report().broken.empty());
        CHECK_EQ(run.report().processes.items.at(0).state.committed.count, 0);
    }

    TEST_CASE("every invariant holds over all that these drivers do") {
        for (const char* driver : {kCountsInPrepare, kCountsInMapped}) {
            for (const Profile& profile : all_profiles()) {
                if (!profile.mapped_hook) continue;
                ReplayOptions options;
                options.kernel = profile.version;
                options.verify = true;
                const std::string events = map_file(0, 2) + "," + map_file(2, 2) + "," +
                                           unmap_event("0x700000001000", 1) +
                                           R"(, {"op": "fork", "child": 2},)" +
                                           map_file(3, 1, R"(, "fail": {"point": "vma_alloc"})") +
                                           R"(, {"op": "exit", "pid": 2}, {"op": "exit"})";
                const Replayed run(json_trace(events, R"("drivers": [)" + std::string(driver) +
                                                          R"(], "files": [{"id": "dev",
                    "path": "/dev/d", "driver": "counts", "mode": "rw"}], )"),
                                   options);
                CHECK(run.report().broken.empty());
            }
        }
    }
}
