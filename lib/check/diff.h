// SPDX-License-Identifier: GPL-2.0-or-later
// What becomes of the same events under two settings or more: the one model that all forms of a
// comparison are written from. Its names are the keys of the JSON form (docs/diff.schema.json).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/capped_list.h"
#include "analysis/findings.h"
#include "report/numbers.h"
#include "trace/maps_text.h"

namespace mmsim {

// One run of the comparison, live or saved.
struct DiffSide {
    std::string name;  // the options as typed, or the file that the report was read from
    std::string trace, kernel, hook, page_faults, addresses;
    std::uint64_t max_map_count = 0;
    Numbers numbers;
};

enum class CallChange : std::uint8_t { now_fails, now_succeeds, other_errno };
inline constexpr std::size_t kCallChanges = 3;
// "now_fails": the key of the JSON form, and the name that a threshold has for the count.
std::string_view call_change_key(CallChange change);

struct ChangedCall {
    Place place;
    std::string call;      // "mmap(0x7f0000000000, 8192)"
    std::string old, now;  // results: "0x7f0000000000", "ENOMEM"
    // The trace says how the call ended, so that is what holds in both runs; the change is in what
    // the simulated kernel answered.
    bool overruled = false;
};

struct LayoutRow {
    std::optional<MapsEntry> old, now;  // without one: no mapping starts there
    bool same = false;
    bool after_gap = false;  // rows that are the same were left out before this one
};
inline constexpr std::size_t kLayoutRows = 200;  // kept of each picture

// Two layouts of a process, as far as they differ.
struct LayoutPicture {
    enum class When : std::uint8_t {
        first,        // the first event after which they show differently in maps; initial layouts
                      // that differ show after the first event of all
        first_flags,  // the first after which only VmFlags differ, when that is earlier
        end,          // of two saved reports
    };
    When when{};
    std::int64_t pid = 0;  // whose layouts
    Place place;           // the event; 0: the trace has none
    std::string call;
    std::uint64_t differing = 0;
    CappedList<LayoutRow> rows;
};
std::string_view when_key(LayoutPicture::When when);

// What one new side changes.
struct DiffAgainst {
    DiffSide side;
    std::array<CappedList<ChangedCall>, kCallChanges> calls;  // by CallChange
    std::uint64_t other_results = 0;  // succeed on both sides with another address
    bool calls_compared = true;       // false: saved reports of different traces
    std::vector<LayoutPicture> layouts;
};

struct Diff {
    std::string trace, title;  // title: of a JSON trace
    DiffSide old;
    std::vector<DiffAgainst> news;  // one at least

    bool same_layouts() const;
    std::uint64_t changed_calls() const;
};

// Puts the counts of changed calls among the numbers of both sides, for thresholds.
void add_call_changes(Diff& diff);

}  // namespace mmsim
