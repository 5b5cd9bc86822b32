// SPDX-License-Identifier: GPL-2.0-or-later
// That the check of the invariants finds what is broken: each test breaks one. Rules 9.
#include <functional>

#include <doctest/doctest.h>

#include "support/map_picture.h"
#include "support/scripted_driver.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

// The number of the invariant that `damage` breaks in a picture "AA.BB", with B touched.
std::string broken_by(const std::function<void(MapPicture&)>& damage) {
    MapPicture map{"AA.BB", {{'B', kTouched}}};
    damage(map);
    const std::string what = map.broken();
    return what.substr(0, what.find_first_of(" :"));
}

std::string broken_vma(const std::function<void(Vma&)>& damage, std::size_t column = 0) {
    return broken_by([&](MapPicture& map) {
        Vma vma = map.at(column);
        damage(vma);
        map.mm().vmas.assign(map.at(column).start, vma);
    });
}

// Of a shared writable file mapping, two columns wide.
std::string broken_file(const std::function<void(MapPicture&, Vma&, File&)>& damage) {
    MapPicture map{".."};
    const FileId file = map.open(plain_file());
    REQUIRE(map.mmap("**", kRw, kMapShared, file));
    Vma vma = map.at(0);
    damage(map, vma, map.world.files.edit(file.index));
    map.mm().vmas.assign(map.at(0).start, vma);
    const std::string what = map.broken();
    return what.substr(0, what.find_first_of(" :"));
}

}  // namespace

