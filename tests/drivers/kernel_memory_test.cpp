// SPDX-License-Identifier: GPL-2.0-or-later
// Rings and tables of the kernel that programs map: their flags are those that smaps shows. Rule 7.
#include <doctest/doctest.h>

#include "drivers/built_in_scene.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

// The flags of two pages mapped with that driver; "EPERM" where it refuses.
std::string mapped(std::string_view driver, std::uint64_t flags, std::uint64_t prot = kRw,
                   KernelVersion version = KernelVersion::v6_18) {
    BuiltInScene scene(driver, "..", version);
    const auto result = scene.mmap("**", flags, 0, prot);
    CHECK_EQ(scene.map.broken(), "");
    return result ? scene.codes(0) : outcome(result);
}

}  // namespace

TEST_SUITE("drivers/kernel memory") {
    TEST_CASE("io_uring's rings are mixed pages of a fixed size") {
        CHECK_EQ(mapped("io_uring", kMapShared), "rd wr sh mr mw me ms de mm ");
        CHECK_EQ(mapped("io_uring", kMapShared, kR), "rd sh mr mw me ms de mm ");
        CHECK_EQ(mapped("io_uring", kMapPrivate), "rd wr mr mw me de ac mm ");
    }

    TEST_CASE("a perf event's ring is not copied at fork, and from 6.18 on it stays in one piece") {
        CHECK_EQ(mapped("perf_event", kMapShared), "rd wr sh mr mw me ms pf io dc de dd ");
        CHECK_EQ(mapped("perf_event", kMapShared, kRw, KernelVersion::v6_12),
                 "rd wr sh mr mw me ms dc de dd ");
        CHECK_EQ(mapped("perf_event", kMapPrivate), "EINVAL");
        for (const Profile& profile : all_profiles()) {
            CAPTURE(profile.name);
            BuiltInScene scene("perf_event", ".....", profile.version);
            CHECK_EQ(outcome(scene.mmap("****.", kMapShared)), "EINVAL");
            CHECK(scene.mmap("***..", kMapShared));
            const bool whole = profile.version >= KernelVersion::v6_18;
            CHECK_EQ(outcome(scene.map.munmap("*AA..")), whole ? "EINVAL" : "ok");
            CHECK_EQ(scene.map.now(), whole ? "AAA.." : ".BB..");
            const auto child = scene.map.fork();
            REQUIRE(child);
            scene.map.show(*child);
            CHECK_EQ(scene.map.now(), ".....");
        }
    }

    TEST_CASE("a packet socket's rings begin at offset 0, and may be cut") {
        CHECK_EQ(mapped("packet", kMapShared), "rd wr sh mr mw me ms mm ");
        BuiltInScene scene("packet", "....", KernelVersion::v6_18);
        CHECK_EQ(outcome(scene.mmap("**..", kMapShared, 1)), "EINVAL");
        CHECK(scene.mmap("****", kMapShared));
        CHECK(scene.map.munmap("A*AA"));
        CHECK_EQ(scene.map.now(), "B.CC");
    }

    TEST_CASE("what a TCP socket maps is read-only for ever") {
        CHECK_EQ(mapped("tcp", kMapShared, kR), "rd sh mr ms mm ");
        CHECK_EQ(mapped("tcp", kMapPrivate, kR), "rd mr mm ");
        CHECK_EQ(mapped("tcp", kMapShared), "EPERM");
    }

    TEST_CASE("a BPF map that is mapped read-only stays so") {
        CHECK_EQ(mapped("bpf_map", kMapShared), "rd wr sh mr mw ms de dd mm ");
        CHECK_EQ(mapped("bpf_map", kMapShared, kR), "rd sh mr ms de dd mm ");
        CHECK_EQ(mapped("bpf_map", kMapPrivate), "EINVAL");
    }

    TEST_CASE("the ring of io_setup does not grow") {
        CHECK_EQ(mapped("aio", kMapShared), "rd wr sh mr mw me ms de ");
    }
}
