// SPDX-License-Identifier: GPL-2.0-or-later
// A step's reverse, written beside the step and run in reverse order when the function fails.
#pragma once

#include <utility>

namespace mmsim {

// Runs its function at the end of the scope unless keep() was called.
template <typename F>
class [[nodiscard]] Undo {
public:
    explicit Undo(F undo) : undo_(std::move(undo)) {}
    ~Undo() {
        if (armed_) undo_();
    }
    Undo(const Undo&) = delete;
    Undo& operator=(const Undo&) = delete;

    // The step stands: nothing is undone.
    void keep() { armed_ = false; }

private:
    F undo_;
    bool armed_ = true;
};

}  // namespace mmsim
