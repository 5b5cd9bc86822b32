// SPDX-License-Identifier: GPL-2.0-or-later
// `mmsim explain TRACE`: an event step by step, and why there is a boundary at an address.
#include "report/explain_trace.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include <doctest/doctest.h>

#include "base/input_error.h"
#include "report/refusal_text.h"
#include "report/rules_doc.h"
#include "support/golden.h"
#include "support/replayed.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

std::string explained(const std::string& trace, const ExplainQuestion& question) {
    const auto reader =
        open_trace(std::make_unique<LineSource>(memory_bytes(std::string(trace)), "test"));
    return explain_trace(*reader, {}, question);
}

bool tells(const std::string& text, const std::string& what) {
    return text.find(what) != std::string::npos;
}

std::string call_event(const std::string& op, const std::string& addr, unsigned pages,
                       const std::string& more = "") {
    return R"({"op": ")" + op + R"(", "addr": ")" + addr +
           "\", \"length\": " + std::to_string(pages * 4096) + more + "}";
}

// A page of a device is mapped over the second of two pages of memory.
std::string hook_trace(const std::string& steps) {
    return json_trace(
        map_event("0x20000", 2) +
            R"(, {"op": "mmap", "addr": "0x21000", "length": 4096, "prot": "PROT_READ", )"
            R"("flags": "MAP_SHARED|MAP_FIXED", "file": "dev", "offset": 0})",
        R"("kernel": "7.1", "drivers": [{"name": "x", "mmap_prepare": [)" + steps +
            R"(]}], "files": [{"id": "dev", "path": "/dev/x", "driver": "x", "mode": "rw"}], )");
}

class DetailCounter final : public StepSink {
public:
    void on_event(const Step&, MmOp, const Event& event) override {
        const bool detail = std::holds_alternative<StepTaken>(event) ||
                            std::holds_alternative<DescShown>(event) ||
                            std::holds_alternative<MergeJudged>(event);
        details += detail ? 1 : 0;
    }
    int details = 0;
};

}  // namespace

