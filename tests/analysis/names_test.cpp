// SPDX-License-Identifier: GPL-2.0-or-later
#include "analysis/names.h"

#include <set>

#include <doctest/doctest.h>

#include "analysis/diagnostics.h"

using namespace mmsim;

TEST_SUITE("analysis/names") {
    TEST_CASE("results read as strace prints them") {
        CHECK_EQ(result_text(0, Errno::ok, false), "0");
        CHECK_EQ(result_text(0x7f0000000000, Errno::ok, true), "0x7f0000000000");
        CHECK_EQ(result_text(-1, Errno::enomem, true), "ENOMEM");
        CHECK_EQ(result_text(-1, static_cast<Errno>(4000), true), "errno 4000");
    }

    TEST_CASE("variants of a call have their own names") {
        CHECK_EQ(call_name(MprotectCall{}), "mprotect");
        CHECK_EQ(call_name(MprotectCall{.addr = 0, .length = 0, .prot = 0, .pkey = 1}),
                 "pkey_mprotect");
        CHECK_EQ(call_name(MlockCall{.kind = MlockKind::munlock, .addr = 0, .length = 0}),
                 "munlock");
        CHECK_EQ(call_name(MadviseCall{.addr = 0, .length = 0, .advice = 0, .process = true}),
                 "process_madvise");
    }

    TEST_CASE("each diagnostic has an id of its own and a cure of one sentence") {
        std::set<std::string_view> ids;
        for (const DiagnosticText& text : all_diagnostics()) {
            CHECK(ids.insert(text.id).second);
            CHECK_EQ(find_diagnostic(text.id), &text);
            CHECK(text.cure.ends_with('.'));
            CHECK_EQ(text.cure.find(". "), std::string_view::npos);
        }
        CHECK_EQ(ids.size(), 17);
        CHECK_EQ(find_diagnostic("unheard-of"), nullptr);
    }
}
