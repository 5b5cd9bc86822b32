// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/line_source.h"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/input_error.h"
#include "support/temporary_folder.h"

namespace mmsim {
namespace {

using test::TemporaryFile;

// Hands out a few bytes at a time, as a pipe may, and cannot be rewound.
class Dribble : public ByteSource {
public:
    Dribble(std::string bytes, std::size_t step) : bytes_(std::move(bytes)), step_(step) {}
    std::size_t read(char* data, std::size_t size) override {
        const std::size_t got = bytes_.copy(data, std::min(size, step_), position_);
        position_ += got;
        return got;
    }

private:
    std::string bytes_;
    std::size_t step_;
    std::size_t position_ = 0;
};

std::vector<std::string> lines_of(LineSource& source) {
    std::vector<std::string> lines;
    for (std::string_view line; source.next(line);) lines.emplace_back(line);
    return lines;
}

LineSource in_memory(std::string bytes, std::size_t longest = 1000) {
    return LineSource{memory_bytes(std::move(bytes)), "x", longest};
}

// "alpha\nbeta\n", packed by gzip(1) and zstd(1).
const std::string kGzip =
    std::string("\x1f\x8b\x08\0\0\0\0\0\x02\x03\x4b\xcc\x29\xc8\x48\xe4\x4a\x4a\x2d\x49", 20) +
    std::string("\xe4\x02\0\x6e\x50\x30\x6e\x0b\0\0\0", 11);
const std::string kZstd =
    std::string("\x28\xb5\x2f\xfd\x04\x58\x59\0\0", 9) + "alpha\nbeta\n" + "\x74\x6c\x52\x07";

std::string from_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    }
    return bytes;
}

std::string error_of_source(const std::string& path) {
    try {
        LineSource source{open_bytes(path), "the trace"};
        lines_of(source);
    } catch (const InputError& error) {
        return error.what();
    }
    return "no error";
}

}  // namespace

