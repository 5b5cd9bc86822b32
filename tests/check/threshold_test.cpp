// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/threshold.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/input_error.h"

using namespace mmsim;

namespace {

Report some_report() {
    Report report;
    report.events.total = 10;
    report.events.failed = 3;
    report.events.errors = {{"ENOMEM", 3}};
    report.fragmentation.vmas = 100;
    report.fragmentation.headroom = -2;
    report.leaks.items.resize(2);
    report.leaks.truncated = 5;
    report.drivers.push_back({"widget", {}, 4, {{"users", -1}}});
    report.merges.by_file = {{"/usr/lib/libc.so.6", 3}, {"/tmp/my lib=1", 4}, {"/tmp/it's", 5}};
    return report;
}

bool crossed(const std::string& expression) {
    return !crossed_thresholds(some_report(), {parse_threshold(expression)}).empty();
}

// The one number, under the names of two that a report has.
Numbers numbers_with(double number) {
    Numbers numbers;
    numbers.add("fragmentation.vmas", number);
    numbers.add("fragmentation.headroom", number);
    return numbers;
}

bool crossed_since(double old, double now, const std::string& expression) {
    const Numbers baseline = numbers_with(old);
    return !crossed_thresholds(numbers_with(now), &baseline, {parse_threshold(expression)}).empty();
}

std::string refusal(const std::string& expression) {
    try {
        crossed_thresholds(some_report(), {parse_threshold(expression)});
    } catch (const InputError& error) {
        return error.what();
    }
    return "accepted";
}

}  // namespace

