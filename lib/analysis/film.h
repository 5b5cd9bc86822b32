// SPDX-License-Identifier: GPL-2.0-or-later
// What the address spaces looked like at moments of a run, in a size that does not grow with it.
//
// A picture is taken every width() events. When there are kFrames of them, every other one is
// dropped and the width doubles; the one of the start stays, and so do those that keep() asked for.
// A picture of many VMAs is coarse: it has at most kRows rows, each of which stands for as many
// neighbouring VMAs as need be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "analysis/spaces.h"
#include "mm/world.h"
#include "replay/step.h"

namespace mmsim {

class Film {
public:
    static constexpr std::size_t kFrames = 64;
    static constexpr std::size_t kRows = 512;   // of one frame, over all its address spaces
    static constexpr std::size_t kSpaces = 16;  // the first ones in order of appearance

    // How a row is to be coloured and named.
    struct Look {
        std::string access;  // "rw-p"
        std::string driver;  // empty: no driver
        std::string name;    // as maps prints it
    };
    struct Row {
        Vpn start, end;
        Pages mapped;            // less than end - start where the VMAs have gaps between them
        std::uint64_t vmas = 0;  // that the row stands for
        std::uint32_t look = 0;  // of the first of them; into looks()
    };
    struct Picture {
        std::int64_t pid = 0;
        std::size_t space = 0;  // the address spaces in order of appearance, from 0
        std::uint64_t vmas = 0;
        std::vector<Row> rows;
        bool ended = false;  // it is of the moment when the address space ended
    };
    struct Frame {
        std::uint64_t event = 0;  // the picture is of the layout after it
        std::uint64_t line = 0;
        std::vector<Picture> pictures;
        bool kept = false;  // for more than that its turn had come
    };

    // The layouts before the first event.
    void start(const World& world, const Spaces& spaces);
    // After each event.
    void after_step(const Step& step, const World& world, const Spaces& spaces) {
        if (step.number % width_ == 0) [[unlikely]]
            take(step, world, spaces);
    }
    // The layouts after this event are worth looking at. After after_step().
    void keep(const Step& step, const World& world, const Spaces& spaces);
    // Before an address space goes for good.
    void on_end(const World& world, const Spaces& spaces, std::size_t space);
    // The layout at the end; of an address space that has ended, as it was then.
    void finish(std::uint64_t event, const World& world, const Spaces& spaces);

    std::uint64_t width() const { return width_; }  // events from picture to picture
    const std::vector<Frame>& frames() const { return frames_; }
    const std::vector<Look>& looks() const { return looks_; }

private:
    void take(const Step& step, const World& world, const Spaces& spaces);
    Frame shoot(const World& world, const Spaces& spaces);
    Picture shoot(const World& world, const Spaces& spaces, std::size_t space, std::size_t rows);
    std::uint32_t look_of(const World& world, const Mm& mm, const Vma& vma);

    std::uint64_t width_ = 1;
    std::vector<Frame> frames_;
    std::size_t kept_ = 0;  // of them
    std::vector<Picture> ended_;
    std::vector<Look> looks_;
    std::unordered_map<std::string, std::uint32_t> by_key_;  // of looks_
};

}  // namespace mmsim
