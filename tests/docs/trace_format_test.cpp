// SPDX-License-Identifier: GPL-2.0-or-later
// docs/trace-format.md against the parser's tables: the keys and hooks of a driver, each step with
// its keys and hooks, each action with its arguments and kernels.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "drivers/declared.h"
#include "drivers/step_reader.h"
#include "mm/mmap_action.h"

using namespace mmsim;

namespace {

std::string trace_format() {
    std::ifstream in(std::filesystem::path(MMSIM_SOURCE_DIR) / "docs/trace-format.md");
    REQUIRE(in);
    return {std::istreambuf_iterator<char>(in), {}};
}

// The rows of the table whose head begins so.
std::vector<std::string> rows_under(const std::string& doc, const std::string& head) {
    std::size_t at = doc.find("\n" + head);
    REQUIRE_NE(at, std::string::npos);
    std::vector<std::string> rows;
    for (int line = 0;; ++line) {
        const std::size_t begin = at + 1;
        at = doc.find('\n', begin);
        const std::string row = doc.substr(begin, at - begin);
        if (!row.starts_with("|")) return rows;
        if (line >= 2) rows.push_back(row);
    }
}

// "`name`" of each row.
std::vector<std::string> names_under(const std::string& head) {
    std::vector<std::string> names;
    for (const std::string& row : rows_under(trace_format(), head)) {
        names.push_back(row.substr(2, row.find(" |", 2) - 2));
    }
    return names;
}

// " `a b c`", or nothing.
std::string cell(const std::vector<std::string_view>& words) {
    std::string text;
    for (const std::string_view word : words) text.append(text.empty() ? " `" : " ").append(word);
    return text.empty() ? text : text + "`";
}

std::string hooks_cell(HookSet hooks) {
    std::vector<std::string_view> in, out;
    for (std::size_t i = 0; i < kHooks; ++i) {
        const auto hook = static_cast<Hook>(i);
        (hooks.has(hook) ? in : out).push_back(hook_name(hook));
    }
    if (out.empty()) return " all";
    return out.size() < in.size() ? " all but" + cell(out) : cell(in);
}

std::string kernels_with(const std::function<bool(const Profile&)>& has) {
    std::string text;
    for (const Profile& profile : all_profiles()) {
        if (has(profile)) text.append(text.empty() ? "" : " ").append(profile.name);
    }
    return text;
}

}  // namespace

TEST_SUITE("docs/trace format") {
    TEST_CASE("each key of a driver has its row, and so has each hook of its vm_ops") {
        std::vector<std::string> keys, hooks;
        for (const auto& key : DeclaredDriver::keys()) {
            keys.push_back("`" + std::string(key.name) + "`");
        }
        CHECK_EQ(names_under("| key | what |"), keys);
        for (const Hook hook : DeclaredDriver::vm_ops_hooks()) {
            hooks.push_back("`" + std::string(hook_name(hook)) + "`");
        }
        CHECK_EQ(names_under("| hook of `vm_ops` | runs |"), hooks);
    }

    TEST_CASE("each step of the parser has its row, with the keys and the hooks that it has") {
        const auto rows = rows_under(trace_format(), "| step | beside it |");
        const auto& verbs = StepReader::verbs();
        REQUIRE_EQ(rows.size(), verbs.size());
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const std::string row = "| `" + std::string(verbs[i].key) + "` |" +
                                    cell(verbs[i].with) + " |" +
                                    hooks_cell(HookSet{verbs[i].hooks}) + " | ";
            CHECK_EQ(rows[i].substr(0, row.size()), row);
        }
    }

    TEST_CASE("each action has its row, with its arguments and the kernels that have it") {
        const auto rows = rows_under(trace_format(), "| action | arguments |");
        const auto& forms = StepReader::action_forms();
        REQUIRE_EQ(rows.size(), forms.size());
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const auto& form = forms[i];
            const std::string arguments =
                form.takes.empty() ? cell(form.needs) : cell(form.takes) + ", need not be there";
            const std::string row =
                "| `" + std::string(form.name) + "` |" + arguments + " | " +
                kernels_with([&](const Profile& p) { return mmap_action_exists(p, form.type); }) +
                " | ";
            CHECK_EQ(rows[i].substr(0, row.size()), row);
        }
    }

    TEST_CASE("hooks and keys that not every kernel has are said to be in those that have them") {
        const std::string doc = trace_format();
        const auto row_says = [&](const std::string& head, const std::string& name,
                                  bool Profile::*has) {
            const auto rows = rows_under(doc, head);
            const auto row = std::ranges::find_if(rows, [&](const std::string& text) {
                return text.starts_with("| `" + name + "` |");
            });
            REQUIRE(row != rows.end());
            INFO(*row);
            CHECK(row->ends_with("; kernels " + versions_with(has) + " |"));
        };
        row_says("| hook of `vm_ops` |", "mapped", &Profile::mapped_hook);
        row_says("| key of an action |", "error_override", &Profile::error_override);
        row_says("| key of an action |", "error_hook", &Profile::success_and_error_hooks);
        row_says("| key of an action |", "success_hook", &Profile::success_and_error_hooks);
    }
}
