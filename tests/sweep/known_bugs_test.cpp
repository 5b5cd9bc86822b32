// SPDX-License-Identifier: GPL-2.0-or-later
// docs/faults.md against sweeps: each bug of docs/history.md and each driver that misbehaves is
// found where it was, or is named among those that no failing step shows.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "drivers/registry.h"
#include "support/doc_tables.h"
#include "support/fault_causes.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

const std::string kFaultsDoc = "docs/faults.md";

struct KnownBug {
    std::vector<std::string> ids;  // in docs/history.md; may be none
    std::string subject;           // a driver, or a trace of traces/bugs
    std::string cause;
    std::vector<KernelVersion> wrong, right;
    std::string fixed;  // the driver without it; may be empty

    bool is_trace() const { return subject.ends_with(".json"); }
    FaultReport sweep(KernelVersion kernel) const {
        return is_trace() ? trace_sweep("traces/bugs/" + subject, kernel)
                          : driver_sweep(subject, kernel);
    }
};

std::vector<std::string> words_of(const std::string& cell) {
    std::vector<std::string> words;
    std::istringstream split(cell);
    for (std::string word; std::getline(split, word, ',');) words.push_back(cell_text(word));
    return words;
}

std::vector<KernelVersion> kernels_in(const std::string& cell) {
    std::vector<KernelVersion> kernels;
    for (const std::string& name : words_of(cell)) {
        const auto kernel = kernel_version_from_name(name);
        REQUIRE_MESSAGE(kernel, cell);
        kernels.push_back(*kernel);
    }
    return kernels;
}

std::vector<KnownBug> known_bugs() {
    std::vector<KnownBug> bugs;
    for (const auto& cells : doc_table(kFaultsDoc, "| bug | of | finding |")) {
        REQUIRE_MESSAGE(cells.size() == 6, cells.front());
        bugs.push_back({words_of(cells[0]), cells[1], cells[2], kernels_in(cells[3]),
                        kernels_in(cells[4]), cells[5]});
    }
    return bugs;
}

// Of each bug of docs/history.md the kernel that was wrong and the first that was right, where it
// names them.
struct Versions {
    std::optional<KernelVersion> wrong, right;
};
std::map<std::string, Versions> history() {
    std::map<std::string, Versions> all;
    for (const auto& cells : doc_table("docs/history.md", "|  | what went wrong |")) {
        all[cells[0]] = {kernel_version_from_name(cells[2]), kernel_version_from_name(cells[3])};
    }
    return all;
}

bool among(const std::vector<KernelVersion>& kernels, std::optional<KernelVersion> kernel) {
    return !kernel || std::ranges::find(kernels, *kernel) != kernels.end();
}

}  // namespace

TEST_SUITE("sweep/known bugs") {
    TEST_CASE("each known bug is found under the kernels that had it, and not beside it") {
        for (const KnownBug& bug : known_bugs()) {
            CAPTURE(bug.subject);
            CAPTURE(bug.cause);
            for (const KernelVersion kernel : bug.wrong) {
                CAPTURE(profile_of(kernel).name);
                CHECK(causes(bug.sweep(kernel)).contains(bug.cause));
            }
            for (const KernelVersion kernel : bug.right) {
                CAPTURE(profile_of(kernel).name);
                CHECK_FALSE(causes(bug.sweep(kernel)).contains(bug.cause));
            }
            if (!bug.fixed.empty()) {
                CHECK_EQ(causes(driver_sweep(bug.fixed, KernelVersion::v7_3)), Causes{});
            }
        }
    }

    TEST_CASE("each bug of the history is found, or said to be out of reach, and not both") {
        std::set<std::string> told;
        for (const KnownBug& bug : known_bugs()) told.insert(bug.ids.begin(), bug.ids.end());
        told.erase("");
        for (const auto& cells : doc_table(kFaultsDoc, "| bug | why no failing step")) {
            for (const std::string& id : words_of(cells[0])) {
                CHECK_MESSAGE(told.insert(id).second, id);
            }
            CHECK_GT(cells[1].size(), 20);
        }
        std::set<std::string> wanted;
        for (const auto& bug : history()) wanted.insert(bug.first);
        CHECK_GT(wanted.size(), 40);
        for (const std::string& id : wanted) CHECK_MESSAGE(told.contains(id), ("no row " + id));
        for (const std::string& id : told) {
            if (id.starts_with("CVE-")) continue;  // of which no trace can tell
            CHECK_MESSAGE(wanted.contains(id), ("what is " + id));
        }
    }

    TEST_CASE("a bug is looked for under the kernels that its history names") {
        const auto versions = history();
        for (const KnownBug& bug : known_bugs()) {
            for (const std::string& id : bug.ids) {
                if (id.empty()) continue;
                CAPTURE(id);
                REQUIRE(versions.contains(id));
                const Versions& named = versions.at(id);
                CHECK(among(bug.wrong, named.wrong));
                // A driver stays wrong where the kernel has learnt to refuse what it asks for; what
                // mends it is its form beside it.
                if (named.wrong && bug.fixed.empty()) CHECK(among(bug.right, named.right));
            }
        }
    }

    TEST_CASE("each driver that misbehaves has a row, and its fixed form beside it") {
        const auto bugs = known_bugs();
        for (const BuiltInDriver& driver : built_in_drivers()) {
            const std::string name(driver.name);
            constexpr std::string_view kFixed = "_fixed";
            if (!name.ends_with(kFixed)) continue;
            CAPTURE(name);
            const std::string wrong = name.substr(0, name.size() - kFixed.size());
            const auto bug = std::ranges::find(bugs, wrong, &KnownBug::subject);
            REQUIRE(bug != bugs.end());
            CHECK_EQ(bug->fixed, name);
        }
    }
}