TEST_SUITE("mm/invariants") {
    TEST_CASE("rules 9: an intact address space breaks none") {
        CHECK_EQ(broken_by([](MapPicture&) {}), "");
    }

    TEST_CASE("rule 9.1: no VMA lies beyond TASK_SIZE") {
        CHECK_EQ(
            broken_by([](MapPicture& map) { map.mm().layout.task_size = vpn_of(map.address(4)); }),
            "9.1");
    }

    TEST_CASE("rule 9.2: map_count is the number of VMAs") {
        CHECK_EQ(broken_by([](MapPicture& map) { ++map.mm().map_count; }), "9.2");
    }

    TEST_CASE("rule 9.4: total_vm and the classes are sums of pages") {
        CHECK_EQ(broken_by([](MapPicture& map) { ++map.mm().total_vm.count; }), "9.4");
        CHECK_EQ(broken_by([](MapPicture& map) { ++map.mm().data_vm.count; }), "9.4");
        CHECK_EQ(broken_by([](MapPicture& map) { ++map.mm().exec_vm.count; }), "9.4");
        CHECK_EQ(broken_by([](MapPicture& map) { ++map.mm().stack_vm.count; }), "9.4");
    }

    TEST_CASE("rule 9.5: locked_vm is what is LOCKED, and what is known to have leaked") {
        CHECK_EQ(broken_by([](MapPicture& map) { ++map.mm().locked_vm.count; }), "9.5");
        CHECK_EQ(broken_by([](MapPicture& map) {
                     ++map.mm().locked_vm.count;
                     ++map.mm().locked_leaked.count;
                 }),
                 "");
    }

    TEST_CASE("rule 9.6: the commit charge is what has ACCOUNT, and what is known to have leaked") {
        CHECK_EQ(broken_by([](MapPicture& map) { ++map.mm().committed.count; }), "9.6");
        CHECK_EQ(broken_by([](MapPicture& map) {
                     ++map.mm().committed.count;
                     ++map.mm().commit_leaked.count;
                     ++map.world.committed.count;
                 }),
                 "");
        CHECK_EQ(broken_by([](MapPicture& map) { ++map.world.committed.count; }), "9.6");
    }

    TEST_CASE("rule 9.7: what is private and writable is accounted, what is shared never") {
        CHECK_EQ(broken_vma([](Vma& vma) { vma.flags = vma.flags.without(kVmAccount); }), "9.7");
        CHECK_EQ(broken_vma([](Vma& vma) { vma.flags = vma.flags | kVmShared; }), "9.7");
    }

    TEST_CASE("rules 9.9 to 9.11: a file counts its references, its VMAs and its writers") {
        CHECK_EQ(broken_file([](MapPicture&, Vma&, File&) {}), "");
        CHECK_EQ(broken_file([](MapPicture&, Vma&, File& file) { file.refs = 0; }), "9.9");
        CHECK_EQ(broken_file([](MapPicture&, Vma&, File& file) { ++file.refs; }), "9.9");
        CHECK_EQ(broken_file([](MapPicture&, Vma&, File& file) {
                     ++file.refs;
                     ++file.leaked;
                 }),
                 "");
        CHECK_EQ(broken_file([](MapPicture& map, Vma&, File&) { ++map.world.shmem_live; }), "9.9");
        CHECK_EQ(broken_file([](MapPicture&, Vma&, File& file) { file.writable_vmas = 0; }),
                 "9.10");
        CHECK_EQ(broken_file([](MapPicture&, Vma&, File& file) { file.vmas = 0; }), "9.11");
    }

    TEST_CASE("rule 9.17: mapped and open less close are the VMAs that a driver has") {
        MapPicture map{"..."};
        const auto driver = scripted(HookSet{}
                                         .with(Hook::mmap_prepare)
                                         .with(Hook::mapped)
                                         .with(Hook::open)
                                         .with(Hook::close));
        const FileId file = map.open(driver);
        const auto state = [&]() -> DriverState& {
            return map.world.drivers.edit(map.world.files[file.index].driver.index).state;
        };
        REQUIRE(map.mmap("***", kRw, kMapShared, file));
        REQUIRE(map.munmap("A*A"));
        REQUIRE(map.fork());
        CHECK_EQ(state().known_vmas, 4);
        CHECK_EQ(map.broken(), "");
        --state().known_vmas;
        CHECK_EQ(map.broken(), "9.17: mapped + open - close differs from the VMAs of scripted");
    }

    TEST_CASE("rule 9.17: what a driver without VMAs still counts must have been told") {
        MapPicture map{"."};
        const FileId file = map.open(plain_file());
        DriverState& state = map.world.drivers.edit(map.world.files[file.index].driver.index).state;
        for (const std::int64_t count : {1, -1}) {
            state.references = {{"users", count}};
            state.leaked = {};
            CHECK_EQ(map.broken(),
                     "9.17: references of scripted outlive its VMAs, and are not told");
            state.leaked = {{"users", count}};
            CHECK_EQ(map.broken(), "");
        }
    }

    TEST_CASE("rule 9.12: only private memory has an anon_vma, and a chain only with one") {
        CHECK_EQ(
            broken_file([](MapPicture& map, Vma& vma, File&) { map.world.anon_vmas.prepare(vma); }),
            "9.12");
        CHECK_EQ(broken_vma([](Vma& vma) { vma.chain = {1}; }), "9.12");
    }

    TEST_CASE("rule 9.14: memory that was never faulted is at home") {
        CHECK_EQ(broken_vma([](Vma& vma) { ++vma.pgoff.index; }), "9.14");
        CHECK_EQ(broken_vma([](Vma& vma) { ++vma.pgoff.index; }, 3), "");
    }

    TEST_CASE("rule 9.15: flags that exclude or presuppose each other") {
        const auto with = [](VmFlags flags) {
            return broken_vma([flags](Vma& vma) { vma.flags = vma.flags | flags; });
        };
        CHECK_EQ(with(kVmLockOnFault), "9.15");
        CHECK_EQ(with(kVmHugePage | kVmNoHugePage), "9.15");
        CHECK_EQ(broken_vma([](Vma& vma) { vma.flags = vma.flags.without(kVmMayRead); }), "9.15");
        CHECK_EQ(broken_file(
                     [](MapPicture&, Vma& vma, File&) { vma.flags = vma.flags | kVmWipeOnFork; }),
                 "9.15");
    }
}
