// SPDX-License-Identifier: GPL-2.0-or-later
// A world with one declared driver and a file that it serves, to call hooks by hand.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/errno.h"
#include "drivers/declared.h"
#include "drivers/registry.h"
#include "mm/world.h"

namespace mmsim::test {

constexpr VmRange kRange{Vpn{0x100}, Pages{4}};
constexpr VmFlags kSharedFlags = kVmRead | kVmWrite | kVmShared | kVmMayWrite | kVmMayShare;

inline std::string name(const Result<>& result) {
    return result ? "ok" : std::string(errno_name(result.error()));
}

class DriverBench {
public:
    explicit DriverBench(std::string_view json, const Profile& profile = newest_profile())
        : world(profile),
          driver(parse_declared_driver(json, "d.json")),
          id(install_driver(world, driver)),
          file(add_file("dev", id)) {}

    FileId add_file(const std::string& name, DriverId driver_id) {
        File opened;
        opened.path = "/" + name;
        opened.driver = driver_id;
        const FileId made = world.open_file(std::move(opened));
        world.declared_files.emplace_back(name, made);
        return made;
    }

    VmAreaDesc desc(VmFlags flags = kSharedFlags) const {
        return {.range = kRange,
                .file = file,
                .pgoff = Pgoff{2},
                .vm_file = file,
                .flags = flags,
                .page_prot = PageProt::normal,
                .ops = kVmOpsDummy,
                .private_data = 0,
                .action = {}};
    }
    HalfBuiltVma half(VmFlags flags = kSharedFlags) const {
        return {.range = kRange, .file = file, .pgoff = Pgoff{2}, .flags = flags};
    }
    Vma vma(VmFlags flags = kSharedFlags) const {
        Vma made{};
        made.start = kRange.start();
        made.end = kRange.end();
        made.flags = flags;
        made.pgoff = Pgoff{2};
        made.file = file;
        return made;
    }

    Result<> prepare(VmAreaDesc& desc) {
        HookCall call(world, id, Hook::mmap_prepare, file);
        return driver->mmap_prepare(call, desc);
    }
    Result<> mmap(HalfBuiltVma& vma) {
        HookCall call(world, id, Hook::mmap, file);
        return driver->mmap(call, vma);
    }
    HookCall call(Hook hook) { return {world, id, hook, file}; }

    const DriverState& state() const { return world.drivers[id.index].state; }
    // "users 2 pins -1".
    std::string references() const {
        std::string text;
        for (const auto& [reference, count] : state().references) {
            text += (text.empty() ? "" : " ") + reference + " " + std::to_string(count);
        }
        return text;
    }

    World world;
    std::shared_ptr<const DeclaredDriver> driver;
    DriverId id;
    FileId file;
};

}  // namespace mmsim::test
