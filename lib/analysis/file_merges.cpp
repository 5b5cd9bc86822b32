// SPDX-License-Identifier: GPL-2.0-or-later
#include "analysis/file_merges.h"

#include "analysis/capped_list.h"

namespace mmsim {

void FileMerges::name(Slot& slot, const File& file) {
    const bool room = paths_.all().size() < kListCap;
    slot = {file.serial, file.internal, paths_[room ? file.path : "(others)"]};
    counts_.resize(paths_.all().size());
}

}  // namespace mmsim
