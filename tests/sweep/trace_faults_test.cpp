// SPDX-License-Identifier: GPL-2.0-or-later
// Every call of a trace made to fail at everything it passes, and judged.
#include "sweep/trace_faults.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/input_error.h"
#include "support/replayed.h"
#include "sweep/known_faults.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

FaultReport sweep_of(TraceReader& reader, const ReplayOptions& options = {}, bool pairs = false) {
    TraceFaults faults(
        "test", reader, options,
        {.modes = {.persistent = true, .pairs = pairs}, .list = true, .command = "replay"});
    while (faults.step()) {
    }
    return faults.report();
}

FaultReport sweep_of(const std::string& trace, const ReplayOptions& options = {}) {
    const auto reader = open_trace(std::make_unique<LineSource>(memory_bytes(trace), "test"));
    return sweep_of(*reader, options);
}

// "leak users of counted at vma_alloc", sorted.
using Lines = std::set<std::string>;
Lines findings(const FaultReport& report) {
    Lines all;
    for (const FaultCase& found : report.cases) {
        std::string text(fault_kind_name(found.finding.kind));
        text.append(" ").append(found.finding.what).append(" of ").append(found.finding.owner);
        if (found.finding.point) text.append(" at ").append(fail_point_name(*found.finding.point));
        all.insert(std::move(text));
    }
    return all;
}

// A file of a driver that counts the users of its mappings, in the hook or where there is one.
std::string counted(const std::string& hook_steps, const std::string& mapped_steps) {
    return "\"drivers\": [{\"name\": \"counted\", \"summary\": \"counts\", \"mmap_prepare\": [" +
           hook_steps + "{\"vm_ops\": true}], \"vm_ops\": {" +
           (mapped_steps.empty() ? "" : "\"mapped\": [" + mapped_steps + "], ") +
           "\"open\": [{\"get\": \"users\"}], \"close\": [{\"put\": \"users\"}]}}], "
           "\"files\": [{\"id\": \"f\", \"path\": \"/f\", \"driver\": \"counted\"}], ";
}
std::string map_file(const std::string& addr, unsigned pages, unsigned from) {
    return "{\"op\": \"mmap\", \"addr\": \"" + addr +
           "\", \"length\": " + std::to_string(pages * 4096) +
           ", \"prot\": \"PROT_READ\", \"flags\": \"MAP_SHARED|MAP_FIXED\", \"file\": \"f\", "
           "\"offset\": " +
           std::to_string(from * 4096) + "}";
}

ReplayOptions fixed_accounting() {
    ReplayOptions options;
    options.fixed_accounting = true;
    return options;
}

// The requests in "replay --fail vma_alloc@2 --fail mapped@1".
std::vector<FaultSpec> specs_in(const std::string& command) {
    std::vector<FaultSpec> specs;
    for (auto at = command.find(" --fail "); at != std::string::npos;
         at = command.find(" --fail ", at + 1)) {
        const std::string word = command.substr(at + 8, command.find(' ', at + 8) - at - 8);
        const auto mark = word.find('@');
        const auto point = fail_point_from_name(word.substr(0, mark));
        REQUIRE(point);
        specs.push_back(
            {.point = *point, .n = static_cast<std::uint32_t>(std::stoul(word.substr(mark + 1)))});
    }
    return specs;
}

}  // namespace

