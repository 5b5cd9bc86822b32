// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/reduce.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <tuple>
#include <utility>

#include <spdlog/fmt/fmt.h>

#include "analysis/names.h"
#include "base/input_error.h"
#include "trace/trace_writer.h"

namespace mmsim {

namespace {

// What events belong together: those of a process, those of a file, calls of one kind.
struct EventOwners {
    std::int64_t pid = 0;
    std::int64_t child = 0;  // of a fork
    std::string file;
    std::string_view call;
};

EventOwners owners_of(const TraceRecord& record) {
    EventOwners owners{record.pid, 0, {}, call_name(record.call)};
    std::visit(
        [&](const auto& call) {
            if constexpr (requires { call.file; }) owners.file = call.file.id;
            if constexpr (requires { call.segment; }) owners.file = call.segment;
            if constexpr (requires { call.child; }) owners.child = call.child.value_or(0);
        },
        record.call);
    return owners;
}

constexpr std::size_t kAnyLength = std::numeric_limits<std::size_t>::max();

class Reducer {
public:
    Reducer(EventList& trace, const KeepCondition& condition, const ReduceOptions& options)
        : trace_(trace), condition_(condition), options_(options) {}

    ReduceResult run() {
        trace_.header.title = {};
        trace_.header.expect = {};
        require_shown();
        shortest_prefix();
        tell("the shortest beginning that shows it");
        drop_groups();
        tell("without processes, files and kinds of calls it does not need");
        make_plain(0, trace_.events.size());
        drop_from_header();
        drop_all();
        tell("without events it does not need");
        if (make_plain(0, trace_.events.size())) drop_all();
        return {replays_, stopped()};
    }

private:
    std::unique_ptr<TraceReader> reader() const {
        std::ostringstream text;
        write_event_list(text, trace_, TraceFormat::jsonl);
        return open_trace(std::make_unique<LineSource>(memory_bytes(text.str()), "trace"),
                          TraceFormat::jsonl);
    }

    bool stopped() const { return options_.stop != nullptr && options_.stop->load(); }

    // Whether what is left still shows it. What cannot be replayed shows nothing, and nothing more
    // is shown once it was stopped.
    bool still() {
        if (stopped()) return false;
        ++replays_;
        try {
            return shows(condition_, *reader(), options_.replay);
        } catch (const InputError&) {
            return false;
        }
    }

    void require_shown() {
        ++replays_;
        if (shows(condition_, *reader(), options_.replay)) return;
        throw InputError(fmt::format("--keep '{}': the trace does not show it; it shows {}",
                                     condition_.text, what_is_shown(*reader(), options_.replay)));
    }

    void tell(const std::string& stage) const {
        if (options_.progress) options_.progress(stage, {trace_.size(), replays_});
    }

    // Where it comes and goes with more events, one of the prefixes that show it.
    void shortest_prefix() {
        std::vector<std::string> all = std::move(trace_.events);
        std::size_t too_short = 0;  // is taken for one that does not show it
        std::size_t enough = all.size();
        const auto end_at = [&](std::size_t size) {
            return all.begin() + static_cast<std::ptrdiff_t>(size);
        };
        while (enough - too_short > 1) {
            const std::size_t middle = too_short + (enough - too_short) / 2;
            trace_.events.assign(all.begin(), end_at(middle));
            (still() ? enough : too_short) = middle;
        }
        trace_.events.assign(all.begin(), end_at(enough));
    }

    // What stays of one decides what else can go of the other. Long runs of events are tried once:
    // where all are needed that is half of the replays.
    void drop_all() {
        do {
            drop_unneeded(trace_.events, std::exchange(longest_run_, 1));
        } while (drop_from_header());
    }

    // Takes items away in runs, from long ones to single ones and from the end, where they depend
    // on those before. At the end no single one can go. Whether any went.
    template <typename T>
    bool drop_unneeded(std::vector<T>& items, std::size_t longest = kAnyLength) {
        bool any = false;
        const std::size_t half = std::max<std::size_t>(items.size() / 2, 1);
        for (std::size_t size = std::min(half, longest);; size /= 2) {
            bool went = false;
            for (std::size_t end = items.size(); end > 0;) {
                const std::size_t begin = end - std::min(end, size);
                went |= drop(items, begin, end);
                end = begin;
            }
            any |= went;
            if (size > 1) continue;
            if (!went) return any;
            size = 2;  // once more, one by one
        }
    }

    template <typename T>
    bool drop(std::vector<T>& items, std::size_t begin, std::size_t end) {
        const auto from = items.begin() + static_cast<std::ptrdiff_t>(begin);
        const auto to = items.begin() + static_cast<std::ptrdiff_t>(end);
        std::vector<T> cut(std::make_move_iterator(from), std::make_move_iterator(to));
        items.erase(from, to);
        if (still()) return true;
        items.insert(items.begin() + static_cast<std::ptrdiff_t>(begin),
                     std::make_move_iterator(cut.begin()), std::make_move_iterator(cut.end()));
        return false;
    }

