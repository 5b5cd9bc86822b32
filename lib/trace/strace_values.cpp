// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/strace_values.h"

#include "base/linux_abi.h"
#include "base/text.h"
#include "trace/strace_args.h"
#include "trace/strace_names.h"

namespace mmsim {
namespace {

// Digits of one base at the start of `text`, which it takes away.
template <unsigned base>
std::optional<std::uint64_t> take_base(std::string_view& text) {
    constexpr std::uint64_t kMost = ~std::uint64_t{0} / base;
    std::uint64_t value = 0;
    std::size_t i = 0;
    for (; i < text.size(); ++i) {
        const char c = text[i];
        unsigned digit = base;
        if (is_digit(c)) {
            digit = static_cast<unsigned>(c - '0');
        } else if (base == 16 && (c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
            digit = static_cast<unsigned>((c | 0x20) - 'a') + 10;
        }
        if (digit >= base) break;
        if (value > kMost || value * base > ~std::uint64_t{digit}) return std::nullopt;
        value = value * base + digit;
    }
    if (i == 0) return std::nullopt;
    text.remove_prefix(i);
    return value;
}

// A number in C notation at the start of `text`, which it takes away.
std::optional<std::uint64_t> take_digits(std::string_view& text) {
    if (text.empty() || text[0] != '0') return take_base<10>(text);
    if (text.size() > 1 && (text[1] | 0x20) == 'x') {
        text.remove_prefix(2);
        return take_base<16>(text);
    }
    return take_base<8>(text);
}

// A number, products and shifts of numbers; `text` is what follows.
std::optional<std::uint64_t> take_number(std::string_view& text) {
    bool negative = false;
    bool inverted = false;
    if (text.starts_with('-')) negative = true;
    if (text.starts_with('~')) inverted = true;
    if (negative || inverted) text.remove_prefix(1);
    auto value = take_digits(text);
    while (value) {
        if (text.starts_with('*')) {
            text.remove_prefix(1);
            const auto factor = take_digits(text);
            if (!factor) return std::nullopt;
            *value *= *factor;
        } else if (text.starts_with("<<")) {
            text.remove_prefix(2);
            std::optional<std::uint64_t> shift;
            if (!text.empty() && is_digit(text[0])) {
                shift = take_digits(text);
            } else {
                // 21<<MAP_HUGE_SHIFT, and the same of SHM_ and MFD_.
                const std::size_t end = text.find("_HUGE_SHIFT");
                if (end == npos) return std::nullopt;
                text.remove_prefix(end + 11);
                shift = kMapHugeShift;
            }
            if (!shift || *shift > 63) return std::nullopt;
            *value <<= *shift;
        } else {
            break;
        }
    }
    if (!value) return std::nullopt;
    if (negative) *value = ~*value + 1;
    if (inverted) *value = ~*value;
    return value;
}

// Of the comment that the text begins with. "-X verbose" puts those of unknown flags into its own:
// "0x28 /* 0x8 /* MAP_??? */|MAP_ANONYMOUS */".
std::size_t comment_length(std::string_view text) {
    std::size_t depth = 0;
    for (std::size_t at = 0; at + 1 < text.size();) {
        const std::string_view mark = text.substr(at, 2);
        if (mark == "/*") {
            ++depth;
        } else if (mark == "*/") {
            --depth;
        } else {
            ++at;
            continue;
        }
        at += 2;
        if (depth == 0) return at;
    }
    return text.size();
}

template <typename Lookup>
FlagsValue parse_terms(std::string_view text, Lookup lookup) {
    FlagsValue flags;
    while (!text.empty()) {
        if (text[0] == ' ' || text[0] == '|') {
            text.remove_prefix(1);
        } else if (text.starts_with("/*")) {
            text.remove_prefix(comment_length(text));
        } else if (is_digit(text[0]) || text[0] == '-' || text[0] == '~') {
            const std::string_view term = text;
            const auto number = take_number(text);
            flags.value |= number.value_or(0);
            if (!number && flags.unknown.empty()) flags.unknown = term;
            if (!number) return flags;
        } else {
            std::size_t end = 0;
            while (end < text.size() && is_name_char(text[end])) ++end;
            const std::string_view name = text.substr(0, end == 0 ? 1 : end);
            const std::optional<std::uint64_t> value = lookup(name);
            flags.value |= value.value_or(0);
            if (!value && flags.unknown.empty()) flags.unknown = name;
            text.remove_prefix(name.size());
        }
    }
    return flags;
}

unsigned octal_digit(char c) { return static_cast<unsigned>(c - '0'); }
bool is_octal(char c) { return c >= '0' && c <= '7'; }

// The byte of the escape sequence behind a '\\'; `at` is moved to its last character.
char unescape_one(std::string_view text, std::size_t& at) {
    const char c = text[at];
    constexpr std::string_view kLetters = "abfnrtv";
    constexpr std::string_view kBytes = "\a\b\f\n\r\t\v";
    if (const std::size_t letter = kLetters.find(c); letter != npos) return kBytes[letter];
    if (is_octal(c)) {
        unsigned value = octal_digit(c);
        for (int more = 0; more < 2 && at + 1 < text.size() && is_octal(text[at + 1]); ++more) {
            value = value * 8 + octal_digit(text[++at]);
        }
        return static_cast<char>(value);
    }
    if (c != 'x') return c;
    unsigned value = 0;
    for (int more = 0; more < 2 && at + 1 < text.size(); ++more) {
        const char digit = text[at + 1];
        const char lower = static_cast<char>(digit | 0x20);
        const bool hex_letter = lower >= 'a' && lower <= 'f';
        if (!is_digit(digit) && !hex_letter) break;
        value = value * 16 + static_cast<unsigned>(hex_letter ? lower - 'a' + 10 : digit - '0');
        ++at;
    }
    return static_cast<char>(value);
}

// What is unescaped is never longer than what was escaped: it fits where it stands.
std::string_view unescape(std::string& line, std::string_view part) {
    const std::size_t slash = part.find('\\');
    if (slash == npos) return part;
    char* const begin = line.data() + (part.data() - line.data());
    char* out = begin + slash;
    for (std::size_t i = slash; i < part.size(); ++i) {
        char c = part[i];
        if (c == '\\' && i + 1 < part.size()) c = unescape_one(part, ++i);
        *out++ = c;
    }
    return {begin, static_cast<std::size_t>(out - begin)};
}

// "-1 ENOMEM (Cannot allocate memory)", "-1 (errno 524)": the number behind it.
std::optional<Errno> parse_error(std::string_view text) {
    constexpr std::string_view kNumber = "(errno ";
    if (text.starts_with(kNumber)) {
        text.remove_prefix(kNumber.size());
        const auto number = take_digits(text);
        if (!number || *number == 0 || *number > 4095) return std::nullopt;
        return static_cast<Errno>(*number);
    }
    std::size_t end = 0;
    while (end < text.size() && is_name_char(text[end])) ++end;
    return errno_from_name(text.substr(0, end));
}

// "13155" of " /* 13155 in strace's PID NS */".
std::optional<std::int64_t> translated_pid(std::string_view text) {
    if (text.find("in strace's PID NS") == npos) return std::nullopt;
    const std::size_t comment = text.find("/* ");
    if (comment == npos) return std::nullopt;
    text.remove_prefix(comment + 3);
    const auto pid = take_digits(text);
    if (!pid || *pid > 0x7fffffff) return std::nullopt;
    return static_cast<std::int64_t>(*pid);
}

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text) {
    if (text.starts_with("NULL")) {
        text.remove_prefix(4);
        return text.empty() || text[0] == ' ' ? std::optional<std::uint64_t>{0} : std::nullopt;
    }
    const auto value = take_number(text);
    // A comment may follow, nothing else.
    if (!value || (!text.empty() && !text.starts_with(" /*"))) return std::nullopt;
    return value;
}

bool is_constant(std::string_view text, std::string_view name, std::uint64_t value) {
    return text == name || parse_number(text) == value;
}

FlagsValue parse_flags(std::string_view text, AbiFamily family) {
    return parse_terms(text, [family](std::string_view name) {
        auto value = abi_constant(family, name);
        if (!value && family == AbiFamily::clone && name.starts_with("SIG")) value = 0;
        return value;
    });
}

FlagsValue parse_open_flags(std::string_view text) { return parse_terms(text, open_constant); }

FlagsValue parse_memfd_flags(std::string_view text) { return parse_terms(text, memfd_constant); }

FileRef parse_fd(std::string& line, std::string_view arg) {
    constexpr std::string_view kDeleted = "(deleted)";
    FileRef file;
    const auto number = take_number(arg);
    // A descriptor is an int: -e raw prints -1 as 0xffffffff.
    if (number) file.fd = static_cast<std::int32_t>(static_cast<std::uint32_t>(*number));
    if (!arg.starts_with('<')) return file;
    const std::size_t end = decoration_end(arg, 0);
    if (end == npos) return file;
    std::string_view path = arg.substr(1, end - 1);
    file.deleted = arg.substr(end + 1).starts_with(kDeleted);
    // A device has its number nested in its path: "/dev/zero<char 1:5>".
    if (path.ends_with('>')) path = path.substr(0, path.rfind('<'));
    if (path.ends_with(" (deleted)")) {
        // strace before 5.9 has the mark where the kernel puts it.
        path.remove_suffix(kDeleted.size() + 1);
        file.deleted = true;
    }
    file.path = unescape(line, path);
    return file;
}

std::optional<std::string_view> parse_string(std::string& line, std::string_view arg) {
    if (!arg.starts_with('"')) return std::nullopt;
    const std::size_t end = quote_end(arg, 0);
    if (end == npos) return std::nullopt;
    return unescape(line, arg.substr(1, end - 1));
}

StraceResult parse_result(std::string_view text) {
    StraceResult result;
    text = trim_spaces(text);
    if (!text.starts_with('=')) return result;
    text = trim_spaces(text.substr(1));
    if (text.empty()) return result;
    result.text = text;
    if (text.starts_with('?')) {
        const bool restarted = trim_spaces(text.substr(1)).starts_with("ERESTART");
        result.state = restarted ? StraceResult::State::restarted : StraceResult::State::unknown;
        return result;
    }
    const bool negative = text.starts_with("-1 ");
    const auto value = take_number(text);
    if (!value || (!text.empty() && text[0] != ' ' && text[0] != '<')) return result;
    result.value = static_cast<std::int64_t>(*value);
    result.state = StraceResult::State::success;
    if (negative) {
        result.state = StraceResult::State::failure;
        if (const auto error = parse_error(text.substr(1))) {
            result.error = *error;
        } else if (text.starts_with(" (INJECTED")) {
            result.state = StraceResult::State::success;
        } else {
            // A new name, or one that is cut off: what strace says about it would follow.
            if (text.find(" (") == npos) return StraceResult{};
            result.state = StraceResult::State::unknown;
        }
    } else if (result.value == -1) {
        return StraceResult{};  // cut off before the name of the error
    }
    if (text.empty()) return result;
    // (INJECTED: args) alone: what the call pointed to was changed, and the kernel saw that.
    if (const std::size_t note = text.find("(INJECTED"); note != npos) {
        result.injected = !text.substr(note).starts_with("(INJECTED: args)");
    }
    result.pid = translated_pid(text);
    return result;
}

}  // namespace mmsim
