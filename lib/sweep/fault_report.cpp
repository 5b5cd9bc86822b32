// SPDX-License-Identifier: GPL-2.0-or-later
#include "sweep/fault_report.h"

#include <algorithm>
#include <utility>

namespace mmsim {

std::size_t FaultMatrix::column(const std::string& name) {
    const auto found = std::ranges::find(names_, name);
    if (found != names_.end()) return static_cast<std::size_t>(found - names_.begin());
    names_.push_back(name);
    columns_.emplace_back();
    return names_.size() - 1;
}

void FaultMatrix::add(std::size_t column, FailPoint point, FaultEnd end) {
    Cell& cell = columns_[column][static_cast<std::size_t>(point)];
    ++cell.runs;
    cell.worst = std::max(cell.worst, end);
}

std::vector<FailPoint> FaultMatrix::points() const {
    std::vector<FailPoint> found;
    for (std::size_t i = 0; i < kFailPoints; ++i) {
        const bool any = std::ranges::any_of(
            columns_, [&](const Column& column) { return column[i].runs != 0; });
        if (any) found.push_back(static_cast<FailPoint>(i));
    }
    return found;
}

FaultCase* FaultReport::add(FaultFinding finding, const std::string& kernel) {
    for (FaultCase& known : cases) {
        if (!known.finding.same_cause(finding)) continue;
        ++known.finding.runs;
        if (known.kernels.back() != kernel) known.kernels.push_back(kernel);
        return nullptr;
    }
    FaultCase& added = cases.emplace_back();
    added.finding = std::move(finding);
    added.kernels.push_back(kernel);
    return &added;
}

void FaultReport::count(const FaultRun& run, FaultMatrix& matrix, std::size_t column) {
    ++runs;
    judged_before += run.known_state;
    ++ends[static_cast<std::size_t>(run.end)];
    matrix.add(column, run.point, run.end);
}

}  // namespace mmsim
