// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/json_tokens.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>

#include "base/input_error.h"
#include "base/text.h"
#include "trace/json_text.h"

namespace mmsim {
namespace {

constexpr std::size_t kLongestNumber = 1024;
constexpr std::size_t kLongestCopy = std::size_t{64} << 20;
constexpr std::size_t kDeepest = 64;

// Bytes that skip_array() has to look at.
constexpr std::array<bool, 256> kStructure = [] {
    std::array<bool, 256> structure{};
    for (const char c : std::string_view{"[]{}\"\n"})
        structure[static_cast<unsigned char>(c)] = true;
    return structure;
}();

// JSON's grammar of numbers: no leading zeros, digits on both sides of the point.
bool is_json_number(std::string_view text) {
    const auto digits = [&text] {
        const auto end = std::ranges::find_if_not(text, is_digit);
        const auto count = end - text.begin();
        text.remove_prefix(static_cast<std::size_t>(count));
        return count > 0;
    };
    if (text.starts_with('-')) text.remove_prefix(1);
    if (text.starts_with('0')) {
        text.remove_prefix(1);
    } else if (!digits()) {
        return false;
    }
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        if (!digits()) return false;
    }
    if (text.starts_with('e') || text.starts_with('E')) {
        text.remove_prefix(1);
        if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
        if (!digits()) return false;
    }
    return text.empty();
}

}  // namespace

std::string_view json_kind_name(JsonKind kind) {
    switch (kind) {
        case JsonKind::object:
            return "an object";
        case JsonKind::array:
            return "an array";
        case JsonKind::string:
            return "a string";
        case JsonKind::number:
            return "a number";
        case JsonKind::boolean:
            return "true or false";
        case JsonKind::null:
            return "null";
    }
    return {};
}

JsonTokens::JsonTokens(LineSource& source) : source_(&source), name_(source.name()) {
    point_at_window();
    skip_byte_order_mark();
}

JsonTokens::JsonTokens(std::string name) : name_(std::move(name)) {}

void JsonTokens::set_line(std::string_view line, std::uint64_t number) {
    begin_ = cur_ = line.data();
    end_ = begin_ + line.size();
    base_ = line_start_ = 0;
    place_ = {number, 1};
    line_ = number;
    fresh_ = false;
    if (number == 1) skip_byte_order_mark();
}

void JsonTokens::skip_byte_order_mark() {
    while (end_ - cur_ < 3 && refill()) {
    }
    if (!std::string_view{cur_, static_cast<std::size_t>(end_ - cur_)}.starts_with("\xef\xbb\xbf"))
        return;
    cur_ += 3;
    line_start_ = offset();
}

void JsonTokens::point_at_window() {
    const std::string_view window = source_->window();
    begin_ = window.data();
    end_ = begin_ + window.size();
    cur_ = begin_;
}

// Reads on. What has been taken is dropped, but not what keep_ holds.
bool JsonTokens::refill() {
    if (source_ == nullptr) return false;
    const char* const first = keep_ != nullptr ? keep_ : cur_;
    const auto dropped = static_cast<std::size_t>(first - begin_);
    const auto ahead = cur_ - first;
    source_->take(dropped);
    base_ += dropped;
    const bool more = source_->grow();
    point_at_window();
    cur_ += ahead;
    if (keep_ != nullptr) keep_ = begin_;
    return more;
}

void JsonTokens::seek(Mark mark) {
    source_->rewind();
    base_ = 0;
    keep_ = nullptr;
    point_at_window();
    while (base_ + static_cast<std::uint64_t>(end_ - begin_) < mark.offset) {
        cur_ = end_;
        if (!refill()) fail("the input has changed while it was being read");
    }
    cur_ = begin_ + (mark.offset - base_);
    line_ = mark.line;
    line_start_ = mark.line_start;
    fresh_ = false;
}

int JsonTokens::look() {
    do {
        for (; cur_ != end_; ++cur_) {
            const char c = *cur_;
            if (c == '\n') {
                ++line_;
                line_start_ = offset() + 1;
            } else if (c != ' ' && c != '\t' && c != '\r') {
                place_ = here();
                return static_cast<unsigned char>(c);
            }
        }
    } while (refill());
    place_ = here();
    return -1;
}

void JsonTokens::fail(JsonPlace where, std::string_view what) const {
    std::string message = name_;
    message += ':' + std::to_string(where.line) + ':' + std::to_string(where.column) + ": ";
    message += what;
    throw InputError(message);
}

void JsonTokens::fail_at_end(const std::string& where) const {
    if (source_ != nullptr && !source_->broken().empty()) fail_here(source_->broken());
    fail_here((source_ != nullptr ? "the input ends " : "the line ends ") + where);
}

void JsonTokens::fail_expected(const std::string& what) {
    if (look() < 0) fail_at_end("where " + what + " was expected");
    fail("expected " + what + " but found " + quoted(std::string_view{cur_, 1}));
}

JsonKind JsonTokens::peek() {
    const int c = look();
    switch (c) {
        case '{':
            return JsonKind::object;
        case '[':
            return JsonKind::array;
        case '"':
            return JsonKind::string;
        case 't':
        case 'f':
            return JsonKind::boolean;
        case 'n':
            return JsonKind::null;
        default:
            break;
    }
    if (c == '-' || (c >= '0' && c <= '9')) return JsonKind::number;
    fail_expected("a value");
}

bool JsonTokens::at_end() { return look() < 0; }

