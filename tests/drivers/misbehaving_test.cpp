// SPDX-License-Identifier: GPL-2.0-or-later
// Drivers that break one rule, each beside its fixed form: the difference is that rule and nothing
// else. Rules 3.5, 5.2, 5.3, 6.5, 6.6.
#include <string>

#include <doctest/doctest.h>

#include "drivers/registry.h"
#include "support/map_picture.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

// A wrong driver and its right form, each with a picture and a file of its own.
struct Form {
    Form(const std::string& driver, KernelVersion version)
        : map("............", {}, profile_of(version)) {
        id = install_driver(map.world, make_driver(driver));
        File opened;
        opened.path = "/dev/" + driver;
        opened.writable = true;
        opened.type = FileType::character;
        opened.driver = id;
        file = map.world.open_file(opened);
    }
    std::string mmap(std::string_view picture, std::uint64_t pgoff = 0, std::uint64_t prot = kRw) {
        return outcome(map.mmap(picture, prot, kMapShared, file, pgoff));
    }
    // Of the driver's only named reference; 0 when it never took one.
    std::int64_t held() const {
        const auto& references = map.world.drivers[id.index].state.references;
        return references.empty() ? 0 : references.front().second;
    }

    MapPicture map;
    DriverId id;
    FileId file;
};

struct Pair {
    explicit Pair(const std::string& driver, KernelVersion version = KernelVersion::v7_3)
        : wrong(driver, version), right(driver + "_fixed", version) {}
    Form wrong, right;
};

}  // namespace

TEST_SUITE("drivers/misbehaving") {
    TEST_CASE("rule 3.5: counted in mmap_prepare, a mapping that merges is counted for ever") {
        Pair pair("afs_ref");
        for (Form* form : {&pair.wrong, &pair.right}) {
            CHECK_EQ(form->mmap("****........"), "ok");
            CHECK_EQ(form->mmap("AAAA****....", 4), "ok");
            CHECK(form->map.munmap("********...."));
        }
        CHECK_EQ(pair.wrong.held(), 1);
        CHECK_EQ(pair.right.held(), 0);
    }

    TEST_CASE("rule 6.6: without mapped, the count that holds is that of the old hook") {
        for (const KernelVersion version : {KernelVersion::v6_12, KernelVersion::v7_0}) {
            Form form("afs_ref_fixed", version);
            CHECK_EQ(form.mmap("****........"), "ok");
            CHECK_EQ(form.mmap("AAAA****....", 4), "ok");
            CHECK(form.map.munmap("********...."));
            CHECK_EQ(form.held(), 0);
        }
    }

    TEST_CASE("rule 3.3: what mmap_prepare allocates is lost when no VMA can be had") {
        Pair pair("hugetlb_lock", KernelVersion::v7_0);
        for (Form* form : {&pair.wrong, &pair.right}) {
            form->map.faults.arm({.point = FailPoint::vma_alloc});
            CHECK_EQ(form->mmap("****........"), "ENOMEM");
        }
        CHECK_EQ(pair.wrong.held(), 1);
        CHECK_EQ(pair.right.held(), 0);
    }

    TEST_CASE("rule 4.7: without open, both halves of a cut mapping free the one region") {
        Pair pair("uacce_region");
        for (Form* form : {&pair.wrong, &pair.right}) {
            CHECK_EQ(form->mmap("****........"), "ok");
            CHECK(form->map.munmap("**AA........"));
            CHECK(form->map.munmap("..**........"));
        }
        CHECK_EQ(pair.wrong.held(), -1);
        CHECK_EQ(pair.right.held(), 0);
    }

    TEST_CASE("rule 5.2: read-only without clearing MAYWRITE lasts until mprotect") {
        Pair pair("usbmon_buffer");
        for (Form* form : {&pair.wrong, &pair.right}) {
            CHECK_EQ(form->mmap("****........", 0, kRw), "EPERM");
            CHECK_EQ(form->mmap("****........", 0, kR), "ok");
        }
        CHECK_EQ(outcome(pair.wrong.map.mprotect("****........", kRw)), "ok");
        CHECK_EQ(outcome(pair.right.map.mprotect("****........", kRw)), "EACCES");
    }

    TEST_CASE("rule 6.5: an object remapped into a smaller view is refused from 7.1 on") {
        Pair pair("gem_partial");
        CHECK_EQ(pair.wrong.mmap("****........", 12), "EFAULT");
        CHECK_EQ(pair.right.mmap("****........", 12), "ok");
        CHECK_EQ(pair.right.mmap("AAAA****....", 14), "EINVAL");
        Form before("gem_partial", KernelVersion::v7_0);
        CHECK_EQ(before.mmap("****........", 12), "ok");
    }

    TEST_CASE("rule 2.2: an offset that wraps does not get past the core") {
        Pair pair("fb_wrap");
        for (Form* form : {&pair.wrong, &pair.right}) {
            CHECK_EQ(form->mmap("**..........", (std::uint64_t{1} << 52) - 1), "EOVERFLOW");
            CHECK_EQ(form->mmap("**..........", 15), "EINVAL");
            CHECK_EQ(form->mmap("**..........", 14), "ok");
        }
    }

    TEST_CASE("rule 3.4: pages that a failing hook frees at once are still mapped") {
        Pair pair("remap_partial");
        for (Form* form : {&pair.wrong, &pair.right}) {
            CHECK_EQ(form->mmap("***........."), "EIO");
            CHECK_EQ(form->mmap("**.........."), "ok");
        }
        CHECK_EQ(pair.wrong.held(), 2);
        CHECK_EQ(pair.right.held(), 0);
    }
}
