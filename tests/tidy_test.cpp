// SPDX-License-Identifier: GPL-2.0-or-later
// The house rules as tests: floors, third-party headers, sizes, licence lines.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

namespace {

namespace fs = std::filesystem;

// The floors of the house, lowest first. A room may include itself and lower floors only.
const std::map<std::string, int, std::less<>> kFloor = {
    {"base", 0},   {"fault", 1},    {"trace", 1},  {"mm", 2},    {"drivers", 3}, {"plugin", 4},
    {"replay", 5}, {"analysis", 6}, {"report", 7}, {"check", 8}, {"sweep", 8},
};

// Include directories of libraries that are not ours, and the rooms that may use them.
struct ThirdParty {
    std::string_view prefix;
    std::vector<std::string_view> rooms;
};
const std::vector<ThirdParty> kThirdParty = {
    {"nlohmann/", {"trace", "drivers", "replay", "report", "check", "sweep", "apps", "tests"}},
    {"CLI/", {"apps"}},
    {"spdlog/fmt/",
     {"trace", "drivers", "replay", "analysis", "report", "check", "sweep", "apps", "tests"}},
    {"spdlog/", {"apps"}},
    {"doctest/", {"tests"}},
    {"zlib.h", {"trace", "tests"}},
    {"zstd.h", {"trace", "tests"}},
    {"dlfcn.h", {"plugin", "tests"}},
};

constexpr std::size_t kColumns = 100;
constexpr std::size_t kFileLines = 400;
constexpr std::size_t kFunctionLines = 70;

// What breaks a rule on purpose. An entry that is no longer needed fails a test as well.
struct Exception {
    std::string_view path;
    std::string_view rule;  // "file size", "function size", "columns", "third party"
    std::string_view reason;
};
const std::vector<Exception> kExceptions = {
    {"lib/mm/failure_table.cpp", "columns", "a table to read across: each row with its source"},
};

struct Finding {
    std::string rule;
    std::string path;
    std::size_t line;
    std::string what;
};

struct Source {
    std::string path;  // from the root of the repository
    std::vector<std::string> lines;

    Source(std::string source_path, std::istream& in) : path(std::move(source_path)) {
        for (std::string line; std::getline(in, line);) lines.push_back(line);
    }
    Source(std::string source_path, const std::string& text)
        : Source(std::move(source_path), *std::make_unique<std::istringstream>(text)) {}

    bool ends_with(std::string_view tail) const { return std::string_view(path).ends_with(tail); }
    bool is_cxx() const { return ends_with(".cpp") || ends_with(".h") || ends_with(".c"); }

    // "mm" for lib/mm/merge.cpp, "apps" and "tests" for all that is in there.
    std::string room() const {
        const std::string_view inside = path;
        const auto first = inside.substr(0, inside.find('/'));
        if (first != "lib") return std::string(first);
        const auto rest = inside.substr(4);
        return std::string(rest.substr(0, rest.find('/')));
    }
};

std::size_t columns(std::string_view line) {
    return static_cast<std::size_t>(
        std::ranges::count_if(line, [](char c) { return (c & 0xc0) != 0x80; }));
}

// `base/page.h` of `#include "base/page.h"`; empty for any other line.
std::string_view included(std::string_view line, char open, char close) {
    if (!line.starts_with("#include ") || line.size() < 11 || line[9] != open) return {};
    line.remove_prefix(10);
    return line.substr(0, line.find(close));
}

void check_licence(const Source& source, std::vector<Finding>& findings) {
    const bool prelude = !source.lines.empty() && (source.lines[0].starts_with("#!") ||
                                                   source.lines[0].starts_with("<!doctype"));
    const std::size_t at = prelude ? 1 : 0;
    if (at < source.lines.size() &&
        source.lines[at].find("SPDX-License-Identifier: GPL-2.0-or-later") != std::string::npos) {
        return;
    }
    findings.push_back({"licence", source.path, at + 1, "no SPDX line"});
}

void check_sizes(const Source& source, std::vector<Finding>& findings) {
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
        const auto width = columns(source.lines[i]);
        if (width > kColumns) {
            findings.push_back({"columns", source.path, i + 1, std::to_string(width) + " columns"});
        }
    }
    if (source.lines.size() > kFileLines) {
        findings.push_back({"file size", source.path, source.lines.size(), "too many lines"});
    }
}

