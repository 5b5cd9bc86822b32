// SPDX-License-Identifier: GPL-2.0-or-later
// What a file says to its driver.
#include "drivers/params.h"

#include <doctest/doctest.h>

#include "base/input_error.h"
#include "drivers/built_in.h"

using namespace mmsim;

namespace {

constexpr ParamSpec kSpecs[] = {
    {"base", ParamKind::number, "4096", "", ""},
    {"sizes", ParamKind::numbers, "[1, \"0x10\"]", "", ""},
    {"kind", ParamKind::word, "\"slow\"", "", "slow fast"},
    {"kinds", ParamKind::words, "[]", "", "slow fast"},
    {"behind", ParamKind::file, "\"\"", "", ""},
};
constexpr DriverFacts kFacts{.name = "sample",
                             .summary = "",
                             .checks = {},
                             .flags = "",
                             .page_prot = "",
                             .action = "",
                             .vm_ops = "",
                             .params = kSpecs,
                             .changes = {}};

struct Sample final : BuiltIn {
    Sample() : BuiltIn(kFacts) {}
    HookSet hooks(const Profile&, HookChoice) const override { return {}; }
};

std::string complaint(std::string_view json) {
    try {
        read_params(Sample(), json, "trace.json:3:65");
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_SUITE("drivers/params") {
    TEST_CASE("params have the types that the driver gave them, and fallbacks") {
        const auto given = read_params(
            Sample(), R"({"base": "0xfed00000", "kinds": ["fast", "slow"], "behind": "f"})", "");
        CHECK_EQ(given->number("base"), 0xfed00000);
        CHECK_EQ(given->numbers("sizes"), std::vector<std::uint64_t>{1, 16});
        CHECK_EQ(given->word("kind"), "slow");
        CHECK_EQ(given->words("kinds"), std::vector<std::string>{"fast", "slow"});
        CHECK_EQ(given->word("behind"), "f");
        CHECK(read_params(Sample(), R"({"base": true})", "")->yes("base"));
        CHECK_FALSE(read_params(Sample(), R"({"base": false})", "")->yes("base"));
    }

    TEST_CASE("what a driver does not know is refused where it stands") {
        CHECK_EQ(complaint(R"({"bsae": 1})"),
                 "trace.json:3:65: driver 'sample' has no param 'bsae'; it has base, sizes, kind, "
                 "kinds, behind");
        const std::string refused = "trace.json:3:65: param '";
        CHECK_EQ(complaint(R"({"base": "much"})"),
                 refused + "base' of driver 'sample' must be a number");
        CHECK_EQ(complaint(R"({"base": -1})"),
                 refused + "base' of driver 'sample' must be a number");
        CHECK_EQ(complaint(R"({"base": [1]})"),
                 refused + "base' of driver 'sample' must be a number");
        CHECK_EQ(complaint(R"({"sizes": 1})"),
                 refused + "sizes' of driver 'sample' must be a list of numbers");
        CHECK_EQ(complaint(R"({"sizes": [1, null]})"),
                 refused + "sizes' of driver 'sample' must be a list of numbers");
        CHECK_EQ(complaint(R"({"kind": "slo"})"),
                 refused + "kind' of driver 'sample' must be one of: slow fast");
        CHECK_EQ(complaint(R"({"kinds": ["fast", "slow fast"]})"),
                 refused + "kinds' of driver 'sample' must be a list of: slow fast");
        CHECK_EQ(complaint(R"({"behind": 7})"),
                 refused + "behind' of driver 'sample' must be the id of a file");
    }
}
