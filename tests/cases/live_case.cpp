// SPDX-License-Identifier: GPL-2.0-or-later
#include "live_case.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>
#include <vector>

#include <zlib.h>

#include "base/input_error.h"
#include "mm/maps_line.h"
#include "trace/limits_reader.h"

namespace mmsim::cases {
namespace {

// The kernel that recorded the cases.
constexpr KernelVersion kRecorder = KernelVersion::v6_18;

// What of a maps line has to agree.
struct Line {
    std::string place;  // "start-end perms offset"
    std::string name;
    std::string flags;  // smaps only
    bool name_known = true;

    std::string text() const { return place + ' ' + name + (flags.empty() ? "" : " | " + flags); }
};

// The columns of a maps line; device and inode are dropped.
Line parse_line(std::string_view text) {
    std::vector<std::string_view> words;
    for (std::size_t at = 0; words.size() < 5 && at < text.size();) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        words.push_back(text.substr(at, end - at));
        at = end + 1;
        if (words.size() == 5) {
            const std::size_t name = text.find_first_not_of(' ', std::min(at, text.size()));
            words.push_back(name == std::string_view::npos ? "" : text.substr(name));
        }
    }
    if (words.size() < 3) throw InputError("not a line of maps: '" + std::string(text) + "'");
    Line line;
    line.place = std::string(words[0]) + ' ' + std::string(words[1]) + ' ' + std::string(words[2]);
    if (words.size() == 6) line.name = words[5];
    return line;
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        lines.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

std::vector<Line> parse_maps_lines(std::string_view text) {
    std::vector<Line> lines;
    for (const std::string_view line : lines_of(text)) {
        constexpr std::string_view kFlags = "VmFlags:";
        if (line.starts_with(kFlags)) {
            if (!lines.empty()) lines.back().flags = line.substr(kFlags.size() + 1);
        } else {
            lines.push_back(parse_line(line));
        }
    }
    return lines;
}

// The layout as it is in the simulation.
// Without strace -y a trace does not say which file a path led to.
std::vector<Line> lines_of(const Engine& engine, MmId id, bool with_flags, bool names_known) {
    const World& world = engine.world();
    const Mm& mm = world.mms[id.index];
    std::vector<Line> lines;
    for (auto at = mm.vmas.first(); at; at.next()) {
        Line line = parse_line(maps_line(world, mm, *at));
        line.name_known = names_known || !at->file;
        if (with_flags) line.flags = vm_flags_codes(at->flags);
        lines.push_back(std::move(line));
    }
    for (const ExtraLine& extra : engine.extra_lines(id)) {
        Line line = parse_line(extra.text);
        if (with_flags) line.flags = vm_flags_codes(extra.flags);
        lines.push_back(std::move(line));
    }
    return lines;
}

std::string first_difference(const std::vector<Line>& expected, const std::vector<Line>& actual) {
    const auto same = [](const Line& want, const Line& have) {
        return want.place == have.place && want.flags == have.flags &&
               (!have.name_known || want.name == have.name);
    };
    const auto [want, have] =
        std::mismatch(expected.begin(), expected.end(), actual.begin(), actual.end(), same);
    if (want == expected.end() && have == actual.end()) return {};
    const auto show = [](const auto& at, const auto& lines) {
        return at == lines.end() ? std::string("nothing") : '\'' + at->text() + '\'';
    };
    return "expected " + show(want, expected) + ", not " + show(have, actual);
}

// What /proc/PID/maps was after each call that changed it.
class Deltas {
public:
    Deltas(std::string_view initial, std::string_view deltas)
        : now_(parse_maps_lines(initial)), lines_(lines_of(deltas)) {}

    bool any() const { return !lines_.empty(); }
    // The layout after the calls up to that line of the trace.
    const std::vector<Line>& after(std::uint64_t line) {
        while (at_ < lines_.size()) {
            const std::string_view text = lines_[at_];
            if (text.starts_with('@')) {
                std::uint64_t of = 0;
                std::from_chars(text.data() + 2, text.data() + text.size(), of);
                if (of > line) break;
            } else {
                apply(text);
            }
            ++at_;
        }
        return now_;
    }

private:
    void apply(std::string_view text) {
        Line line = parse_line(text.substr(1));
        const auto key = [](const Line& l) { return l.place.substr(0, l.place.find('-')); };
        const auto before = [&](const Line& a, const Line& b) {
            return std::pair(key(a).size(), key(a)) < std::pair(key(b).size(), key(b));
        };
        const auto at = std::lower_bound(now_.begin(), now_.end(), line, before);
        if (text[0] == '+') {
            now_.insert(at, std::move(line));
        } else if (at != now_.end() && at->place == line.place) {
            now_.erase(at);
        } else {
            throw InputError("steps.delta removes what is not there: " + std::string(text));
        }
    }

