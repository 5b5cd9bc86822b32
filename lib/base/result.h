// SPDX-License-Identifier: GPL-2.0-or-later
// A value, or the errno that the simulated kernel would have returned instead.
#pragma once

#include <utility>

#include "base/assert.h"
#include "base/errno.h"

namespace mmsim {

template <typename T = void>
class [[nodiscard]] Result {
public:
    // Both implicit on purpose: `return value;` and `return Errno::enomem;` read as in C.
    constexpr Result(T value) : value_(std::move(value)) {}
    constexpr Result(Errno error) : error_(error) { MMSIM_ASSERT(error != Errno::ok); }

    constexpr explicit operator bool() const { return error_ == Errno::ok; }
    constexpr Errno error() const { return error_; }

    // REQUIRES: no error
    constexpr const T& operator*() const { return MMSIM_ASSERT(*this), value_; }
    constexpr T& operator*() { return MMSIM_ASSERT(*this), value_; }
    constexpr const T* operator->() const { return &**this; }
    constexpr T* operator->() { return &**this; }

private:
    T value_{};
    Errno error_ = Errno::ok;
};

template <>
class [[nodiscard]] Result<void> {
public:
    constexpr Result() = default;
    constexpr Result(Errno error) : error_(error) {}

    constexpr explicit operator bool() const { return error_ == Errno::ok; }
    constexpr Errno error() const { return error_; }

private:
    Errno error_ = Errno::ok;
};

}  // namespace mmsim

// The value of a Result, or return its errno from the enclosing function. One per statement.
#define TRY(...)                              \
    __extension__({                           \
        auto&& mmsim_result_ = (__VA_ARGS__); \
        if (!mmsim_result_) [[unlikely]]      \
            return mmsim_result_.error();     \
        ::mmsim::detail::take(mmsim_result_); \
    })

namespace mmsim::detail {

template <typename T>
constexpr T take(Result<T>& result) {
    return std::move(*result);
}
constexpr void take(Result<void>&) {}

}  // namespace mmsim::detail
