// SPDX-License-Identifier: GPL-2.0-or-later
// Limits that a user sets on numbers of a report: "failed>0" means that a failed call is too much.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/numbers.h"
#include "report/report.h"

namespace mmsim {

enum class Comparison : unsigned char {
    greater,
    greater_equal,
    less,
    less_equal,
    equal,
    not_equal
};

struct Threshold {
    std::string text;    // as the user wrote it
    std::string number;  // "vmas", or a path into the JSON report: "events.errors.ENOMEM"
    Comparison comparison{};
    double value = 0;
    bool relative = false;  // "+2", "-10%": against a baseline
    bool percent = false;
};

// NAME OP NUMBER[%]. What the name has of blanks and "<>=!" is quoted as in a shell:
// "merges.by_file.'/tmp/my lib.so'>3". Throws InputError that marks the place.
Threshold parse_threshold(std::string_view text);

// Where the number stands in the JSON report: "fragmentation.vmas".
std::string number_path(const Threshold& threshold);

// Those that the report crosses, as sentences. Throws InputError for a number that a report does
// not have, and for a relative threshold: one report has no baseline.
std::vector<std::string> crossed_thresholds(const Report& report,
                                            const std::vector<Threshold>& thresholds);

// The same of a comparison: relative ones are held against `baseline`.
// REQUIRES: baseline is not null where a threshold is relative
std::vector<std::string> crossed_thresholds(const Numbers& numbers, const Numbers* baseline,
                                            const std::vector<Threshold>& thresholds);

enum class Baseline : bool { none, old_side };

// The same two errors, before there is a report: for names whose first word is wrong.
void require_usable(const std::vector<Threshold>& thresholds, Baseline baseline = Baseline::none);

}  // namespace mmsim
