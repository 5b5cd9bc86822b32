// SPDX-License-Identifier: GPL-2.0-or-later
// Cutting a VMA in two, and unmapping, which cuts at both edges. Rules 3.2, 3.3, 4.7, 5.1.
#include <doctest/doctest.h>

#include "support/map_picture.h"
#include "support/scripted_driver.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

const Letter kSealedLetter{.prot = kR, .extra = kVmSealed};

// Closes in the order they came.
class CloseLog final : public Driver {
public:
    std::string_view name() const override { return "close_log"; }
    std::string_view summary() const override { return "for tests"; }
    HookSet hooks(const Profile&, HookChoice) const override {
        return HookSet{}.with(Hook::mmap).with(Hook::close);
    }
    Result<> mmap(HookCall& call, HalfBuiltVma& vma) const override {
        vma.ops = call.own_ops();
        return {};
    }
    void close(HookCall& call, const Vma& vma) const override {
        call.get(std::to_string((vma.start - vpn_of(MapPicture::kBase)).count));
    }
};

}  // namespace

TEST_SUITE("mm/split") {
    TEST_CASE(
        "rule 4.7: the cut at the start leaves the new piece below, the one at the end above") {
        MapPicture map{"AAAA"};
        CHECK(map.mprotect("A**A", kR));
        CHECK_EQ(map.now(), "BAAC");
        CHECK_EQ(map.access(), "wrrw");
    }

    TEST_CASE("rule 4.7: both pieces keep offsets, flags, anon_vma, name and policy") {
        MapPicture map{"AAAA", {{'A', {.extra = kVmDontDump, .touched = true}}}};
        CHECK(map.set_name("****", "heap of mine"));
        CHECK(map.mbind("****", kMpolBind, 1));
        CHECK(map.munmap("A**A"));
        CHECK_EQ(map.now(), "B..C");
        CHECK_EQ(map.anon_vmas(), "a..a");
        CHECK_EQ(map.home(0), 0);
        CHECK_EQ(map.home(3), 3);
        CHECK_EQ(map.codes(0), map.codes(3));
        CHECK_EQ(map.at(0).attr(), map.at(3).attr());
    }

    TEST_CASE("rule 4.7: a cut opens the new piece, holds the file and counts one writer more") {
        MapPicture map{"...."};
        const FileId file = map.open(scripted(HookSet{}.with(Hook::mmap).with(Hook::open)));
        CHECK(map.mmap("****", kRw, kMapShared, file, 5));
        CHECK(map.munmap("A**A"));
        CHECK_EQ(map.calls(file, Hook::open), 2);
        CHECK_EQ(map.pgoff(0), 5);
        CHECK_EQ(map.pgoff(3), 8);
        const File& now = map.world.files[file.index];
        CHECK_EQ(now.vmas, 2);
        CHECK_EQ(now.refs, 3);
        CHECK_EQ(now.writable_vmas, 2);
    }

    TEST_CASE("rule 4.7: a driver may refuse, with an errno of its own") {
        MapPicture map{"...."};
        const auto driver = scripted(HookSet{}.with(Hook::mmap).with(Hook::may_split));
        driver->on_may_split = Errno::eio;
        const FileId file = map.open(driver);
        CHECK(map.mmap("****", kRw, kMapShared, file));
        CHECK_EQ(outcome(map.munmap("A**A")), "EIO");
        CHECK_EQ(outcome(map.mprotect("A***", kR)), "EIO");
        CHECK_EQ(map.now(), "AAAA");
        CHECK(map.munmap("****"));
    }

    TEST_CASE("rule 4.3: a first cut is not taken back when the second fails") {
        MapPicture map{"AAAA"};
        map.faults.arm({.point = FailPoint::mprotect_split, .n = 2});
        CHECK_EQ(outcome(map.mprotect("A**A", kR)), "ENOMEM");
        CHECK_EQ(map.now(), "BAAA");
        CHECK_EQ(map.access(), "wwww");
    }
}

