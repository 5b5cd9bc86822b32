// SPDX-License-Identifier: GPL-2.0-or-later
#include <sstream>
#include <utility>

#include "base/assert.h"
#include "check/diff_report.h"

namespace mmsim {
namespace {

HtmlReport html_of(const Diff& diff, std::vector<HtmlRun> runs, bool all) {
    MMSIM_ASSERT(runs.size() == diff.news.size() + 1);
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const DiffSide& side = i == 0 ? diff.old : diff.news[i - 1].side;
        runs[i].label = side_name(diff, i == 0 ? kOldSide : i - 1);
        if (!side.name.empty()) runs[i].label += ": " + side.name;
    }
    std::ostringstream comparison;
    write_diff_json(comparison, {diff}, false, all);
    std::string label = diff.old.kernel;
    if (diff.news[0].side.kernel != label) label += " against " + diff.news[0].side.kernel;
    return {"Linux " + label, std::move(runs), comparison.str()};
}

}  // namespace

void write_diff_html(std::ostream& out, const std::vector<Diff>& diffs,
                     std::vector<std::vector<HtmlRun>> runs, bool all) {
    MMSIM_ASSERT(runs.size() == diffs.size());
    std::vector<HtmlReport> reports;
    reports.reserve(diffs.size());
    for (std::size_t i = 0; i < diffs.size(); ++i) {
        reports.push_back(html_of(diffs[i], std::move(runs[i]), all));
    }
    write_html_report(out, reports);
}

}  // namespace mmsim