TEST_SUITE("check/threshold") {
    TEST_CASE("each comparison holds on one side and not on the other") {
        struct Row {
            const char* expression;
            bool crossed;
        };
        for (const Row& row : std::vector<Row>{{"vmas>99", true},
                                               {"vmas>100", false},
                                               {"vmas>=100", true},
                                               {"vmas>=101", false},
                                               {"vmas<101", true},
                                               {"vmas<100", false},
                                               {"vmas<=100", true},
                                               {"vmas<=99", false},
                                               {"vmas==100", true},
                                               {"vmas=100", true},
                                               {"vmas==99", false},
                                               {"vmas!=99", true},
                                               {"vmas!=100", false}}) {
            CAPTURE(row.expression);
            CHECK_EQ(crossed(row.expression), row.crossed);
        }
    }

    TEST_CASE("numbers are found by short name and by path") {
        CHECK(crossed("failed == 3"));
        CHECK(crossed("events.failed == 3"));
        CHECK(crossed("errors.ENOMEM == 3"));
        CHECK(crossed("headroom < 0"));
        CHECK(crossed("drivers.widget.failures == 4"));
        CHECK(crossed("drivers.widget.references.users < 0"));
    }

    TEST_CASE("a list stands for its length, with what was left out") {
        CHECK(crossed("leaks == 7"));
        CHECK(crossed("diagnostics == 0"));
    }

    TEST_CASE("what did not occur counts nothing") {
        CHECK(crossed("errors.EIO == 0"));
        CHECK(crossed("boundaries.flags == 0"));
    }

    TEST_CASE("a file is one name, whatever dots it has") {
        CHECK(crossed("merges.by_file./usr/lib/libc.so.6 == 3"));
        CHECK(crossed("merges.by_file./usr/lib/libm.so.6 == 0"));
        CHECK(crossed("merges.by_driver.my.driver == 0"));
        CHECK(crossed("drivers.widget.references.a.b == 0"));
        CHECK_NE(refusal("errors.EIO.x>0").find("no number"), std::string::npos);
        CHECK_NE(refusal("merges.by_file.>0").find("no number"), std::string::npos);
    }

    TEST_CASE("a name with blanks, quotes or signs of comparison can be quoted") {
        CHECK(crossed("merges.by_file.'/tmp/my lib=1' == 4"));
        CHECK(crossed("\"merges.by_file./tmp/my lib=1\"==4"));
        CHECK(crossed("merges.by_file./tmp/my\\ lib\\=1>3"));
        CHECK(crossed("merges.by_file.\"/tmp/it's\">=5"));
        CHECK_EQ(refusal("vmas'>3"), "--fail-on 'vmas'>3': column 5: this quote does not end");
        CHECK_NE(refusal("''>3").find("no number ''"), std::string::npos);
    }

    TEST_CASE("a file whose mappings never merged counts nothing") {
        const Numbers numbers{Report{}};
        CHECK_EQ(numbers.find("merges.by_file.libc.so.6"), 0);
        CHECK_EQ(numbers.find("merges.by_file"), std::nullopt);
    }

    TEST_CASE("a bad expression is refused with the place") {
        CHECK_EQ(refusal(">3"), "--fail-on '>3': column 1: expected the name of a number");
        CHECK_EQ(refusal("vmas"), "--fail-on 'vmas': column 5: expected one of > >= < <= == !=");
        CHECK_EQ(refusal("vmas>"), "--fail-on 'vmas>': column 6: expected a number");
        CHECK_EQ(refusal("vmas>>3"), "--fail-on 'vmas>>3': column 6: expected a number");
        CHECK_EQ(refusal("vmas>3x"), "--fail-on 'vmas>3x': column 7: expected the end");
        CHECK_EQ(refusal("vmas>+%"), "--fail-on 'vmas>+%': column 7: expected a number");
        CHECK_EQ(refusal("vmas>2%%"), "--fail-on 'vmas>2%%': column 8: expected the end");
        CHECK_EQ(refusal("vmas=>3"), "--fail-on 'vmas=>3': column 6: expected a number");
        CHECK_EQ(refusal("vmas>nan"), "--fail-on 'vmas>nan': column 6: expected a number");
    }

    TEST_CASE("a number that no report has is refused") {
        CHECK_NE(refusal("vmsa>3").find("no number 'vmsa'"), std::string::npos);
        CHECK_NE(refusal("fragmentation.vmsa>3").find("no number"), std::string::npos);
        CHECK_NE(refusal("drivers.gadget.failures>0").find("no number"), std::string::npos);
        CHECK_NE(refusal("fragmentation>3").find("no number"), std::string::npos);
    }

    TEST_CASE("a comparison with a baseline is refused: one replay has none") {
        for (const char* expression : {"vmas>+2%", "vmas>2%", "vmas>+2", "vmas<-5%"}) {
            CAPTURE(expression);
            CHECK_NE(refusal(expression).find("baseline"), std::string::npos);
        }
    }

    TEST_CASE("against a baseline, a number with a sign or % is a change of it") {
        struct Row {
            const char* expression;
            double old, now;
            bool crossed;
        };
        for (const Row& row : std::vector<Row>{{"vmas>+2%", 100, 102, false},
                                               {"vmas>+2%", 100, 103, true},
                                               {"vmas>2%", 100, 103, true},
                                               {"vmas>=+2%", 100, 102, true},
                                               {"vmas>+2", 100, 102, false},
                                               {"vmas>+2", 100, 103, true},
                                               {"vmas<-10%", 100, 90, false},
                                               {"vmas<-10%", 100, 89, true},
                                               {"vmas<=-10", 100, 90, true},
                                               {"vmas<-10", 100, 90, false},
                                               {"vmas!=+0", 100, 100, false},
                                               {"vmas!=+0", 100, 99, true},
                                               {"vmas==+0%", 100, 100, true},
                                               {"vmas>+50%", 0, 0, false},
                                               {"vmas>+50%", 0, 1, true},
                                               {"headroom<-10%", -10, -11, false},
                                               {"headroom<-10%", -10, -12, true},
                                               {"vmas>102", 200, 103, true},
                                               {"vmas>102", 200, 102, false}}) {
            CAPTURE(row.expression);
            CAPTURE(row.now);
            CHECK_EQ(crossed_since(row.old, row.now, row.expression), row.crossed);
        }
    }

    TEST_CASE("each operator takes a number and a percentage, up and down") {
        // From 200: what lies on the one side of the mark, on it, and on the other.
        struct Row {
            const char* operation;
            bool below, at, above;
        };
        const struct {
            const char* mark;
            double value;
        } marks[] = {{"+10", 210}, {"-10", 190}, {"+5%", 210}, {"-5%", 190}};
        for (const Row& row : std::vector<Row>{{">", false, false, true},
                                               {">=", false, true, true},
                                               {"<", true, false, false},
                                               {"<=", true, true, false},
                                               {"==", false, true, false},
                                               {"=", false, true, false},
                                               {"!=", true, false, true}}) {
            for (const auto& mark : marks) {
                const std::string expression = std::string("vmas") + row.operation + mark.mark;
                CAPTURE(expression);
                CHECK_EQ(crossed_since(200, mark.value - 1, expression), row.below);
                CHECK_EQ(crossed_since(200, mark.value, expression), row.at);
                CHECK_EQ(crossed_since(200, mark.value + 1, expression), row.above);
            }
        }
    }

    TEST_CASE("a report crosses several thresholds at once, and each is named") {
        const auto all = crossed_thresholds(
            some_report(),
            {parse_threshold("vmas>9"), parse_threshold("failed>5"), parse_threshold("failed>2")});
        REQUIRE_EQ(all.size(), 2);
        CHECK_EQ(all[0], "vmas>9: it is 100");
        CHECK_EQ(all[1], "failed>2: it is 3");
    }
}
