// SPDX-License-Identifier: GPL-2.0-or-later
#include "live/simulation.h"

#include <algorithm>

#include "base/linux_abi.h"
#include "drivers/registry.h"
#include "mm/maps_line.h"
#include "mm/syscalls.h"

namespace mmsim::live {
namespace {

// "rd wr mr mw me ac" back into bits.
VmFlags flags_of(std::string_view codes) {
    VmFlags flags;
    while (!codes.empty()) {
        const auto end = std::min(codes.find(' '), codes.size());
        if (const auto bit = vma_bit_from_code(codes.substr(0, end))) flags = flags | *bit;
        codes.remove_prefix(std::min(end + 1, codes.size()));
    }
    return flags;
}

bool is_file(const std::string& name) { return !name.empty() && name.front() == '/'; }

Outcome from(const Result<>& result) {
    return {.value = 0, .error = static_cast<int>(result.error())};
}
Outcome from(const Result<std::uint64_t>& result) {
    if (!result) return {.value = 0, .error = static_cast<int>(result.error())};
    return {.value = *result, .error = 0};
}

LayoutLine line_of(const World& world, const Mm& mm, const Vma& vma) {
    LayoutLine line = parse_maps(maps_line(world, mm, vma)).front();
    line.flags = vm_flags_codes(vma.flags);
    if (!line.flags.empty()) line.flags.pop_back();
    return line;
}

std::uint64_t kib(Pages pages) { return pages.bytes() >> 10; }

MmLayout layout_of(const StartState& start) {
    MmLayout layout;
    layout.mmap_base = vpn_of(start.mmap_base);
    layout.start_brk = start.brk;
    layout.top_down = start.top_down;
    if (!start.top_down) layout.legacy_base = vpn_of(start.legacy_base);
    for (const LayoutLine& line : start.smaps) {
        if (line.name == "[stack]") layout.stack_top = vpn_of(line.end - 1);
    }
    return layout;
}

}  // namespace

Simulation::Simulation(const Host& host, const StartState& start)
    : world_(*host.profile, host.system),
      regular_(install_driver(world_, make_driver("ext4"))),
      memfd_(install_driver(world_, make_driver("tmpfs"))),
      zero_(install_driver(world_, make_driver("zero"))),
      sysv_(install_driver(world_, make_driver("sysv_shm"))) {
    world_.hugetlb_driver = install_driver(world_, make_driver("hugetlbfs"));
    world_.system.mmap_min_addr = start.mmap_min_addr;
    open_files(host);
    processes_[0] = world_.add_mm(layout_of(start), start.limits);
    Current now = current(0);
    for (const LayoutLine& line : start.smaps) {
        install(now, line);
        own_.emplace_back(vpn_of(line.start), vpn_of(line.end));
    }
}

void Simulation::open_files(const Host& host) {
    for (const HostFile& entry : host.files) {
        File file = entry.file;
        switch (entry.kind) {
            case FileKind::regular:
                file.driver = regular_;
                break;
            case FileKind::memfd:
                file.driver = memfd_;
                break;
            case FileKind::zero:
                file.driver = zero_;
                break;
            case FileKind::unmappable:
                break;
        }
        files_.push_back(world_.open_file(std::move(file)));
    }
    for (const Segment& segment : host.segments) {
        File file;
        file.path = "/SYSV00000000";
        file.deleted = true;
        file.device = "00:01";
        file.inode = static_cast<std::uint64_t>(segment.id);
        file.driver = sysv_;
        file.type = FileType::shmem;
        file.writable = true;
        file.size = segment.size;
        segments_.push_back(world_.open_file(std::move(file)));
    }
}

void Simulation::install(Current& current, const LayoutLine& line) {
    Vma vma{.start = vpn_of(line.start),
            .end = vpn_of(line.end),
            .flags = flags_of(line.flags),
            .pgoff = Pgoff{line.start >> kPageShift},
            .anon_pgoff = Pgoff{line.start >> kPageShift},
            .file = {},
            .ops = kVmOpsAnonymous,
            .anon_vma = {},
            .chain = {},
            .id = {}};
    if (is_file(line.name)) {
        FileId& program = programs_[line.name];
        if (!program) {
            File file;
            file.path = line.name;
            file.device = line.device;
            file.inode = line.inode;
            file.driver = regular_;
            program = world_.open_file(std::move(file));
        }
        vma.file = program;
        vma.ops = VmOps::of(regular_);
        vma.pgoff = Pgoff{std::stoull(line.pgoff, nullptr, 16) >> kPageShift};
    } else if (line.name.starts_with("[v")) {
        vma.ops = VmOps::of(world_.special_driver);
        vma.pgoff = Pgoff{};
        vma.set_attr(world_.attrs.intern({.policy = {},
                                          .named = false,
                                          .anon_name = {},
                                          .uffd = {},
                                          .special_name = line.name}));
    }
    if (line.anonymous) world_.anon_vmas.prepare(vma);
    install_vma(current, vma);
}

bool Simulation::disturbs(std::uint64_t addr, std::uint64_t length) const {
    const std::uint64_t end = addr + length < addr ? ~std::uint64_t{0} : addr + length;
    return std::any_of(own_.begin(), own_.end(), [&](const VmRange& range) {
        return addr < range.end().bytes() && range.start().bytes() < end;
    });
}

void Simulation::crowd_from(std::uint64_t addr) {
    crowd_ = vpn_of(addr);
    own_.emplace_back(crowd_, kTaskSize);
}

FileId Simulation::file_of(std::uint64_t fd) const {
    const std::uint64_t index = fd - static_cast<std::uint64_t>(kFirstFileFd);
    return index < files_.size() ? files_[index] : FileId{};
}

Outcome Simulation::map(Current& current, const Op& op) {
    const auto& a = op.args;
    MmapArgs args{.addr = a[0],
                  .length = a[1],
                  .prot = a[2],
                  .flags = a[3],
                  .file = {},
                  .offset = a[5],
                  .placed_at = {}};
    if ((args.flags & kMapAnonymous) == 0) args.file = file_of(a[4]);
    return from(sys_mmap(current, args));
}

Outcome Simulation::remap(Current& current, const Op& op) {
    const auto& a = op.args;
    return from(sys_mremap(current, {.addr = a[0],
                                     .old_length = a[1],
                                     .length = a[2],
                                     .flags = a[3],
                                     .new_addr = a[4],
                                     .placed_at = {}}));
}

Outcome Simulation::attach(Current& current, const Op& op) {
    if (op.args[0] >= segments_.size()) {
        return {.value = 0, .error = static_cast<int>(Errno::einval)};
    }
    return from(sys_shmat(current, {.segment = segments_[op.args[0]],
                                    .addr = op.args[1],
                                    .flags = op.args[2],
                                    .placed_at = {}}));
}

Outcome Simulation::fork(Current& current, const Op& op) {
    const Result<MmId> child = do_fork(current);
    if (!child) return {.value = 0, .error = static_cast<int>(child.error())};
    processes_[op.args[0]] = *child;
    inherit_uffds(op.slot, static_cast<int>(op.args[0]));
    return {};
}

Outcome Simulation::limit(int slot, const Op& op) {
    ProcessLimits& limits = world_.mms.edit(mm_id(slot).index).limits;
    switch (static_cast<Rlimit>(op.args[0])) {
        case Rlimit::as:
            limits.as = op.args[1];
            break;
        case Rlimit::data:
            limits.data = op.args[1];
            break;
        case Rlimit::memlock:
            limits.memlock = op.args[1];
            break;
        case Rlimit::stack:
            limits.stack = op.args[1];
            break;
    }
    return {};
}

void Simulation::touch_pages(Current& current, const Op& op, const TargetReply& reply) {
    std::optional<std::uint64_t> fault_at;
    if (reply.signal != 0) fault_at = op.args[0] + reply.pages * kPageSize;
    touch(current, op.args[0], op.args[1], op.args[2] != 0, fault_at);
}

Outcome Simulation::run_plain(Current& current, const Op& op) {
    const auto& a = op.args;
    switch (op.kind) {
        case OpKind::munmap:
            return from(sys_munmap(current, a[0], a[1]));
        case OpKind::mprotect:
            return from(sys_mprotect(current, a[0], a[1], a[2]));
        case OpKind::pkey_mprotect:
            return from(sys_mprotect(current, a[0], a[1], a[2], static_cast<std::int64_t>(a[3])));
        case OpKind::brk:
            return {.value = sys_brk(current, a[0]), .error = 0};
        case OpKind::madvise:
            return from(sys_madvise(current, a[0], a[1], a[2]));
        case OpKind::process_madvise: {
            const Outcome outcome = from(sys_process_madvise(current, a[0], a[1], a[2]));
            return {.value = outcome.error == 0 ? a[1] : 0, .error = outcome.error};
        }
        case OpKind::memory_merge:
            return from(sys_set_memory_merge(current, a[0] != 0));
        case OpKind::mlock:
            return from(sys_mlock(current, a[0], a[1], 0));
        case OpKind::mlock2:
            return from(sys_mlock(current, a[0], a[1], a[2]));
        case OpKind::munlock:
            return from(sys_munlock(current, a[0], a[1]));
        case OpKind::mlockall:
            return from(sys_mlockall(current, a[0]));
        case OpKind::munlockall:
            return from(sys_munlockall(current));
        case OpKind::mseal:
            return from(sys_mseal(current, a[0], a[1], a[2]));
        case OpKind::set_vma_name: {
            std::optional<std::string_view> name;
            if (!op.clears_name) name = op.name;
            return from(sys_set_vma_name(current, a[0], a[1], name));
        }
        case OpKind::mbind:
            return from(sys_mbind(current, a[0], a[1], a[2], a[3], a[4]));
        case OpKind::shmdt:
            return from(sys_shmdt(current, a[0]));
        case OpKind::remap_file_pages:
            return from(sys_remap_file_pages(current, a[0], a[1], a[2], a[3], a[4]));
        case OpKind::add_seals:
            return from(add_seals(current, file_of(a[0]), a[1]));
        default:
            return {};
    }
}

Outcome Simulation::run(const Op& op, const TargetReply& reply) {
    if (op.kind == OpKind::setrlimit) return limit(op.slot, op);
    Current now = current(op.slot);
    switch (op.kind) {
        case OpKind::mmap:
            return map(now, op);
        case OpKind::mremap:
            return remap(now, op);
        case OpKind::shmat:
            return attach(now, op);
        case OpKind::fork:
            return fork(now, op);
        case OpKind::touch:
            touch_pages(now, op, reply);
            return {};
        case OpKind::exit:
            exit_mmap(now);
            drop_uffds(op.slot);
            processes_[static_cast<std::size_t>(op.slot)] = {};
            return {};
        case OpKind::uffd_open:
        case OpKind::uffd_register:
        case OpKind::uffd_unregister:
            return run_uffd(op);
        default:
            return run_plain(now, op);
    }
}

Layout Simulation::layout(int slot) const {
    const Mm& space = mm(slot);
    Layout layout;
    for (auto vma = space.vmas.first(); vma && vma->start < crowd_; vma.next()) {
        layout.lines.push_back(line_of(world_, space, *vma));
    }
    layout.counters = {.size = kib(space.total_vm),
                       .locked = kib(space.locked_vm),
                       .data = kib(space.data_vm),
                       .stack = kib(space.stack_vm)};
    return layout;
}

std::string Simulation::broken_invariant(int slot) const {
    return validate_mm(world_, mm_id(slot));
}

}  // namespace mmsim::live
