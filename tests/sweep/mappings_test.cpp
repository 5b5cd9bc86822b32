// SPDX-License-Identifier: GPL-2.0-or-later
// Address spaces compared by what is mapped, not by how it is cut.
#include "sweep/mappings.h"

#include <doctest/doctest.h>

#include "support/map_picture.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

VmRange columns(std::uint64_t from, std::uint64_t to) {
    const Vpn base = vpn_of(MapPicture::kBase);
    return {base + Pages{from}, base + Pages{to}};
}

bool same(const char* a, const char* b, std::vector<VmRange> without = {}) {
    const MapPicture left(a);
    const MapPicture right(b);
    return same_mappings(right.world, left.mm().vmas, right.mm().vmas, without);
}

}  // namespace

TEST_SUITE("sweep/mappings") {
    TEST_CASE("a mapping that is cut in two is the same mapping") {
        CHECK(same("..AAAA..", "..AABB.."));
        CHECK(same("..ABCD..", "..AAAA.."));
    }

    TEST_CASE("a page more, less or elsewhere is a difference") {
        CHECK_FALSE(same("..AAAA..", "..AAA..."));
        CHECK_FALSE(same("..AAAA..", ".AAAA..."));
        CHECK_FALSE(same("..AAAA..", "..AA.A.."));
        CHECK_FALSE(same("........", "..A....."));
    }

    TEST_CASE("pages that are left out are left out of the second alone") {
        CHECK(same("..AA....", "..AAAA..", {columns(4, 6)}));
        CHECK(same("..A..B..", "..AAAA..", {columns(3, 5)}));
        CHECK(same("........", "..AABB..", {columns(2, 6)}));
        CHECK(same("..A.B.C.", "..AAAAA.", {columns(3, 4), columns(5, 6)}));
        CHECK_FALSE(same("..AAAA..", "..AA....", {columns(4, 6)}));
        CHECK_FALSE(same("..AAA...", "..AAAA..", {columns(4, 6)}));
    }
}
