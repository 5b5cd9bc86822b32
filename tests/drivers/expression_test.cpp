// SPDX-License-Identifier: GPL-2.0-or-later
#include "drivers/expression.h"

#include <cstdint>
#include <random>
#include <string>

#include <doctest/doctest.h>

#include "base/input_error.h"

using namespace mmsim;

namespace {

// Pages [0x100, 0x104) at page offset 7, readable and special.
const MappingValues kValues{VmRange{Vpn{0x100}, Pages{4}}, Pgoff{7},
                            kVmRead | kVmIo | kVmDontExpand};

std::uint64_t value(const std::string& text) {
    CAPTURE(text);
    const auto result = Expression::parse(text).evaluate(kValues);
    REQUIRE(result);
    return *result;
}

std::string error_of(const std::string& text) {
    try {
        static_cast<void>(Expression::parse(text));
    } catch (const InputError& e) {
        return e.what();
    }
    return "none";
}

// A random expression as text, and what C++ makes of it. Division by zero and wide shifts, which
// C++ leaves open, are not generated.
struct Random {
    std::string text;
    std::uint64_t value;
};

class Generator {
public:
    explicit Generator(std::uint32_t seed) : random_(seed) {}

    Random expression(int depth) {
        if (depth == 0 || below(6) == 0) return leaf();
        switch (below(8)) {
            case 0:
                return unary(depth);
            case 1: {
                const Random condition = group(depth), yes = group(depth), no = group(depth);
                return {condition.text + " ? " + yes.text + " : " + no.text,
                        condition.value != 0 ? yes.value : no.value};
            }
            case 2: {
                const Random count{std::to_string(below(64)), 0};
                const Random a = group(depth);
                const auto by = std::stoul(count.text);
                return below(2) == 0 ? Random{a.text + "<<" + count.text, a.value << by}
                                     : Random{a.text + " >> " + count.text, a.value >> by};
            }
            default:
                return chain(depth);
        }
    }

private:
    std::uint32_t below(std::uint32_t n) {
        return std::uniform_int_distribution<std::uint32_t>(0, n - 1)(random_);
    }

    Random leaf() {
        switch (below(6)) {
            case 0:
                return {"pages", 4};
            case 1:
                return {"pgoff", 7};
            case 2:
                return {"VMA_IO_BIT", 1};
            case 3:
                return {"VMA_WRITE_BIT", 0};
            case 4: {
                const std::uint64_t n = std::uniform_int_distribution<std::uint64_t>()(random_);
                return {std::to_string(n), n};
            }
            default: {
                const std::uint64_t n = below(20);
                return {std::to_string(n), n};
            }
        }
    }

    Random group(int depth) {
        const Random inner = expression(depth - 1);
        return {"(" + inner.text + ")", inner.value};
    }

    Random unary(int depth) {
        const Random a = group(depth);
        switch (below(3)) {
            case 0:
                return {"-" + a.text, std::uint64_t{0} - a.value};
            case 1:
                return {"~" + a.text, ~a.value};
            default:
                return {"!" + a.text, a.value == 0};
        }
    }

    // Two operators without brackets between them: their precedence decides.
    Random chain(int depth) {
        const Random x = group(depth), y = group(depth), z = group(depth);
        const std::uint64_t a = x.value, b = y.value, c = z.value;
        const auto text = [&](const char* first, const char* second) {
            return x.text + first + y.text + second + z.text;
        };
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wparentheses"
        switch (below(18)) {
            case 0:
                return {text("+", "*"), a + b * c};
            case 1:
                return {text("*", "+"), a * b + c};
            case 2:
                return {text("-", "-"), a - b - c};
            case 3:
                return {text("|", "&"), a | b & c};
            case 4:
                return {text("^", "&"), a ^ b & c};
            case 5:
                return {text("|", "^"), a | b ^ c};
            case 6:
                return {text("&", "=="), a & (b == c ? 1U : 0U)};
            case 7:
                return {text("==", "&"), (a == b ? 1U : 0U) & c};
            case 8:
                return {text("<", "=="), (a < b ? 1U : 0U) == c};
            case 9:
                return {text("<=", "+"), a <= b + c};
            case 10:
                return {text(">=", "-"), a >= b - c};
            case 11:
                return {text(">", "*"), a > b * c};
            case 12:
                return {text("!=", "|"), (a != b ? 1U : 0U) | c};
            case 13:
                return {text(" && ", " || "), a && b || c};
            case 14:
                return {text(" || ", " && "), a || b && c};
            case 15:
                return {text("&&", "&"), (a && (b & c)) ? 1U : 0U};
            case 16:
                return c == 0 ? x : Random{text("+", "/"), a + b / c};
            default:
                return b == 0 ? x : Random{text("%", "*"), a % b * c};
        }
#pragma GCC diagnostic pop
    }

    std::mt19937 random_;
};

}  // namespace

