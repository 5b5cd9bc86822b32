// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/maps_text.h"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

#include "base/input_error.h"
#include "base/page.h"
#include "trace/json_text.h"
#include "trace/line_source.h"

namespace mmsim {
namespace {

constexpr std::string_view kDeleted = " (deleted)";

// Walks over the columns of a line. The first fault stays.
class Cursor {
public:
    explicit Cursor(std::string_view line) : line_(line) {}

    // Blanks, at least one.
    void gap() {
        if (done() || line_[at_] != ' ') return fault("expected a blank");
        blanks();
    }
    void blanks() {
        while (!done() && line_[at_] == ' ') ++at_;
    }
    void expect(char c) {
        if (done() || line_[at_] != c) return fault("expected " + quoted({&c, 1}));
        ++at_;
    }
    std::uint64_t number(int base, const char* what) {
        std::uint64_t value = 0;
        const char* const from = line_.data() + at_;
        const auto [end, error] = std::from_chars(from, line_.data() + line_.size(), value, base);
        if (error == std::errc::result_out_of_range) {
            fault(std::string(what) + " does not fit in 64 bits");
        } else if (error != std::errc{}) {
            fault(std::string("expected ") + what);
        }
        at_ += static_cast<std::size_t>(end - from);
        return value;
    }
    // 'r' or '-': whether it is there.
    bool permission(char c) {
        if (!done() && line_[at_] == '-') return ++at_, false;
        expect(c);
        return true;
    }
    std::string_view word() {
        const std::size_t begin = at_;
        while (!done() && line_[at_] != ' ') ++at_;
        return line_.substr(begin, at_ - begin);
    }
    std::string_view rest() { return line_.substr(std::exchange(at_, line_.size())); }

    bool done() const { return at_ == line_.size(); }
    char next() const { return done() ? '\0' : line_[at_]; }
    std::size_t column() const { return at_ + 1; }
    void fault(std::string what) { fault_at(column(), std::move(what)); }
    void fault_at(std::size_t column, std::string what) {
        if (!fault_) fault_ = MapsFault{column, std::move(what)};
    }
    const std::optional<MapsFault>& fault() const { return fault_; }

private:
    std::string_view line_;
    std::size_t at_ = 0;
    std::optional<MapsFault> fault_;
};

// "fe:00": two hexadecimal numbers.
bool is_device(std::string_view text) {
    const std::size_t colon = text.find(':');
    const auto hex = [](std::string_view digits) {
        return !digits.empty() && digits.size() <= 8 &&
               digits.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    };
    return colon != std::string_view::npos && hex(text.substr(0, colon)) &&
           hex(text.substr(colon + 1));
}

// The kernel writes a newline in a path as \012, and nothing else in another way.
std::string decode_path(std::string_view text) {
    constexpr std::string_view kNewline = "\\012";
    std::string path(text);
    for (std::size_t at = path.find(kNewline); at != std::string::npos;
         at = path.find(kNewline, at + 1)) {
        path.replace(at, kNewline.size(), "\n");
    }
    return path;
}

// The fields of smaps: "Rss:", "Private_Clean:", "VmFlags:".
bool is_field(std::string_view line) {
    const std::size_t colon = line.find(':');
    return colon != std::string_view::npos && line[0] >= 'A' && line[0] <= 'Z' &&
           line.substr(0, colon).find(' ') == std::string_view::npos;
}

std::vector<std::string> flag_codes(Cursor& cursor) {
    std::vector<std::string> codes;
    for (cursor.blanks(); !cursor.done(); cursor.blanks()) {
        const std::size_t column = cursor.column();
        const std::string_view code = cursor.word();
        if (code.size() != 2) {
            cursor.fault_at(column, "flags have two letters, not " + quoted(code));
        }
        codes.emplace_back(code);
    }
    return codes;
}

[[noreturn]] void fail(const std::string& name, std::uint64_t line, const MapsFault& fault) {
    throw InputError(name + ':' + std::to_string(line) + ':' + std::to_string(fault.column) + ": " +
                     fault.what);
}

// N of "# pid N".
std::optional<std::int64_t> block_pid(std::string_view line) {
    constexpr std::string_view kHead = "# pid ";
    if (!line.starts_with(kHead)) return std::nullopt;
    line.remove_prefix(kHead.size());
    std::int64_t pid = 0;
    const char* const end = line.data() + line.size();
    const auto parsed = std::from_chars(line.data(), end, pid);
    if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
    return pid;
}

}  // namespace

std::optional<MapsFault> MapsParser::add(std::string_view line, std::uint64_t number) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") == std::string_view::npos) return std::nullopt;
    return is_field(line) ? add_field(line) : add_mapping(line, number);
}

