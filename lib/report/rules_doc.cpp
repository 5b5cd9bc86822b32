// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/rules_doc.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <regex>
#include <utility>

#include <spdlog/fmt/fmt.h>

#include "base/input_error.h"
#include "mm/profile_rows.h"

namespace mmsim {
namespace {

std::vector<std::string> document_lines() {
    std::string text;
    for (const std::string_view piece : rules_text()) text += piece;
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

// "rule 4.1" is "4.1" to people; the other families keep their name.
std::string short_id(const std::string& id) { return id.starts_with("rule ") ? id.substr(5) : id; }

std::vector<std::string> ids_of_line(const std::string& line) {
    static const std::regex kId("`([A-Za-z]+ ?[0-9A-Z.]+)`");
    std::vector<std::string> ids;
    for (auto at = std::sregex_iterator(line.begin(), line.end(), kId);
         at != std::sregex_iterator(); ++at) {
        ids.push_back(short_id((*at)[1].str()));
    }
    return ids;
}

// Links lead nowhere on a terminal: only their text stays.
std::string without_links(const std::string& line) {
    static const std::regex kLink(R"(\[([^\]]*)\]\(#[^)]*\))");
    return std::regex_replace(line, kLink, "$1");
}

// "| T3 | ..." and "| 9.4 | ...", of the tables whose rows have ids of their own.
std::string id_of_row(const std::string& line) {
    static const std::regex kRow(R"(^\| ([0-9]+\.[0-9]+|[TL][0-9]+) \|.*)");
    std::smatch match;
    return std::regex_match(line, match, kRow) ? match[1].str() : std::string();
}

void add_row(std::vector<RuleEntry>& rules, const std::string& heading, const std::string& head,
             const std::string& line) {
    const std::string id = id_of_row(line);
    if (!id.empty()) rules.push_back({{id}, heading, head + without_links(line) + "\n", true});
}

std::vector<RuleEntry> parse_rules() {
    std::vector<RuleEntry> headings, rows;
    RuleEntry current;
    std::string head;   // the two lines above the rows of a table
    std::string trace;  // the paragraph that names one
    std::size_t first_row = 0;
    const auto close = [&] {
        while (current.text.ends_with("\n\n")) current.text.pop_back();
        if (!current.ids.empty()) headings.push_back(current);
        for (; first_row < rows.size(); ++first_row) {
            if (!trace.empty()) rows[first_row].text.append("\n").append(trace);
        }
        trace.clear();
    };
    bool in_ids = false, in_trace = false;
    for (const std::string& line : document_lines()) {
        if (line.starts_with("#") && line.find("# ") != std::string::npos) {
            close();
            current = {{}, line.substr(line.find(' ') + 1), {}, false};
            continue;
        }
        if (line.starts_with("<!--") || line == "---") continue;
        in_ids = line.starts_with("Id: ") || (in_ids && !line.empty());
        if (in_ids) {
            const auto ids = ids_of_line(line);
            current.ids.insert(current.ids.end(), ids.begin(), ids.end());
        }
        in_trace = line.starts_with("Trace: ") || (in_trace && !line.empty());
        if (in_trace) trace.append(line).append("\n");
        if (!line.starts_with("|")) {
            head.clear();
        } else if (std::ranges::count(head, '\n') < 2) {
            head += line + "\n";
        } else {
            add_row(rows, current.heading, head, line);
        }
        if (!line.empty() || !current.text.empty()) current.text += without_links(line) + "\n";
    }
    close();
    headings.insert(headings.end(), rows.begin(), rows.end());
    return headings;
}

std::string lower(std::string_view text) {
    std::string made(text);
    std::ranges::transform(made, made.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return made;
}

bool has_id(const RuleEntry& rule, std::string_view id) {
    return std::ranges::any_of(rule.ids, [&](const std::string& own) {
        return lower(own) == id || lower(own) == "delta " + std::string(id);
    });
}

bool lies_below(const RuleEntry& rule, std::string_view id) {
    return std::ranges::any_of(rule.ids, [&](const std::string& own) {
        return lower(own).starts_with(std::string(id) + ".");
    });
}

// Levenshtein's distance.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
        }
    }
    return row[b.size()];
}

// Fewest edits first, then the longest common beginning.
using Nearness = std::pair<std::size_t, std::ptrdiff_t>;
Nearness nearness(std::string_view typed, std::string_view id) {
    const auto differs = std::ranges::mismatch(typed, id);
    return {distance(typed, id), typed.begin() - differs.in1};
}

std::string nearest_ids(std::string_view id) {
    constexpr std::size_t kShown = 4;
    std::vector<std::pair<Nearness, std::string>> ranked;
    for (const RuleEntry& rule : all_rules()) {
        for (const std::string& own : rule.ids) ranked.emplace_back(nearness(id, lower(own)), own);
    }
    std::ranges::stable_sort(ranked, {}, [](const auto& entry) { return entry.first; });
    std::string text;
    for (std::size_t i = 0; i < std::min(kShown, ranked.size()); ++i) {
        text += (i == 0 ? "" : ", ") + ranked[i].second;
    }
    return text;
}

// The rows of the version matrix that belong to a rule, with what each version does.
std::string version_notes(const RuleEntry& rule) {
    std::string text;
    for (const ProfileRow& row : profile_rows()) {
        if (std::ranges::find(rule.ids, row.rule) == rule.ids.end()) continue;
        if (text.empty()) text = "\nDiffers between versions:\n";
        text += fmt::format("\n  {}\n ", row.what);
        for (const Profile& profile : all_profiles()) {
            text += fmt::format(" {}: {} ", profile.name, row.cell(profile));
        }
        while (text.ends_with(' ')) text.pop_back();
        text += "\n";
    }
    return text.empty() ? "\nVersions: all, but for what the text says.\n" : text;
}

}  // namespace

const std::vector<RuleEntry>& all_rules() {
    static const std::vector<RuleEntry> kRules = parse_rules();
    return kRules;
}

std::string explain_rule(std::string_view typed) {
    std::string id = lower(typed);
    if (id.starts_with("rule ")) id = id.substr(5);
    std::string text, below;
    for (const RuleEntry& rule : all_rules()) {
        if (has_id(rule, id)) {
            text += (text.empty() ? "" : "\n") + fmt::format("{}\n\n{}", rule.heading, rule.text);
            if (!rule.is_row) text += version_notes(rule);
        } else if (!rule.is_row && lies_below(rule, id)) {
            below += "  " + rule.heading + "\n";
        }
    }
    if (text.empty() && below.empty()) {
        throw InputError(fmt::format("--rule {}: there is no such rule; the nearest are {}", typed,
                                     nearest_ids(id)));
    }
    if (below.empty()) return text;
    return text + fmt::format("{}Rules below {}:\n{}", text.empty() ? "" : "\n", typed, below);
}

}  // namespace mmsim
