// SPDX-License-Identifier: GPL-2.0-or-later
// `mmsim explain`: rules in words, and what versions changed.
#include <fstream>
#include <sstream>
#include <string>

#include <doctest/doctest.h>

#include "base/input_error.h"
#include "mm/profile_rows.h"
#include "report/kernel_changes.h"
#include "report/rules_doc.h"
#include "support/golden.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

std::string changes(KernelVersion from, KernelVersion to) {
    return kernel_changes_text(profile_of(from), profile_of(to));
}

bool says(const std::string& text, const std::string& what) {
    return text.find(what) != std::string::npos;
}

}  // namespace

TEST_SUITE("report/explain") {
    TEST_CASE("the program carries docs/rules.md as it stands in the repository") {
        std::ifstream in(std::string(MMSIM_SOURCE_DIR) + "/docs/rules.md");
        std::ostringstream text;
        text << in.rdbuf();
        std::string carried;
        for (const std::string_view piece : rules_text()) carried += piece;
        CHECK_EQ(carried, text.str());
    }

    TEST_CASE("a rule is found by each of its ids, however it is written") {
        const std::string rule = explain_rule("3.3");
        CHECK(rule.starts_with("3.3 What each failure leaves behind\n"));
        CHECK_EQ(explain_rule("rule 3.3"), rule);
        CHECK_EQ(explain_rule("delta 1.2"), rule);
        CHECK(explain_rule("D9").starts_with("5.3 mremap\n"));
        CHECK(explain_rule("E10").starts_with("SysV segments\n"));
        CHECK(says(explain_rule("T3"), "| T3 | `AA**BB`"));
    }

    TEST_CASE("a rule names its versions and its trace") {
        const std::string rule = explain_rule("4.2");
        CHECK(says(rule, "Trace: `traces/quickstart/two_maps.json`."));
        CHECK(says(rule, "Versions: all"));
        CHECK(says(explain_rule("6.6"), "7.0: –  7.1: yes"));
        CHECK(says(explain_rule("10.3"), "Trace: one for most of them in `traces/bugs`"));
        CHECK(says(explain_rule("9.4"), "Trace: none can show what never happens"));
    }

    TEST_CASE("the number of a section lists its rules, a rule those below it") {
        check_golden("report/golden/explain_section.txt", explain_rule("3"));
        CHECK(says(explain_rule("4.1"), "Rules below 4.1:\n  4.1.1 anon_vmas that can be one\n"));
    }

    TEST_CASE("every rule of the version matrix is one that can be explained") {
        for (const ProfileRow& row : profile_rows()) {
            CAPTURE(row.rule);
            CHECK_NOTHROW(explain_rule(row.rule));
        }
    }

    TEST_CASE("an unknown id is answered with those spelt most like it") {
        CHECK_THROWS_WITH_AS(
            explain_rule("3.33"),
            "--rule 3.33: there is no such rule; the nearest are 3.3, 3.1, 3.2, 3.4", InputError);
    }

    TEST_CASE("what changed between two versions reads as it did") {
        check_golden("report/golden/kernel_7.1_7.3.txt",
                     changes(KernelVersion::v7_1, KernelVersion::v7_3));
    }

    TEST_CASE("what came and went between two versions is told, too") {
        const std::string text = changes(KernelVersion::v6_18, KernelVersion::v7_1);
        CHECK(says(text, "6.18: yes -> 7.0: no -> 7.1: yes"));
        CHECK(says(text, "  tmpfs          6.18: mmap -> 7.0: mmap_prepare\n"));
    }
}