    // All events of a process, of a file or of a kind at once: far fewer replays where there are
    // many.
    void drop_groups() {
        std::vector<EventOwners> owners;
        std::set<std::int64_t> pids;
        std::set<std::string> files;
        std::set<std::string_view> calls;
        const auto events = reader();
        while (const TraceRecord* record = events->next()) {
            owners.push_back(owners_of(*record));
            pids.insert(owners.back().pid);
            calls.insert(owners.back().call);
            if (!owners.back().file.empty()) files.insert(owners.back().file);
        }
        for (const std::int64_t pid : pids) {
            drop_group(owners, [&](const EventOwners& owner) {
                return owner.pid == pid || owner.child == pid;
            });
        }
        for (const std::string& file : files) {
            drop_group(owners, [&](const EventOwners& owner) { return owner.file == file; });
        }
        for (const std::string_view call : calls) {
            drop_group(owners, [&](const EventOwners& owner) { return owner.call == call; });
        }
    }

    template <typename In>
    void drop_group(std::vector<EventOwners>& owners, In in) {
        const std::vector<std::string> all = trace_.events;
        std::vector<EventOwners> kept;
        trace_.events.clear();
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (in(owners[i])) continue;
            trace_.events.push_back(all[i]);
            kept.push_back(owners[i]);
        }
        // A single event is tried alone later on.
        if (all.size() - trace_.events.size() > 1 && still()) {
            owners = std::move(kept);
        } else {
            trace_.events = all;
        }
    }

    bool drop_from_header() {
        TraceHeader& header = trace_.header;
        bool any = drop_unneeded(header.maps);
        any |= drop_unneeded(header.files);
        any |= drop_unneeded(header.drivers);
        any |= reset(header.limits);
        any |= reset(header.layout);
        return any;
    }

    // To what it is where nothing is said: all of it, else key by key.
    bool reset(TraceLimits& l) {
        return reset_value(l) ||
               reset_each(l.max_map_count, l.rlimit_as, l.rlimit_data, l.rlimit_stack,
                          l.rlimit_memlock, l.overcommit, l.ram_bytes, l.swap_bytes,
                          l.mmap_min_addr, l.hugepages, l.capabilities);
    }
    bool reset(TraceLayout& l) {
        return reset_value(l) || reset_each(l.task_size, l.mmap_base, l.brk, l.top_down);
    }
    template <typename... T>
    bool reset_each(T&... values) {
        bool any = false;
        ((any |= reset_value(values)), ...);
        return any;
    }
    template <typename T>
    bool reset_value(T& value) {
        if (value == T{}) return false;
        T old = std::exchange(value, T{});
        if (still()) return true;
        value = std::move(old);
        return false;
    }

    // Takes away the results that the trace recorded for these events, where they do not matter:
    // of all, or of each half. Whether any went.
    bool make_plain(std::size_t begin, std::size_t end) {
        bool any = false;
        std::vector<std::string> old(trace_.events.begin() + static_cast<std::ptrdiff_t>(begin),
                                     trace_.events.begin() + static_cast<std::ptrdiff_t>(end));
        for (std::size_t i = begin; i < end; ++i) {
            std::optional<std::string> plain = without_result(trace_.events[i]);
            any |= plain.has_value();
            if (plain) trace_.events[i] = std::move(*plain);
        }
        if (!any || still()) return any;
        std::ranges::move(old, trace_.events.begin() + static_cast<std::ptrdiff_t>(begin));
        if (end - begin == 1) return false;
        const std::size_t middle = begin + (end - begin) / 2;
        any = make_plain(begin, middle);
        any |= make_plain(middle, end);
        return any;
    }

    // Nullopt: it has none.
    std::optional<std::string> without_result(const std::string& event) const {
        if (event.find("\"result\"") == std::string::npos) return std::nullopt;
        std::ostringstream text;
        write_event_list(text, {trace_.header, {event}}, TraceFormat::jsonl);
        const auto events = open_trace(
            std::make_unique<LineSource>(memory_bytes(text.str()), "trace"), TraceFormat::jsonl);
        TraceRecord record = *events->next();
        if (!record.recorded.known) return std::nullopt;
        record.recorded = {};
        std::string plain;
        append_json_event(plain, record);
        return plain;
    }

    EventList& trace_;
    const KeepCondition& condition_;
    const ReduceOptions& options_;
    std::uint64_t replays_ = 0;
    std::size_t longest_run_ = kAnyLength;
};

}  // namespace

EventList read_event_list(TraceReader& reader, const NotCarried& not_carried) {
    std::stringstream text;
    convert_trace(reader, text, TraceFormat::jsonl, not_carried);
    EventList trace;
    std::string line;
    std::getline(text, line);  // the header, which a reader takes apart better
    while (std::getline(text, line)) trace.events.push_back(line);
    trace.header = open_trace(std::make_unique<LineSource>(memory_bytes(text.str()), "trace"),
                              TraceFormat::jsonl)
                       ->header();
    return trace;
}

void write_event_list(std::ostream& out, const EventList& trace, TraceFormat format) {
    TraceWriter writer(out, format, trace.header);
    for (const std::string& event : trace.events) writer.write_event(event);
    writer.finish();
}

ReduceResult reduce_trace(EventList& trace, const KeepCondition& condition,
                          const ReduceOptions& options) {
    return Reducer(trace, condition, options).run();
}

}  // namespace mmsim
