// SPDX-License-Identifier: GPL-2.0-or-later
// Reports as one HTML page that needs nothing else: no network, no second file. Its source is
// lib/report/page; what is put in is the JSON report and the film of the address spaces.
#pragma once

#include <iosfwd>
#include <span>
#include <string>

#include "analysis/film.h"
#include "report/report.h"

namespace mmsim {

// One side of the page: a run.
struct HtmlRun {
    std::string label;  // empty where there is one run
    const Report& report;
    const Film& film;
};

// Two runs are shown side by side, scrubbed together. REQUIRES: at least one
void write_html_report(std::ostream& out, std::span<const HtmlRun> runs);

}  // namespace mmsim
