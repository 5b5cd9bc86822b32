// SPDX-License-Identifier: GPL-2.0-or-later
#include "analysis/file_merges.h"

#include "analysis/capped_list.h"

namespace mmsim {

void FileMerges::name(FileId id, const File& file) {
    if (id.index >= slots_.size()) slots_.resize(id.index + std::size_t{1});
    Slot& slot = slots_[id.index];
    const bool room = paths_.all().size() < kListCap;
    slot = {file.serial, file.internal, paths_[room ? file.path : "(others)"]};
    counts_.resize(paths_.all().size());
}

}  // namespace mmsim
