// SPDX-License-Identifier: GPL-2.0-or-later
// Whether what must come out of one trace still does.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "check/check_settings.h"

namespace mmsim {

enum class CheckStatus : unsigned char {
    pass,
    fail,     // another outcome than expected
    missing,  // no expectation
    broken,   // not a trace that could be replayed
    updated,  // its expectation was written anew
};
inline constexpr std::size_t kCheckStatuses = 5;
std::string_view check_status_name(CheckStatus status);

struct CheckResult {
    std::uint64_t number = 0;  // of the trace in its corpus, from 1
    std::string path;
    CheckStatus status{};
    std::uint64_t events = 0;           // of all runs
    std::vector<std::string> problems;  // a line or several each; of `updated`: what has changed
    std::string closer;                 // the command that shows more; empty: none

    bool failed() const { return status != CheckStatus::pass && status != CheckStatus::updated; }
    bool operator==(const CheckResult&) const = default;
};

struct CheckTraceOptions {
    std::shared_ptr<const CheckSettings> settings;  // not null
    // Writes an expectation that is missing or not met: into the trace if it has one, else beside
    // it. The old one stays as it was when that fails, and the result says so.
    bool update = false;
    const std::atomic<bool>* stop = nullptr;  // once set, the check is given up
};

// Replays a trace, under each kernel that its expectation names, and compares. Nullopt when it was
// given up.
std::optional<CheckResult> check_trace(const std::string& path, const CheckTraceOptions& options);

}  // namespace mmsim
