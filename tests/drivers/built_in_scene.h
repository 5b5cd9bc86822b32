// SPDX-License-Identifier: GPL-2.0-or-later
// A built-in driver and one file of it, in a world of some version.
#pragma once

#include <string>
#include <string_view>

#include "drivers/params.h"
#include "drivers/registry.h"
#include "support/map_picture.h"

namespace mmsim::test {

// A picture with one file of a built-in driver.
struct BuiltInScene {
    BuiltInScene(std::string_view driver, std::string_view picture, KernelVersion version,
                 HookChoice choice = HookChoice::declared, bool writable = true)
        : map(picture, {}, profile_of(version)) {
        map.world.hook_choice = choice;
        id = install_driver(map.world, make_driver(driver));
        file = open(writable);
    }
    FileId open(bool writable = true, std::string_view params = "{}") {
        File opened;
        opened.params = read_params(*map.world.drivers[id.index].driver, params, "test");
        opened.path = "/files/x";
        opened.writable = writable;
        opened.driver = id;
        return map.world.open_file(opened);
    }
    // The file as one that says this to its driver.
    void set_params(std::string_view params) {
        map.world.files.edit(file.index).params =
            read_params(*map.world.drivers[id.index].driver, params, "test");
    }
    // Makes one point of the next call fail.
    void fail_next(FailPoint point, Errno error) {
        map.faults = {};
        map.faults.arm({.point = point, .error = error});
    }
    Result<std::uint64_t> mmap(std::string_view picture, std::uint64_t flags,
                               std::uint64_t pgoff = 0, std::uint64_t prot = kRw) {
        return map.mmap(picture, prot, flags, file, pgoff);
    }
    std::string codes(std::size_t page) const { return vm_flags_codes(map.at(page).flags); }
    const DriverState& state() const { return map.world.drivers[id.index].state; }
    std::int64_t references(std::string_view reference) const {
        for (const auto& [name, count] : state().references) {
            if (name == reference) return count;
        }
        return 0;
    }
    std::uint64_t calls(Hook hook) const { return state().calls[static_cast<std::size_t>(hook)]; }

    MapPicture map;
    DriverId id;
    FileId file;
};

// "LPPL---": the form of its mmap hook in each version, oldest first.
inline std::string forms(std::string_view driver, HookChoice choice = HookChoice::declared) {
    std::string text;
    for (const Profile& profile : all_profiles()) {
        const HookSet set = make_driver(driver)->hooks(profile, choice);
        text += set.has(Hook::mmap) == set.has(Hook::mmap_prepare) ? '?'
                : set.has(Hook::mmap)                              ? 'L'
                                                                   : 'P';
    }
    return text;
}

}  // namespace mmsim::test
