// SPDX-License-Identifier: GPL-2.0-or-later
// What a sweep of failures comes to: how each run ended, and what is wrong, each cause once.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sweep/call_sweep.h"
#include "sweep/fault_finding.h"

namespace mmsim {

// A finding with where it shows.
struct FaultCase {
    FaultFinding finding;
    std::string where;        // "event 3 (line 9): mmap", or a context
    std::string command;      // shows exactly it
    std::string trace;        // of a context: the trace that shows it
    std::uint64_t event = 0;  // of a trace, from 1
    std::uint64_t line = 0;
    std::vector<std::string> kernels;  // that show it, the first in `command`
};

// Rows are failure points, columns what the calls were or where they were made.
class FaultMatrix {
public:
    struct Cell {
        FaultEnd worst{};
        std::uint64_t runs = 0;
    };
    using Column = std::array<Cell, kFailPoints>;

    std::size_t column(const std::string& name);
    void add(std::size_t column, FailPoint point, FaultEnd end);

    const std::vector<std::string>& names() const { return names_; }
    const Cell& at(std::size_t column, FailPoint point) const {
        return columns_[column][static_cast<std::size_t>(point)];
    }
    // Points that something was made to fail at, in the order of the pipeline.
    std::vector<FailPoint> points() const;

private:
    std::vector<std::string> names_;
    std::vector<Column> columns_;
};

// The passings of one call.
struct PassList {
    std::string kernel;
    std::string where;
    std::vector<FaultPass> passes;
};

struct KernelMatrix {
    std::string kernel;
    FaultMatrix matrix;
};

struct FaultReport {
    std::string subject;  // the trace, or the driver
    bool is_driver = false;
    std::vector<std::string> kernels;
    bool fixed_accounting = false;
    std::uint64_t calls = 0;              // that were made to fail
    std::uint64_t runs = 0;               // with a failure each
    std::uint64_t judged_before = 0;      // of them: came to a state that was judged
    std::array<std::uint64_t, 4> ends{};  // runs by FaultEnd
    std::uint64_t equal_contexts = 0;     // that came to a state that another had come to
    std::vector<std::string> unfit;       // "6.12: why", kernels that the driver does not fit
    std::vector<KernelMatrix> matrices;
    std::vector<FaultCase> cases;
    std::vector<PassList> passes;  // where they were asked for

    // Adds the finding, or counts it where its cause is known. Null in the latter case.
    FaultCase* add(FaultFinding finding, const std::string& kernel);
    void count(const FaultRun& run, FaultMatrix& matrix, std::size_t column);
};

}  // namespace mmsim
