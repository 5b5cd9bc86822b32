// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/corpus.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <filesystem>
#include <iterator>
#include <set>

#include <spdlog/fmt/fmt.h>

#include "base/input_error.h"
#include "base/text.h"
#include "report/output_file.h"
#include "trace/line_source.h"

namespace mmsim {

namespace {

namespace fs = std::filesystem;

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// "[pid   12] ", "12 ", "12:01:02.345 ", "[00007f0012345678] " and the like before a call.
std::string_view without_prefix(std::string_view line) {
    const auto in_prefix = [](char c) { return is_digit(c) || c == ' ' || c == ':' || c == '.'; };
    for (;;) {
        while (!line.empty() && in_prefix(line[0])) line.remove_prefix(1);
        const auto bracket = line.find(']');
        if (!line.starts_with('[') || bracket == std::string_view::npos) return line;
        line.remove_prefix(bracket + 1);
    }
}

bool looks_like_strace(std::string_view line) {
    if (line.starts_with("strace: ")) return true;
    const auto call = without_prefix(line);
    if (call.starts_with("+++ ") || call.starts_with("--- SIG") || call.starts_with("<... ")) {
        return true;
    }
    const auto open = call.find('(');
    if (open == 0 || open == std::string_view::npos) return false;
    if (!std::ranges::all_of(call.substr(0, open), is_word)) return false;
    return call.find(") = ") != std::string_view::npos ||
           call.find(")  ") != std::string_view::npos ||
           call.find("<unfinished ...>") != std::string_view::npos;
}

constexpr std::size_t kPeek = std::size_t{1} << 16;

bool is_trace_file(const std::string& path) {
    try {
        LineSource source(open_bytes(path), path);
        return looks_like_trace(source.peek(kPeek));
    } catch (const InputError&) {
        // It is up to the check to say what is wrong with it, or with the expectation that it is.
        return !path.ends_with(".expected");
    }
}

std::vector<fs::directory_entry> sorted_entries(const fs::path& folder) {
    std::error_code error;
    std::vector<fs::directory_entry> entries;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        // One that another run writes is gone the next moment.
        if (!OutputFile::is_temporary(at->path().filename().string())) entries.push_back(*at);
    }
    if (error) {
        throw InputError(
            fmt::format("cannot read folder '{}': {}", folder.string(), error.message()));
    }
    std::ranges::sort(entries);
    return entries;
}

// `entered`: the folders on the way down, as a link may lead back to one.
void add_folder(const fs::path& top, const fs::path& folder, std::set<fs::path>& entered,
                std::vector<FoundTrace>& traces) {
    std::error_code error;
    const auto [here, fresh] = entered.insert(fs::canonical(folder, error));
    if (!fresh) return;
    for (const fs::directory_entry& entry : sorted_entries(folder)) {
        const fs::path& path = entry.path();
        const bool dangling = entry.is_symlink(error) && !entry.exists(error);
        if (entry.is_directory(error)) {
            add_folder(top, path, entered, traces);
        } else if (dangling || (entry.is_regular_file(error) && is_trace_file(path.string()))) {
            traces.push_back({path.string(), path.lexically_relative(top).generic_string(), 0});
        }
    }
    entered.erase(here);
}

// FNV-1a: the same everywhere and for ever.
std::uint64_t stable_hash(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : text) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 0x100000001b3;
    }
    // The low bits decide, and shards are often powers of two: stir the high ones in.
    return hash ^ (hash >> 32);
}

}  // namespace

bool looks_like_trace(std::string_view beginning) {
    const auto first = beginning.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return false;
    if (beginning[first] == '{') {
        return beginning.find("\"mmsim_trace\"") != std::string_view::npos;
    }
    constexpr int kLines = 10;
    int seen = 0;
    int like = 0;
    while (!beginning.empty() && seen < kLines) {
        const auto end = std::min(beginning.find('\n'), beginning.size());
        const auto line = beginning.substr(0, end);
        beginning.remove_prefix(std::min(end + 1, beginning.size()));
        // Comments, and the stacks of strace -k, say nothing.
        if (line.empty() || line[0] == '#' || line.starts_with(" > ")) continue;
        ++seen;
        like += looks_like_strace(line) ? 1 : 0;
    }
    return like * 2 > seen;
}

std::vector<FoundTrace> find_traces(const std::vector<std::string>& paths) {
    std::vector<FoundTrace> traces;
    for (const std::string& path : paths) {
        std::error_code error;
        const fs::file_status status = fs::status(path, error);
        if (status.type() == fs::file_type::not_found) {
            throw InputError(fmt::format("there is no '{}'", path));
        }
        if (fs::is_directory(status)) {
            std::set<fs::path> entered;
            add_folder(path, path, entered, traces);
        } else {
            traces.push_back({path, fs::path(path).filename().string(), 0});
        }
    }
    std::set<fs::path> seen;
    std::erase_if(traces, [&](const FoundTrace& trace) {
        return !seen.insert(fs::path(trace.path).lexically_normal()).second;
    });
    for (std::size_t i = 0; i < traces.size(); ++i) traces[i].number = i + 1;
    return traces;
}

Shard parse_shard(std::string_view text) {
    const auto number = [&](std::string_view digits) {
        std::uint64_t value = 0;
        const auto* const end = digits.data() + digits.size();
        const auto [stop, error] = std::from_chars(digits.data(), end, value);
        return error == std::errc() && stop == end ? value : 0;
    };
    const auto slash = std::min(text.find('/'), text.size());
    const std::string_view count = text.substr(std::min(slash + 1, text.size()));
    const Shard shard{number(text.substr(0, slash)), number(count)};
    if (shard.index == 0 || shard.index > shard.count) {
        throw InputError(fmt::format("--shard {}: expected K/N, part K of N from 1", text));
    }
    return shard;
}

std::string shard_text(Shard shard) { return fmt::format("{}/{}", shard.index, shard.count); }

std::vector<FoundTrace> traces_of_shard(const std::vector<FoundTrace>& traces, Shard shard) {
    std::vector<FoundTrace> part;
    std::ranges::copy_if(traces, std::back_inserter(part), [&](const FoundTrace& trace) {
        return stable_hash(trace.key) % shard.count + 1 == shard.index;
    });
    return part;
}

}  // namespace mmsim
