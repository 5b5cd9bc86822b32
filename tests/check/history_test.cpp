// SPDX-License-Identifier: GPL-2.0-or-later
// docs/history.md against traces/bugs: every bug has its row, every row its trace, and every trace
// shows under the kernels of its row what the row says changed. What the traces show is checked by
// `mmsim check traces`.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "check/expectation.h"
#include "trace/trace_reader.h"

using namespace mmsim;

namespace {

namespace fs = std::filesystem;

const fs::path kHistory = fs::path(MMSIM_SOURCE_DIR) / "docs/history.md";
const fs::path kBugs = fs::path(MMSIM_SOURCE_DIR) / "traces/bugs";

// | id | what went wrong | wrong under | right from | trace | command |
struct HistoryRow {
    std::string id, story, wrong, right, trace, command;
};

std::string stripped(std::string cell) {
    std::erase(cell, '`');
    const auto begin = cell.find_first_not_of(' ');
    if (begin == std::string::npos) return "";
    return cell.substr(begin, cell.find_last_not_of(' ') - begin + 1);
}

std::vector<HistoryRow> history_rows() {
    std::vector<HistoryRow> rows;
    std::ifstream in(kHistory);
    REQUIRE_MESSAGE(in, kHistory.string());
    for (std::string line; std::getline(in, line);) {
        if (!line.starts_with("| ") || line.find("traces/bugs/") == std::string::npos) continue;
        std::vector<std::string> cells;
        std::istringstream split(line.substr(1));
        for (std::string cell; std::getline(split, cell, '|');) cells.push_back(stripped(cell));
        REQUIRE_MESSAGE(cells.size() == 6, line);
        const std::string link = cells[4];  // [name](../traces/bugs/name.json)
        const std::string name = link.substr(1, link.find(']') - 1);
        CHECK_EQ(link, "[" + name + "](../traces/bugs/" + name + ".json)");
        rows.push_back({cells[0], cells[1], cells[2], cells[3], name, cells[5]});
    }
    return rows;
}

// "6.16, 7.3" of a trace: the kernels that its expectation names.
std::map<std::string, std::string> expected_by_kernel(const std::string& name) {
    const auto reader = open_trace((kBugs / (name + ".json")).string());
    std::map<std::string, std::string> expected;
    for (const auto& [kernel, expectation] : by_kernel({reader->header().expect, name})) {
        REQUIRE_MESSAGE(kernel, (name + ": say under which kernel"));
        expected[std::string(profile_of(*kernel).name)] = expectation.json;
    }
    return expected;
}

}  // namespace

TEST_SUITE("check/history") {
    TEST_CASE("every bug of the series, every CVE and every conversion has a row") {
        std::set<std::string> ids;
        for (const HistoryRow& row : history_rows()) {
            CHECK_MESSAGE(ids.insert(row.id).second, (row.id + " stands there twice"));
        }
        std::set<std::string> wanted;
        for (const int i :
             {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22}) {
            wanted.insert(std::to_string(i));
        }
        for (int i = 1; i <= 12; ++i) wanted.insert("D" + std::to_string(i));
        for (const int i : {1, 2, 3, 4, 5, 6, 7, 9, 10}) wanted.insert("C" + std::to_string(i));
        for (const char letter : std::string("abcdegi")) wanted.insert(std::string(1, letter));
        for (const std::string& id : wanted) CHECK_MESSAGE(ids.contains(id), ("no row " + id));
        for (const std::string& id : ids) CHECK_MESSAGE(wanted.contains(id), ("what is row " + id));
    }

    TEST_CASE("every trace of a bug has a row, and every row its trace") {
        std::set<std::string> told;
        for (const HistoryRow& row : history_rows()) told.insert(row.trace + ".json");
        std::set<std::string> there;
        for (const auto& entry : fs::directory_iterator(kBugs)) {
            there.insert(entry.path().filename().string());
        }
        CHECK_EQ(told, there);
    }

    TEST_CASE("a row that names a wrong and a right kernel has a trace that differs there") {
        for (const HistoryRow& row : history_rows()) {
            CAPTURE(row.id);
            const auto expected = expected_by_kernel(row.trace);
            if (kernel_version_from_name(row.wrong)) {
                REQUIRE(expected.contains(row.wrong));
                if (kernel_version_from_name(row.right)) {
                    REQUIRE(expected.contains(row.right));
                    CHECK_NE(expected.at(row.wrong), expected.at(row.right));
                }
            } else {
                CHECK_MESSAGE((row.wrong == "before 6.12" || row.wrong == "between 6.12 and 6.16" ||
                               row.wrong == "all" || row.wrong == "none"),
                              row.wrong);
            }
        }
    }

    TEST_CASE("a row's command runs its trace under the first kernel that shows it") {
        for (const HistoryRow& row : history_rows()) {
            CAPTURE(row.id);
            const std::string replay = "mmsim replay traces/bugs/" + row.trace + ".json --kernel ";
            REQUIRE(row.command.starts_with(replay));
            const std::string kernel = row.command.substr(replay.size());
            CHECK(expected_by_kernel(row.trace).contains(kernel));
            if (kernel_version_from_name(row.wrong)) CHECK_EQ(kernel, row.wrong);
        }
    }

    TEST_CASE("a trace says in a sentence what it shows") {
        for (const HistoryRow& row : history_rows()) {
            const auto reader = open_trace((kBugs / (row.trace + ".json")).string());
            CHECK_MESSAGE(reader->header().title.size() > 30, row.trace);
        }
    }
}