void check_includes(const Source& source, std::vector<Finding>& findings) {
    const auto room = source.room();
    const auto floor = kFloor.find(room);
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
        const auto complain = [&](const char* rule) {
            findings.push_back({rule, source.path, i + 1, room + ": " + source.lines[i]});
        };
        if (const auto header = included(source.lines[i], '"', '"');
            !header.empty() && source.path.starts_with("lib/")) {
            const auto other = header.substr(0, header.find('/'));
            const auto below = kFloor.find(other == "mmsim" ? "plugin" : other);
            if (floor == kFloor.end() || below == kFloor.end() ||
                (below != floor && below->second >= floor->second)) {
                complain("floor");
            }
        }
        if (const auto header = included(source.lines[i], '<', '>'); !header.empty()) {
            const auto library = std::ranges::find_if(
                kThirdParty, [&](const auto& entry) { return header.starts_with(entry.prefix); });
            if (library == kThirdParty.end()) continue;
            if (source.ends_with(".h") || std::ranges::count(library->rooms, room) == 0) {
                complain("third party");
            }
        }
    }
}

// Reads the indentation that clang-format gives: a function, or a test inside TEST_SUITE, ends with
// a '}' in the column in which its signature began.
void check_functions(const Source& source, std::vector<Finding>& findings) {
    for (const std::size_t indent : {std::size_t{0}, std::size_t{4}}) {
        std::size_t start = 0;
        for (std::size_t i = 0; i < source.lines.size(); ++i) {
            const std::string_view line = source.lines[i];
            if (line.find_first_not_of(' ') != indent || line[indent] == '#') continue;
            const auto text = line.substr(indent);
            if (!text.starts_with('}')) {
                start = i;
                continue;
            }
            const std::string_view head = std::string_view(source.lines[start]).substr(indent);
            const bool function = text == "}" && head.find('(') != std::string_view::npos &&
                                  !head.starts_with("TEST_SUITE");
            if (function && i - start + 1 > kFunctionLines) {
                findings.push_back({"function size", source.path, start + 1, std::string(head)});
            }
        }
    }
}

std::vector<Finding> findings_in(const Source& source) {
    std::vector<Finding> findings;
    check_licence(source, findings);
    check_sizes(source, findings);
    check_includes(source, findings);
    if (source.is_cxx()) check_functions(source, findings);
    return findings;
}

bool is_ours(const fs::path& path) {
    static const std::vector<std::string> kKinds = {".cpp", ".h",   ".c",    ".cmake",
                                                    ".js",  ".css", ".html", ".sh"};
    return path.filename() == "CMakeLists.txt" ||
           std::ranges::count(kKinds, path.extension().string()) != 0;
}

std::vector<Source> our_sources() {
    const fs::path root = MMSIM_SOURCE_DIR;
    std::vector<fs::path> paths = {root / "CMakeLists.txt", root / "dev", root / ".ci/run"};
    for (const char* folder : {"lib", "apps", "tests", "cmake"}) {
        for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
            if (entry.is_regular_file() && is_ours(entry.path())) paths.push_back(entry.path());
        }
    }
    std::ranges::sort(paths);

    std::vector<Source> sources;
    for (const auto& path : paths) {
        std::ifstream in(path);
        REQUIRE_MESSAGE(in, path.string());
        sources.emplace_back(path.lexically_relative(root).generic_string(), in);
    }
    return sources;
}

const std::vector<Finding>& findings_in_the_house() {
    static const std::vector<Finding> findings = [] {
        std::vector<Finding> all;
        for (const Source& source : our_sources()) {
            std::ranges::move(findings_in(source), std::back_inserter(all));
        }
        return all;
    }();
    return findings;
}

