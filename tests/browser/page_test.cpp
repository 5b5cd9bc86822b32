// SPDX-License-Identifier: GPL-2.0-or-later
// The HTML report in a real browser. MMSIM_BROWSER names the program, a Chromium; without it there
// is nothing to test with, and the test says so. `./dev test --browser` installs one.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "support/program.h"
#include "support/temporary_folder.h"

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using mmsim::test::run_mmsim;

const char* const kBrowser = std::getenv("MMSIM_BROWSER");

std::string slurp(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    REQUIRE_MESSAGE(in, path.string());
    return {std::istreambuf_iterator<char>(in), {}};
}

void insert_before(std::string& page, const std::string& mark, const std::string& text) {
    const std::size_t at = page.rfind(mark);
    REQUIRE_NE(at, std::string::npos);
    page.insert(at, text);
}

std::string unescaped(std::string text) {
    const std::pair<const char*, const char*> kEntities[] = {
        {"&quot;", "\""}, {"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}};
    for (const auto& [entity, plain] : kEntities) {
        for (std::size_t at = 0; (at = text.find(entity, at)) != std::string::npos; ++at) {
            text.replace(at, std::string(entity).size(), plain);
        }
    }
    return text;
}

// What a script saw of a page that it used.
Json used(const mmsim::test::TemporaryFolder& folder, const fs::path& page,
          const std::string& script, const std::string& flags = {}) {
    std::string text = slurp(page);
    insert_before(text, "<style>",
                  "<script>window.pageErrors = [];\n"
                  "addEventListener('error', (e) => pageErrors.push(e.message));\n"
                  "console.error = (...words) => pageErrors.push(words.join(' '));</script>\n");
    const fs::path scripts = fs::path(MMSIM_SOURCE_DIR) / "tests/browser";
    insert_before(text, "</body>", "<script>" + slurp(scripts / "user.js") + "</script>\n");
    insert_before(text, "</body>", "<script>" + slurp(scripts / script) + "</script>\n");
    std::ofstream(page, std::ios::binary) << text;
    const fs::path dom = folder.path("dom.html");
    const std::string command =
        std::string(kBrowser) +
        " --headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
        "--disable-background-networking --disable-component-update --disable-sync "
        "--user-data-dir='" +
        folder.path("profile") + "' " + flags + " --dump-dom 'file://" + page.string() + "' >'" +
        dom.string() + "' 2>/dev/null";
    REQUIRE_EQ(std::system(command.c_str()), 0);
    const std::string after = slurp(dom);
    const std::string mark = "data-seen=\"";
    const std::size_t at = after.find(mark);
    REQUIRE_MESSAGE(at != std::string::npos, "the page stopped before its end: " << page.string());
    const std::size_t begin = at + mark.size();
    return Json::parse(unescaped(after.substr(begin, after.find('"', begin) - begin)));
}

// A page, what the script saw of it, and the JSON report that it should be about.
struct Driven {
    Json seen, report;
};

Driven drive(std::vector<std::string> command, const std::string& script,
             const std::string& flags = {}, int status = 0) {
    const mmsim::test::TemporaryFolder folder;
    const fs::path page = folder.path("page.html");
    const fs::path json = folder.path("report.json");
    command.insert(command.end(), {"-o", "html:" + page.string(), "-o", "json:" + json.string()});
    const auto ran = run_mmsim(command);
    REQUIRE_MESSAGE(ran.status == status, ran.err);
    return {used(folder, page, script, flags), Json::parse(slurp(json))};
}

Driven drive_run(const std::string& trace, const std::string& flags = {}) {
    return drive({"replay", trace}, "drive.js", flags);
}

std::size_t failed_buckets(const Json& report) {
    std::size_t n = 0;
    for (const Json& bucket : report["timeline"]["buckets"]) n += bucket["failed"] > 0;
    return n;
}

void check_page(const Driven& driven) {
    const auto& [seen, report] = driven;
    CHECK_EQ(seen["errors"].dump(), "[]");
    CHECK_EQ(seen["requests"], 0);
    CHECK_EQ(seen["rows"]["boundaries"], report["fragmentation"]["boundary_list"].size());
    for (const char* list : {"failures", "leaks", "diagnostics", "divergences"}) {
        CHECK_EQ(seen["rows"][list], report[list].size());
    }
    CHECK_EQ(seen["failedMarks"], failed_buckets(report));
    CHECK_EQ(seen["vmas"], report["processes"][0]["vmas"].size());
    CHECK_EQ(seen["listed"], seen["vmas"]);
    CHECK(seen["cursorMoved"].get<bool>());
    CHECK_NE(seen["saidAtStart"], seen["saidAtEnd"]);
    CHECK(seen["focused"].get<bool>());
    CHECK_EQ(seen["positionAfterRight"], 1);
    CHECK_EQ(seen["positionAfterEnd"], seen["positions"]);
    CHECK(seen["zoomed"].get<bool>());
    CHECK(seen["unzoomed"].get<bool>());
    CHECK_EQ(seen["sort"], "descending");
    CHECK(seen["sorted"].get<bool>());
    CHECK_NE(seen["themes"][0], seen["themes"][1]);
}

std::size_t changed_calls(const Json& side) {
    return side["now_fails"].size() + side["now_succeeds"].size() + side["other_errno"].size();
}

void check_comparison(const Driven& driven) {
    const auto& [seen, report] = driven;
    CHECK_EQ(seen["errors"].dump(), "[]");
    CHECK_EQ(seen["requests"], 0);
    CHECK_EQ(seen["verdict"], report["verdict"]);
    std::size_t calls = 0, layouts = 0, rows = 0;
    for (const Json& side : report["new"]) {
        calls += changed_calls(side);
        layouts += side["layouts"].size();
        for (const Json& layout : side["layouts"]) rows += layout["rows"].size();
    }
    CHECK_EQ(seen["calls"], calls);
    CHECK_EQ(seen["numbers"], report["numbers"].size());
    CHECK_EQ(seen["layouts"], layouts);
    CHECK_EQ(seen["layoutRows"], rows);
    CHECK_EQ(seen["sides"], report["new"].size() + 1);
    CHECK_EQ(seen["charts"], seen["sides"]);
}

void check_choice(const Driven& driven) {
    const auto& [seen, report] = driven;
    CHECK_EQ(seen["errors"].dump(), "[]");
    CHECK_EQ(seen["choices"].size(), report.size());
    CHECK_EQ(seen["shown"].size(), report.size());
}

// Of the cells of a kernel's matrix, those with each end.
Json cells_by_end(const Json& matrix) {
    Json counts = Json::object();
    for (const Json& row : matrix) {
        for (const Json& end : row) {
            Json& count = counts[end.get<std::string>()];
            count = count.is_null() ? 1 : count.get<int>() + 1;
        }
    }
    return counts;
}

void check_faults(const Driven& driven) {
    const auto& [seen, report] = driven;
    CHECK_EQ(seen["errors"].dump(), "[]");
    CHECK_EQ(seen["requests"], 0);
    for (const Json& kernel : report["kernels"]) {
        const std::string name = kernel.get<std::string>();
        CHECK_EQ(seen["kernels"][name], cells_by_end(report["matrix"][name]));
    }
    std::set<std::string> contexts;
    for (const Json& row : report["matrix"]["7.3"]) {
        for (const auto& cell : row.items()) contexts.insert(cell.key());
    }
    CHECK_EQ(seen["columns"], contexts.size());
    CHECK_GT(seen["filtered"].size(), 0);
    CHECK_LT(seen["filtered"].size(), seen["columns"]);
    for (const Json& name : seen["filtered"]) {
        CHECK_NE(name.get<std::string>().find("over_one,direct"), std::string::npos);
    }
    CHECK_EQ(seen["none"], -1);
    CHECK_GT(seen["wrong"], 0);
    CHECK_LT(seen["wrong"], seen["columns"]);
    REQUIRE_EQ(seen["findings"].size(), report["findings"].size());
    for (std::size_t i = 0; i < seen["findings"].size(); ++i) {
        const auto text = seen["findings"][i].get<std::string>();
        const auto command = report["findings"][i]["command"].get<std::string>();
        CHECK_NE(text.find(command), std::string::npos);
    }
    CHECK_NE(seen["themes"][0], seen["themes"][1]);
}

// A trace of that many pages in a row, in turns of two kinds that do not merge.
std::string stripes(int pages) {
    Json events = Json::array();
    for (int i = 0; i < pages; ++i) {
        events.push_back({{"op", "mmap"},
                          {"addr", 0x10000000 + 4096 * i},
                          {"length", 4096},
                          {"prot", i % 2 == 0 ? "PROT_READ" : "PROT_NONE"},
                          {"flags", "MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED"}});
    }
    return Json{{"mmsim_trace", 1}, {"events", std::move(events)}}.dump();
}

}  // namespace

TEST_SUITE("browser/page") {
    // CMake takes these words for a skipped test.
    TEST_CASE("there is a browser" * doctest::skip(kBrowser != nullptr)) {
        std::cout << "no browser to test the HTML report in: ./dev test --browser installs one\n";
    }

    TEST_CASE("a page shows what the JSON report says, and answers to mouse and keys" *
              doctest::skip(kBrowser == nullptr)) {
        check_page(drive_run("traces/real/cat_maps.json"));
    }

    TEST_CASE("nothing moves by itself for a user who prefers that" *
              doctest::skip(kBrowser == nullptr)) {
        const Driven driven =
            drive_run("traces/real/cat_maps.json", "--force-prefers-reduced-motion");
        CHECK_EQ(driven.seen["transition"], "0s");
        CHECK_NE(drive_run("traces/real/cat_maps.json").seen["transition"], "0s");
    }

    TEST_CASE(
        "a sweep of failures shows each cell and each finding, and hides what is not asked for" *
        doctest::skip(kBrowser == nullptr)) {
        check_faults(
            drive({"faults", "--sweep", "stm", "--kernel", "7.0,7.3", "--fixed-accounting"},
                  "drive_faults.js", {}, 1));
    }

    TEST_CASE("a comparison shows what its JSON says, and both sides move together" *
              doctest::skip(kBrowser == nullptr)) {
        const Driven driven = drive({"diff", "traces/quickstart/two_maps.json"}, "drive_diff.js");
        check_comparison(driven);
        const Json& seen = driven.seen;
        const Json& layout = driven.report["new"][0]["layouts"][0];
        REQUIRE_EQ(layout["event"], 2);
        // Legacy leaves two VMAs where prepare leaves one: none of the three is the same.
        CHECK_EQ(seen["atEnd"]["vmas"].dump(), "[2,1]");
        CHECK_EQ(seen["atEnd"]["hatched"].dump(), "[2,1]");
        CHECK_EQ(seen["atStart"]["vmas"].dump(), "[0,0]");
        CHECK_EQ(seen["afterOne"]["vmas"].dump(), "[1,1]");
        CHECK_EQ(seen["afterOne"]["hatched"].dump(), "[0,0]");
        CHECK_EQ(seen["atParting"]["vmas"].dump(), "[2,1]");
        CHECK_EQ(seen["partingMarks"], 2);
        CHECK(seen["cursorsAtParting"].get<bool>());
        CHECK(seen["zoomedTogether"].get<bool>());
        CHECK_NE(seen["themes"][0], seen["themes"][1]);
    }

    TEST_CASE("calls that end otherwise come first, and a matrix has a strip for each side" *
              doctest::skip(kBrowser == nullptr)) {
        const Driven driven =
            drive({"diff", "traces/real/py_threads.json", "--old", "", "--new",
                   "--max-map-count 40", "--new", "--kernel 6.12", "--new", "--hook legacy"},
                  "drive_diff.js");
        check_comparison(driven);
        CHECK_GT(driven.seen["calls"].get<int>(), 0);
        CHECK_EQ(driven.seen["firstList"], "calls");
    }

    TEST_CASE("several kernels make a page with a choice of report" *
              doctest::skip(kBrowser == nullptr)) {
        // A driver's hook for the description comes with 6.16: before, nothing merges here.
        const Driven driven =
            drive({"replay", "traces/quickstart/two_maps.json", "--kernel", "6.12,7.3"},
                  "drive_choice.js");
        check_choice(driven);
        CHECK_EQ(driven.seen["choices"].dump(), R"(["Linux 6.12","Linux 7.3"])");
        for (std::size_t i : {0U, 1U}) {
            CHECK_EQ(driven.seen["shown"][i]["vmas"], driven.report[i]["fragmentation"]["vmas"]);
            CHECK_EQ(driven.seen["shown"][i]["strips"], 1);
        }
    }

    TEST_CASE("two arrays of saved reports make a page with a choice of comparison" *
              doctest::skip(kBrowser == nullptr)) {
        const mmsim::test::TemporaryFolder folder;
        for (const char* hook : {"legacy", "prepare"}) {
            run_mmsim({"replay", "traces/quickstart/two_maps.json", "--kernel", "6.18,7.3",
                       "--hook", hook, "-o", "json:" + folder.path(hook)});
        }
        const Driven driven =
            drive({"diff", folder.path("legacy"), folder.path("prepare")}, "drive_choice.js");
        check_choice(driven);
        for (std::size_t i : {0U, 1U}) {
            CHECK_EQ(driven.seen["shown"][i]["verdict"], driven.report[i]["verdict"][0]);
            CHECK_EQ(driven.seen["shown"][i]["strips"], 2);
        }
    }

    TEST_CASE("a long table shows its beginning at once and the rest when asked" *
              doctest::skip(kBrowser == nullptr)) {
        const mmsim::test::TemporaryFolder folder;
        folder.write("stripes.json", stripes(1501));
        const Driven driven = drive({"replay", folder.path("stripes.json")}, "drive_long.js");
        const auto& [seen, report] = driven;
        CHECK_EQ(seen["errors"].dump(), "[]");
        const Json& list = report["fragmentation"]["boundary_list"];
        REQUIRE_EQ(list.size(), 1500);
        CHECK_EQ(seen["rowsAtFirst"], 1000);
        CHECK_EQ(seen["firstAtFirst"], list.front()["at"]);
        CHECK_EQ(seen["firstDescending"], list.back()["at"]);
        CHECK_EQ(seen["rowsSorted"], 1000);
        CHECK_EQ(seen["rowsAfter"], 1500);
        CHECK_FALSE(seen["buttonStays"].get<bool>());
    }

    TEST_CASE("two saved reports make a page of their layouts at the end" *
              doctest::skip(kBrowser == nullptr)) {
        const mmsim::test::TemporaryFolder folder;
        for (const char* hook : {"legacy", "prepare"}) {
            run_mmsim({"replay", "traces/quickstart/two_maps.json", "--hook", hook, "-o",
                       "json:" + folder.path(hook)});
        }
        const Driven driven =
            drive({"diff", folder.path("legacy"), folder.path("prepare")}, "drive_diff.js");
        check_comparison(driven);
        CHECK_EQ(driven.seen["atEnd"]["vmas"].dump(), "[2,1]");
        CHECK_EQ(driven.seen["atEnd"]["hatched"].dump(), "[2,1]");
    }
}
