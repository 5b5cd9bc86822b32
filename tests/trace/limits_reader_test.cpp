// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/limits_reader.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

#include <doctest/doctest.h>

#include "base/input_error.h"

namespace mmsim {
namespace {

// A file of limits that goes away with the test.
class LimitsFile {
public:
    explicit LimitsFile(const std::string& text) {
        ::close(::mkstemp(name_));
        std::ofstream(name_) << text;
    }
    ~LimitsFile() { std::filesystem::remove(name_); }
    std::string path() const { return name_; }

private:
    char name_[40] = "/tmp/mmsim_limits_XXXXXX";
};

}  // namespace

TEST_SUITE("trace/limits reader") {
    TEST_CASE("a file holds what a trace has under limits") {
        const LimitsFile file{R"({ "max_map_count": 9, "rlimit_as": null })"
                              "\n"};
        TraceLimits expected;
        expected.max_map_count = 9;
        expected.rlimit_as = TraceLimits::Limit{};
        CHECK(read_limits_file(file.path()) == expected);
    }

    TEST_CASE("what is wrong is told with path, line and column") {
        const auto error_of = [](const LimitsFile& file) {
            try {
                read_limits_file(file.path());
            } catch (const InputError& error) {
                return std::string(error.what()).substr(file.path().size());
            }
            return std::string("no error");
        };
        CHECK_EQ(error_of(LimitsFile{""}), ":1:1: there is nothing in it");
        CHECK_EQ(error_of(LimitsFile{"[]"}), ":1:1: expected '{' but found '['");
        CHECK_EQ(error_of(LimitsFile{"{\n \"limits\": {} }"}),
                 ":2:2: unknown key 'limits' in 'limits'");
        CHECK_EQ(error_of(LimitsFile{"{} {}"}),
                 ":1:4: expected the end of the document but found '{'");
    }
}

}  // namespace mmsim
