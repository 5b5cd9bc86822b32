// SPDX-License-Identifier: GPL-2.0-or-later
// docs/rules.md as the program carries it: a rule in words, by its id.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mmsim {

// The document, in pieces that follow each other.
std::span<const std::string_view> rules_text();

// A heading with an id line, or a row of a table that begins with an id.
struct RuleEntry {
    std::vector<std::string> ids;  // "3.3", "E5", "DELTA 1.2", "LIVE 9", "T3"
    std::string heading;           // "3.3 What each failure leaves behind"
    std::string text;              // Markdown, whole lines, without the heading
    bool is_row = false;           // then the text ends with the trace of the table's heading
};

// In the order of the document.
const std::vector<RuleEntry>& all_rules();

// What `mmsim explain --rule` prints: the rule and what lies below it; for the number of a section,
// the list of its rules. "rule 3.3", "3.3", "delta 1.2" and "D5" are understood. Throws InputError
// for an id that is not stated, with those that are spelt most like it.
std::string explain_rule(std::string_view id);

}  // namespace mmsim
