// SPDX-License-Identifier: GPL-2.0-or-later
// Our tokens against nlohmann's parser: the same texts are JSON, and copies mean the same.
#include <algorithm>
#include <memory>
#include <random>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "base/input_error.h"
#include "trace/json_tokens.h"

namespace mmsim {
namespace {

// The compact copy of a text that is a JSON value, else what is wrong with it.
struct Copy {
    std::string text;
    std::string error;
};

class Drip : public ByteSource {
public:
    explicit Drip(std::string bytes) : bytes_(std::move(bytes)) {}
    std::size_t read(char* data, std::size_t size) override {
        const std::size_t got = bytes_.copy(data, std::min<std::size_t>(size, 3), position_);
        position_ += got;
        return got;
    }

private:
    std::string bytes_;
    std::size_t position_ = 0;
};

Copy copy_of(const std::string& text, bool dripping) {
    Copy copy;
    try {
        LineSource source{dripping ? std::make_unique<Drip>(text) : memory_bytes(text), "t"};
        JsonTokens json{source};
        json.copy_value(copy.text);
        json.finish();
    } catch (const InputError& error) {
        copy.error = error.what();
    }
    return copy;
}

// Numbers beyond what a double holds are well-formed all the same.
bool is_json(const std::string& text) {
    try {
        return !nlohmann::json::parse(text).is_discarded();
    } catch (const nlohmann::json::parse_error&) {
        return false;
    } catch (const nlohmann::json::out_of_range&) {
        return true;
    }
}

// A random value as text, with blanks and escapes strewn in.
class Generator {
public:
    explicit Generator(std::uint64_t seed) : random_(seed) {}

    std::string value(int depth = 0) {
        switch (random_() % (depth < 4 ? 8 : 6)) {
            case 0:
                return "null";
            case 1:
                return "true";
            case 2:
                return pick({"0", "-0", "17", "-4.25", "1e5", "2E-3", "4096"});
            case 3:
                return "false";
            case 4:
            case 5:
                return text();
            case 6:
                return list('[', ']', depth);
            default:
                return list('{', '}', depth);
        }
    }

    // Changes a few bytes.
    std::string damage(std::string text) {
        for (auto n = random_() % 3; n > 0 && !text.empty(); --n) {
            constexpr std::string_view kBytes = "{}[]\",:\\u0e-.+ \ntnf\x01\x80\xc3\xed\xf0";
            const std::size_t at = random_() % text.size();
            switch (random_() % 3) {
                case 0:
                    text.erase(at, 1 + random_() % 3);
                    break;
                case 1:
                    text.insert(at, 1, kBytes[random_() % kBytes.size()]);
                    break;
                default:
                    text[at] = kBytes[random_() % kBytes.size()];
            }
        }
        return text;
    }

private:
    std::string pick(std::initializer_list<const char*> list) {
        return list.begin()[random_() % list.size()];
    }
    std::string blank() { return pick({"", "", "", " ", "\n", "\t \r\n"}); }
    std::string text() {
        std::string out = "\"";
        for (auto n = random_() % 6; n > 0; --n) {
            out += pick({"a", "xyz", "\\n", "\\\"", "\\u00e9", "\\ud83d\\ude00", "\xc3\xa9",
                         "\xf0\x9f\x98\x80", "\\/", "\x7f"});
        }
        return out + std::to_string(++count_) + '"';
    }
    std::string list(char open, char close, int depth) {
        std::string out{open};
        for (auto n = random_() % 4; n > 0; --n) {
            out += blank();
            if (open == '{') out += text() + blank() + ':' + blank();
            out += value(depth + 1) + blank() + (n > 1 ? "," : "");
        }
        return out + blank() + close;
    }

    std::mt19937_64 random_;
    std::uint64_t count_ = 0;  // makes keys differ
};

}  // namespace

TEST_SUITE("trace/json oracle") {
    TEST_CASE("a well-formed value is copied without a change of meaning") {
        Generator generator{1};
        for (int i = 0; i < 3000; ++i) {
            const std::string text = generator.value();
            CAPTURE(text);
            const Copy copy = copy_of(text, i % 2 == 0);
            REQUIRE_EQ(copy.error, "");
            REQUIRE(nlohmann::ordered_json::parse(copy.text) ==
                    nlohmann::ordered_json::parse(text));
            REQUIRE_EQ(copy_of(copy.text, false).text, copy.text);
        }
    }

    TEST_CASE("a damaged value is refused by both parsers or by none") {
        Generator generator{2};
        int refused = 0;
        for (int i = 0; i < 20000; ++i) {
            const std::string text = generator.damage(generator.value());
            CAPTURE(text);
            const Copy copy = copy_of(text, i % 2 == 0);
            // Keys that come twice are fine with nlohmann.
            if (copy.error.find("stands here twice") != std::string::npos) continue;
            REQUIRE_EQ(copy.error.empty(), is_json(text));
            refused += copy.error.empty() ? 0 : 1;
        }
        CHECK_GT(refused, 5000);
    }
}

}  // namespace mmsim
