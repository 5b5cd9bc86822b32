// SPDX-License-Identifier: GPL-2.0-or-later
// Memory that its driver locks and the kernel does not reach. Rules 5.6, 5.9, E4.
#include <doctest/doctest.h>

#include "drivers/registry.h"
#include "support/map_picture.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

struct Secret {
    explicit Secret(const Profile& profile = newest_profile()) : map("AA....", {}, profile) {
        File file;
        file.path = "/secretmem";
        file.writable = true;
        file.noexec = true;
        const FileId opened = map.open(make_driver("secretmem"), file);
        CHECK(map.mmap("AA****", kRw, kMapShared, opened));
    }
    std::string locked() const { return map.marks(kVmLocked); }
    std::uint64_t locked_vm() const { return map.mm().locked_vm.count; }
    MapPicture map;
};

}  // namespace

TEST_SUITE("drivers/secretmem") {
    TEST_CASE("rule 5.6: munlock leaves secret memory locked and uncut") {
        for (const Profile& profile : all_profiles()) {
            CAPTURE(profile.name);
            Secret secret(profile);
            CHECK_EQ(secret.map.codes(2), "rd wr sh mr mw ms lo dd");
            CHECK(secret.map.munlock("A*****"));
            CHECK(secret.map.munlock("AAB**B"));
            CHECK_EQ(secret.map.now(), "AABBBB");
            CHECK_EQ(secret.locked(), "--####");
            CHECK_EQ(secret.locked_vm(), 4);
        }
    }

    TEST_CASE("rule 5.6: munlockall leaves it, and unlocks the rest") {
        Secret secret;
        CHECK(secret.map.call([](Current& c) { return sys_mlockall(c, kMclCurrent); }));
        CHECK_EQ(secret.locked(), "######");
        CHECK_EQ(secret.locked_vm(), 6);
        CHECK(secret.map.call([](Current& c) { return sys_munlockall(c); }));
        CHECK_EQ(secret.locked(), "--####");
        CHECK_EQ(secret.locked_vm(), 4);
    }

    TEST_CASE("rule E4: it can't be populated, so mlock passes it over and fails all the same") {
        Secret secret;
        CHECK_EQ(outcome(secret.map.mlock("AAB**B")), "ENOMEM");
        CHECK_EQ(outcome(secret.map.mlock("AAB**B", kMlockOnFault)), "ENOMEM");
        CHECK_EQ(outcome(secret.map.madvise("AA****", Madv::populate_read)), "EINVAL");
        CHECK_EQ(secret.map.now(), "AABBBB");
        CHECK_EQ(secret.map.codes(2), "rd wr sh mr mw ms lo dd");
        CHECK_EQ(secret.locked_vm(), 4);
    }

    TEST_CASE("rule 5.9: a child's copy is not locked, and mlock does not change that") {
        Secret secret;
        const auto child = secret.map.fork();
        REQUIRE(child);
        secret.map.show(*child);
        CHECK_EQ(secret.locked(), "------");
        CHECK_EQ(outcome(secret.map.mlock("AA****")), "ENOMEM");
        CHECK_EQ(secret.locked(), "------");
        CHECK_EQ(secret.locked_vm(), 0);
    }

    TEST_CASE("rule 5.1: unmapping a part of it counts the locked pages off") {
        Secret secret;
        CHECK(secret.map.munmap("AA**BB"));
        CHECK_EQ(secret.locked_vm(), 2);
    }
}
