// SPDX-License-Identifier: GPL-2.0-or-later
// docs/rules.md against what it speaks of: its tables are printed from the code that decides, the
// tests it names exist, and no source mentions a rule that it does not state.
//
// MMSIM_UPDATE_GOLDEN=1 rewrites the tables.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "docs/rule_tables.h"

namespace {

namespace fs = std::filesystem;
using mmsim::test::Table;

const fs::path kRoot = MMSIM_SOURCE_DIR;
const fs::path kDoc = kRoot / "docs/rules.md";

std::string contents(const fs::path& path) {
    std::ifstream in(path);
    REQUIRE_MESSAGE(in, path.string());
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

const std::string& doc() {
    static const std::string text = contents(kDoc);
    return text;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

std::vector<std::string> matches(const std::string& text, const std::string& pattern) {
    const std::regex regex(pattern);
    std::vector<std::string> found;
    for (auto it = std::sregex_iterator(text.begin(), text.end(), regex);
         it != std::sregex_iterator(); ++it) {
        found.push_back((*it)[1].str());
    }
    return found;
}

// Paragraphs that begin with a word, each as one line.
std::vector<std::string> paragraphs(const std::string& word) {
    std::vector<std::string> found;
    bool inside = false;
    for (const std::string& line : lines_of(doc())) {
        if (line.starts_with(word)) {
            found.push_back(line);
            inside = true;
        } else if (line.empty()) {
            inside = false;
        } else if (inside) {
            found.back() += " " + line;
        }
    }
    return found;
}

// The rules that have an id line, "Id: `rule 4.1`, `DELTA 4.2`. ...", or a row "| 9.1 | ...".
const std::set<std::string>& stated_ids() {
    static const std::set<std::string> ids = [] {
        std::set<std::string> all;
        const auto add = [&](const std::string& id) {
            if (!all.insert(id).second) FAIL_CHECK("stated twice: ", id);
        };
        for (const std::string& line : paragraphs("Id: ")) {
            for (const std::string& id : matches(line, "`([A-Za-z]+ ?[0-9A-Z.]+)`")) add(id);
        }
        for (const std::string& line : lines_of(doc())) {
            for (const std::string& row : matches(line, "^\\| ([0-9]+\\.[0-9]+) \\|")) {
                add("rule " + row);
            }
        }
        return all;
    }();
    return ids;
}

// The ids that a comment or test name mentions: "Rules 5.3, E1" has "rule 5.3" and "E1". Words
// such as "test 7" and "row 9" that follow an id name a part of it.
std::vector<std::string> mentioned_ids(const std::string& line) {
    static const std::regex kStart("([Rr]ules?|DELTA|LIVE) (?=[0-9ED])");
    static const std::regex kItem(
        "^(?:(?:(DELTA|LIVE|rules?) )?([ED][0-9]+|[0-9]+(?:\\.[0-9]+)*))"
        "(?:,? (?:tests?|rows?|steps?|items?|from row) [0-9]+[a-z]?"
        "(?:(?: and | to |, )[0-9]+[a-z]?(?![0-9.]))*)?");
    static const std::regex kJoint("^(?:, and |, | and | to |,? F[0-9]+,? ?)");
    std::vector<std::string> ids;
    std::smatch start;
    std::string rest = line;
    while (std::regex_search(rest, start, kStart)) {
        std::string family = start[1].str();
        rest = start.suffix().str();
        std::smatch item;
        while (std::regex_search(rest, item, kItem)) {
            if (item[1].matched) family = item[1].str();
            const std::string number = item[2].str();
            const bool erratum = number[0] == 'E';
            const bool rule = family[0] == 'r' || family[0] == 'R';
            ids.push_back(erratum ? number : (rule ? "rule " : family + " ") + number);
            rest = item.suffix().str();
            std::smatch joint;
            if (!std::regex_search(rest, joint, kJoint)) break;
            rest = joint.suffix().str();
        }
    }
    return ids;
}

bool has_any(const std::string& line, const std::vector<std::string>& words) {
    return std::ranges::any_of(
        words, [&](const std::string& word) { return line.find(word) != std::string::npos; });
}

// A number stands for the rules below it, too: "rule 4" is stated where "rule 4.1" is.
bool is_stated(const std::string& id) {
    if (stated_ids().count(id) != 0) return true;
    const auto below = stated_ids().lower_bound(id + ".");
    return below != stated_ids().end() && below->starts_with(id + ".");
}

// Looks at the lines that have one of these in them.
void check_mentions(const fs::path& folder, const std::vector<std::string>& marks) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file()) continue;
        const std::vector<std::string> lines = lines_of(contents(entry.path()));
        for (std::size_t i = 0; i < lines.size(); ++i) {
            if (!has_any(lines[i], marks) || !has_any(lines[i], {"ule", "DELTA", "LIVE"})) continue;
            for (const std::string& id : mentioned_ids(lines[i])) {
                if (is_stated(id)) continue;
                ADD_FAIL_CHECK_AT(entry.path().c_str(), static_cast<int>(i + 1),
                                  "docs/rules.md does not state " << id);
            }
        }
    }
}

