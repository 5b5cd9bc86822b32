// SPDX-License-Identifier: GPL-2.0-or-later
// Bytes as calls on the simulated kernel: any version, small limits, failing allocations, drivers
// that do what they like, up to four processes. Every invariant holds after every call, and what
// was taken is given back at the end but for the leaks that were told.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "base/assert.h"
#include "base/linux_abi.h"
#include "drivers/registry.h"
#include "fuzz/any_call.h"
#include "fuzz/any_driver.h"
#include "mm/maps_line.h"
#include "mm/syscalls.h"

namespace {

using namespace mmsim;  // NOLINT(google-build-using-namespace)

constexpr std::size_t kMostProcesses = 4;

class Run {
public:
    explicit Run(Bytes& bytes)
        : bytes_(bytes),
          world_(all_profiles()[bytes.below(all_profiles().size())], system_limits(bytes)) {
        world_.fixed_accounting = bytes.one_in(2);
        open_files();
        add_process();
    }

    void step() {
        if (bytes_.one_in(24)) {
            step_on_copy();
            return;
        }
        call(world_, told_);
        for (const MmId process : processes_) check(world_, process);
    }

    // Everything goes: half of the time VMA by VMA, so that the counters have to come down to zero.
    void tear_down() {
        const bool by_unmapping = bytes_.one_in(2);
        for (const MmId process : processes_) {
            Current current(world_, process, told_, faults_);
            if (by_unmapping) unmap_all(current);
            exit_mmap(current);
        }
        for (const FileId file : files_) world_.close_file(file);
        for (std::uint32_t i = 1; i < world_.files.bound(); ++i) {
            if (world_.files[i].uffd) world_.close_file({i});
        }
        MMSIM_ASSERT(world_.anon_vmas.live() == 0);
        MMSIM_ASSERT(world_.uffds.live() == 0);
        check_commit();
        check_files();
    }

private:
    static SystemLimits system_limits(Bytes& bytes) {
        SystemLimits limits;
        if (bytes.one_in(3)) limits.max_map_count = 4 + bytes.below(40);
        limits.overcommit = static_cast<Overcommit>(bytes.below(3));
        if (bytes.one_in(3)) limits.ram_bytes = (64 + bytes.byte()) * kPageSize;
        limits.hugepages = bytes.below(4);
        return limits;
    }

    ProcessLimits process_limits() {
        ProcessLimits limits;
        if (bytes_.one_in(4)) limits.as = bytes_.byte() * 2 * kPageSize;
        if (bytes_.one_in(4)) limits.data = bytes_.byte() * kPageSize;
        if (bytes_.one_in(4)) limits.stack = bytes_.byte() * kPageSize;
        if (bytes_.one_in(4)) limits.memlock = bytes_.byte() * kPageSize;
        limits.capabilities = static_cast<std::uint8_t>(bytes_.below(16));
        return limits;
    }

    void open_file(DriverId driver, FileType type, bool writable) {
        File file;
        file.path = "/f" + std::to_string(files_.size());
        file.driver = driver;
        file.type = type;
        file.writable = writable;
        file.noexec = bytes_.one_in(8);
        if (bytes_.one_in(2)) file.size = bytes_.byte() * kPageSize;
        files_.push_back(world_.open_file(std::move(file)));
    }

    void open_files() {
        for (const BuiltInDriver& entry : built_in_drivers()) {
            const DriverId driver = install_driver(world_, entry.make());
            const bool huge = entry.name == "hugetlbfs";
            const bool memory = entry.name == "tmpfs" || entry.name == "sysv_shm";
            const FileType type = huge     ? FileType::hugetlbfs
                                  : memory ? FileType::shmem
                                           : FileType::regular;
            if (huge) world_.hugetlb_driver = driver;
            open_file(driver, type, true);
            open_file(driver, type, false);
            if (entry.name == "sysv_shm") segment_ = files_.back();
        }
        world_.files.edit(segment_.index).size = 5 * kPageSize;
        for (int i = 0; i < 2; ++i) {
            const HookSet set{static_cast<std::uint16_t>(bytes_.word())};
            const bool both = set.has(Hook::mmap) && set.has(Hook::mmap_prepare);
            const DriverId driver =
                world_.add_driver(std::make_shared<AnyDriver>(bytes_, set), both);
            open_file(driver, FileType::character, true);
        }
    }

