// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/kernel_changes.h"

#include <functional>
#include <sstream>

#include <spdlog/fmt/fmt.h>

#include "drivers/registry.h"
#include "mm/profile_rows.h"

namespace mmsim {
namespace {

constexpr std::size_t kColumns = 88;

// Words in lines of at most kColumns, each begun with `indent`.
std::string wrapped(std::string_view text, const std::string& indent) {
    std::string made;
    std::string line;
    std::istringstream words{std::string(text)};
    for (std::string word; words >> word;) {
        if (!line.empty() && indent.size() + line.size() + 1 + word.size() > kColumns) {
            made += indent + line + "\n";
            line.clear();
        }
        line += (line.empty() ? "" : " ") + word;
    }
    return made + indent + line + "\n";
}

using Cell = std::function<std::string(const Profile&)>;

// "7.0: no -> 7.1: yes -> 7.2: no"; empty where nothing changes on the way.
std::string course(const Profile& from, const Profile& to, const Cell& cell) {
    std::string last = cell(from);
    std::string text = fmt::format("{}: {}", from.name, last);
    bool changes = false;
    for (const Profile& profile : all_profiles()) {
        if (profile.version <= from.version || profile.version > to.version) continue;
        const std::string now = cell(profile);
        if (now == last) continue;
        changes = true;
        last = now;
        text += fmt::format(" -> {}: {}", profile.name, now);
    }
    return changes ? text : std::string();
}

std::string plain(std::string cell) {
    if (cell == "–") return "no";
    std::erase_if(cell, [](char c) { return c == '*' || c == '`'; });
    return cell;
}

std::string hooks_of(const Driver& driver, const Profile& profile) {
    const HookSet hooks = driver.hooks(profile, HookChoice::declared);
    std::string text;
    for (std::size_t i = 0; i < kHooks; ++i) {
        const auto hook = static_cast<Hook>(i);
        if (hooks.has(hook)) text += (text.empty() ? "" : " ") + std::string(hook_name(hook));
    }
    return text.empty() ? "no hook" : text;
}

}  // namespace

std::string kernel_changes_text(const Profile& from, const Profile& to) {
    std::string rules;
    std::size_t changed = 0;
    for (const ProfileRow& row : profile_rows()) {
        const std::string text =
            course(from, to, [&](const Profile& profile) { return plain(row.cell(profile)); });
        if (text.empty()) continue;
        ++changed;
        rules += fmt::format("\n{}  (rule {})\n", plain(std::string(row.what)), row.rule);
        rules += wrapped(row.sentence, "    ") + "    " + text + "\n";
    }
    std::string drivers;
    for (const BuiltInDriver& entry : built_in_drivers()) {
        const auto driver = entry.make();
        const std::string text =
            course(from, to, [&](const Profile& profile) { return hooks_of(*driver, profile); });
        if (!text.empty()) drivers += fmt::format("  {:<14} {}\n", entry.name, text);
    }
    std::string made =
        fmt::format("From {} to {}: {} of {} rules that depend on the version change\n", from.name,
                    to.name, changed, profile_rows().size());
    made += rules;
    made += drivers.empty() ? "\nNo built-in driver changes its hooks.\n"
                            : "\nBuilt-in drivers whose hooks change\n" + drivers;
    return made + "\n`mmsim explain --rule ID` shows a rule in words.\n";
}

}  // namespace mmsim