TEST_SUITE("drivers/expression") {
    TEST_CASE("each name stands for its part of the mapping") {
        CHECK_EQ(value("pages"), 4);
        CHECK_EQ(value("length"), 0x4000);
        CHECK_EQ(value("pgoff"), 7);
        CHECK_EQ(value("start"), 0x100000);
        CHECK_EQ(value("end"), 0x104000);
        CHECK_EQ(value("VMA_IO_BIT"), 1);
        CHECK_EQ(value("VMA_WRITE_BIT"), 0);
    }

    TEST_CASE("numbers are in C notation, suffixes included") {
        CHECK_EQ(value("10"), 10);
        CHECK_EQ(value("010"), 8);
        CHECK_EQ(value("0x10"), 16);
        CHECK_EQ(value("0XfFuL"), 255);
        CHECK_EQ(value("1ULL<<40"), std::uint64_t{1} << 40);
        CHECK_EQ(value("18446744073709551615"), ~std::uint64_t{0});
    }

    TEST_CASE("operators bind as in C") {
        CHECK_EQ(value("2+3*4"), 14);
        CHECK_EQ(value("(2+3)*4"), 20);
        CHECK_EQ(value("10-4-3"), 3);
        CHECK_EQ(value("64/4/2"), 8);
        CHECK_EQ(value("1<<2+3"), 32);
        CHECK_EQ(value("1<<4>>2"), 4);
        CHECK_EQ(value("6 & 3 == 3"), 0);
        CHECK_EQ(value("1|6^3&5"), 7);
        CHECK_EQ(value("!0 + 1"), 2);
        CHECK_EQ(value("~0 == -1"), 1);
        CHECK_EQ(value("3 < 2 == 0"), 1);
        CHECK_EQ(value("0 || 2 && 3"), 1);
        CHECK_EQ(value("1 ? 2 : 0 ? 3 : 4"), 2);
        CHECK_EQ(value("0 ? 2 : 0 ? 3 : 4"), 4);
        CHECK_EQ(value("1 ? 0 ? 5 : 6 : 7"), 6);
        CHECK_EQ(value("- - +5"), 5);
        CHECK_EQ(value("pages <= 16 && !(pgoff & 1) == 0"), 1);
    }

    TEST_CASE("values wrap at 64 bits and are never negative") {
        CHECK_EQ(value("0 - 1"), ~std::uint64_t{0});
        CHECK_EQ(value("-1 > 1"), 1);
        CHECK_EQ(value("0xffffffffffffffff + 2"), 1);
        CHECK_EQ(value("0x8000000000000000 * 2"), 0);
        CHECK_EQ(value("1 << 64"), 0);
        CHECK_EQ(value("1 >> 200"), 0);
    }

    TEST_CASE("a division by zero has no value, unless nobody looks at it") {
        CHECK_FALSE(Expression::parse("length / (pgoff - 7)").evaluate(kValues));
        CHECK_FALSE(Expression::parse("length % VMA_WRITE_BIT").evaluate(kValues));
        CHECK_EQ(value("pgoff == 7 || length / (pgoff - 7)"), 1);
        CHECK_EQ(value("pgoff != 7 && length / (pgoff - 7)"), 0);
        CHECK_EQ(value("pgoff == 7 ? 5 : length / (pgoff - 7)"), 5);
        CHECK_EQ(value("pgoff != 7 ? length / (pgoff - 7) : 6"), 6);
    }

    TEST_CASE("what is no expression is refused with its column") {
        CHECK_EQ(error_of("pages <= "), "column 10 of 'pages <= ': a value is missing");
        CHECK_EQ(error_of(""), "column 1 of '': a value is missing");
        CHECK_EQ(error_of("pages 16"), "column 7 of 'pages 16': an operator is missing");
        CHECK_EQ(error_of("(1+2"), "column 5 of '(1+2': a ')' is missing");
        CHECK_EQ(error_of("1 ? 2"), "column 6 of '1 ? 2': a ':' is missing");
        CHECK_EQ(error_of("1 + * 2"), "column 5 of '1 + * 2': a value was expected");
        CHECK_EQ(error_of("min(1)"),
                 "column 1 of 'min(1)': unknown name 'min'; known are pages, length, pgoff, start, "
                 "end and flags as VMA_IO_BIT");
        CHECK_EQ(error_of("pages(1)"), "column 6 of 'pages(1)': an operator is missing");
        CHECK_EQ(error_of("VMA_NO_BIT"),
                 "column 1 of 'VMA_NO_BIT': unknown name 'VMA_NO_BIT'; known are pages, length, "
                 "pgoff, start, end and flags as VMA_IO_BIT");
        CHECK_EQ(error_of("2 + 09"), "column 5 of '2 + 09': '09' is no number");
        CHECK_EQ(error_of("0x"), "column 1 of '0x': '0x' is no number");
        CHECK_EQ(error_of("1 + 0x10000000000000000"),
                 "column 5 of '1 + 0x10000000000000000': '0x10000000000000000' needs more than 64 "
                 "bits");
        CHECK_EQ(error_of("pages = 4"), "column 7 of 'pages = 4': an operator is missing");
        CHECK_EQ(error_of("pages / 0"), "column 7 of 'pages / 0': division by zero");
        CHECK_EQ(error_of("pages % 0x0"), "column 7 of 'pages % 0x0': division by zero");
    }

    TEST_CASE("however deep it is nested, it is read or refused") {
        const auto nested = [](std::size_t n) {
            return std::string(n, '(') + "1" + std::string(n, ')');
        };
        CHECK_EQ(value(nested(31)), 1);
        CHECK(error_of(nested(32)).ends_with("it is nested too deeply"));
        CHECK(error_of(nested(100000)).ends_with("it is nested too deeply"));
        CHECK(error_of(std::string(100000, '-') + "1").ends_with("it is nested too deeply"));
        std::string deep = "1";
        for (int i = 0; i < 30; ++i) deep = "1|1^1&1==1<1<<1+1*(" + deep + ")";
        CHECK(error_of(deep).ends_with("it is nested too deeply"));
        std::string wide = "1";
        for (int i = 0; i < 100000; ++i) wide += "+1";
        CHECK_EQ(*Expression::parse(wide).evaluate(kValues), 100001);
    }

    TEST_CASE("random expressions have the value that C++ gives them") {
        Generator generator(1);
        for (int i = 0; i < 20000; ++i) {
            const Random random = generator.expression(4);
            CAPTURE(random.text);
            REQUIRE_EQ(value(random.text), random.value);
        }
    }
}