TEST_SUITE("mm/munmap") {
    TEST_CASE("rule 5.1: arguments") {
        constexpr std::uint64_t p = kPageSize;
        const std::uint64_t task = kTaskSize.bytes();
        const struct {
            const char* what;
            std::uint64_t addr, length;
            const char* result;
        } rows[] = {
            {"unaligned address", MapPicture::kBase + 1, p, "EINVAL"},
            {"address beyond TASK_SIZE", task + p, p, "EINVAL"},
            {"range beyond TASK_SIZE", task - p, 2 * p, "EINVAL"},
            {"no length", MapPicture::kBase, 0, "EINVAL"},
            {"nothing there", MapPicture::kBase + 8 * p, p, "ok"},
            {"all there is", 0, task, "ok"},
        };
        for (const auto& row : rows) {
            CAPTURE(row.what);
            MapPicture map{"AAAA"};
            CHECK_EQ(outcome(map.call([&](Current& current) {
                         return sys_munmap(current, row.addr, row.length);
                     })),
                     row.result);
            CHECK_EQ(map.now(), row.length == task ? "...." : "AAAA");
        }
    }

    TEST_CASE("rule 5.1: a length is rounded up to whole pages") {
        MapPicture map{"AAAA"};
        CHECK(map.call(
            [&](Current& current) { return sys_munmap(current, map.address(0), kPageSize + 1); }));
        CHECK_EQ(map.now(), "..BB");
    }

    TEST_CASE("rule 5.1: gaps in the range are fine") {
        MapPicture map{"AA..BB..CC"};
        CHECK(map.munmap("A********C"));
        CHECK_EQ(map.now(), "D........E");
        CHECK_EQ(map.world.committed.count, 2);
    }

    TEST_CASE("rule 5.1: VMAs are closed in ascending order") {
        MapPicture map{"........"};
        const FileId file = map.open(std::make_shared<CloseLog>());
        CHECK(map.mmap("......**", kR, kMapPrivate, file));
        CHECK(map.mmap("**....AA", kR, kMapPrivate, file));
        CHECK(map.mmap("BB.**.AA", kR, kMapPrivate, file));
        CHECK(map.munmap("********"));
        std::string order;
        for (const auto& [name, count] : map.state_of(file).references) order += name + " ";
        CHECK_EQ(order, "0 3 6 ");
    }

    TEST_CASE("rule 3.2, T9: a seal found late leaves the edge cut") {
        MapPicture map{"AAAABBBB", {{'B', kSealedLetter}}};
        CHECK_EQ(outcome(map.munmap("AA****BB")), "EPERM");
        CHECK_EQ(map.now(), "CCAABBBB");
        CHECK_EQ(map.access(), "wwwwrrrr");
    }

    TEST_CASE("rule 3.2: a sealed first VMA is not cut") {
        MapPicture map{"AAAABB", {{'A', kSealedLetter}}};
        CHECK_EQ(outcome(map.munmap("AA****")), "EPERM");
        CHECK_EQ(map.now(), "AAAABB");
    }
}

TEST_SUITE("mm/mmap over what is there") {
    TEST_CASE("rule 3.3 F1: a sealed VMA keeps everything in place, and the cuts") {
        MapPicture map{"AAAABBBB", {{'B', kSealedLetter}}};
        CHECK_EQ(outcome(map.mmap("AA****BB")), "EPERM");
        CHECK_EQ(map.now(), "CCAABBBB");
    }

    TEST_CASE("rule 3.3 F2, T10: a limit that is passed already refuses even an exchange") {
        MapPicture map{"AAAAAAAA"};
        map.limits().as = 4 * kPageSize;
        CHECK_EQ(outcome(map.mmap("AA**AAAA")), "ENOMEM");
        CHECK_EQ(map.now(), "BBAACCCC");
        CHECK_EQ(map.world.committed.count, 8);
    }

    TEST_CASE("rule 3.3 F3, T1: memory that can't be had keeps the old mapping, cut in two") {
        MapPicture map{"AAAAAAAA"};
        const std::uint64_t huge = std::uint64_t{4} << 40;
        const auto mapped = map.call([&](Current& current) {
            return sys_mmap(current, {.addr = map.address(4),
                                      .length = huge,
                                      .prot = kRw,
                                      .flags = kAnon | kMapFixed,
                                      .file = {},
                                      .offset = 0,
                                      .placed_at = {}});
        });
        CHECK_EQ(outcome(mapped), "ENOMEM");
        CHECK_EQ(map.now(), "BBBBAAAA");
        CHECK_EQ(map.world.committed.count, 8);
        CHECK(map.munmap("********"));
    }

    TEST_CASE("rule 3.3 F8, T2: a driver that refuses leaves a hole where old memory was") {
        for (const Profile& profile : all_profiles()) {
            CAPTURE(profile.name);
            MapPicture map{"AAAAAAAA", {}, profile};
            const auto driver = plain_file();
            driver->on_mmap = [](HookCall&, HalfBuiltVma&) -> Result<> { return Errno::enodev; };
            const FileId file = map.open(driver);
            CHECK_EQ(outcome(map.mmap("AA****AA", kRw, kMapPrivate, file)), "ENODEV");
            CHECK_EQ(map.now(), "BB....CC");
            // The charge of what was destroyed is lost, unless the request was not accountable.
            CHECK_EQ(map.mm().committed.count, 8);
            CHECK_EQ(map.mm().commit_leaked.count, 4);

            MapPicture reading{"AAAAAAAA", {}, profile};
            const FileId same = reading.open(driver);
            CHECK_EQ(outcome(reading.mmap("AA****AA", kR, kMapPrivate, same)), "ENODEV");
            CHECK_EQ(reading.mm().committed.count, 4);
        }
    }

    TEST_CASE("rule 3.1: replaced memory is exchanged in one step and stays counted right") {
        MapPicture map{"AAAABBBB", {{'B', {.prot = kR}}}};
        CHECK(map.mlock("AAAA****"));
        CHECK(map.mmap("AA****BB", kR));
        CHECK_EQ(map.access(), "wwrrrrrr");
        CHECK_EQ(map.world.committed.count, 2);
        CHECK_EQ(map.mm().locked_vm.count, 2);
        CHECK_EQ(map.mm().total_vm.count, 8);
    }
}