std::optional<MapsFault> MapsParser::add_mapping(std::string_view line, std::uint64_t number) {
    MapsEntry entry;
    entry.line = number;
    Cursor cursor{line};
    entry.start = cursor.number(16, "an address");
    cursor.expect('-');
    const std::size_t end_column = cursor.column();
    entry.end = cursor.number(16, "an address");
    cursor.gap();
    entry.readable = cursor.permission('r');
    entry.writable = cursor.permission('w');
    entry.executable = cursor.permission('x');
    entry.shared = cursor.next() == 's';
    cursor.expect(entry.shared ? 's' : 'p');
    cursor.gap();
    const std::size_t offset_column = cursor.column();
    entry.offset = cursor.number(16, "an offset");
    cursor.gap();
    const std::size_t device_column = cursor.column();
    entry.device = cursor.word();
    if (!is_device(entry.device)) cursor.fault_at(device_column, "expected a device such as 08:01");
    cursor.gap();
    entry.inode = cursor.number(10, "an inode number");
    if (!cursor.done()) cursor.gap();
    std::string_view path = cursor.rest();
    if (path == "[rollup]")
        cursor.fault_at(1, "smaps_rollup does not list the mappings: use smaps");
    entry.deleted = path.size() > kDeleted.size() && path.ends_with(kDeleted);
    if (entry.deleted) path.remove_suffix(kDeleted.size());
    entry.path = decode_path(path);

    if ((entry.start & kPageMask) != 0) cursor.fault_at(1, "the address is not a page's");
    if ((entry.end & kPageMask) != 0) cursor.fault_at(end_column, "the address is not a page's");
    if ((entry.offset & kPageMask) != 0) {
        cursor.fault_at(offset_column, "the offset is not a multiple of the page size");
    }
    if (entry.start >= entry.end) cursor.fault_at(1, "the mapping ends before it begins");
    if (!entries_.empty() && entry.start < entries_.back().end) {
        const bool overlaps = entry.end > entries_.back().start;
        cursor.fault_at(1, std::string(overlaps ? "overlaps the mapping" : "stands below the one") +
                               " of line " + std::to_string(entries_.back().line));
    }
    if (!cursor.fault()) entries_.push_back(std::move(entry));
    return cursor.fault();
}

std::optional<MapsFault> MapsParser::add_field(std::string_view line) {
    if (entries_.empty()) return MapsFault{1, "a field of smaps before the first mapping"};
    MapsEntry& entry = entries_.back();
    const std::size_t colon = line.find(':');
    const std::string_view name = line.substr(0, colon);
    Cursor cursor{line};
    cursor.word();
    if (name == "VmFlags") {
        if (entry.vm_flags) cursor.fault_at(1, "a second VmFlags for one mapping");
        entry.vm_flags = flag_codes(cursor);
    } else if (name == "Anonymous") {
        cursor.blanks();
        entry.anonymous_kb = cursor.number(10, "a number of kB");
        if (cursor.rest() != " kB") cursor.fault("expected kB at the end");
    }
    return cursor.fault();
}

std::vector<MapsEntry> MapsParser::take() { return std::exchange(entries_, {}); }

std::vector<MapsBlock> parse_maps_blocks(std::string_view text, const std::string& name) {
    std::vector<MapsBlock> blocks(1);
    MapsParser parser;
    bool seen = false;  // a block has begun
    for (std::uint64_t number = 1; !text.empty(); ++number) {
        const std::size_t length = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, length);
        text.remove_prefix(std::min(length + 1, text.size()));
        if (line.starts_with('#')) {
            const auto pid = block_pid(line);
            if (!pid) continue;
            if (!parser.entries().empty() || seen) {
                blocks.back().entries = parser.take();
                blocks.emplace_back();
            }
            blocks.back().pid = pid;
            seen = true;
        } else if (const auto fault = parser.add(line, number)) {
            fail(name, number, *fault);
        }
    }
    blocks.back().entries = parser.take();
    return blocks;
}

std::vector<MapsEntry> parse_maps(std::string_view text, const std::string& name) {
    std::vector<MapsBlock> blocks = parse_maps_blocks(text, name);
    if (blocks.size() > 1) {
        const auto& second = blocks[1].entries;
        const std::uint64_t line = second.empty() ? 1 : second.front().line;
        fail(name, line, {1, "the maps of a second process; one is wanted here"});
    }
    return std::move(blocks.front().entries);
}

std::vector<MapsEntry> read_maps_file(const std::string& path) {
    return parse_maps(read_whole(path), input_name(path));
}

}  // namespace mmsim