TEST_SUITE("sweep/trace faults") {
    TEST_CASE("references taken before the mapping exists leak where a later step fails") {
        CHECK_EQ(
            findings(sweep_of(
                json_trace(map_file("0x10000000", 2, 0), counted(R"({"get": "users"}, )", "")))),
            Lines{"diagnostic ref-in-prepare of counted", "leak users of counted at action_prepare",
                  "leak users of counted at vma_alloc", "leak users of counted at vma_prealloc"});
    }

    TEST_CASE("a merge leaks them without any failure") {
        const FaultReport report =
            sweep_of(json_trace(map_file("0x10000000", 1, 0) + "," + map_file("0x10001000", 1, 1),
                                counted(R"({"get": "users"}, )", "")));
        const Lines lines = findings(report);
        CHECK(lines.contains("leak users of counted"));
        for (const FaultCase& found : report.cases) {
            if (found.finding.kind != FaultKind::leak || found.finding.point) continue;
            CHECK_EQ(found.where, "event 2 (line 1): mmap");
            CHECK_EQ(found.command, "replay");
        }
    }

    TEST_CASE("a mapping that could not join a guarded one lacks its sticky mark: no finding") {
        const std::string guard = R"({"op": "madvise", "addr": "0x10001000", "length": 4096, )"
                                  R"("advice": "MADV_GUARD_INSTALL"})";
        const FaultReport report = sweep_of(json_trace(map_event("0x10001000", 1) + "," + guard +
                                                       "," + map_event("0x10000000", 1)));
        CHECK_EQ(findings(report), Lines{});
        CHECK_GT(report.matrices[0].matrix.at(0, FailPoint::merge_prealloc).runs, 0);
    }

    TEST_CASE("the same driver that counts in mapped has no findings") {
        CHECK_EQ(findings(sweep_of(json_trace(
                     map_file("0x10000000", 1, 0) + "," + map_file("0x10001000", 1, 1) + "," +
                         unmap_event("0x10000000", 1) + "," + map_file("0x10001000", 1, 1),
                     counted("", R"({"get": "users"})")))),
                 Lines{});
    }

    TEST_CASE("a mapped that can fail, beside a close that does not cope with it") {
        CHECK_EQ(
            findings(sweep_of(json_trace(
                map_file("0x10000000", 1, 0),
                counted("", R"({"require": "pages < 9", "errno": "EIO"}, {"get": "users"})")))),
            Lines{"diagnostic close-without-mapped of counted at mapped",
                  "underflow users of counted at mapped"});
    }

    TEST_CASE("what the kernel loses is the kernel's, and gone with fixed accounting") {
        const std::string trace = json_trace(
            map_event("0x10000000", 4) + "," + map_file("0x10001000", 2, 0) + "," +
                "{\"op\": \"mmap\", \"addr\": \"0x10000000\", \"length\": 4096, \"prot\": "
                "\"PROT_READ|PROT_WRITE\", \"flags\": \"MAP_PRIVATE|MAP_FIXED\", \"file\": "
                "\"f\", \"offset\": 0}",
            counted("", R"({"get": "users"})"));
        CHECK_EQ(findings(sweep_of(trace)), Lines{"leak commit of kernel at mmap_prepare",
                                                  "leak commit of kernel at action_prepare",
                                                  "leak commit of kernel at vma_alloc",
                                                  "leak commit of kernel at vma_prealloc"});
        CHECK_EQ(findings(sweep_of(trace, fixed_accounting())), Lines{});
    }

    TEST_CASE("old mappings that are lost are holes, and no findings") {
        const FaultReport report =
            sweep_of(json_trace(map_event("0x10000000", 4) + "," + map_file("0x10001000", 2, 0),
                                counted("", R"({"get": "users"})")),
                     fixed_accounting());
        CHECK_EQ(findings(report), Lines{});
        const std::size_t mmap = 0;
        CHECK_EQ(report.matrices[0].matrix.names()[mmap], "mmap");
        CHECK_EQ(report.matrices[0].matrix.at(mmap, FailPoint::vma_alloc).worst, FaultEnd::hole);
        CHECK_EQ(report.matrices[0].matrix.at(mmap, FailPoint::charge).worst, FaultEnd::ok);
        CHECK_GT(report.ends[static_cast<std::size_t>(FaultEnd::hole)], 0);
    }

    TEST_CASE("the run itself goes on undisturbed: the last call passes what it passes alone") {
        const std::string trace =
            json_trace(map_event("0x10000000", 4) + "," + protect_event("0x10001000", 1) + "," +
                       unmap_event("0x10000000", 4));
        const FaultReport report = sweep_of(trace);
        REQUIRE_EQ(report.passes.size(), 3);
        std::string last;
        for (const FaultPass& pass : report.passes[2].passes) {
            last.append(fail_point_name(pass.point)).append("@") += std::to_string(pass.nth) + " ";
        }
        // Three VMAs, whole: nothing to cut.
        CHECK_EQ(last, "gather_sealed@1 gather_sealed@2 gather_sealed@3 munmap_prealloc@1 ");
    }

    TEST_CASE("a child that shows up before its parent's fork returns has that fork swept") {
        const std::string trace =
            "100 mmap(0x10000, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, "
            "-1, 0) = 0x10000\n"
            "100 clone(child_stack=NULL, flags=SIGCHLD <unfinished ...>\n"
            "101 munmap(0x10000, 4096) = 0\n"
            "100 <... clone resumed>) = 101\n"
            "100 munmap(0x10000, 8192) = 0\n";
        const FaultReport report = sweep_of(trace);
        CHECK_EQ(findings(report), Lines{});
        REQUIRE_EQ(report.passes.size(), 4);
        const PassList& fork = report.passes[1];
        CHECK_EQ(fork.where, "event 2 (line 3): clone");
        std::string points;
        for (const FaultPass& pass : fork.passes) {
            points.append(fail_point_name(pass.point)).append("@") +=
                std::to_string(pass.nth) + " ";
        }
        CHECK_EQ(points, "fork_charge@1 fork_alloc@1 fork_anon_clone@1 ");
        CHECK_EQ(report.passes[2].where, "event 2 (line 3): munmap");
        CHECK_EQ(report.passes[3].where, "event 4 (line 5): munmap");
    }

    TEST_CASE("each process of a trace that forks is swept in its own memory") {
        const std::string trace =
            "100 mmap(0x10000, 8192, PROT_READ, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0) = "
            "0x10000\n"
            "100 fork() = 101\n"
            "101 munmap(0x10000, 8192) = 0\n"
            "100 munmap(0x10000, 4096) = 0\n"
            "101 munmap(0x10000, 8192) = 0\n";
        const FaultReport report = sweep_of(trace);
        CHECK_EQ(findings(report), Lines{});
        std::vector<std::size_t> cuts;
        for (const PassList& call : report.passes) {
            cuts.push_back(static_cast<std::size_t>(
                std::ranges::count(call.passes, FailPoint::split_alloc, &FaultPass::point)));
        }
        // mmap, fork; the child's munmap of all, the parent's of a half, the child's of nothing.
        CHECK_EQ(cuts, std::vector<std::size_t>{0, 0, 0, 1, 0});
    }

    TEST_CASE("a trace under several kernels makes one report, each cause once") {
        const std::string trace =
            json_trace(map_file("0x10000000", 2, 0), counted(R"({"get": "users"}, )", ""));
        FaultReport report;
        for (const KernelVersion kernel : {KernelVersion::v7_0, KernelVersion::v7_1}) {
            ReplayOptions options;
            options.kernel = kernel;
            const auto reader = open_trace(std::make_unique<LineSource>(memory_bytes(trace), "t"));
            TraceFaults faults(std::move(report), *reader, options,
                               {.modes = {.persistent = true}, .list = true, .command = "replay"});
            while (faults.step()) {
            }
            report = faults.report();
        }
        CHECK_EQ(report.kernels, std::vector<std::string>{"7.0", "7.1"});
        CHECK_EQ(report.calls, 2);
        REQUIRE_EQ(report.matrices.size(), 2);
        CHECK_EQ(report.matrices[0].matrix.at(0, FailPoint::action_prepare).runs, 0);
        CHECK_EQ(report.matrices[1].matrix.at(0, FailPoint::action_prepare).runs, 1);
        std::map<std::string, std::vector<std::string>> kernels;
        for (const FaultCase& found : report.cases) {
            if (found.finding.kind != FaultKind::leak) continue;
            kernels[std::string(fail_point_name(*found.finding.point))] = found.kernels;
        }
        CHECK_EQ(kernels,
                 std::map<std::string, std::vector<std::string>>{{"action_prepare", {"7.1"}},
                                                                 {"vma_alloc", {"7.0", "7.1"}},
                                                                 {"vma_prealloc", {"7.0", "7.1"}}});
    }

    TEST_CASE("over the corpus mmsim never contradicts itself, and what kernels lose is known") {
        std::size_t swept = 0;
        for (const char* folder : {"bugs", "diagnostics", "drivers", "faults", "guide", "madvise",
                                   "merge", "mmap", "mprotect", "mremap", "quickstart", "stack"}) {
            for (const auto& entry : std::filesystem::directory_iterator(
                     std::string(MMSIM_SOURCE_DIR) + "/traces/" + folder)) {
                if (entry.path().extension() != ".json") continue;
                const std::string path = entry.path().string();
                CAPTURE(path);
                const auto reader = open_trace(path);
                std::optional<FaultReport> report;
                try {
                    report = sweep_of(*reader, {}, true);
                } catch (const InputError&) {
                    // Some drivers need what only some kernels have.
                    CHECK_FALSE(reader->header().drivers.empty());
                    continue;
                }
                ++swept;
                for (const FaultCase& found : report->cases) {
                    CAPTURE(found.command);
                    CAPTURE(found.finding.happened);
                    CHECK_NE(found.finding.owner, "mmsim");
                    if (found.finding.owner == "kernel") CHECK(known_fault(found) != nullptr);
                }
            }
        }
        CHECK_GT(swept, 150);
    }

    TEST_CASE("the command of a finding shows the finding, and it alone") {
        std::size_t shown = 0;
        for (const auto& entry :
             std::filesystem::directory_iterator(std::string(MMSIM_SOURCE_DIR) + "/traces/bugs")) {
            const std::string path = entry.path().string();
            CAPTURE(path);
            ReplayOptions options;
            if (!open_trace(path)->header().drivers.empty()) continue;  // some are of one kernel
            const auto reader = open_trace(path);
            for (const FaultCase& found : sweep_of(*reader, options, true).cases) {
                if (!found.finding.point || found.finding.kind != FaultKind::leak) continue;
                CAPTURE(found.command);
                options.faults = specs_in(found.command);
                const auto again = open_trace(path);
                Run run("test", *again, options);
                run.finish();
                bool leaks = false;
                for (const LeakFinding& leak : run.observer().findings().leaks.items) {
                    leaks |= leak.place.event == found.event;
                }
                CHECK(leaks);
                ++shown;
            }
        }
        CHECK_GT(shown, 10);
    }
}