// The words of a CMakeLists.txt, each as "mmsim_room(mm vma.cpp": with the row it stands in.
std::set<std::string> words_of(const char* table) {
    std::ifstream in(fs::path(MMSIM_SOURCE_DIR) / table);
    std::set<std::string> words;
    std::string row;
    for (std::string word; in >> word;) {
        if (word.find('(') != std::string::npos) row = word;
        while (word.ends_with(')')) word.pop_back();
        words.insert(row + " " + word);
    }
    return words;
}

bool excused(const Finding& finding) {
    return std::ranges::any_of(kExceptions, [&](const Exception& exception) {
        return exception.path == finding.path && exception.rule == finding.rule;
    });
}

void check_rule(std::string_view rule) {
    for (const Finding& finding : findings_in_the_house()) {
        if (finding.rule != rule || excused(finding)) continue;
        ADD_FAIL_CHECK_AT(finding.path.c_str(), static_cast<int>(finding.line), finding.what);
    }
}

// The rules that a small source breaks, as "rule:line" words.
std::string broken_by(const std::string& path, const std::string& text) {
    std::string broken;
    for (const Finding& finding : findings_in(Source(path, text))) {
        broken += (broken.empty() ? "" : " ") + finding.rule + ":" + std::to_string(finding.line);
    }
    return broken;
}

const std::string kSpdx = "// SPDX-License-Identifier: GPL-2.0-or-later\n";

std::string lines(std::size_t n, const std::string& line) {
    std::string text;
    for (std::size_t i = 0; i < n; ++i) text += line + "\n";
    return text;
}

}  // namespace

TEST_SUITE("tidy/rules") {
    TEST_CASE("a room that includes a higher floor or its neighbour is found") {
        CHECK_EQ(broken_by("lib/mm/x.cpp", kSpdx + "#include \"replay/engine.h\"\n"), "floor:2");
        CHECK_EQ(broken_by("lib/trace/x.h", kSpdx + "#include \"fault/fail_point.h\"\n"),
                 "floor:2");
        CHECK_EQ(broken_by("lib/mm/x.cpp", kSpdx + "#include \"unheard_of/x.h\"\n"), "floor:2");
        CHECK_EQ(broken_by("lib/unheard_of/x.cpp", kSpdx + "#include \"base/page.h\"\n"),
                 "floor:2");
    }

    TEST_CASE("a room may include itself and what is below") {
        CHECK_EQ(broken_by("lib/mm/x.h", kSpdx + "#include \"mm/vma.h\"\n#include <vector>\n"), "");
        CHECK_EQ(broken_by("lib/mm/x.h", kSpdx + "#include \"base/page.h\"\n"), "");
        CHECK_EQ(broken_by("apps/mmsim/x.h", kSpdx + "#include \"check/corpus.h\"\n"), "");
    }

    TEST_CASE("a third-party header in a header, or in a room that has no use for it, is found") {
        const std::string json = kSpdx + "#include <nlohmann/json.hpp>\n";
        CHECK_EQ(broken_by("lib/trace/x.h", json), "third party:2");
        CHECK_EQ(broken_by("lib/trace/x.cpp", json), "");
        CHECK_EQ(broken_by("lib/mm/x.cpp", json), "third party:2");
    }

    TEST_CASE("a line is measured in characters, not bytes") {
        const std::string wide = "// " + std::string(97, 'x');
        CHECK_EQ(broken_by("lib/mm/x.h", kSpdx + wide + "\n"), "");
        CHECK_EQ(broken_by("lib/mm/x.h", kSpdx + wide + "x\n"), "columns:2");
        CHECK_EQ(broken_by("lib/mm/x.h", kSpdx + wide.substr(1) + "\u00e9\n"), "");
    }

    TEST_CASE("a file may have 400 lines and no more") {
        CHECK_EQ(broken_by("lib/mm/x.h", kSpdx + lines(399, "int a;")), "");
        CHECK_EQ(broken_by("lib/mm/x.h", kSpdx + lines(400, "int a;")), "file size:401");
    }

    TEST_CASE("a function may have 70 lines and no more, wherever its signature ends") {
        const auto function = [](std::size_t body, const std::string& in) {
            return kSpdx + in + "int f(int a,\n" + in + "      int b) {\n" +
                   lines(body, in + "    ++a;") + in + "}\n";
        };
        CHECK_EQ(broken_by("lib/mm/x.cpp", function(67, "")), "");
        CHECK_EQ(broken_by("lib/mm/x.cpp", function(68, "")), "function size:2");
        CHECK_EQ(broken_by("lib/mm/x.cpp", function(68, "    ")), "function size:2");
    }

    TEST_CASE("a table or a suite is not a function") {
        CHECK_EQ(broken_by("lib/mm/x.cpp",
                           kSpdx + "const int kT[] = {\n" + lines(99, "    f(1),") + "};\n"),
                 "");
        CHECK_EQ(broken_by("tests/mm/x.cpp",
                           kSpdx + "TEST_SUITE(\"x\") {\n" + lines(99, "    int a;") + "}\n"),
                 "");
    }

    TEST_CASE("the licence stands first, or second after what has to be first") {
        CHECK_EQ(broken_by("lib/mm/x.h", "int a;\n" + kSpdx), "licence:1");
        CHECK_EQ(broken_by("dev", "#!/bin/sh\n# SPDX-License-Identifier: GPL-2.0-or-later\n"), "");
        CHECK_EQ(broken_by("lib/mm/x.h", ""), "licence:1");
    }
}

