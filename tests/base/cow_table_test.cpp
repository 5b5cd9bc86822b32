// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/cow_table.h"

#include <array>
#include <cstdint>
#include <string>

#include <doctest/doctest.h>

using namespace mmsim;

namespace {

// Values of this size are stored singly, small ones in blocks.
struct Large {
    std::uint64_t value = 0;
    std::array<std::uint64_t, 100> more = {};
};

template <typename T>
std::string values(const CowTable<T>& table) {
    std::string text;
    for (std::uint32_t i = 1; i < table.bound(); ++i) {
        text.append(text.empty() ? "" : " ").append(std::to_string(table[i].value));
    }
    return text;
}

struct Small {
    std::uint64_t value = 0;
};

}  // namespace

TEST_SUITE("base/cow_table") {
    TEST_CASE_TEMPLATE("a write to a copy is seen in the copy alone", T, Small, Large) {
        CowTable<T> table;
        for (std::uint64_t i = 1; i <= 5; ++i) table.add(T{i});
        CowTable<T> copy = table;
        copy.edit(3).value = 30;
        table.edit(4).value = 40;
        copy.add(T{6});
        CHECK_EQ(values(table), "1 2 3 40 5");
        CHECK_EQ(values(copy), "1 2 30 4 5 6");
    }

    TEST_CASE_TEMPLATE("the slot freed last is used first", T, Small, Large) {
        CowTable<T> table;
        for (std::uint64_t i = 1; i <= 100; ++i) table.add(T{i});
        table.remove(7);
        table.remove(99);
        CHECK_EQ(table.live(), 98);
        CHECK_EQ(table.add(T{1}), 99);
        CHECK_EQ(table.add(T{1}), 7);
        CHECK_EQ(table.add(T{1}), 101);
    }
}
