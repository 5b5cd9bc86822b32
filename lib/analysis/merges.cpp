// SPDX-License-Identifier: GPL-2.0-or-later
#include "analysis/merges.h"

#include <cstddef>

namespace mmsim {

void MergeTally::add(const MergeTally& other) {
    for (std::size_t i = 0; i < kMergeKinds; ++i) by_kind[i] += other.by_kind[i];
    copied += other.copied;
    extended += other.extended;
    splits += other.splits;
    for (std::size_t op = 0; op < kMmOps; ++op) {
        merges_by_op[op] += other.merges_by_op[op];
        splits_by_op[op] += other.splits_by_op[op];
    }
    if (by_driver.size() < other.by_driver.size()) by_driver.resize(other.by_driver.size());
    for (std::size_t i = 0; i < other.by_driver.size(); ++i) by_driver[i] += other.by_driver[i];
}

}  // namespace mmsim
