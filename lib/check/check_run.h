// SPDX-License-Identifier: GPL-2.0-or-later
// Checks the traces of a corpus, several at a time.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "check/check_report.h"
#include "check/corpus.h"

namespace mmsim {

struct CheckRunOptions {
    unsigned jobs = 1;  // traces at a time
    bool update = false;
    const std::atomic<bool>* stop = nullptr;  // once set, no more traces are checked
    // Is told each result as soon as it and all before it are there; not null.
    std::function<void(const CheckResult&)> result;
};

// The results are in the order of the traces, whatever the number of jobs; after a stop those that
// there are. Throws InputError for bad settings of a folder, before anything is checked.
CheckReport run_check(const std::vector<FoundTrace>& traces, const CheckRunOptions& options);

}  // namespace mmsim
