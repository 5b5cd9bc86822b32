// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/limits_reader.h"

#include <string>

#include <doctest/doctest.h>

#include "base/input_error.h"
#include "support/temporary_folder.h"

namespace mmsim {

using test::TemporaryFile;

TEST_SUITE("trace/limits reader") {
    TEST_CASE("a file holds what a trace has under limits") {
        const TemporaryFile file{R"({ "max_map_count": 9, "rlimit_as": null })"
                                 "\n"};
        TraceLimits expected;
        expected.max_map_count = 9;
        expected.rlimit_as = TraceLimits::Limit{};
        CHECK(read_limits_file(file.path()) == expected);
    }

    TEST_CASE("what is wrong is told with path, line and column") {
        const auto error_of = [](const TemporaryFile& file) {
            try {
                read_limits_file(file.path());
            } catch (const InputError& error) {
                return std::string(error.what()).substr(file.path().size());
            }
            return std::string("no error");
        };
        CHECK_EQ(error_of(TemporaryFile{""}), ":1:1: there is nothing in it");
        CHECK_EQ(error_of(TemporaryFile{"[]"}), ":1:1: expected '{' but found '['");
        CHECK_EQ(error_of(TemporaryFile{"{\n \"limits\": {} }"}),
                 ":2:2: unknown key 'limits' in 'limits'");
        CHECK_EQ(error_of(TemporaryFile{"{} {}"}),
                 ":1:4: expected the end of the document but found '{'");
    }
}

}  // namespace mmsim
