// SPDX-License-Identifier: GPL-2.0-or-later
// `cmake --install` into an empty folder, and a plug-in built against what it put there.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <doctest/doctest.h>

#include "support/program.h"
#include "support/temporary_folder.h"

using namespace mmsim::test;

namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    REQUIRE_MESSAGE(in, path.string());
    return {std::istreambuf_iterator<char>(in), {}};
}

// What bash offers for the last of these words: "replay reduce".
std::string offered(const std::string& words) {
    const std::string script =
        ". '" MMSIM_SOURCE_DIR "/apps/mmsim/completions/mmsim.bash' && COMP_WORDS=(" + words +
        ") && COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) && "
        "_mmsim mmsim \"${COMP_WORDS[COMP_CWORD]}\" \"${COMP_WORDS[COMP_CWORD - 1]}\" && "
        "echo \"${COMPREPLY[*]}\"";
    const TemporaryFolder folder;
    folder.write("complete", script);
    CHECK_EQ(std::system(("cd " + folder.path("") + " && PATH='" +
                          fs::path(MMSIM_PROGRAM).parent_path().string() +
                          "':$PATH bash --norc ./complete >out 2>&1")
                             .c_str()),
             0);
    std::string text = folder.read("out");
    if (text.ends_with('\n')) text.pop_back();
    return text;
}

int run(const std::string& command) { return std::system((command + " >/dev/null").c_str()); }

}  // namespace

TEST_SUITE("cli/install") {
    TEST_CASE("what is installed is whole, and a plug-in builds against it and runs") {
        const TemporaryFolder folder;
        const std::string prefix = folder.path("prefix");
        const std::string cmake = MMSIM_CMAKE;
        REQUIRE_EQ(run(cmake + " --install " MMSIM_BUILD_DIR " --prefix " + prefix), 0);
        for (const char* name :
             {"bin/mmsim", "include/mmsim/driver.h", "share/pkgconfig/mmsim-driver.pc",
              "share/man/man1/mmsim.1", "share/bash-completion/completions/mmsim",
              "share/zsh/site-functions/_mmsim", "share/fish/vendor_completions.d/mmsim.fish"}) {
            CHECK_MESSAGE(fs::exists(fs::path(prefix) / name), name);
        }
        // As the text of `mmsim new-driver` says it.
        const std::string in_folder = "cd " + folder.path("") + " && ";
        const std::string program = prefix + "/bin/mmsim";
        REQUIRE_EQ(run(in_folder + program + " new-driver widget"), 0);
        REQUIRE_EQ(run(in_folder + "PKG_CONFIG_PATH=" + prefix +
                       "/share/pkgconfig && "
                       "export PKG_CONFIG_PATH && " MMSIM_CC " -Wall -Wextra -Werror -shared -fPIC "
                       "$(pkg-config --cflags mmsim-driver) -o widget.so widget.c"),
                   0);
        CHECK_EQ(run(in_folder + program + " replay widget.json --driver ./widget.so --strict"), 0);
    }

    TEST_CASE("bash completes commands, options, values, drivers and files") {
        CHECK_EQ(offered("mmsim re"), "replay reduce");
        CHECK_EQ(offered("mmsim replay --ker"), "--kernel");
        CHECK_EQ(offered("mmsim faults --s"), "--sweep --save-trace");
        CHECK_EQ(offered("mmsim replay --kernel 7.1"), "7.1");
        CHECK_EQ(offered("mmsim replay --hook ''"), "declared legacy prepare");
        CHECK_EQ(offered("mmsim drivers hp"), "hpet");
        CHECK_EQ(offered("mmsim check compl"), "complete");
    }

    TEST_CASE("manual and completions know each command and each option of replay") {
        const fs::path root = MMSIM_SOURCE_DIR;
        const std::string help = run_mmsim({"--help"}).out;
        const std::string options = run_mmsim({"replay", "--help"}).out;
        std::string manual = content(root / "docs/mmsim.1");
        std::erase(manual, '\\');
        for (const char* completion : {"mmsim.bash", "_mmsim", "mmsim.fish"}) {
            const std::string text = content(root / "apps/mmsim/completions" / completion);
            for (std::size_t at = help.find("\n  ", help.find("Subcommands:"));
                 at != std::string::npos && help[at + 3] != ' '; at = help.find("\n  ", at + 1)) {
                const std::string name = help.substr(at + 3, help.find(' ', at + 3) - at - 3);
                CHECK_MESSAGE(text.find(name) != std::string::npos, completion << ": " << name);
                CHECK_MESSAGE(manual.find(name) != std::string::npos, "manual: " << name);
            }
            for (std::size_t at = options.find("--"); at != std::string::npos;
                 at = options.find("--", at + 2)) {
                const auto end = options.find_first_not_of("abcdefghijklmnopqrstuvwxyz-", at);
                const std::string name = options.substr(at + 2, end - at - 2);
                if (name == "help") continue;
                CHECK_MESSAGE(text.find(name) != std::string::npos, completion << ": " << name);
            }
        }
    }
}
