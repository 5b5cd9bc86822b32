// SPDX-License-Identifier: GPL-2.0-or-later
// Registration with a userfaultfd: an attribute and a flag a mode. Rule 5.7.
#include <doctest/doctest.h>

#include "support/map_picture.h"
#include "support/scripted_driver.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

// A layout and two userfaultfds of it.
struct Registered : MapPicture {
    using MapPicture::MapPicture;

    Result<> add(std::string_view picture, std::uint64_t modes = kUffdModeMissing) {
        return uffdio(picture, first, UffdRequest::register_range, modes);
    }
    Result<> add_other(std::string_view picture) {
        return uffdio(picture, second, UffdRequest::register_range, kUffdModeMissing);
    }
    Result<> drop(std::string_view picture) {
        return uffdio(picture, first, UffdRequest::unregister);
    }
    void close() {
        call([&](Current& current) { uffd_release(current, first); });
        world.close_file(file);
    }

    FileId file = open_uffd();
    UffdId first = world.files[file.index].uffd;
    UffdId second = world.files[open_uffd().index].uffd;
};

Registered telling(std::string_view picture, std::uint64_t features) {
    Registered map{picture};
    map.world.uffds.edit(map.first.index).features = features;
    return map;
}

}  // namespace

TEST_SUITE("mm/userfaultfd") {
    TEST_CASE("rule 5.7: registering cuts, and what is registered alike merges") {
        Registered map{"AAAAAAAA"};
        CHECK(map.add("A**AAAAA"));
        CHECK_EQ(map.now(), "BAACCCCC");
        CHECK_EQ(map.marks(kVmUffdMissing), "-##-----");
        CHECK(map.add("BAA**CCC"));
        CHECK_EQ(map.now(), "BAAAACCC");
        CHECK_EQ(map.codes(1), "rd wr mr mw me um ac");
    }

    TEST_CASE("rule 5.7: each mode is a flag; a registration replaces the modes") {
        Registered map{"AAAA"};
        CHECK(map.add("**AA", kUffdModeMissing));
        CHECK(map.add("**BB", kUffdModeWp));
        CHECK_EQ(map.codes(0), "rd wr mr mw me uw ac");
        CHECK(map.add("**BB", kUffdModeMissing | kUffdModeWp));
        CHECK_EQ(map.codes(0), "rd wr mr mw me um uw ac");
    }

    TEST_CASE("rule 5.7: modes that it has already are not taken away") {
        Registered map{"AAAA"};
        CHECK(map.add("**AA", kUffdModeMissing | kUffdModeWp));
        CHECK(map.add("***B", kUffdModeWp));
        CHECK_EQ(map.now(), "AABC");
        CHECK_EQ(map.marks(kVmUffdMissing), "##--");
        CHECK_EQ(map.marks(kVmUffdWp), "###-");
    }

    TEST_CASE("rule 5.7: memory of another userfaultfd is EBUSY, and nothing is registered") {
        Registered map{"AAAA"};
        CHECK(map.add_other("**AA"));
        CHECK_EQ(outcome(map.add("A**B")), "EBUSY");
        CHECK_EQ(map.marks(kVmUffd), "##--");
        CHECK(map.add("AA**"));
        CHECK_EQ(map.now(), "AABB");
    }

    TEST_CASE("rule 5.7: gaps are passed over, an empty range is EINVAL") {
        Registered map{"AA..BB.."};
        CHECK(map.add("*****B.."));
        CHECK_EQ(map.marks(kVmUffd), "##..#-..");
        CHECK(map.drop("AA***C.."));
        CHECK_EQ(map.now(), "AA..CC..");
        CHECK_EQ(outcome(map.add("AA**CC..")), "EINVAL");
        CHECK_EQ(outcome(map.drop("AA**CC..")), "EINVAL");
    }

    TEST_CASE("rule 5.7: arguments") {
        Registered map{"AAAA"};
        const auto ask = [&](std::uint64_t addr, std::uint64_t length, std::uint64_t modes) {
            return outcome(map.call([&](Current& current) {
                return sys_uffdio(current, map.first,
                                  {UffdRequest::register_range, addr, length, modes});
            }));
        };
        const std::uint64_t at = map.address(0);
        CHECK_EQ(ask(at, kPageSize, 0), "EINVAL");
        CHECK_EQ(ask(at, kPageSize, 8), "EINVAL");
        CHECK_EQ(ask(at, 0, 1), "EINVAL");
        CHECK_EQ(ask(at + 1, kPageSize, 1), "EINVAL");
        CHECK_EQ(ask(at, kPageSize + 1, 1), "EINVAL");
        CHECK_EQ(ask(at, ~kPageMask, 1), "EINVAL");
        CHECK_EQ(ask(~kPageMask, kPageSize, 1), "EINVAL");
        CHECK_EQ(map.marks(kVmUffd), "----");
    }

    TEST_CASE("rule 5.7: UFFDIO_API comes first, and once") {
        MapPicture map{"AA"};
        const UffdId uffd = map.world.files[map.open_uffd(0, false).index].uffd;
        const auto api = [&](std::uint64_t features) {
            return outcome(map.call([&](Current& current) {
                UffdArgs args;
                args.flags = features;
                return sys_uffdio(current, uffd, args);
            }));
        };
        CHECK_EQ(outcome(map.uffdio("*A", uffd, UffdRequest::register_range, 1)), "EINVAL");
        CHECK_EQ(api(std::uint64_t{1} << 40), "EINVAL");
        CHECK_EQ(api(kUffdEventFork), "ok");
        CHECK_EQ(api(0), "EINVAL");
        CHECK(map.uffdio("*A", uffd, UffdRequest::register_range, 1));
    }

    TEST_CASE("rule 5.7: anonymous memory, shared memory and huge pages, but no files") {
        Registered map{"AA"};
        const FileId disk = map.open(plain_file());
        CHECK(map.mmap("AA**", kRw, kMapPrivate, disk));
        CHECK_EQ(outcome(map.add("AA**")), "EINVAL");
        CHECK(map.mmap("AABB**", kRw, kShared));
        CHECK(map.add("AABB**", kUffdModeMinor));
        CHECK_EQ(map.codes(4), "rd wr sh mr mw me ms ui");
        CHECK_EQ(outcome(map.add("**BBCC", kUffdModeMinor)), "EINVAL");
        CHECK_EQ(outcome(map.add("******")), "EINVAL");
        CHECK_EQ(map.marks(kVmUffdMissing), "------");
    }

    TEST_CASE("rule 5.7: with WP_ASYNC writes to any memory can be tracked") {
        Registered map = telling("AA", kUffdWpAsync);
        const FileId disk = map.open(plain_file());
        CHECK(map.mmap("AA**", kRw, kMapPrivate, disk));
        CHECK(map.add("****", kUffdModeWp));
        CHECK_EQ(map.marks(kVmUffdWp), "####");
        CHECK_EQ(outcome(map.add("AA**", kUffdModeWp | kUffdModeMissing)), "EINVAL");
    }

    TEST_CASE("rule 5.7: memory that can never be written is EPERM") {
        Registered map{"AA"};
        File file;
        file.type = FileType::shmem;
        auto driver = plain_file();
        driver->area = UnmappedArea::shmem;
        const FileId memfd = map.open(driver, file);
        CHECK(map.mmap("AA**", kR, kMapShared, memfd));
        CHECK_EQ(outcome(map.add("AA**")), "EPERM");
    }

    TEST_CASE("rule 5.7: DROPPABLE memory, from 6.18 on not") {
        for (const Profile& profile : all_profiles()) {
            Registered map("AA", {}, profile);
            CHECK(map.mmap("AA**", kRw, kMapDroppable | kMapAnonymous));
            CHECK_EQ(outcome(map.add("AA**")), profile.uffd_checks_owner ? "EINVAL" : "ok");
        }
    }

    TEST_CASE("rule 5.7: memory of another userfaultfd is not unregistered, from 6.18 on") {
        for (const Profile& profile : all_profiles()) {
            Registered map("AAAA", {}, profile);
            CHECK(map.add_other("**AA"));
            CHECK_EQ(outcome(map.drop("**BB")), profile.uffd_checks_owner ? "EINVAL" : "ok");
            CHECK_EQ(map.marks(kVmUffd), profile.uffd_checks_owner ? "##--" : "----");
        }
    }

    TEST_CASE("rule 5.7: a new mapping joins no registered one") {
        Registered map{"AA"};
        CHECK(map.add("**"));
        CHECK(map.mmap("AA**"));
        CHECK_EQ(map.now(), "AABB");
        CHECK(map.drop("**BB"));
        CHECK_EQ(map.now(), "BBBB");
    }

    TEST_CASE("rule 5.7: memory that is moved loses its registration, what stays behind keeps it") {
        Registered map{"AAAA......"};
        CHECK(map.add("****......"));
        CHECK(map.mremap("**AA......", 2, kFixed, 5));
        CHECK_EQ(map.marks(kVmUffd), "..##.--...");
        CHECK(map.mremap("..**.CC...", 2, kDont, 8));
        CHECK_EQ(map.marks(kVmUffd), "..##.--.--");
    }

    TEST_CASE("rule 5.7: and takes it from the memory that it joins") {
        Registered map{"AA...BB"};
        CHECK(map.add("**...BB"));
        CHECK(map.add("AA...**"));
        CHECK(map.mremap("AA...**", 2, kFixed, 2));
        CHECK_EQ(map.now(), "AAAA...");
        CHECK_EQ(map.marks(kVmUffd), "----...");
    }

    TEST_CASE("rule 5.7: EVENT_REMAP keeps moved memory registered") {
        Registered map = telling("AA....", kUffdEventRemap);
        CHECK(map.add("**...."));
        CHECK(map.mremap("**....", 2, kFixed, 4));
        CHECK_EQ(map.marks(kVmUffd), "....##");
    }

    TEST_CASE("rule 5.7: a child is registered with nothing, and its memory is not merged") {
        Registered map{"AAAA"};
        CHECK(map.add("A**A"));
        const auto child = map.fork();
        REQUIRE(child);
        map.show(*child);
        CHECK_EQ(map.now(), "BAAC");
        CHECK_EQ(map.marks(kVmUffd), "----");
    }

    TEST_CASE("rule 5.7: EVENT_FORK registers the child's memory with a userfaultfd of its own") {
        Registered map = telling("AAAA", kUffdEventFork);
        CHECK(map.add("**AA"));
        CHECK(map.add("AA**", kUffdModeWp));
        const auto child = map.fork();
        REQUIRE(child);
        map.close();
        map.show(*child);
        CHECK_EQ(map.marks(kVmUffdMissing), "##--");
        CHECK_EQ(map.marks(kVmUffdWp), "--##");
        CHECK_EQ(map.world.attrs[map.at(0).attr()].uffd, map.world.attrs[map.at(2).attr()].uffd);
        map.call([](Current& current) { exit_mmap(current); });
        CHECK_EQ(map.world.uffds.live(), 1);
    }

    TEST_CASE("rule 5.7: closing it ends all its registrations, and merges what is alike now") {
        Registered map{"AAAAAA"};
        CHECK(map.add("A*AAAA"));
        CHECK(map.add("BA**CC", kUffdModeWp));
        CHECK(map.add_other("BACCD*"));
        map.close();
        CHECK_EQ(map.now(), "BBBBBD");
        CHECK_EQ(map.marks(kVmUffd), "-----#");
    }

    TEST_CASE("rule 4.3: closing does without a merge for which there is no memory") {
        Registered map{"AABB", {{'A', kTouched}}};
        CHECK(map.add("AA**"));
        map.faults.arm({FailPoint::merge_prealloc, 1, false, Errno::ok});
        map.close();
        CHECK_EQ(map.now(), "AABB");
        CHECK_EQ(map.marks(kVmUffd), "----");
    }

    TEST_CASE("rule 2.6: at the limit a range stays unregistered, and its first cut is left") {
        Registered map{"AAAA"};
        map.world.system.max_map_count = 2;
        CHECK_EQ(outcome(map.add("A**A")), "ENOMEM");
        CHECK_EQ(map.now(), "BAAA");
        CHECK_EQ(map.marks(kVmUffd), "----");
        CHECK_EQ(map.log.count<CallUnwound>(), 1);
    }

    TEST_CASE("rule 4.6: a page that is put in gives private memory an anon_vma") {
        Registered map{"AABB"};
        CHECK(map.add("AA**"));
        CHECK_EQ(outcome(map.uffdio("*ABB", map.first, UffdRequest::copy)), "ENOENT");
        CHECK(map.uffdio("AA**", map.first, UffdRequest::zeropage));
        CHECK_EQ(map.anon_vmas(), "aabb");
    }
}