    void add_process() {
        MmLayout layout;
        layout.top_down = !bytes_.one_in(4);
        layout.start_brk = 0x800000;
        processes_.push_back(world_.add_mm(layout, process_limits()));
        Current current(world_, processes_.back(), told_, faults_);
        Vma vma{.start = vpn_of(0x7ffff0000000),
                .end = vpn_of(0x7ffff0002000),
                .flags = kVmRead | kVmMayRead | kVmMayExec | kVmDontExpand,
                .pgoff = {},
                .anon_pgoff = {},
                .file = {},
                .ops = VmOps::of(world_.special_driver),
                .anon_vma = {},
                .chain = {},
                .id = {}};
        install_vma(current, vma);
    }

    void arm() {
        if (!bytes_.one_in(5)) return;
        faults_.arm({.point = static_cast<FailPoint>(bytes_.below(kFailPoints)),
                     .n = static_cast<std::uint32_t>(1 + bytes_.below(3)),
                     .persistent = bytes_.one_in(3),
                     .error = Errno::ok});
    }

    void call(World& world, EventSink& sink) {
        arm();
        const std::size_t which = bytes_.below(processes_.size());
        Current current(world, processes_[which], sink, faults_);
        current.forced = bytes_.one_in(30);
        const std::uint64_t kind = bytes_.below(AnyCall::kKinds + 1);
        if (kind == AnyCall::kKinds) {
            fork_or_exit(current, which);
        } else {
            AnyCall{bytes_, files_, segment_}.make(current, kind);
        }
        faults_.disarm();
    }

    void fork_or_exit(Current& current, std::size_t which) {
        if (&current.world != &world_) return;
        if (processes_.size() < kMostProcesses) {
            if (const auto child = do_fork(current)) processes_.push_back(*child);
        } else {
            exit_mmap(current);
            world_.mms.edit(processes_[which].index).alive = false;
            gone_.push_back(processes_[which]);
            processes_.erase(processes_.begin() + static_cast<std::ptrdiff_t>(which));
        }
    }

    static void check(const World& world, MmId process) {
        std::string broken = validate_mm(world, process);
        if (broken.empty()) broken = validate_world(world);
        if (!broken.empty()) std::fprintf(stderr, "%s\n", broken.c_str());
        MMSIM_ASSERT(broken.empty());
        world.mms[process.index].vmas.check();
    }

    // What a copy goes through leaves the original as it was.
    void step_on_copy() {
        const std::string before = picture();
        World copy = world_;
        told_.quiet = true;
        call(copy, told_);
        told_.quiet = false;
        for (const MmId process : processes_) check(copy, process);
        MMSIM_ASSERT(picture() == before);
    }

    std::string picture() const {
        std::string text = std::to_string(world_.committed.count) + ' ' +
                           std::to_string(world_.anon_vmas.live()) + '\n';
        for (const MmId process : processes_) {
            const Mm& mm = world_.mms[process.index];
            for (auto vma = mm.vmas.first(); vma; vma.next()) {
                append_maps_line(text, world_, mm, *vma);
                text += vm_flags_codes(vma->flags) + std::to_string(vma->anon_vma.index) + ' ' +
                        std::to_string(world_.anon_vmas.chain_length(*vma)) + '\n';
            }
        }
        for (const FileId file : files_)
            text += std::to_string(world_.files[file.index].refs) + ' ';
        return text;
    }

    void unmap_all(Current& current) {
        Vpn at;
        while (const Vma* found = current.mm.vmas.find_vma(at)) {
            at = found->end;
            static_cast<void>(sys_munmap(current, found->start.bytes(), found->pages().bytes()));
            check(world_, current.mm_id);
        }
    }

    // The commit counter keeps what the processes are known to have lost.
    void check_commit() const {
        Pages left;
        for (const auto* list : {&processes_, &gone_}) {
            for (const MmId process : *list) {
                const Mm& mm = world_.mms[process.index];
                MMSIM_ASSERT(mm.committed == mm.commit_leaked);
                left += mm.committed;
            }
        }
        MMSIM_ASSERT(world_.committed == left);
    }

    void check_files() const {
        std::int64_t held = 0;
        for (std::uint32_t i = 1; i < world_.files.bound(); ++i) held += world_.files[i].refs;
        MMSIM_ASSERT(held == told_.files);
    }

    Bytes& bytes_;
    Told told_;
    FaultInjector faults_;
    World world_;
    std::vector<FileId> files_;
    FileId segment_;
    std::vector<MmId> processes_, gone_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t kMostBytes = 4096;
    Bytes bytes(data, std::min(size, kMostBytes));
    Run run(bytes);
    while (!bytes.empty()) run.step();
    run.tear_down();
    return 0;
}
