// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers that a seed fixes on every machine (std's distributions don't).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace mmsim::live {

class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {
        // Neighbouring seeds would give one sequence, shifted by a number.
        state_ = next() ^ seed;
    }

    // splitmix64
    std::uint64_t next() {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
    std::uint64_t below(std::uint64_t bound) { return next() % bound; }
    bool percent(std::uint64_t chance) { return below(100) < chance; }
    // From 1 to `most`, small numbers more often.
    std::uint64_t small(std::uint64_t most) { return 1 + below(1 + below(most)); }

    template <typename T>
    T pick(std::initializer_list<T> choices) {
        return *(choices.begin() + static_cast<std::ptrdiff_t>(below(choices.size())));
    }

private:
    std::uint64_t state_;
};

}  // namespace mmsim::live
