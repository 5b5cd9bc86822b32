// SPDX-License-Identifier: GPL-2.0-or-later
// Everything the simulated kernel knows: address spaces, files, drivers, counters.
//
// A value. Copying a World costs little and shares what is unchanged; the copy goes its own way.
// Two copies that share belong to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/cow_table.h"
#include "mm/anon_vma.h"
#include "mm/attrs.h"
#include "mm/driver.h"
#include "mm/file.h"
#include "mm/limits.h"
#include "mm/mm.h"
#include "mm/profile.h"
#include "mm/userfaultfd.h"

namespace mmsim {

// A driver as this World has it: the object, which hooks it shows, and what it did.
struct DriverEntry {
    std::shared_ptr<const Driver> driver;
    HookSet hooks;
    bool both_on_purpose = false;  // both mmap hooks set: every mmap is ENODEV
    DriverState state;
};

// A SysV segment: what shmat's id stands for.
struct ShmSegment {
    std::int64_t id = 0;
    std::uint64_t key = 0;
    std::uint64_t size = 0;  // bytes
};

// A named reference that hooks took (or dropped) since the books were opened.
struct ReferenceChange {
    DriverId driver;
    std::string reference;
    std::int64_t net = 0;
    bool memory = false;  // pieces of memory and no reference
};

// What a hook itself had to say about its driver: see HookCall::remark().
struct DriverRemark {
    DriverId driver;
    std::string_view diagnostic;
    VmRange range;
    std::string detail;
};

// What the compatibility layer has to say about an inner driver. Rule 6.7
struct StackedRemark {
    DriverId inner;
    bool differs = false;  // a direct mmap would have served it otherwise
    FileId leaked;         // a file that the inner hook stored: its reference is nobody's
};

struct World {
    explicit World(const Profile& profile_in, SystemLimits system_in = {});

    const Profile* profile;
    SystemLimits system;
    bool fixed_accounting = false;  // release what the real kernel leaks on error paths
    HookChoice hook_choice = HookChoice::declared;
    bool anon_names = true;  // the kernel is built with CONFIG_ANON_VMA_NAME. Rule 5.5

    CowTable<Mm> mms;
    CowTable<File> files;
    CowTable<DriverEntry> drivers;
    CowTable<Userfaultfd> uffds;
    AttrTable attrs;
    AnonVmas anon_vmas;
    std::vector<std::pair<std::string, FileId>> declared_files;  // by id, for drivers

    Pages committed;                  // the system wide commit counter: charged minus given back
    std::uint64_t shmem_created = 0;  // files behind shared anonymous memory, ever made
    std::uint64_t shmem_live = 0;
    std::uint64_t files_opened = 0;  // others, ever
    std::uint32_t next_vma_id = 1;
    std::uint64_t next_cookie = 1;
    std::vector<ReferenceChange> reference_changes;  // an entry a reference: see ledger.h
    std::vector<StackedRemark> stacked_remarks;      // of the `.mmap` hook at work
    std::vector<DriverRemark> driver_remarks;        // not told yet

    MmId add_mm(const MmLayout& layout, const ProcessLimits& limits);

    // Makes a driver usable. REQUIRES: its hooks fit the profile (the caller has said so to the
    // user otherwise). The special drivers "anonymous shmem" and "special mapping" are always
    // there.
    DriverId add_driver(std::shared_ptr<const Driver> driver, bool both_on_purpose = false);

    // A file with one reference, held by whoever opened it until close_file().
    FileId open_file(File file);
    void close_file(FileId file);
    // The file behind shared anonymous memory; `size_bytes` as requested. Its one reference is for
    // the VMA to be.
    FileId new_shmem_file(std::uint64_t size_bytes);
    // The file behind huge pages without a file, likewise. REQUIRES: hugetlb_driver is set
    FileId new_hugetlb_file(Pages huge_page);
    void get_file(FileId file) { ++files.edit(file.index).refs; }
    // Drops a reference; the slot is free again after the last.
    void put_file(FileId file) {
        if (--files.edit(file.index).refs <= 0) remove_file(file);
    }

    // Forgets the names and policies that no VMA has any more, once they have become many. Ids of
    // attributes that are not in a tree end. Costs little for each name that came since.
    void sweep_attrs();

    // The driver of a file, and the entry behind a file or a vm_ops table; null for none.
    DriverId file_driver(FileId file) const { return file ? files[file.index].driver : DriverId{}; }
    const DriverEntry* driver_of(FileId file) const {
        const DriverId driver = file_driver(file);
        return driver ? &drivers[driver.index] : nullptr;
    }
    const DriverEntry* ops_of(VmOps ops) const {
        const DriverId driver = ops.driver();
        return driver ? &drivers[driver.index] : nullptr;
    }
    bool ops_have(VmOps ops, Hook hook) const {
        const DriverEntry* entry = ops_of(ops);
        return entry != nullptr && entry->hooks.has(hook);
    }

    // Serves MAP_HUGETLB memory without a file. None until whoever runs the World says so: a kernel
    // without huge pages.
    DriverId hugetlb_driver;
    // Of SystemLimits::hugepages: at least as many as are reserved. That driver keeps it.
    std::uint64_t hugepages_taken = 0;
    DriverId shmem_driver;    // serves shared anonymous memory; vm_ops without hooks
    DriverId special_driver;  // [vdso] and friends: may_split EINVAL, close

private:
    void remove_file(FileId file);
};

// Its pages are those of a file in memory: tmpfs, a memfd, shared anonymous memory. SysV segments
// have vm_ops of their own. Linux: vma_is_shmem()
bool is_shmem(const World& world, const Vma& vma);

// The size of the pages of a VMA with HUGETLB.
inline Pages huge_page_of(const World& world, const Vma& vma) {
    return vma.file ? world.files[vma.file.index].huge_page : File{}.huge_page;
}

}  // namespace mmsim
