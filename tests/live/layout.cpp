// SPDX-License-Identifier: GPL-2.0-or-later
#include "live/layout.h"

#include <algorithm>
#include <charconv>

#include <spdlog/fmt/fmt.h>

namespace mmsim::live {
namespace {

std::uint64_t number(std::string_view text, int base) {
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value, base);
    return value;
}

// The text up to the next blank; what follows the blanks stays in `rest`.
std::string_view next_word(std::string_view& rest) {
    const auto end = std::min(rest.find(' '), rest.size());
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(end);
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    return word;
}

bool is_header(std::string_view line) {
    const auto dash = line.find('-');
    const auto blank = line.find(' ');
    return dash != std::string_view::npos && blank != std::string_view::npos && dash < blank &&
           line.find(':') > blank;
}

LayoutLine parse_header(std::string_view line) {
    LayoutLine parsed;
    const std::string_view range = next_word(line);
    const auto dash = range.find('-');
    parsed.start = number(range.substr(0, dash), 16);
    parsed.end = number(range.substr(dash + 1), 16);
    parsed.perms = next_word(line);
    parsed.pgoff = next_word(line);
    parsed.device = next_word(line);
    parsed.inode = number(next_word(line), 10);
    parsed.name = line;
    return parsed;
}

// "Key:   value": the value when the key is this one.
bool value_of(std::string_view line, std::string_view key, std::string_view& value) {
    if (!line.starts_with(key)) return false;
    value = line.substr(key.size());
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    return true;
}

template <typename Each>
void each_line(std::string_view text, Each each) {
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        each(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

bool same_line(const LayoutLine& kernel, const LayoutLine& simulated) {
    const bool known = simulated.inode != 0;
    return kernel.start == simulated.start && kernel.end == simulated.end &&
           kernel.perms == simulated.perms && kernel.pgoff == simulated.pgoff &&
           kernel.name == simulated.name &&
           (!known || (kernel.device == simulated.device && kernel.inode == simulated.inode)) &&
           (kernel.flags.empty() || simulated.flags.empty() || kernel.flags == simulated.flags);
}

std::string counters_text(const Counters& counters) {
    return fmt::format("VmSize {} VmLck {} VmData {} VmStk {} kB", counters.size, counters.locked,
                       counters.data, counters.stack);
}

}  // namespace

std::string LayoutLine::text() const {
    return fmt::format("{:x}-{:x} {} {} {} {}", start, end, perms, pgoff, name, flags);
}

std::vector<LayoutLine> parse_maps(std::string_view text) {
    std::vector<LayoutLine> lines;
    each_line(text, [&](std::string_view line) {
        std::string_view value;
        if (is_header(line)) {
            lines.push_back(parse_header(line));
        } else if (lines.empty()) {
            return;
        } else if (value_of(line, "VmFlags:", value)) {
            value.remove_suffix(value.size() - (value.find_last_not_of(' ') + 1));
            lines.back().flags = value;
        } else if (value_of(line, "Anonymous:", value)) {
            lines.back().anonymous = number(value, 10) != 0;
        }
    });
    std::erase_if(lines, [](const LayoutLine& line) { return line.name == "[vsyscall]"; });
    return lines;
}

Counters parse_status(std::string_view text) {
    Counters counters;
    each_line(text, [&](std::string_view line) {
        std::string_view value;
        if (value_of(line, "VmSize:", value)) counters.size = number(value, 10);
        if (value_of(line, "VmLck:", value)) counters.locked = number(value, 10);
        if (value_of(line, "VmData:", value)) counters.data = number(value, 10);
        if (value_of(line, "VmStk:", value)) counters.stack = number(value, 10);
    });
    return counters;
}

std::string first_difference(const Layout& kernel, const Layout& simulated) {
    const std::size_t common = std::min(kernel.lines.size(), simulated.lines.size());
    for (std::size_t i = 0; i < common; ++i) {
        if (!same_line(kernel.lines[i], simulated.lines[i])) {
            return "layouts differ at " + kernel.lines[i].text();
        }
    }
    if (kernel.lines.size() != simulated.lines.size()) {
        return fmt::format("the kernel has {} VMAs, the simulation {}", kernel.lines.size(),
                           simulated.lines.size());
    }
    if (kernel.counters != simulated.counters) {
        return fmt::format("counters differ: kernel {}, simulation {}",
                           counters_text(kernel.counters), counters_text(simulated.counters));
    }
    return {};
}

std::string side_by_side(const Layout& kernel, const Layout& simulated) {
    std::string out;
    auto left = kernel.lines.begin();
    auto right = simulated.lines.begin();
    while (left != kernel.lines.end() || right != simulated.lines.end()) {
        const bool no_left = left == kernel.lines.end();
        const bool no_right = right == simulated.lines.end();
        if (!no_left && !no_right && same_line(*left, *right)) {
            out += "  both       " + left->text() + '\n';
            ++left;
            ++right;
        } else if (no_right || (!no_left && left->start <= right->start)) {
            out += "! kernel     " + left->text() + '\n';
            ++left;
        } else {
            out += "! simulation " + right->text() + '\n';
            ++right;
        }
    }
    return out;
}

}  // namespace mmsim::live