// TEST_CASE titles of a file under tests/; also without the rules that they begin with.
std::set<std::string> titles_in(const std::string& file) {
    const std::string source = contents(kRoot / "tests" / file);
    std::set<std::string> titles;
    std::string joined = std::regex_replace(source, std::regex("\"\\s*\n\\s*\""), "");
    for (const std::string& title : matches(joined, "TEST_CASE\\(\\s*\"([^\"]*)\"")) {
        titles.insert(title);
        const auto colon = title.find(": ");
        if (colon != std::string::npos) titles.insert(title.substr(colon + 2));
    }
    return titles;
}

// The text between the markers of a table, and where it stands.
struct Block {
    std::size_t begin, end;
};
Block block_of(const std::string& text, const Table& table) {
    const std::string open = "<!-- begin " + table.name;
    const std::size_t marker = text.find(open);
    REQUIRE_MESSAGE(marker != std::string::npos, open);
    const std::size_t begin = text.find('\n', marker) + 1;
    const std::size_t end = text.find("<!-- end " + table.name, begin);
    REQUIRE_MESSAGE(end != std::string::npos, table.name);
    return {begin, end};
}

}  // namespace

TEST_SUITE("docs/rules") {
    TEST_CASE("the tables of docs/rules.md are those of the code") {
        std::string text = doc();
        bool stale = false;
        for (const Table& table : mmsim::test::rule_tables()) {
            const Block block = block_of(text, table);
            const std::string there = text.substr(block.begin, block.end - block.begin);
            if (there == table.markdown) continue;
            text.replace(block.begin, block.end - block.begin, table.markdown);
            stale = true;
            INFO("table: ", table.name, "; MMSIM_UPDATE_GOLDEN=1 rewrites it");
            if (std::getenv("MMSIM_UPDATE_GOLDEN") == nullptr) CHECK_EQ(there, table.markdown);
        }
        if (stale && std::getenv("MMSIM_UPDATE_GOLDEN") != nullptr) {
            std::ofstream(kDoc) << text;
        }
    }

    TEST_CASE("every test that docs/rules.md names exists") {
        std::map<std::string, std::set<std::string>> titles;
        std::size_t named = 0;
        for (const std::string& paragraph : paragraphs("Shown by: ")) {
            std::string file;
            for (const std::string& part : matches(paragraph, "(`[^`]*\\.cpp`|\"[^\"]*\")")) {
                if (part[0] == '`') {
                    file = part.substr(1, part.size() - 2);
                    if (titles.count(file) == 0) titles[file] = titles_in(file);
                    continue;
                }
                ++named;
                const std::string title = part.substr(1, part.size() - 2);
                if (titles[file].count(title) == 0)
                    FAIL_CHECK(file, " has no test \"", title, "\"");
            }
        }
        CHECK_GT(named, 100);
    }

    TEST_CASE("every trace that docs/rules.md names exists") {
        std::size_t named = 0;
        for (const std::string& paragraph : paragraphs("Trace: ")) {
            for (const std::string& path : matches(paragraph, "`(traces[^`]*)`")) {
                ++named;
                CHECK_MESSAGE(fs::exists(kRoot / path), path);
            }
        }
        CHECK_GT(named, 0);
    }

    TEST_CASE("every rule that is stated names a trace, or says why none can show it") {
        std::string rule;
        bool shown = true;
        for (const std::string& line : lines_of(doc())) {
            if (line.starts_with("#")) {
                CHECK_MESSAGE(shown, rule, " names no trace");
                shown = true;
            }
            if (line.starts_with("Id: ")) {
                rule = line;
                shown = false;
            }
            shown = shown || !matches(line, "^Trace: .*(`traces/[^`]+`)").empty() ||
                    !matches(line, "^Trace: none can (.+)").empty();
        }
        CHECK_MESSAGE(shown, rule, " names no trace");
    }

    TEST_CASE("every rule that is stated says by which test it is shown") {
        std::string rule;
        bool shown = true;
        for (const std::string& line : lines_of(doc())) {
            if (line.starts_with("#")) {
                CHECK_MESSAGE(shown, rule, " names no test");
                shown = true;
            }
            if (line.starts_with("Id: ")) {
                rule = line;
                shown = false;
            }
            shown = shown || line.starts_with("Shown by: ");
        }
        CHECK_MESSAGE(shown, rule, " names no test");
    }

    TEST_CASE("every rule that the sources mention is stated") {
        CHECK_GT(stated_ids().size(), 60);
        check_mentions(kRoot / "lib", {"//", "\""});
        check_mentions(kRoot / "tests/mm", {"//", "TEST_CASE"});
    }

    TEST_CASE("a mention is read with all that it lists") {
        using Ids = std::vector<std::string>;
        CHECK(mentioned_ids("// Rules 5.3, E1: x") == Ids{"rule 5.3", "E1"});
        CHECK(mentioned_ids("// Rules 4.1 tests 7 and 7b.") == Ids{"rule 4.1"});
        CHECK(mentioned_ids("Rules 2.5, LIVE 1 to 9.") == Ids{"rule 2.5", "LIVE 1", "LIVE 9"});
        CHECK(mentioned_ids("\"DELTA 0.12, 1.2 F8\"") == Ids{"DELTA 0.12", "DELTA 1.2"});
        CHECK(mentioned_ids("// DELTA 0.7, D5, D6") == Ids{"DELTA 0.7", "DELTA D5", "DELTA D6"});
        CHECK(mentioned_ids("the rules allow 2 of them").empty());
    }
}
