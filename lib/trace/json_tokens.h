// SPDX-License-Identifier: GPL-2.0-or-later
// JSON as a stream that is pulled token by token, in constant memory, with exact places.
//
// Own code and not nlohmann's SAX: that pushes, tells no line and column, and turns -1 and 1.5 into
// unsigned numbers without a word. The tests hold this against nlohmann's idea of what JSON is.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "trace/line_source.h"
#include "trace/trace_header.h"

namespace mmsim {

// Both from 1; columns count bytes, as compilers do.
struct JsonPlace {
    std::uint64_t line = 1;
    std::uint64_t column = 1;
    friend auto operator<=>(const JsonPlace&, const JsonPlace&) = default;
};

enum class JsonKind : std::uint8_t { object, array, string, number, boolean, null };

// "an object", "a string", ...
std::string_view json_kind_name(JsonKind kind);

// Everything that is not well-formed JSON is an InputError "name:line:column: what is wrong".
// Views that are returned are good until the next call.
class JsonTokens {
public:
    // A document that may go over many lines; reads from where `source` stands.
    explicit JsonTokens(LineSource& source);
    // Lines that hold one value each; set_line() says which comes next.
    explicit JsonTokens(std::string name);
    void set_line(std::string_view line, std::uint64_t number);

    // What comes next, without taking it.
    JsonKind peek();
    bool at_end();

    // `begin_object(); while (next_key(key)) { take the value }`, the same for arrays.
    void begin_object();
    bool next_key(std::string_view& key);
    void begin_array();
    bool next_element();

    std::string_view string();  // decoded
    std::string_view number();  // as it is written
    bool boolean();
    void null();

    // Takes a value of any kind and appends it without blanks, keys in their order. Checks what a
    // reader of the copy takes for granted: no key twice, not deep. `places`: where each key and
    // value begins is added to it.
    void copy_value(std::string& out, std::vector<TokenPlace>* places = nullptr);

    // Takes an array by its brackets alone, fast: what is in it is not checked.
    void skip_array();

    // After the last value. Throws unless only blanks are left.
    void finish();

    // Of what was taken or looked at last: its first byte.
    JsonPlace place() const { return place_; }
    std::uint64_t line() const { return line_; }

    [[noreturn]] void fail(JsonPlace where, std::string_view what) const;
    [[noreturn]] void fail(std::string_view what) const { fail(place(), what); }

    // A place to come back to. Only for documents whose source is rewindable.
    struct Mark {
        std::uint64_t offset = 0;
        std::uint64_t line = 1;
        std::uint64_t line_start = 0;
    };
    Mark mark() const { return {offset(), line_, line_start_}; }
    void seek(Mark mark);

private:
    JsonPlace here() const { return {line_, offset() - line_start_ + 1}; }
    std::uint64_t offset() const { return base_ + static_cast<std::uint64_t>(cur_ - begin_); }
    void point_at_window();
    bool refill();
    int look();  // the next byte after blanks, or -1; a token begins there
    void skip_byte_order_mark();
    [[noreturn]] void fail_here(std::string_view what) const { fail(here(), what); }
    [[noreturn]] void fail_expected(const std::string& what);
    [[noreturn]] void fail_at_end(const std::string& where) const;

    std::string_view scan_string();
    void decode_string();
    void decode_escape();
    std::uint32_t hex_digits();
    void decode_utf8();
    unsigned char string_byte();  // the next byte of a string, not taken
    void literal(std::string_view word);
    void copy_nested(std::string& out, std::vector<TokenPlace>* places, std::size_t depth);
    void skip_quoted();

    LineSource* source_ = nullptr;  // null: one line
    std::string name_;
    const char* begin_ = nullptr;  // the window
    const char* cur_ = nullptr;
    const char* end_ = nullptr;
    const char* keep_ = nullptr;  // refill() keeps what begins here
    std::uint64_t base_ = 0;      // where begin_ is in the input
    std::uint64_t line_ = 1;
    std::uint64_t line_start_ = 0;  // where in the input the line begins
    JsonPlace place_;               // where the token begins
    bool fresh_ = false;            // a container has begun and nothing in it has
    std::string scratch_;           // a string with escapes, decoded
};

}  // namespace mmsim