TEST_SUITE("tidy/house") {
    TEST_CASE("there is a house to look at") { CHECK_GT(our_sources().size(), 20); }
    TEST_CASE("every room includes lower floors only") { check_rule("floor"); }
    TEST_CASE("third-party headers are in .cpp files of the rooms that use them") {
        check_rule("third party");
    }
    TEST_CASE("no line is wider than 100 columns") { check_rule("columns"); }
    TEST_CASE("no file is longer than 400 lines") { check_rule("file size"); }
    TEST_CASE("no function is longer than 70 lines") { check_rule("function size"); }
    TEST_CASE("every file begins with its licence") { check_rule("licence"); }

    TEST_CASE("no merge was left half done") {
        const fs::path root = MMSIM_SOURCE_DIR;
        for (const char* folder : {"lib", "apps", "tests", "cmake", "docs", "traces", ".ci"}) {
            for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
                if (!entry.is_regular_file()) continue;
                std::ifstream in(entry.path());
                for (std::string line; std::getline(in, line);) {
                    const bool mark = line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ");
                    CHECK_MESSAGE(!mark, entry.path().string() << ": " << line);
                }
            }
        }
    }

    TEST_CASE("every source is in the row of its room, every test in one that is built") {
        const auto rooms = words_of("lib/CMakeLists.txt");
        const auto tests = words_of("tests/CMakeLists.txt");
        for (const Source& source : our_sources()) {
            if (source.path.starts_with("lib/") && source.ends_with(".cpp")) {
                const auto name = source.path.substr(4 + source.room().size() + 1);
                if (rooms.contains("mmsim_room(" + source.room() + " " + name)) continue;
            } else if (source.path.starts_with("tests/") && source.ends_with("_test.cpp")) {
                const auto name = source.path.substr(6);
                if (std::ranges::any_of(tests, [&](const std::string& word) {
                        return word.starts_with("mmsim_test(") && word.ends_with(" " + name);
                    })) {
                    continue;
                }
            } else {
                continue;
            }
            ADD_FAIL_CHECK_AT(source.path.c_str(), 1, "in no CMakeLists.txt");
        }
    }

    TEST_CASE("every exception has a reason and is still needed") {
        for (const Exception& exception : kExceptions) {
            CAPTURE(exception.path);
            CHECK_FALSE(exception.reason.empty());
            CHECK(std::ranges::any_of(findings_in_the_house(), [&](const Finding& finding) {
                return finding.path == exception.path && finding.rule == exception.rule;
            }));
        }
    }
}
