// SPDX-License-Identifier: GPL-2.0-or-later
// What a world still counts once its processes have ended: what was open from the start, and what
// leaked.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mm/event.h"
#include "mm/world.h"

namespace mmsim {

// Something that is counted too high, or (below 0) too low.
struct Unreturned {
    LeakKind kind{};
    DriverId driver;  // of a reference
    FileId file;      // of a file
    std::string reference = {};
    std::int64_t count = 0;  // pages for commit and locked
};

class Books {
public:
    // Ends `mm`, and the processes that `before` does not have. `world` is used up.
    // REQUIRES: `world` came of `before` by calls in `mm`
    Books(World& world, const World& before, MmId mm);

    // What is counted here and was not in `before`.
    std::vector<Unreturned> beyond(const Books& before) const;

private:
    struct Reference {
        DriverId driver;
        std::string name;
        std::int64_t count = 0;
        friend bool operator==(const Reference&, const Reference&) = default;
    };

    std::int64_t committed_ = 0;
    std::int64_t locked_ = 0;
    std::vector<std::int64_t> files_;  // references, by FileId
    std::vector<Reference> references_;
};

// A number for all that decides how calls go on: equal states have equal ones. Ids, and how often
// hooks were called, count for nothing.
std::uint64_t state_digest(const World& world, const World& before, MmId mm);

}  // namespace mmsim
