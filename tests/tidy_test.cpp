// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

TEST_SUITE("tidy") {
    TEST_CASE("doctest runs") { CHECK(std::string(MMSIM_SOURCE_DIR) != ""); }
}
