// SPDX-License-Identifier: GPL-2.0-or-later
// Reports as one HTML page that needs nothing else: no network, no second file. Its source is
// lib/report/page; what is put in are the JSON reports, the films of the address spaces and, for
// runs that are compared, the JSON form of their comparison.
#pragma once

#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/film.h"
#include "report/report.h"

namespace mmsim {

// One side of the page: a run, or a report that was saved earlier.
struct HtmlRun {
    std::string label;               // empty where it is not compared
    const Report* report = nullptr;  // with `film`; null for a saved report
    const Film* film = nullptr;
    std::string_view saved;  // the JSON of a saved report: its layouts are those at the end
};

// What the page shows at a time. Several runs are shown together and scrubbed together;
// `comparison` says how they differ, as docs/diff.schema.json has it.
// REQUIRES: at least one run; a comparison where there are several
struct HtmlReport {
    std::string label;  // what to choose it by, where the page has several
    std::vector<HtmlRun> runs;
    std::string comparison = {};
};

// REQUIRES: at least one report
void write_html_report(std::ostream& out, std::span<const HtmlReport> reports);

}  // namespace mmsim