    std::vector<Line> now_;
    std::vector<std::string_view> lines_;
    std::size_t at_ = 0;
};

// Number of mappings and a checksum after each call.
struct Checksum {
    std::uint64_t count = 0;
    std::uint64_t crc = 0;
    friend bool operator==(const Checksum&, const Checksum&) = default;
};

std::map<std::uint64_t, Checksum> parse_checksums(std::string_view text) {
    std::map<std::uint64_t, Checksum> sums;
    for (const std::string_view line : lines_of(text)) {
        std::uint64_t number = 0;
        Checksum sum;
        const char* const end = line.data() + line.size();
        const char* at = std::from_chars(line.data(), end, number).ptr + 1;
        at = std::from_chars(at, end, sum.count).ptr + 1;
        std::from_chars(at, end, sum.crc, 16);
        sums[number] = sum;
    }
    return sums;
}

Checksum checksum(const std::vector<Line>& lines) {
    std::string text;
    for (const Line& line : lines) {
        if (line.name != "[vsyscall]") text += line.place + '\n';
    }
    const auto* const bytes = reinterpret_cast<const Bytef*>(text.data());
    return {lines.size(), crc32(0, bytes, static_cast<uInt>(text.size()))};
}

// Follows the first process and stops caring at the first difference.
class Watch final : public StepSink {
public:
    Watch(const Case& input, const TraceReader& reader)
        : input_(input),
          reader_(reader),
          deltas_(input.file("initial.maps"), input.file("steps.delta")),
          checksums_(parse_checksums(input.file("steps.crc"))) {}

    void follow(const Engine& engine) { engine_ = &engine; }
    std::string difference;

    void on_process(std::int64_t pid, MmId mm) override {
        if (pid_ != 0) return;
        pid_ = pid;
        mm_ = mm;
    }
    void after_step(const Step& step) override {
        if (step.diverged && divergence_.empty()) {
            divergence_ = "; first divergence: line " + std::to_string(step.record->line) + ' ' +
                          std::string(divergence_kind_name(step.divergence));
        }
        if (ended_ || !difference.empty()) return;
        const std::uint64_t line = step.record->line;
        if (deltas_.any()) {
            const auto& expected = deltas_.after(line);
            report(line, first_difference(expected, layout(false)));
        }
        const auto sum = checksums_.find(line);
        if (sum != checksums_.end()) {
            const Checksum now = checksum(layout(false));
            if (now != sum->second) {
                report(line, std::to_string(sum->second.count) + " mappings expected, " +
                                 std::to_string(now.count) + " there, or others");
            }
        }
    }
    void on_exit(std::int64_t pid, MmId) override {
        if (pid == pid_) final();
    }
    void final() {
        if (std::exchange(ended_, true) || !difference.empty()) return;
        compare_final("final.maps", false);
        compare_final("final.smapsflags", true);
    }

private:
    std::vector<Line> layout(bool with_flags) const {
        return lines_of(*engine_, mm_, with_flags, reader_.summary().saw_fd_paths);
    }
    void compare_final(const std::string& file, bool with_flags) {
        if (!difference.empty() || input_.file(file).empty()) return;
        const std::string found =
            first_difference(parse_maps_lines(input_.file(file)), layout(with_flags));
        if (!found.empty()) difference = file + ": " + found + divergence_;
    }
    void report(std::uint64_t line, const std::string& found) {
        if (found.empty()) return;
        difference = "after line " + std::to_string(line) + ": " + found + divergence_;
    }

    const Case& input_;
    const TraceReader& reader_;
    Deltas deltas_;
    std::map<std::uint64_t, Checksum> checksums_;
    const Engine* engine_ = nullptr;
    std::int64_t pid_ = 0;
    MmId mm_;
    bool ended_ = false;
    std::string divergence_;
};

// These say which pages were touched even when it was none at all.
bool tells_touches(const Case& input) {
    return input.file("meta.json").find("fuzz self-log") != std::string_view::npos;
}

}  // namespace

ReplayOptions live_options(const Case& input, Addresses addresses) {
    ReplayOptions options;
    options.kernel = kRecorder;
    options.addresses = addresses;
    options.verify = true;
    const std::string_view smaps = input.file("initial.smapsflags");
    options.initial_maps_text = smaps.empty() ? input.file("initial.maps") : smaps;
    if (const auto limits = input.file("limits.json"); !limits.empty()) {
        options.limits = parse_limits(std::string(limits), "limits.json");
    }
    if (tells_touches(input)) options.page_faults = PageFaults::trace;
    return options;
}

std::unique_ptr<TraceReader> open_live_trace(const Case& input) {
    return open_trace(std::make_unique<LineSource>(
                          memory_bytes(std::string(input.file("trace.strace"))), "trace.strace"),
                      TraceFormat::strace);
}

std::string run_live_case(const Case& input, Addresses addresses) {
    const auto reader = open_live_trace(input);
    Watch watch(input, *reader);
    Engine engine(*reader, live_options(input, addresses), watch);
    watch.follow(engine);
    engine.run();
    watch.final();
    if (watch.difference.empty() && !engine.broken().empty()) return engine.broken().front();
    return watch.difference;
}

}  // namespace mmsim::cases
