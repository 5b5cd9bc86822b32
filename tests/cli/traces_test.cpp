// SPDX-License-Identifier: GPL-2.0-or-later
// The corpus under traces/: what each trace says about itself, and that the rules have theirs.
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "check/corpus.h"
#include "support/program.h"
#include "trace/line_source.h"
#include "trace/trace_reader.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

const std::string kTraces = std::string(MMSIM_SOURCE_DIR) + "/traces";

// strace text says it in a comment on its first line.
std::string title_of(const std::string& path) {
    const auto reader = open_trace(path);
    if (reader->format() != TraceFormat::strace) return reader->header().title;
    const std::string text = read_whole(path);
    return text.starts_with("# ") ? text.substr(2, text.find('\n') - 2) : "";
}

// "4.1.1" of "#### 4.1.1 anon_vmas that can be one", for the rules about merging and splitting.
std::set<std::string> merge_rules() {
    std::set<std::string> rules;
    LineSource lines(open_bytes(std::string(MMSIM_SOURCE_DIR) + "/docs/rules.md"), "rules.md");
    for (std::string_view line; lines.next(line);) {
        const auto at = line.find_first_not_of('#');
        if (at < 3 || at == std::string_view::npos) continue;
        const std::string id(line.substr(at + 1, line.find(' ', at + 1) - at - 1));
        if (id.starts_with("4.")) rules.insert(id);
    }
    return rules;
}

}  // namespace

TEST_SUITE("cli/traces") {
    TEST_CASE("every trace says in a sentence what it shows, and no two say the same") {
        std::map<std::string, std::string> paths;
        for (const FoundTrace& trace : find_traces({kTraces})) {
            CAPTURE(trace.key);
            const std::string title = title_of(trace.path);
            CAPTURE(title);
            CHECK_GE(std::ranges::count(title, ' '), 3);
            const auto [known, fresh] = paths.emplace(title, trace.key);
            if (!fresh) FAIL_CHECK("as ", known->second);
        }
        CHECK_GE(paths.size(), 150);
    }

    TEST_CASE("every rule about merging and splitting has a trace, and every such trace a rule") {
        const auto rules = merge_rules();
        CHECK_EQ(rules.size(), 8);
        std::set<std::string> shown;
        for (const FoundTrace& trace : find_traces({kTraces + "/merge"})) {
            shown.insert(trace.key.substr(0, trace.key.find('-')));
        }
        CHECK_EQ(shown, rules);
    }

    TEST_CASE("the patterns are what their script writes") {
        require_program("python3");
        const auto run = run_shell("python3 traces/patterns/make.py --check");
        CHECK_EQ(run.out, "");
        CHECK_EQ(run.status, 0);
    }
}