void JsonTokens::begin_object() {
    if (look() != '{') fail_expected("'{'");
    ++cur_;
    fresh_ = true;
}

bool JsonTokens::next_key(std::string_view& key) {
    int c = look();
    const bool first = std::exchange(fresh_, false);
    if (c == '}') {
        ++cur_;
        return false;
    }
    if (!first) {
        if (c != ',') fail_expected("',' or '}'");
        ++cur_;
        c = look();
    }
    if (c != '"') fail_expected("a key in double quotes");
    const JsonPlace key_place = place_;
    key = scan_string();
    const bool in_window = key.data() != scratch_.data();
    keep_ = in_window ? key.data() : nullptr;
    c = look();
    if (in_window) key = {keep_, key.size()};  // the window may have moved
    keep_ = nullptr;
    if (c != ':') fail_expected("':' after the key " + quoted(key));
    ++cur_;
    place_ = key_place;
    return true;
}

void JsonTokens::begin_array() {
    if (look() != '[') fail_expected("'['");
    ++cur_;
    fresh_ = true;
}

bool JsonTokens::next_element() {
    const int c = look();
    const bool first = std::exchange(fresh_, false);
    if (c == ']') {
        ++cur_;
        return false;
    }
    if (first) return true;
    if (c != ',') fail_expected("',' or ']'");
    ++cur_;
    return true;
}

std::string_view JsonTokens::number() {
    if (peek() != JsonKind::number) fail_expected("a number");
    keep_ = cur_;
    while (true) {
        const auto part_of_number = [](char c) {
            return is_digit(c) || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
        };
        while (cur_ != end_ && part_of_number(*cur_)) ++cur_;
        if (static_cast<std::size_t>(cur_ - keep_) > kLongestNumber) fail("a number without end");
        if (cur_ != end_ || !refill()) break;
    }
    const std::string_view text{keep_, static_cast<std::size_t>(cur_ - keep_)};
    keep_ = nullptr;
    if (!is_json_number(text)) fail("not a number as JSON writes them: " + quoted(text));
    return text;
}

bool JsonTokens::boolean() {
    const int c = look();
    if (c != 't' && c != 'f') fail_expected("true or false");
    literal(c == 't' ? "true" : "false");
    return c == 't';
}

void JsonTokens::null() {
    if (look() != 'n') fail_expected("null");
    literal("null");
}

void JsonTokens::literal(std::string_view word) {
    for (const char c : word) {
        if (cur_ == end_) refill();
        if (cur_ == end_ || *cur_ != c) fail("a bare word can only be true, false or null");
        ++cur_;
    }
}

void JsonTokens::copy_value(std::string& out, std::vector<TokenPlace>* places) {
    copy_nested(out, places, 0);
}

void JsonTokens::copy_nested(std::string& out, std::vector<TokenPlace>* places, std::size_t depth) {
    const auto note = [&] {
        if (places != nullptr) places->push_back({out.size(), place_.line, place_.column});
    };
    const JsonKind kind = peek();
    note();
    if (out.size() > kLongestCopy) fail("a value of more than 64 MiB");
    if (depth == kDeepest && kind <= JsonKind::array) fail("nested too deep: more than 64 levels");
    switch (kind) {
        case JsonKind::object: {
            std::set<std::string, std::less<>> keys;
            out += '{';
            begin_object();
            for (std::string_view key; next_key(key);) {
                if (!keys.emplace(key).second)
                    fail("the key " + quoted(key) + " stands here twice");
                if (out.back() != '{') out += ',';
                note();
                append_json_string(out, key);
                out += ':';
                copy_nested(out, places, depth + 1);
            }
            out += '}';
            break;
        }
        case JsonKind::array:
            out += '[';
            begin_array();
            while (next_element()) {
                if (out.back() != '[') out += ',';
                copy_nested(out, places, depth + 1);
            }
            out += ']';
            break;
        case JsonKind::string:
            append_json_string(out, string());
            break;
        case JsonKind::number:
            out += number();
            break;
        case JsonKind::boolean:
            out += boolean() ? "true" : "false";
            break;
        case JsonKind::null:
            null();
            out += "null";
            break;
    }
}

void JsonTokens::skip_array() {
    if (look() != '[') fail_expected("'['");
    std::size_t depth = 0;
    do {
        while (cur_ != end_) {
            while (cur_ != end_ && !kStructure[static_cast<unsigned char>(*cur_)]) ++cur_;
            if (cur_ == end_) break;
            const char c = *cur_++;
            if (c == '"') {
                skip_quoted();
            } else if (c == '\n') {
                ++line_;
                line_start_ = offset();
            } else if (c == '[' || c == '{') {
                ++depth;
            } else if (--depth == 0) {
                fresh_ = false;
                return;
            }
        }
    } while (refill());
    fail_at_end("inside an array");
}

// REQUIRES: cur_ is behind the opening quote
void JsonTokens::skip_quoted() {
    while (true) {
        while (cur_ != end_ && *cur_ != '"' && *cur_ != '\\' && *cur_ != '\n') ++cur_;
        if (cur_ == end_) {
            if (!refill()) return;  // skip_array() says so
            continue;
        }
        if (*cur_ == '\n') fail_here("a string does not end on its line");
        if (*cur_++ == '"') return;
        if (cur_ == end_ && !refill()) return;
        ++cur_;  // what the backslash stands before
    }
}

void JsonTokens::finish() {
    if (look() >= 0) fail_expected("the end of the " + std::string(source_ ? "document" : "line"));
}

}  // namespace mmsim
