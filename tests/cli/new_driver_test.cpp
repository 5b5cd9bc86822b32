// SPDX-License-Identifier: GPL-2.0-or-later
// `mmsim new-driver`: what it writes, and what it refuses to.
#include <cstdlib>
#include <string>

#include <doctest/doctest.h>

#include "support/program.h"
#include "support/temporary_folder.h"

using namespace mmsim::test;

namespace {

int run_in(const TemporaryFolder& folder, const std::string& command) {
    const int status = std::system(
        ("cd " + folder.path("") + " && " + command + " >out 2>err </dev/null").c_str());
    return status == -1 ? -1 : status >> 8;
}

}  // namespace

TEST_SUITE("cli/new-driver") {
    TEST_CASE("it writes a source and a trace under the driver's name, and says what to do") {
        const TemporaryFolder folder;
        CHECK_EQ(run_in(folder, MMSIM_PROGRAM " new-driver my_widget"), 0);
        CHECK_EQ(folder.names(), "err my_widget.c my_widget.json out");
        CHECK_NE(folder.read("my_widget.c").find("MMSIM_DRIVER(my_widget, "), std::string::npos);
        CHECK_EQ(folder.read("my_widget.c").find("NAME"), std::string::npos);
        CHECK_EQ(folder.read("my_widget.json").find("NAME"), std::string::npos);
        CHECK_NE(folder.read("out").find("cc -shared -fPIC $(pkg-config --cflags mmsim-driver) -o "
                                         "my_widget.so my_widget.c\n"),
                 std::string::npos);
        CHECK_EQ(folder.read("err"), "");
    }

    TEST_CASE("it overwrites nothing, and wants a name that C can have") {
        const TemporaryFolder folder;
        folder.write("w.json", "mine");
        CHECK_EQ(run_in(folder, MMSIM_PROGRAM " new-driver w"), 2);
        CHECK_EQ(folder.read("err"), "mmsim: 'w.json' is there already\n");
        CHECK_EQ(folder.names(), "err out w.json");
        CHECK_EQ(folder.read("w.json"), "mine");
        for (const char* name : {"9lives", "a-b", "../x"}) {
            CHECK_EQ(run_in(folder, std::string(MMSIM_PROGRAM " new-driver ") + name), 2);
            CHECK_EQ(folder.read("err"), "mmsim: new-driver " + std::string(name) +
                                             ": expected a name in C: letters, digits and _\n");
        }
    }
}
