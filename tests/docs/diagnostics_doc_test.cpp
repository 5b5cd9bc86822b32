// SPDX-License-Identifier: GPL-2.0-or-later
// docs/diagnostics.md against the table of diagnostics: a section and an example for each id.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <doctest/doctest.h>

#include "analysis/diagnostics.h"

TEST_SUITE("docs/diagnostics") {
    TEST_CASE("each diagnostic has a row, a section, a trace and an example before and after") {
        const std::filesystem::path root = MMSIM_SOURCE_DIR;
        std::ifstream in(root / "docs/diagnostics.md");
        REQUIRE(in);
        const std::string doc{std::istreambuf_iterator<char>(in), {}};
        std::size_t sections = 0;
        for (std::size_t at = doc.find("\n## "); at != std::string::npos;
             at = doc.find("\n## ", at + 1)) {
            ++sections;
        }
        std::size_t documented = 0;
        for (const mmsim::DiagnosticText& text : mmsim::all_diagnostics()) {
            if (text.of_plugins) continue;
            ++documented;
            const std::string id(text.id);
            INFO(id);
            const std::string row = "| [`" + id + "`](#" + id + ") | " +
                                    std::string(mmsim::severity_name(text.severity)) + " | ";
            CHECK_NE(doc.find(row), std::string::npos);
            const std::size_t begin = doc.find("\n## " + id + "\n");
            REQUIRE_NE(begin, std::string::npos);
            const std::string section = doc.substr(begin, doc.find("\n## ", begin + 1) - begin);
            const std::string trace = "traces/diagnostics/" + id + ".json";
            CHECK(std::filesystem::exists(root / trace));
            for (const std::string& part :
                 {"$ mmsim replay " + trace, "[" + id + "] " + std::string(text.cure),
                  std::string("Before:"), std::string("After:")}) {
                CHECK_MESSAGE(section.find(part) != std::string::npos, part);
            }
        }
        CHECK_EQ(sections, documented);
    }

    TEST_CASE("what only plug-ins earn has a row in their document") {
        const std::filesystem::path root = MMSIM_SOURCE_DIR;
        std::ifstream in(root / "docs/plugins.md");
        REQUIRE(in);
        const std::string doc{std::istreambuf_iterator<char>(in), {}};
        for (const mmsim::DiagnosticText& text : mmsim::all_diagnostics()) {
            if (!text.of_plugins) continue;
            const std::string row = "| `" + std::string(text.id) + "` | " +
                                    std::string(mmsim::severity_name(text.severity)) + " | ";
            CHECK_MESSAGE(doc.find(row) != std::string::npos, row);
        }
    }
}
