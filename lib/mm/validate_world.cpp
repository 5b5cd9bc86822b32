// SPDX-License-Identifier: GPL-2.0-or-later
// The invariants of rules 9 that concern all address spaces together: files, hooks, commit charge.
#include <vector>

#include "mm/ledger.h"
#include "mm/syscalls.h"

namespace mmsim {
namespace {

// Of a file, or with the vm_ops of a driver.
struct Use {
    std::int64_t vmas = 0;
    std::int64_t writable = 0;
};

struct Uses {
    explicit Uses(const World& world) : files(world.files.bound()), drivers(world.drivers.bound()) {
        for (std::uint32_t i = 1; i < world.mms.bound(); ++i) {
            for (auto vma = world.mms[i].vmas.first(); vma; vma.next()) add(*vma);
        }
    }
    void add(const Vma& vma) {
        ++drivers[vma.ops.driver().index].vmas;
        if (!vma.file) return;
        Use& use = files[vma.file.index];
        ++use.vmas;
        use.writable += vma.flags.all(kVmShared | kVmMayWrite);
    }
    std::vector<Use> files, drivers;  // by index; the first for none
};

// Rules 9.9 to 9.11.
std::string check_file(const File& file, const Use& use) {
    if (file.vmas != use.vmas) return "9.11: a file's rmap does not hold the VMAs of " + file.path;
    if (file.writable_vmas != use.writable) {
        return "9.10: the writable VMAs are counted wrongly on " + file.path;
    }
    if (file.refs != file.opens + file.vmas + file.leaked) {
        return "9.9: references differ from opens, VMAs and recorded leaks on " + file.path;
    }
    return {};
}

// Rule 9.17: hooks pair, and what does not is told.
std::string check_driver(const World& world, std::uint32_t index, const Use& use) {
    const DriverEntry& entry = world.drivers[index];
    const std::string name(entry.driver->name());
    const bool pairs = entry.hooks.has(Hook::open) && entry.hooks.has(Hook::close);
    if (pairs && entry.state.known_vmas != use.vmas) {
        return "9.17: mapped + open - close differs from the VMAs of " + name;
    }
    if (use.vmas != 0 || unreturned(world, {index}).empty()) return {};
    return "9.17: references of " + name + " outlive its VMAs, and are not told";
}

}  // namespace

std::string validate_world(const World& world) {
    const Uses uses(world);
    std::uint64_t shmem = 0;
    for (std::uint32_t i = 1; i < world.files.bound(); ++i) {
        const File& file = world.files[i];
        if (std::string what = check_file(file, uses.files[i]); !what.empty()) return what;
        shmem += file.internal && file.refs != 0;
    }
    if (shmem != world.shmem_live) return "9.9: files behind shared memory are counted wrongly";
    for (std::uint32_t i = 1; i < world.drivers.bound(); ++i) {
        if (std::string what = check_driver(world, i, uses.drivers[i]); !what.empty()) return what;
    }
    Pages committed;
    for (std::uint32_t i = 1; i < world.mms.bound(); ++i) committed += world.mms[i].committed;
    if (committed != world.committed) {
        return "9.6: the commit counter differs from those of the address spaces";
    }
    return {};
}

}  // namespace mmsim
