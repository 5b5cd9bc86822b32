// SPDX-License-Identifier: GPL-2.0-or-later
// What a conversion to mmap_prepare changes, worked out by hand and found by the comparison.
#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "check/diff_rows.h"
#include "check/run_diff.h"
#include "support/replayed.h"
#include "trace/maps_text.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

std::string map_file(const std::string& addr, std::uint64_t length, const std::string& prot,
                     const std::string& kind, const std::string& file, std::uint64_t offset) {
    return R"({"op": "mmap", "addr": ")" + addr + R"(", "length": )" + std::to_string(length) +
           R"(, "prot": ")" + prot + R"(", "flags": ")" + kind + R"(|MAP_FIXED", "file": ")" +
           file + R"(", "offset": )" + std::to_string(offset) + "}";
}

// Two halves of 2 MiB of a DAX file; a page of each of two regions of a uio device; two pages of a
// file of afs; two private pages of /dev/zero. Each pair continues its file's offsets.
std::string conversion_trace() {
    constexpr std::uint64_t kPage = 4096, kHalf = 1 << 20;
    const std::string rw = "PROT_READ|PROT_WRITE";
    const std::string events =
        map_file("0x7f0000000000", kHalf, rw, "MAP_SHARED", "dax", 0) + "," +
        map_file("0x7f0000100000", kHalf, rw, "MAP_SHARED", "dax", kHalf) + "," +
        map_file("0x7f0001000000", kPage, rw, "MAP_SHARED", "uio", 0) + "," +
        map_file("0x7f0001001000", kPage, rw, "MAP_SHARED", "uio", kPage) + "," +
        map_file("0x7f0002000000", kPage, "PROT_READ", "MAP_SHARED", "afs", 0) + "," +
        map_file("0x7f0002001000", kPage, "PROT_READ", "MAP_SHARED", "afs", kPage) + "," +
        map_file("0x7f0003000000", kPage, rw, "MAP_PRIVATE", "zero", 0) + "," +
        map_file("0x7f0003001000", kPage, rw, "MAP_PRIVATE", "zero", kPage);
    return json_trace(events, R"("kernel": "7.3",
        "files": [
            {"id": "dax", "path": "/mnt/D", "driver": "ext4_dax", "mode": "rw", "size": 2097152},
            {"id": "uio", "path": "/dev/U", "driver": "uio", "mode": "rw", "type": "char",
             "params": {"addrs": ["0xfe000000", "0xfe100000"], "sizes": [4096, 4096],
                        "types": ["physical", "physical"]}},
            {"id": "afs", "path": "/afs/A", "driver": "afs", "mode": "rw", "size": 8192},
            {"id": "zero", "path": "/dev/zero", "mode": "rw", "type": "char"}], )");
}

// Three pages of registers, of which the converted hook grants two.
std::string stricter_trace() {
    constexpr std::uint64_t kPage = 4096;
    const std::string rw = "PROT_READ|PROT_WRITE";
    const std::string events =
        map_file("0x7f0001000000", kPage, rw, "MAP_SHARED", "regs", 0) + "," +
        map_file("0x7f0001001000", kPage, rw, "MAP_SHARED", "regs", kPage) + "," +
        map_file("0x7f0001002000", kPage, rw, "MAP_SHARED", "regs", 2 * kPage);
    return json_trace(events, R"("kernel": "7.3",
        "files": [{"id": "regs", "path": "/dev/R", "driver": "regs", "mode": "rw"}],
        "drivers": [
            {"name": "regs",
             "mmap_prepare": [{"require": "pgoff + pages <= 2", "errno": "EINVAL"},
                              {"vm_ops": true}, {"action": "remap_full", "pfn": "0xfed00"}],
             "mmap": [{"vm_ops": true}, {"remap_pfn_range": "full", "pfn": "0xfed00"}],
             "vm_ops": {}}], )");
}

DiffSetting hook_setting(HookChoice choice) {
    DiffSetting setting;
    setting.options.hook = choice;
    return setting;
}

// "D|D U|U AA zz": a letter for a page, or for 1 MiB of D; '|' where two VMAs touch.
std::string drawn_layout(HookChoice choice) {
    const std::string maps =
        Replayed(conversion_trace(), hook_setting(choice).options).layout(LayoutForm::maps);
    std::string drawn;
    std::uint64_t end = 0;
    for (const MapsEntry& entry : parse_maps(maps, "layout")) {
        if (!drawn.empty()) drawn += entry.start == end ? '|' : ' ';
        const char letter = entry.path.substr(entry.path.rfind('/') + 1)[0];
        const std::uint64_t unit = letter == 'D' ? 1 << 20 : 4096;
        drawn.append((entry.end - entry.start) / unit, letter);
        end = entry.end;
    }
    return drawn;
}

Diff hook_diff(const std::string& trace) {
    const auto reader =
        open_trace(std::make_unique<LineSource>(memory_bytes(std::string(trace)), "test"));
    RunDiff runs("test", *reader,
                 {hook_setting(HookChoice::legacy), hook_setting(HookChoice::prepare)});
    while (runs.step()) {
    }
    return runs.finish();
}

}  // namespace

