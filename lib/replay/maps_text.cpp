// SPDX-License-Identifier: GPL-2.0-or-later
#include "replay/maps_text.h"

#include <charconv>

#include "base/input_error.h"
#include "base/page.h"

namespace mmsim {
namespace {

// Takes fields off the front of a line.
class Fields {
public:
    explicit Fields(std::string_view text) : text_(text) {}

    std::size_t column() const { return at_ + 1; }
    bool number(std::uint64_t& value, int base) {
        const char* begin = text_.data() + at_;
        const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value, base);
        if (error != std::errc{}) return false;
        at_ += static_cast<std::size_t>(end - begin);
        return true;
    }
    bool skip(char c) {
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    void skip_spaces() {
        while (skip(' ')) {
        }
    }
    // Up to the next space.
    std::string_view word() {
        const std::size_t end = std::min(text_.find(' ', at_), text_.size());
        const std::string_view word = text_.substr(at_, end - at_);
        at_ = end;
        return word;
    }
    std::string_view rest() const { return text_.substr(at_); }

private:
    std::string_view text_;
    std::size_t at_ = 0;
};

// The kernel prints a newline in a path as \012 and nothing else escaped.
std::string unescape(std::string_view path) {
    std::string out;
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (path.substr(i, 4) == "\\012") {
            out += '\n';
            i += 3;
        } else {
            out += path[i];
        }
    }
    return out;
}

bool access_letters(std::string_view perms, MapsEntry& entry) {
    constexpr std::string_view kLetters = "rwx";
    constexpr VmFlags kBits[] = {kVmRead, kVmWrite, kVmExec};
    if (perms.size() != 4) return false;
    for (std::size_t i = 0; i < 3; ++i) {
        if (perms[i] == kLetters[i]) {
            entry.access = entry.access | kBits[i];
        } else if (perms[i] != '-') {
            return false;
        }
    }
    entry.shared = perms[3] == 's';
    return perms[3] == 's' || perms[3] == 'p';
}

VmFlags flags_from_codes(std::string_view codes) {
    VmFlags flags;
    Fields fields(codes);
    for (fields.skip_spaces(); !fields.rest().empty(); fields.skip_spaces()) {
        // A code that we do not know is of a kernel that knows more: it says nothing to us.
        if (const auto bit = vma_bit_from_code(fields.word())) flags = flags | VmFlags{*bit};
    }
    return flags;
}

}  // namespace

void MapsReader::lines(std::string_view text) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        line(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

void MapsReader::line(std::string_view text) {
    ++line_;
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (text.empty() || text[0] == '#') return;
    // smaps: "KernelPageSize:        4 kB". No mapping has a colon before its first space.
    const std::size_t colon = text.find(':');
    if (colon < text.find(' ')) {
        if (entries_.empty()) fail(1, "a detail of smaps before the first mapping");
        detail(text.substr(0, colon), text.substr(colon + 1));
    } else {
        mapping(text);
    }
}

void MapsReader::mapping(std::string_view text) {
    MapsEntry entry;
    entry.line = line_;
    Fields fields(text);
    const auto expect = [&](bool ok, const char* what) {
        if (!ok) fail(fields.column(), std::string("expected ") + what);
    };
    expect(fields.number(entry.start, 16) && fields.skip('-') && fields.number(entry.end, 16) &&
               fields.skip(' '),
           "'start-end ' in hexadecimal");
    if (entry.start >= entry.end || !page_aligned(entry.start) || !page_aligned(entry.end)) {
        fail(1, "not a range of pages");
    }
    if (!entries_.empty() && entries_.back().end > entry.start) {
        fail(1, "overlaps the mapping before it, or is out of order");
    }
    const std::size_t perms = fields.column();
    if (!access_letters(fields.word(), entry)) fail(perms, "expected permissions like 'r-xp'");
    fields.skip_spaces();
    expect(fields.number(entry.offset, 16) && fields.skip(' '), "an offset in hexadecimal");
    if (!page_aligned(entry.offset)) fail(fields.column(), "the offset is not a whole page");
    fields.skip_spaces();
    entry.device = fields.word();
    expect(entry.device.find(':') != std::string::npos, "a device like '08:01'");
    fields.skip_spaces();
    expect(fields.number(entry.inode, 10), "an inode");
    fields.skip_spaces();
    entry.name = unescape(fields.rest());

    if (entry.device == "00:00") entry.device.clear();
    constexpr std::string_view kDeleted = " (deleted)";
    if (entry.has_path() && entry.name.ends_with(kDeleted)) {
        entry.name.resize(entry.name.size() - kDeleted.size());
        entry.deleted = true;
    }
    entries_.push_back(std::move(entry));
}

void MapsReader::detail(std::string_view key, std::string_view value) {
    MapsEntry& entry = entries_.back();
    Fields fields(value);
    fields.skip_spaces();
    std::uint64_t number = 0;
    if (key == "VmFlags") {
        entry.flags = flags_from_codes(value);
    } else if (key == "Anonymous" && fields.number(number, 10)) {
        entry.anonymous = number * 1024;
    } else if (key == "ProtectionKey" && fields.number(number, 10) && number < 32) {
        entry.pkey = number;
    }
}

void MapsReader::fail(std::size_t column, const std::string& what) const {
    throw InputError(name_ + ":" + std::to_string(line_) + ":" + std::to_string(column) + ": " +
                     what);
}

}  // namespace mmsim