TEST_SUITE("trace/line source") {
    TEST_CASE("the last line needs no newline, and an empty line is a line") {
        auto source = in_memory("a\n\nb");
        CHECK_EQ(lines_of(source), std::vector<std::string>{"a", "", "b"});
        CHECK_EQ(source.line_number(), 3);
        CHECK_FALSE(source.ended_with_newline());
    }

    TEST_CASE("a newline at the end does not begin another line") {
        auto source = in_memory("a\n");
        CHECK_EQ(lines_of(source), std::vector<std::string>{"a"});
        CHECK(source.ended_with_newline());
    }

    TEST_CASE("an empty input has no line") {
        auto source = in_memory("");
        CHECK(lines_of(source).empty());
        CHECK_EQ(source.line_number(), 0);
    }

    TEST_CASE("carriage returns and NUL bytes stay in the line") {
        auto source = in_memory(std::string("a\r\nb\0c\n", 7));
        CHECK_EQ(lines_of(source), std::vector<std::string>{"a\r", std::string("b\0c", 3)});
    }

    TEST_CASE("lines do not depend on how the bytes arrive") {
        std::string bytes;
        std::vector<std::string> expected;
        for (int i = 0; i < 500; ++i) {
            expected.push_back(std::string(static_cast<std::size_t>(i * 7 % 90), 'x') +
                               std::to_string(i));
            bytes += expected.back() + '\n';
        }
        for (const std::size_t step : {1U, 2U, 3U, 64U, 4096U}) {
            LineSource source{std::make_unique<Dribble>(bytes, step), "x"};
            CHECK_EQ(lines_of(source), expected);
        }
    }

    TEST_CASE("a line that fills the buffer many times over is still one line") {
        const std::string longest(3 << 20, 'y');
        auto source = in_memory("a\n" + longest + "\nb\n", 4 << 20);
        CHECK_EQ(lines_of(source), std::vector<std::string>{"a", longest, "b"});
    }

    TEST_CASE("a line beyond the limit is cut and marked, and the next one is whole") {
        for (const std::size_t step : {1U, 5U, 4096U}) {
            LineSource source{std::make_unique<Dribble>("abcdefghijkl\nxy\n", step), "x", 4};
            std::string_view line;
            REQUIRE(source.next(line));
            CHECK_EQ(line, "abcd");
            CHECK(source.too_long());
            REQUIRE(source.next(line));
            CHECK_EQ(line, "xy");
            CHECK_FALSE(source.too_long());
            CHECK_EQ(source.line_number(), 2);
            CHECK_FALSE(source.next(line));
        }
    }

    TEST_CASE("a line of just the limit is not cut") {
        auto source = in_memory("abcd\nabcd", 4);
        std::string_view line;
        while (source.next(line)) {
            CHECK_EQ(line, "abcd");
            CHECK_FALSE(source.too_long());
        }
    }

    TEST_CASE("a cut line at the end of the input is the last line") {
        auto source = in_memory("abcdefgh", 4);
        CHECK_EQ(lines_of(source), std::vector<std::string>{"abcd"});
    }

    TEST_CASE("peek shows what comes and takes nothing") {
        LineSource source{std::make_unique<Dribble>("abc\ndef\n", 1), "x"};
        CHECK_EQ(source.peek(5), "abc\nd");
        CHECK_EQ(source.peek(100), "abc\ndef\n");
        CHECK_EQ(lines_of(source), std::vector<std::string>{"abc", "def"});
    }

    TEST_CASE("a pipe can be read twice once it was asked to be rewindable") {
        for (const std::size_t peeked : {0U, 3U, 100U}) {
            LineSource source{std::make_unique<Dribble>("abc\ndef\n", 2), "x"};
            source.peek(peeked);
            source.make_rewindable();
            const std::vector<std::string> expected{"abc", "def"};
            CHECK_EQ(lines_of(source), expected);
            source.rewind();
            CHECK_EQ(lines_of(source), expected);
        }
    }

    TEST_CASE("a pipe that was rewound half-way goes on where the copy ends") {
        LineSource source{std::make_unique<Dribble>("abc\ndef\nghi\n", 2), "x"};
        source.make_rewindable();
        std::string_view line;
        REQUIRE(source.next(line));
        source.rewind();
        CHECK_EQ(lines_of(source), std::vector<std::string>{"abc", "def", "ghi"});
    }

    TEST_CASE("gzip and zstd are unpacked, alone and joined end to end") {
        const std::vector<std::string> once{"alpha", "beta"};
        const std::vector<std::string> twice{"alpha", "beta", "alpha", "beta"};
        for (const std::string& packed : {kGzip, kZstd}) {
            for (const bool joined : {false, true}) {
                const TemporaryFile file{joined ? packed + packed : packed};
                LineSource source{open_bytes(file.path()), "x"};
                source.make_rewindable();
                CHECK_EQ(lines_of(source), joined ? twice : once);
                source.rewind();
                CHECK_EQ(lines_of(source), joined ? twice : once);
            }
        }
    }

    TEST_CASE("zstd gives all that it holds back after its last input") {
        // 100,000 times "alpha\nbeta\n" in 119 bytes.
        const TemporaryFile file{from_hex(
            "28b52ffda0e0c810009c000058616c7068610a626574610a0100f2ffce8b17440000000100fdffce"
            "0b10440000000100fdff390002440000000100fdff390002440000000100fdff3900024400000001"
            "00fdff390002440000000100fdff390002440000000100fdff390002450000000100dd481d0001")};
        for (const std::size_t size : {1000U, 1U << 20}) {
            const auto bytes = open_bytes(file.path());
            std::string piece(size, 0);
            std::size_t total = 0;
            while (const std::size_t got = bytes->read(piece.data(), size)) total += got;
            CHECK_EQ(total, 1100000);
        }
    }

    TEST_CASE("zeros behind gzip data are padding") {
        const TemporaryFile file{kGzip + std::string(100, '\0')};
        LineSource source{open_bytes(file.path()), "x"};
        CHECK_EQ(lines_of(source), std::vector<std::string>{"alpha", "beta"});
    }

    TEST_CASE("packed data that is cut short or damaged is an error with its place") {
        const TemporaryFile short_gzip{kGzip.substr(0, kGzip.size() - 6)};
        CHECK_EQ(error_of_source(short_gzip.path()), "the trace:3:1: the gzip data ends too soon");

        std::string wrong = kGzip;
        wrong[wrong.size() - 6] ^= 1;
        const TemporaryFile wrong_gzip{wrong};
        CHECK_EQ(error_of_source(wrong_gzip.path()),
                 "the trace:1:1: the gzip data is broken: incorrect data check");

        const TemporaryFile trailing{kGzip + "xx"};
        CHECK_EQ(error_of_source(trailing.path()),
                 "the trace:3:1: the gzip data is broken: incorrect header check");

        const TemporaryFile short_zstd{kZstd.substr(0, kZstd.size() - 2)};
        CHECK_EQ(error_of_source(short_zstd.path()), "the trace:3:1: the zstd data ends too soon");
    }

    TEST_CASE("what cannot be opened says so with its path") {
        CHECK_EQ(error_of_source("/nonexistent/x.json"),
                 "/nonexistent/x.json: cannot be opened: No such file or directory");
        CHECK_EQ(error_of_source("/tmp"), "/tmp:1:1: is a directory");
    }

    TEST_CASE("a file that is read whole may not be larger than allowed") {
        const TemporaryFile file{"0123456789"};
        CHECK_EQ(read_whole(file.path(), 10), "0123456789");
        CHECK_THROWS_AS(read_whole(file.path(), 9), InputError);
    }
}

}  // namespace mmsim
