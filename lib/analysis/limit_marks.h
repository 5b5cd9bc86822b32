// SPDX-License-Identifier: GPL-2.0-or-later
// At which call a lower max_map_count would have refused first, for round limits.
#pragma once

#include <cstdint>
#include <vector>

#include "analysis/findings.h"

namespace mmsim {

struct LimitMark {
    std::uint64_t limit = 0;  // 10, 20, 50, 100, ...
    Place place;
};

class LimitMarks {
public:
    // Whether a call that needs this much is one to add.
    bool is_new(std::uint64_t needed) const { return needed > next_; }
    // A call at `place` needed a max_map_count of at least `needed`.
    void add(std::uint64_t needed, const Place& place) {
        while (next_ < needed) {
            marks_.push_back({next_, place});
            next_ = after(next_);
        }
    }
    const std::vector<LimitMark>& all() const { return marks_; }

private:
    // 1, 2, 5 of each power of ten.
    static std::uint64_t after(std::uint64_t limit) {
        std::uint64_t power = 1;
        while (limit / power >= 10) power *= 10;
        return limit / power == 2 ? 5 * power : 2 * limit;
    }

    std::uint64_t next_ = 10;
    std::vector<LimitMark> marks_;
};

}  // namespace mmsim
