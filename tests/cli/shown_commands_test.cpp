// SPDX-License-Identifier: GPL-2.0-or-later
// What the documents show is real: each mmsim command in a fenced block is run, and must print what
// stands below it; each block under `<!-- shows FILE -->` must be that file.
//
// A block counts when its first line is "$ mmsim ..." or "$ ./dev run ..."; commands are run by a
// shell in the root of the repository. A line "[...]" stands for any lines that were left out.
// MMSIM_UPDATE_GOLDEN=1 rewrites what is shown, except outputs with something left out.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

namespace {

namespace fs = std::filesystem;

const fs::path kTop = MMSIM_SOURCE_DIR;
constexpr std::string_view kFence = "```";
constexpr std::string_view kShows = "<!-- shows ";
const std::string kLeftOut = "[...]";

std::string file_text(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    REQUIRE_MESSAGE(in, path.string());
    return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> lines_of_text(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

bool is_command(const std::string& line) {
    return line.starts_with("$ mmsim ") || line.starts_with("$ ./dev run ");
}

// What the command prints on standard output and standard error together.
std::vector<std::string> output_of(std::string command) {
    command.erase(0, 2);
    if (command.starts_with("./dev run ")) command.replace(0, 9, "mmsim");
    // The user compiled it; here the build has.
    constexpr std::string_view kPlugin = "--driver ./";
    if (const auto at = command.find(kPlugin); at != std::string::npos) {
        command.replace(at, kPlugin.size(), std::string("--driver ") + MMSIM_PLUGINS + "/");
    }
    const fs::path folder = fs::path(MMSIM_PROGRAM).parent_path();
    const std::string line = "cd '" + kTop.string() + "' && PATH='" + folder.string() +
                             "':$PATH && (" + command + ") 2>&1 </dev/null";
    FILE* const pipe = ::popen(line.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string text;
    char chunk[4096];
    while (const std::size_t got = std::fread(chunk, 1, sizeof chunk, pipe))
        text.append(chunk, got);
    ::pclose(pipe);
    return lines_of_text(text);
}

bool leaves_out(const std::vector<std::string>& shown) {
    return std::find(shown.begin(), shown.end(), kLeftOut) != shown.end();
}

// Whether `real`, from `r` on, reads as `shown` does from `s` on.
bool matches(const std::vector<std::string>& shown, std::size_t s,
             const std::vector<std::string>& real, std::size_t r) {
    for (; s < shown.size(); ++s, ++r) {
        if (shown[s] == kLeftOut) {
            for (std::size_t skip = r; skip <= real.size(); ++skip) {
                if (matches(shown, s + 1, real, skip)) return true;
            }
            return false;
        }
        if (r >= real.size() || shown[s] != real[r]) return false;
    }
    return r == real.size();
}

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    return text;
}

// One document, copied line by line with what is shown brought up to date.
class Document {
public:
    explicit Document(const fs::path& path) : path_(path), lines_(lines_of_text(file_text(path))) {}

    void check() {
        while (at_ < lines_.size()) {
            const std::string line = lines_[at_];
            keep();
            if (line.starts_with(kShows)) {
                quoted_file(line.substr(kShows.size(), line.find(" -->") - kShows.size()));
            } else if (line.starts_with(kFence)) {
                commands();
            }
        }
        if (std::getenv("MMSIM_UPDATE_GOLDEN") != nullptr && copy_ != lines_) {
            std::ofstream(path_, std::ios::binary) << joined(copy_);
        }
    }

private:
    bool in_block() const { return at_ < lines_.size() && !lines_[at_].starts_with(kFence); }
    void keep() { copy_.push_back(lines_[at_++]); }
    void keep_fence() {
        REQUIRE_MESSAGE(at_ < lines_.size(), path_.string() << ": a block is not closed");
        keep();
    }

    void settle(const std::string& what, const std::vector<std::string>& shown,
                std::vector<std::string> real) {
        // A suggested command repeats the option, with the folder that stood in for the reader's.
        for (std::string& line : real) {
            const std::string built = std::string(MMSIM_PLUGINS) + "/";
            const auto at = line.find(built);
            if (at != std::string::npos) line.replace(at, built.size(), "./");
        }
        INFO(path_.string() << ": " << what << " (MMSIM_UPDATE_GOLDEN=1 rewrites what is shown)");
        const bool whole = !leaves_out(shown);
        const bool update = whole && std::getenv("MMSIM_UPDATE_GOLDEN") != nullptr;
        const auto& kept = update ? real : shown;
        copy_.insert(copy_.end(), kept.begin(), kept.end());
        if (update) return;
        if (whole) {
            CHECK_EQ(joined(shown), joined(real));
        } else {
            CHECK_MESSAGE(matches(shown, 0, real, 0), joined(real));
        }
    }

    void quoted_file(const std::string& name) {
        keep_fence();
        std::vector<std::string> shown;
        while (in_block()) shown.push_back(lines_[at_++]);
        settle(name, shown, lines_of_text(file_text(kTop / name)));
        keep_fence();
    }

    void commands() {
        const bool ours = in_block() && is_command(lines_[at_]);
        while (in_block()) {
            const std::string command = lines_[at_];
            keep();
            if (!ours || !is_command(command)) continue;
            std::vector<std::string> shown;
            while (in_block() && !lines_[at_].starts_with("$ ")) shown.push_back(lines_[at_++]);
            settle(command, shown, output_of(command));
        }
        keep_fence();
    }

    fs::path path_;
    std::vector<std::string> lines_, copy_;
    std::size_t at_ = 0;
};

}  // namespace

TEST_SUITE("docs/shown commands") {
    TEST_CASE("a line that stands for lines left out matches any number of them") {
        const std::vector<std::string> real = {"a", "b", "c"};
        CHECK(matches({"a", "[...]", "c"}, 0, real, 0));
        CHECK(matches({"a", "[...]"}, 0, real, 0));
        CHECK(matches({"[...]", "a", "[...]", "b", "c"}, 0, real, 0));
        CHECK_FALSE(matches({"a", "[...]", "b"}, 0, real, 0));
        CHECK_FALSE(matches({"a", "c"}, 0, real, 0));
        CHECK_FALSE(matches({"a", "b", "c", "d"}, 0, real, 0));
    }

    TEST_CASE("what the documents show is what mmsim prints") {
        std::vector<fs::path> documents;
        for (const char* folder : {".", "docs", "traces", "lib", "lib/mm"}) {
            if (!fs::exists(kTop / folder)) continue;
            for (const auto& entry : fs::directory_iterator(kTop / folder)) {
                if (entry.path().extension() == ".md") documents.push_back(entry.path());
            }
        }
        std::sort(documents.begin(), documents.end());
        REQUIRE_GE(documents.size(), 3);
        for (const fs::path& path : documents) Document(path).check();
    }
}
