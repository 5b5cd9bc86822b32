// SPDX-License-Identifier: GPL-2.0-or-later
// A line on standard error that says how far a long run has come. Only on a terminal.
#pragma once

#include <chrono>
#include <cstdint>

namespace mmsim {

class Progress {
public:
    Progress();
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    // Cheap enough to be called for each event.
    void at(std::uint64_t events) {
        if (enabled_ && (events & kMask) == 0) [[unlikely]]
            show(events);
    }

private:
    static constexpr std::uint64_t kMask = (1 << 12) - 1;
    void show(std::uint64_t events);

    bool enabled_;
    bool shown_ = false;
    std::chrono::steady_clock::time_point next_;
};

}  // namespace mmsim