TEST_SUITE("check/hook diff") {
    TEST_CASE("a conversion joins the DAX halves, and nothing else") {
        // DAX sets VM_HUGEPAGE. The old hook runs after the merge attempt, in which the new range
        // still lacks the flag; mmap_prepare runs before it. uio has but the old hook, and its
        // frames never merge. afs and /dev/zero change no flags and merge either way. Rule 4.1.
        CHECK_EQ(drawn_layout(HookChoice::legacy), "D|D U|U AA zz");
        CHECK_EQ(drawn_layout(HookChoice::prepare), "DD U|U AA zz");
    }

    TEST_CASE("the numbers of the comparison are those that the two layouts give") {
        const Diff diff = hook_diff(conversion_trace());
        struct Row {
            const char* path;
            double old, now;
        };
        for (const Row& row : std::vector<Row>{
                 {"fragmentation.vmas", 6, 5},  // D D U U AA zz; DD U U AA zz
                 {"fragmentation.peak", 6, 5},
                 {"fragmentation.boundary_list", 2, 1},       // D|D U|U; U|U
                 {"fragmentation.boundaries.special", 1, 1},  // between the regions
                 {"fragmentation.boundaries.untried", 1, 0},  // D|D: now their flags are the same
                 {"fragmentation.mapped_bytes", (2 << 20) + 6 * 4096, (2 << 20) + 6 * 4096},
                 {"fragmentation.huge_page_bytes", 0, 2 << 20},  // DD is one whole block
                 {"fragmentation.gaps.count", 5, 5},             // around four groups
                 {"fragmentation.headroom", 65530 - 6, 65530 - 5},
                 {"merges.new.left", 2, 3},  // A and z; D as well
                 {"merges.by_driver.ext4_dax", 0, 1},
                 {"merges.by_driver.afs", 1, 1},
                 {"merges.prevented", 1, 0},
                 {"merges.splits", 0, 0},
                 {"events.failed", 0, 0},
                 {"now_fails", 0, 0},
                 {"leaks", 0, 0},
                 {"files.dax.refs", 3, 2},  // the open file and each VMA
                 {"files.uio.refs", 3, 3},
                 {"files.afs.refs", 2, 2},
                 {"drivers.uio.calls.mmap", 2, 2},
                 {"drivers.uio.calls.mmap_prepare", 0, 0},
                 // What merges before the old hook runs is never shown to it; the new one sees all,
                 // but only a VMA that is made anew is `mapped`.
                 {"drivers.afs.calls.mmap", 1, 0},
                 {"drivers.afs.calls.mmap_prepare", 0, 2},
                 {"drivers.afs.calls.mapped", 0, 1},
                 {"drivers.afs.references.open_mmaps", 1, 1}}) {
            CAPTURE(row.path);
            CHECK_EQ(diff.old.numbers.find(row.path), row.old);
            CHECK_EQ(diff.news[0].side.numbers.find(row.path), row.now);
        }
    }

    TEST_CASE("the event where the layouts part is found, and what lies there on both sides") {
        const DiffAgainst now = hook_diff(conversion_trace()).news[0];
        REQUIRE_EQ(now.layouts.size(), 1);
        CHECK_EQ(now.layouts[0].place.event, 2);
        REQUIRE_EQ(now.layouts[0].rows.total(), 2);
        const auto& rows = now.layouts[0].rows.items;
        CHECK_EQ(rows[0].old->end, 0x7f0000100000);
        CHECK_EQ(rows[0].now->end, 0x7f0000200000);
        CHECK_EQ(rows[1].old->start, 0x7f0000100000);
        CHECK_FALSE(rows[1].now);
    }

    TEST_CASE("a call that the converted hook refuses is found") {
        const DiffAgainst now = hook_diff(stricter_trace()).news[0];
        const auto& fails = now.calls[static_cast<std::size_t>(CallChange::now_fails)];
        REQUIRE_EQ(fails.total(), 1);
        CHECK_EQ(fails.items[0].place.event, 3);
        CHECK_EQ(fails.items[0].now, "EINVAL");
    }

    TEST_CASE("every number of a report has its row, but for settings and lists of places") {
        // Those that begin so; changed calls have a list of their own.
        const std::vector<std::string> without_row = {
            "mmsim_report",       "max_map_count", "fixed_accounting", "events.ok",
            "events.with_result", "drivers",       "causes",           "lower_limits",
            "timeline.",          "divergences",   "missing",          "warnings",
            "fragmentation.gaps", "files.",        "truncated",        "merges.by_file.",
            "now_fails",          "now_succeeds",  "other_errno"};
        const Diff diff = hook_diff(conversion_trace());
        std::set<std::string> shown;
        for (const NumberRow& row : number_rows(diff, true)) shown.insert(row.path);
        for (const auto& entry : diff.old.numbers.all()) {
            const std::string& path = entry.first;
            // Of a process what the whole run has too is not told again.
            const bool of_process =
                path.starts_with("processes.") &&
                (path.find(".merges.") != std::string::npos ||
                 path.find(".fragmentation.") != std::string::npos ||
                 path.find(".map_count") != std::string::npos || path.ends_with(".pid"));
            const bool expected =
                of_process || std::ranges::any_of(without_row, [&](const std::string& start) {
                    return path.starts_with(start);
                });
            const bool has_row = shown.contains(path);
            CAPTURE(path);
            CHECK((expected || has_row));
        }
    }
}
