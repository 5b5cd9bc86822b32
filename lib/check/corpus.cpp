// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/corpus.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>

#include <spdlog/fmt/fmt.h>

#include "base/input_error.h"
#include "base/text.h"
#include "check/expect_key.h"
#include "check/expectation.h"
#include "report/output_file.h"
#include "report/run.h"
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
        return true;  // it is up to the check to say what is wrong with it
    }
}

void add_folder(const fs::path& folder, std::vector<std::string>& traces) {
    std::error_code error;
    std::vector<fs::directory_entry> entries;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        entries.push_back(*at);
    }
    if (error) {
        throw InputError(
            fmt::format("cannot read folder '{}': {}", folder.string(), error.message()));
    }
    std::ranges::sort(entries);
    for (const fs::directory_entry& entry : entries) {
        if (entry.is_directory(error)) {
            add_folder(entry.path(), traces);
        } else if (entry.is_regular_file(error) && is_trace_file(entry.path().string())) {
            traces.push_back(entry.path().string());
        }
    }
}

std::optional<std::string> read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(in), {});
}

// The expectation beside a trace wins over the one inside.
std::optional<Expectation> expectation_of(const std::string& path, const TraceHeader& header) {
    const std::string beside = path + ".expected";
    if (auto text = read_file(beside)) return Expectation{std::move(*text), beside};
    if (!header.expect.empty()) return Expectation{header.expect, path + ": expect"};
    return std::nullopt;
}

// Into the trace if `old` stands there, else beside it.
void write_expectation(const std::string& path, const std::optional<Expectation>& old,
                       const std::string& made, TraceFormat format) {
    const std::string beside = path + ".expected";
    std::string target = beside;
    std::string content = made;
    if (old && old->name != beside) {
        target = path;
        const auto trace = read_file(path);
        if (!trace) throw InputError("cannot read '" + path + "'");
        auto changed = replace_expect_key(*trace, made, format == TraceFormat::jsonl);
        if (!changed) {
            throw InputError(
                fmt::format("cannot write into '{}', which is packed: unpack it, or "
                            "move its expectation to '{}'",
                            path, beside));
        }
        content = std::move(*changed);
    }
    OutputFile file(target);
    file.stream() << content;
    file.commit();
}

// A trace, what is expected of it, and what came out: one outcome for each expectation, or one
// without any.
struct Checked {
    TraceFormat format{};
    std::optional<Expectation> found;
    std::vector<KernelExpectation> expectations;
    std::vector<RunOutcome> outcomes;
};

RunOutcome replay_under(std::optional<KernelVersion> kernel, const std::string& path,
                        std::uint64_t& events) {
    const auto reader = open_trace(path);
    ReplayOptions options;
    options.kernel = kernel;
    Run run(path, *reader, options, {.vmas = true, .layouts = true});
    run.finish();
    events += run.events();
    return outcome_of(run);
}

void replay_all(const std::string& path, Checked& checked, CheckResult& result) {
    {
        const auto reader = open_trace(path);
        checked.format = reader->format();
        checked.found = expectation_of(path, reader->header());
    }
    if (!checked.found) {
        checked.outcomes.push_back(replay_under(std::nullopt, path, result.events));
        result.status = CheckStatus::missing;
        result.problems = {"no expectation: neither the key 'expect' nor " + path +
                           ".expected; --update writes one"};
        return;
    }
    checked.expectations = by_kernel(*checked.found);
    for (const auto& [kernel, expectation] : checked.expectations) {
        checked.outcomes.push_back(replay_under(kernel, path, result.events));
        for (std::string& problem : judge(expectation, checked.outcomes.back(), true)) {
            if (kernel) problem = fmt::format("{}: {}", profile_of(*kernel).name, problem);
            result.problems.push_back(std::move(problem));
        }
    }
    if (!result.problems.empty()) result.status = CheckStatus::fail;
}

// An expectation that what came out meets, of the same kernels as the old one.
std::string updated_expectation(Checked& checked) {
    if (!checked.found) return make_expectation(checked.outcomes.front(), "");
    for (std::size_t i = 0; i < checked.expectations.size(); ++i) {
        std::string& json = checked.expectations[i].expectation.json;
        json = make_expectation(checked.outcomes[i], json);
    }
    const auto& first = checked.expectations.front();
    return first.kernel ? join_by_kernel(checked.expectations) : first.expectation.json;
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
        if (line.empty() || line[0] == '#') continue;
        ++seen;
        like += looks_like_strace(line) ? 1 : 0;
    }
    return like * 2 > seen;
}

std::vector<std::string> find_traces(const std::vector<std::string>& paths) {
    std::vector<std::string> traces;
    for (const std::string& path : paths) {
        std::error_code error;
        const fs::file_status status = fs::status(path, error);
        if (status.type() == fs::file_type::not_found) {
            throw InputError(fmt::format("there is no '{}'", path));
        }
        if (fs::is_directory(status)) {
            add_folder(path, traces);
        } else {
            traces.push_back(path);
        }
    }
    return traces;
}

std::string_view check_status_name(CheckStatus status) {
    constexpr std::array<std::string_view, 5> kNames = {"pass", "fail", "missing", "broken",
                                                        "updated"};
    return kNames[static_cast<std::size_t>(status)];
}

CheckResult check_trace(const std::string& path, bool update) {
    CheckResult result{path, CheckStatus::pass, 0, {}};
    Checked checked;
    try {
        replay_all(path, checked, result);
    } catch (const InputError& error) {
        result.status = CheckStatus::broken;
        result.problems = {error.what()};
        return result;
    }
    if (update && result.failed()) {
        write_expectation(path, checked.found, updated_expectation(checked), checked.format);
        result.status = CheckStatus::updated;
    }
    return result;
}

}  // namespace mmsim