TEST_SUITE("report/explain trace") {
    TEST_CASE("a mapping that merges is shown step by step (rule 3.1)") {
        const std::string trace =
            json_trace(map_event("0x20000", 2) + ", " + map_event("0x22000", 1));
        check_golden("report/golden/explain_merge.txt", explained(trace, {.event = 2, .addr = {}}));
    }

    TEST_CASE("a hook that refuses is shown with what it was handed and what is lost (rule 3.3)") {
        const std::string trace =
            hook_trace(R"({"set_flags": ["VMA_DONTCOPY_BIT"]}, {"fail": "EIO"})");
        const std::string text = explained(trace, {.event = 2, .addr = {}});
        CHECK(tells(text, "not undone: old_mappings_lost\n"));
        check_golden("report/golden/explain_refused.txt", text);
    }

    TEST_CASE("a protection that differs is compared with both neighbours and cuts (rule 4.3)") {
        const std::string trace =
            json_trace(map_event("0x20000", 3) + ", " +
                       call_event("mprotect", "0x21000", 1, R"(, "prot": "PROT_READ")") + ", " +
                       call_event("mprotect", "0x20000", 1, R"(, "prot": "PROT_READ")"));
        const std::string cut = explained(trace, {.event = 2, .addr = {}});
        CHECK(tells(cut, "is cut at 21000"));
        CHECK(tells(cut, "is cut at 22000"));
        CHECK(tells(explained(trace, {.event = 3, .addr = {}}),
                    "compared with the VMA above 21000-22000: equal"));
    }

    TEST_CASE("what only a merge with both neighbours would meet is named (rule 4.5)") {
        const auto map = [](unsigned page) {
            return R"({"op": "mmap", "addr": ")" + std::to_string(0x20000 + page * 4096) +
                   R"(", "length": 4096, "prot": "PROT_READ", "flags": "MAP_SHARED|MAP_FIXED", )"
                   R"("file": "dev", "offset": )" +
                   std::to_string(page * 4096) + "}";
        };
        const std::string trace = json_trace(
            map(0) + ", " + map(2) + ", " + map(1),
            R"("drivers": [{"name": "x", "mmap_prepare": [{"vm_ops": true}], )"
            R"("vm_ops": {"close": []}}], )"
            R"("files": [{"id": "dev", "path": "/dev/x", "driver": "x", "mode": "rw"}], )");
        const std::string text = explained(trace, {.event = 3, .addr = {}});
        CHECK(tells(text, "below 20000-21000: equal"));
        CHECK(tells(text, "above 22000-23000: stays apart"));
        CHECK(tells(text, "      close_hook: "));
        CHECK(tells(text, "joins the VMA below it"));
    }

    TEST_CASE("a call is shown with its arguments, as strace prints them") {
        const auto title = [](const std::string& event) {
            const std::string text = explained(
                json_trace(event, R"("files": [{"id": "f", "path": "/f", "mode": "r"}], )"),
                {.event = 1, .addr = {}});
            const auto begin = text.find("pid 1: ") + 7;
            return text.substr(begin, text.find('\n') - begin);
        };
        CHECK_EQ(title(R"({"op": "mmap", "addr": "0x20000", "length": 4096, "prot": "PROT_READ",)"
                       R"("flags": "MAP_PRIVATE|MAP_FIXED", "file": "f", "offset": 8192})"),
                 "mmap(0x20000, 4096, PROT_READ, MAP_PRIVATE|MAP_FIXED, f, 0x2000) = 0x20000");
        CHECK_EQ(title(R"({"op": "mremap", "addr": "0x20000", "old_length": 4096, "length": 8192,)"
                       R"("flags": "MREMAP_MAYMOVE|MREMAP_FIXED", "new_addr": "0x40000"})"),
                 "mremap(0x20000, 4096, 8192, MREMAP_MAYMOVE|MREMAP_FIXED, 0x40000) = EFAULT");
        CHECK_EQ(title(R"({"op": "madvise", "addr": 0, "length": 0, "advice": "MADV_FREE"})"),
                 "madvise(NULL, 0, MADV_FREE) = 0");
        CHECK_EQ(title(R"({"op": "mlockall", "flags": "MCL_FUTURE"})"), "mlockall(MCL_FUTURE) = 0");
    }

    TEST_CASE("a call that is refused names the check and its rule") {
        const struct {
            std::string event, check;
            int max_map_count = 2;
        } table[] = {
            {call_event("munmap", "0x20001", 1), "the address 20001 is not that of a page"},
            {call_event("munmap", "0x20000", 0), "the length is 0"},
            {call_event("munmap", "0x21000", 1),
             "2 VMAs, and it may need 1 more, max_map_count is 2"},
            {call_event("mprotect", "0x20000", 8, R"(, "prot": "PROT_NONE")"),
             "nothing is mapped at 24000"},
            {call_event("mprotect", "0x40000", 1, R"(, "prot": "PROT_WRITE")"),
             "40000-41000 may never have that access: a MAY bit is missing"},
            {call_event("madvise", "0x40000", 1, R"(, "advice": "MADV_WIPEONFORK")"),
             "40000-41000 is of a file or shared"},
            {call_event("mlock", "0x20000", 4000), "0 pages locked and 4000 more: RLIMIT_MEMLO"},
            {call_event("mseal", "0x24000", 1, R"(, "flags": 0)"), "nothing is mapped at 24000"},
            {call_event("prctl_set_vma", "0x40000", 1, R"(, "name": "x")"),
             "40000-41000 is of a file and cannot have a name"},
            {call_event("mbind", "0x24000", 1,
                        R"(, "mode": "MPOL_BIND", "nodes": 1, "flags": "0")"),
             "nothing is mapped at 24000"},
            {R"({"op": "brk", "addr": "0x1000"})", "below the start of the heap, 555555560000"},
            {R"({"op": "shmdt", "addr": "0x20000"})", "no segment was attached at 20000"},
            {R"({"op": "mremap", "addr": "0x20000", "old_length": 16384, "length": 135168,
                 "flags": "0"})",
             "no room behind it to grow, and MREMAP_MAYMOVE is missing", 100},
            {R"({"op": "mremap", "addr": "0x20000", "old_length": 32768, "length": 65536,
                 "flags": "MREMAP_MAYMOVE"})",
             "2 VMAs, and it may need 4 more, max_map_count is 2"},
            {R"({"op": "mmap", "addr": "0x23000", "length": 4096, "prot": "PROT_READ",
                 "flags": "MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED_NOREPLACE"})",
             "20000-24000 is there (row 18)"},
            {R"({"op": "mmap", "addr": 0, "length": 0, "prot": "PROT_READ",
                 "flags": "MAP_PRIVATE|MAP_ANONYMOUS"})",
             "the length is 0 (row 9)"},
        };
        for (const auto& [event, check, max_map_count] : table) {
            const std::string text = explained(
                json_trace(map_event("0x20000", 4) +
                               R"(, {"op": "mmap", "addr": "0x40000", "length": 4096,
                                    "prot": "PROT_READ", "flags": "MAP_SHARED|MAP_FIXED",
                                    "file": "f", "offset": 0}, )" +
                               event,
                           R"("limits": {"max_map_count": )" + std::to_string(max_map_count) +
                               R"(}, "files": [{"id": "f", "path": "/f", "mode": "r"}], )"),
                {.event = 3, .addr = {}});
            CHECK_MESSAGE(tells(text, "  refused: " + check), text);
        }
    }

    TEST_CASE("each check can be told, and its rule is one that is stated") {
        const World world(newest_profile(), {});
        const Mm mm{};
        const auto stated = [](std::string_view id) {
            return std::ranges::any_of(all_rules(), [&](const RuleEntry& rule) {
                return std::ranges::any_of(rule.ids, [&](const std::string& name) {
                    return name == id || name == "rule " + std::string(id);
                });
            });
        };
        for (std::size_t i = 0; i < kChecks; ++i) {
            const auto check = static_cast<Check>(i);
            const std::string text = refusal_text(world, mm, {check, 0x1000, 0x2000});
            CHECK_MESSAGE(text.find('{') == std::string::npos, text);
            const std::string_view rule = refusal_rule(check);
            CHECK_MESSAGE((rule.empty() || stated(rule)), text);
        }
    }

    TEST_CASE("a call that is made to fail names no check") {
        const std::string text = explained(
            json_trace(
                map_event("0x20000", 2) + ", " +
                call_event("madvise", "0x21000", 1,
                           R"(, "advice": "MADV_DONTFORK", "fail": {"point": "madvise_split"})")),
            {.event = 2, .addr = {}});
        CHECK(tells(text, "  made to fail at madvise_split"));
        CHECK_FALSE(tells(text, "refused"));
    }

    TEST_CASE("a walk that fails on its way shows what it did and what stopped it") {
        const std::string text =
            explained(json_trace(map_event("0x20000", 2) + ", " +
                                 call_event("mprotect", "0x20000", 3, R"(, "prot": "PROT_NONE")")),
                      {.event = 2, .addr = {}});
        CHECK(tells(text, "VMA 1: 20000-22000 changes"));
        CHECK(tells(text, "FAILED after it had changed something: ENOMEM"));
        CHECK(tells(text, "not undone: earlier_changes_kept"));
        CHECK(tells(text, "refused: nothing is mapped at 22000"));
    }

    TEST_CASE("an address of a process that has ended shows how it was then") {
        const std::string text =
            explained(json_trace(map_event("0x20000", 1) + R"(, {"op": "exit"})"),
                      {.event = {}, .addr = 0x20000});
        CHECK(tells(text, "before event 2, where the process ends\n"));
        CHECK(tells(text, "> 20000-21000"));
    }

    TEST_CASE("of a long history the beginning and the end are shown") {
        std::string events = map_event("0x20000", 1);
        for (int i = 1; i < 100; ++i) {
            events += ", " + call_event("mprotect", "0x20000", 1,
                                        i % 2 == 1 ? R"(, "prot": "PROT_READ")"
                                                   : R"(, "prot": "PROT_READ|PROT_WRITE")");
        }
        const std::string text = explained(json_trace(events), {.event = {}, .addr = 0x20000});
        CHECK(tells(text, "event 10, "));
        CHECK_FALSE(tells(text, "event 11, "));
        CHECK(tells(text, "... 70 more events ...\nevent 81, "));
        CHECK(tells(text, "event 100, "));
    }

    TEST_CASE("an address shows its boundary, each reason with its cure, and its history") {
        const std::string trace =
            json_trace(map_event("0x20000", 2) + ", " + map_event("0x24000", 1) + ", " +
                       call_event("mprotect", "0x21000", 1, R"(, "prot": "PROT_READ")"));
        check_golden("report/golden/explain_address.txt",
                     explained(trace, {.event = {}, .addr = 0x21000}));
        const std::string earlier = explained(trace, {.event = 1, .addr = 0x21000});
        CHECK(tells(earlier, "> 20000-22000"));
    }

    TEST_CASE("a place where nothing is left still has its history") {
        const std::string trace =
            json_trace(map_event("0x20000", 1) + ", " + call_event("munmap", "0x20000", 1));
        const std::string text = explained(trace, {.event = {}, .addr = 0x20000});
        CHECK(tells(text, "nothing is mapped there"));
        CHECK(tells(text, "event 2, line 1: munmap(0x20000, 4096)\n"));
    }

    TEST_CASE("an event that is not there and an address that never was are no questions") {
        const std::string trace = json_trace(map_event("0x20000", 1));
        CHECK_THROWS_WITH_AS(explained(trace, {.event = 2, .addr = {}}),
                             "--at 2: the trace has 1 events", InputError);
        CHECK_THROWS_WITH_AS(explained(trace, {.event = 0, .addr = {}}),
                             "--at 0: events are counted from 1", InputError);
        CHECK_THROWS_WITH_AS(explained(trace, {.event = {}, .addr = 0x90000}),
                             "--addr 0x90000: nothing was ever mapped there", InputError);
    }

    TEST_CASE("steps and judgements are told to nobody who did not ask") {
        const std::string trace = json_trace(map_event("0x20000", 1));
        const auto reader =
            open_trace(std::make_unique<LineSource>(memory_bytes(std::string(trace)), "test"));
        DetailCounter counter;
        Engine engine(*reader, {}, counter);
        engine.run();
        CHECK_EQ(counter.details, 0);
    }
}
