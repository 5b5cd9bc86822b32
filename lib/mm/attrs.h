// SPDX-License-Identifier: GPL-2.0-or-later
// The rare attributes of a VMA, stored once however many VMAs share them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/cow_table.h"
#include "mm/vma.h"

namespace mmsim {

// A NUMA policy. Equal when mode (with its flags) and nodes are. Rule E13.
struct MemPolicy {
    std::uint64_t mode = 0;  // MPOL_* with mode flags; 0: none
    std::uint64_t nodes = 0;

    friend bool operator==(const MemPolicy&, const MemPolicy&) = default;
};

struct VmaAttrs {
    MemPolicy policy;
    bool named = false;        // an empty anonymous name is a name
    std::string anon_name;     // PR_SET_VMA_ANON_NAME
    UffdId uffd;               // which userfaultfd it is registered with. Rule 5.7
    std::string special_name;  // "[vdso]": a special mapping, which has no file

    friend bool operator==(const VmaAttrs&, const VmaAttrs&) = default;
};

// Interned: equal attributes have equal ids. Entry 0 is "nothing special".
class AttrTable {
public:
    const VmaAttrs& operator[](AttrId id) const;
    AttrId intern(const VmaAttrs& attrs);
    std::uint32_t size() const { return entries_.live(); }
    // Changes whenever an entry comes or goes.
    std::uint64_t version() const { return version_; }

    // It has grown enough since the last sweep to pay for a walk over `vmas` VMAs.
    bool wants_sweep(std::uint64_t vmas) const {
        return size() >= std::max<std::uint64_t>(sweep_at_, vmas / 4);
    }
    // Drops the entries that are not in use; `in_use` has a place for each id that there is.
    void sweep(const std::vector<bool>& in_use);
    std::uint32_t bound() const { return entries_.bound(); }

private:
    static constexpr std::uint32_t kSweepAt = 256;

    CowTable<VmaAttrs> entries_;
    std::uint64_t version_ = 0;
    std::uint32_t sweep_at_ = kSweepAt;
};

}  // namespace mmsim
