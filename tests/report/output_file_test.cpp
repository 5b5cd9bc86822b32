// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/output_file.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/stat.h>

#include <doctest/doctest.h>

#include "base/input_error.h"
#include "report/spool.h"
#include "support/temporary_folder.h"

using namespace mmsim;
using namespace mmsim::test;

namespace fs = std::filesystem;

TEST_SUITE("report/output file") {
    TEST_CASE("what was there stays until the new file is whole") {
        const TemporaryFolder folder;
        folder.write("out", "old");
        {
            OutputFile file(folder.path("out"));
            file.stream() << "half";
            file.stream().flush();
            CHECK_EQ(folder.read("out"), "old");
        }
        CHECK_EQ(folder.read("out"), "old");
        CHECK_EQ(folder.names(), "out");
    }

    TEST_CASE("commit puts the new text in place and leaves nothing beside it") {
        const TemporaryFolder folder;
        folder.write("out", "old");
        OutputFile file(folder.path("out"));
        file.stream() << "new";
        file.commit();
        CHECK_EQ(folder.read("out"), "new");
        CHECK_EQ(folder.names(), "out");
    }

    TEST_CASE("permissions of the old file are kept") {
        const TemporaryFolder folder;
        folder.write("out", "old");
        fs::permissions(folder.path("out"), fs::perms::owner_read | fs::perms::owner_write);
        OutputFile file(folder.path("out"));
        file.commit();
        struct stat status {};
        REQUIRE_EQ(::stat(folder.path("out").c_str(), &status), 0);
        CHECK_EQ(status.st_mode & 0777, 0600);
    }

    TEST_CASE("a symbolic link stays one: the file behind it changes") {
        const TemporaryFolder folder;
        folder.write("target", "old");
        fs::create_symlink("target", folder.path("link"));
        OutputFile file(folder.path("link"));
        file.stream() << "new";
        file.commit();
        CHECK(fs::is_symlink(folder.path("link")));
        CHECK_EQ(folder.read("target"), "new");
    }

    TEST_CASE("a folder, and a file in a folder that is not there, are refused at once") {
        const TemporaryFolder folder;
        CHECK_THROWS_AS(OutputFile::require_possible(folder.path("")), InputError);
        CHECK_THROWS_AS(OutputFile::require_possible(folder.path("none/out")), InputError);
        CHECK_NOTHROW(OutputFile::require_possible(folder.path("out")));
        CHECK_NOTHROW(OutputFile::require_possible("/dev/null"));
    }

    TEST_CASE("a full device is an error, not a short file") {
        OutputFile file("/dev/full");
        file.stream() << "text";
        CHECK_THROWS_AS(file.commit(), InputError);
    }
}

TEST_SUITE("report/spool") {
    TEST_CASE("lines come back whole and in order, however long the text") {
        Spool spool;
        std::string expected;
        for (std::size_t i = 0; i < 30'000; ++i) {
            const std::string line = std::to_string(i) + std::string(i % 50, 'x') + "\n";
            spool.append(line);
            expected += line;
        }
        std::string got;
        std::size_t bad = 0;
        spool.replay([&](std::string_view line) {
            if (line.find('\n') != line.size() - 1) ++bad;
            got += line;
        });
        CHECK_EQ(bad, 0);
        CHECK(got == expected);
    }
}
