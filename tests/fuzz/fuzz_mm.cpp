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
#include "fuzz/any_driver.h"
#include "mm/maps_line.h"
#include "mm/syscalls.h"

namespace {

using namespace mmsim;  // NOLINT(google-build-using-namespace)

constexpr std::uint64_t kWindow = 0x10000000;
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
        MMSIM_ASSERT(world_.anon_vmas.live() == 0);
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

    std::uint64_t place() {
        const std::uint64_t page = bytes_.byte();
        if (page == 255) return bytes_.word();
        if (page > 247) return 0x800000 + (page - 247) * 2 * kPageSize;
        if (page > 240) return 0x40000000 + (page - 240) * 0x200000;
        return kWindow + page % 48 * kPageSize + (bytes_.one_in(32) ? 1 : 0);
    }
    std::uint64_t length() {
        const std::uint64_t pages = bytes_.byte();
        if (pages == 255) return bytes_.word();
        if (pages > 250) return (pages - 250) * 0x200000;
        return pages % 13 * kPageSize - (pages % 13 != 0 && bytes_.one_in(16) ? 7 : 0);
    }
    std::uint64_t prot() { return bytes_.below(8) | (bytes_.one_in(24) ? kProtGrowsDown : 0); }
    FileId file() { return files_[bytes_.below(files_.size())]; }

    // What a trace may say: a page of user space, with room for the mapping.
    std::optional<std::uint64_t> recorded_place(std::uint64_t size) {
        if (!bytes_.one_in(40) || size > kTaskSize.bytes() / 2) return std::nullopt;
        const std::uint64_t at = place() & ~kPageMask;
        if (at > kTaskSize.bytes() / 2) return std::nullopt;
        return at;
    }

    MmapArgs mmap_args() {
        constexpr std::uint64_t kTypes[] = {kMapPrivate,        kMapPrivate, kMapShared,
                                            kMapSharedValidate, 0,           kMapDroppable};
        constexpr std::uint64_t kPlaces[] = {0, kMapFixed, kMapFixed, kMapFixedNoReplace};
        constexpr std::uint64_t kMore[] = {0,
                                           0,
                                           0,
                                           0,
                                           kMapGrowsDown,
                                           kMapLocked,
                                           kMapNoReserve,
                                           kMapPopulate,
                                           kMapStack,
                                           kMapHugetlb,
                                           kMap32Bit,
                                           kMapSync,
                                           kMapAbove4G,
                                           kMapNonBlock | kMapPopulate};
        MmapArgs args;
        args.addr = place();
        args.length = length();
        args.prot = prot();
        args.flags = bytes_.pick(kTypes) | bytes_.pick(kPlaces) | bytes_.pick(kMore);
        if (bytes_.one_in(3)) {
            args.file = file();
            args.offset = bytes_.below(20) * kPageSize;
        } else {
            args.flags |= kMapAnonymous;
        }
        args.placed_at = recorded_place(args.length);
        return args;
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
        const std::uint64_t kind = bytes_.below(24);
        if (kind < 6) {
            static_cast<void>(sys_mmap(current, mmap_args()));
        } else if (kind < 16) {
            call_on_range(current, kind);
        } else {
            call_rarely(current, which, kind);
        }
        faults_.disarm();
    }

    void call_on_range(Current& current, std::uint64_t kind) {
        const std::uint64_t addr = place();
        const std::uint64_t size = length();
        constexpr std::uint64_t kAdvice[] = {0,  1,  2,  3,  4,  8,  9,  10, 11, 12, 13,  14,  15,
                                             16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 102, 103, 7};
        switch (kind) {
            case 6:
            case 7:
                static_cast<void>(sys_munmap(current, addr, size));
                break;
            case 8:
            case 9:
                static_cast<void>(sys_mprotect(current, addr, size, prot()));
                break;
            case 10:
            case 11: {
                MremapArgs args{.addr = addr,
                                .old_length = size,
                                .length = length(),
                                .flags = bytes_.below(8),
                                .new_addr = place(),
                                .placed_at = {}};
                if (bytes_.one_in(3)) args.length = size;
                args.placed_at = recorded_place(args.length);
                static_cast<void>(sys_mremap(current, args));
                break;
            }
            case 12:
                static_cast<void>(sys_madvise(current, addr, size, bytes_.pick(kAdvice)));
                break;
            case 13:
                static_cast<void>(sys_mlock(current, addr, size, bytes_.below(3)));
                break;
            case 14:
                static_cast<void>(sys_munlock(current, addr, size));
                break;
            default: {
                const bool faults = bytes_.one_in(2);
                touch(current, addr, size % (kPageSize << 12), bytes_.one_in(2),
                      faults ? std::optional(addr + 2 * kPageSize) : std::nullopt);
                break;
            }
        }
    }

    void call_rarely(Current& current, std::size_t which, std::uint64_t kind) {
        switch (kind) {
            case 16:
                static_cast<void>(sys_brk(current, 0x800000 + bytes_.word() % 0x40000));
                break;
            case 17:
                if (bytes_.one_in(2)) {
                    static_cast<void>(sys_mlockall(current, bytes_.below(8)));
                } else {
                    static_cast<void>(sys_munlockall(current));
                }
                break;
            case 18:
                static_cast<void>(
                    sys_mbind(current, place(), length(), bytes_.below(8), bytes_.below(3), 0));
                break;
            case 19:
                if (bytes_.one_in(4)) {
                    static_cast<void>(sys_mseal(current, place(), length(), 0));
                } else {
                    static_cast<void>(sys_set_vma_name(
                        current, place(), length(),
                        bytes_.one_in(3) ? std::nullopt : std::optional<std::string_view>("n")));
                }
                break;
            case 20:
                if (bytes_.one_in(3)) {
                    static_cast<void>(sys_shmdt(current, place()));
                } else {
                    static_cast<void>(sys_shmat(current, {.segment = segment_,
                                                          .addr = bytes_.one_in(3) ? 0 : place(),
                                                          .flags = bytes_.below(16) << 12,
                                                          .placed_at = {}}));
                }
                break;
            case 21:
                static_cast<void>(
                    sys_remap_file_pages(current, place(), length(), 0, bytes_.below(30), 0));
                break;
            case 22:
                static_cast<void>(add_seals(current, file(), bytes_.below(64)));
                break;
            default:
                fork_or_exit(current, which);
                break;
        }
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
