// SPDX-License-Identifier: GPL-2.0-or-later
#include "live/session.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <spdlog/fmt/fmt.h>

#include "base/linux_abi.h"

namespace mmsim::live {
namespace {

constexpr std::uint64_t kProbe = 0x100000000000;
constexpr std::uint64_t kNoSegment = 0x7ffffff;
constexpr std::uint64_t kCrowd = 0x200000000000;  // above where calls are aimed at

std::string proc(const TargetProcess& target, int slot, const char* what) {
    return read_text(fmt::format("/proc/{}/{}", target.pid(slot), what));
}

// The VMA of the layout that covers an address, or null.
const LayoutLine* line_at(const std::vector<LayoutLine>& lines, std::uint64_t addr) {
    for (const LayoutLine& line : lines) {
        if (line.start <= addr && addr < line.end) return &line;
    }
    return nullptr;
}

std::uint64_t soft_limit(int resource, std::uint64_t& hard) {
    rlimit limit{};
    ::getrlimit(static_cast<__rlimit_resource_t>(resource), &limit);
    hard = limit.rlim_max;
    return limit.rlim_cur;
}

std::uint8_t capabilities(const std::string& status) {
    const auto at = status.find("CapEff:");
    std::uint64_t bits = 0;
    if (at != std::string::npos) {
        const char* from = status.data() + at + 8;
        std::from_chars(from, status.data() + status.size(), bits, 16);
    }
    struct Bit {
        unsigned number;
        Capability capability;
    };
    constexpr Bit kBits[] = {{14, Capability::ipc_lock},
                             {17, Capability::sys_rawio},
                             {21, Capability::sys_admin},
                             {23, Capability::sys_nice},
                             {24, Capability::sys_resource}};
    std::uint8_t result = 0;
    for (const Bit& bit : kBits) {
        if ((bits >> bit.number & 1) != 0) result |= static_cast<std::uint8_t>(bit.capability);
    }
    return result;
}

// Whether pages collapse depends on which of them are there, and on memory to be had.
bool excused(const Op& op, const Outcome& real, const Outcome& simulated) {
    return op.kind == OpKind::madvise && op.args[2] == static_cast<std::uint64_t>(Madv::collapse) &&
           real.error != 0 &&
           (simulated.error == 0 || simulated.error == static_cast<int>(Errno::enomem));
}

}  // namespace

Session::Session(const Settings& settings, std::uint64_t seed)
    : settings_(settings),
      seed_(seed),
      start_{.humble = seed % 8 != 7, .randomize = seed % 5 == 3, .bottom_up = seed % 9 == 4},
      host_(settings.directory),
      target_(settings.program, host_.fds(), start_) {
    learn_files();
    learn_possible();
    possible_.randomized = is_randomized();
    simulation_.emplace(host_, start_state());
    for (std::uint64_t which = 0; which < kUffds; ++which) {
        const Op opening{.kind = OpKind::uffd_open, .args = {which, possible_.uffd_flags}};
        if (possible_.kinds[static_cast<std::size_t>(opening.kind)])
            simulation_->run(opening, run_on_kernel(opening));
    }
    constexpr std::uint64_t kOneIn = 25;
    if (seed % kOneIn == kOneIn - 1) crowd();
}

// Makes so many VMAs that the limit is near: each page of an area unlike its neighbours.
void Session::crowd() {
    constexpr std::uint64_t kAffordable = 100000;
    const std::uint64_t limit = host_.system.max_map_count;
    if (limit > kAffordable) {
        host_.notes.push_back("vm.max_map_count is high: runs near the limit left out");
        return;
    }
    const std::uint64_t spare = 2 + seed_ * 7 % 23;
    const std::uint64_t pages = limit - simulation_->mm(0).map_count - spare;
    const auto run = [&](const Op& op) { simulation_->run(op, run_on_kernel(op)); };
    const std::uint64_t flags = kMapPrivate | kMapAnonymous | kMapFixed;
    run({.kind = OpKind::mmap, .args = {kCrowd, pages * kPageSize, 0, flags, ~0UL, 0}});
    for (std::uint64_t page = 1; page < pages; page += 2) {
        run({.kind = OpKind::mprotect, .args = {kCrowd + page * kPageSize, kPageSize, kProtRead}});
    }
    simulation_->crowd_from(kCrowd);
    crowded_ = true;
}

// A mapping of each file shows what maps calls it, and whether its file system lets code run.
void Session::learn_files() {
    for (std::size_t i = 0; i < host_.files.size(); ++i) {
        File& file = host_.files[i].file;
        const auto fd = static_cast<std::uint64_t>(kFirstFileFd) + i;
        const auto map = [&](std::uint64_t prot) {
            return target_.syscall(0, SYS_mmap,
                                   {kProbe, kPageSize, prot, MAP_PRIVATE | MAP_FIXED, fd});
        };
        file.noexec = map(PROT_READ | PROT_EXEC) == -EPERM;
        map(PROT_READ);
        const std::vector<LayoutLine> lines = parse_maps(proc(target_, 0, "maps"));
        if (const LayoutLine* line = line_at(lines, kProbe)) {
            constexpr std::string_view kDeleted = " (deleted)";
            file.path = line->name;
            file.deleted = file.path.ends_with(kDeleted);
            if (file.deleted) file.path.resize(file.path.size() - kDeleted.size());
            file.device = line->device;
            file.inode = line->inode;
        }
        target_.syscall(0, SYS_munmap, {kProbe, kPageSize});
    }
}

void Session::drop_kinds(std::initializer_list<OpKind> kinds, const std::string& why) {
    for (const OpKind kind : kinds) possible_.kinds.reset(static_cast<std::size_t>(kind));
    host_.notes.push_back(why);
}

void Session::learn_possible() {
    possible_.kinds.set();
    const auto refused = [&](const Op& op) { return target_.call(0, target_call(op)).value; };
    const std::uint64_t map = kMapPrivate | kMapAnonymous | kMapFixed;
    target_.call(0, target_call({.kind = OpKind::mmap,
                                 .args = {kProbe, kPageSize, kProtRead, map, ~0UL, 0}}));
    if (refused({.kind = OpKind::mseal, .args = {kProbe, 0, 0}}) != 0) {
        drop_kinds({OpKind::mseal}, "mseal is not there: left out");
    }
    if (refused({.kind = OpKind::set_vma_name, .args = {kProbe, kPageSize}, .name = "x"}) != 0) {
        drop_kinds({OpKind::set_vma_name}, "the kernel has no names for mappings: left out");
    }
    if (refused({.kind = OpKind::mbind, .args = {kProbe, kPageSize, kMpolBind, 1, 0}}) != 0) {
        drop_kinds({OpKind::mbind}, "mbind is refused: left out");
    }
    if (refused({.kind = OpKind::pkey_mprotect, .args = {kProbe, 0, 0, ~0UL}}) != 0) {
        drop_kinds({OpKind::pkey_mprotect}, "pkey_mprotect is refused: left out");
    }
    if (refused({.kind = OpKind::memory_merge, .args = {0}}) != 0) {
        drop_kinds({OpKind::memory_merge}, "the kernel has no KSM: left out");
    }
    if (refused({.kind = OpKind::process_madvise, .args = {kProbe, 0, 0}}) != 0) {
        drop_kinds({OpKind::process_madvise}, "process_madvise of oneself is refused: left out");
    }
    learn_uffd();
    if (host_.segments.empty()) drop_kinds({OpKind::shmat, OpKind::shmdt}, "no SysV segments");
    target_.syscall(0, SYS_munmap, {kProbe, kPageSize});
}

void Session::learn_uffd() {
    constexpr std::uint64_t kUserModeOnly = 1;
    std::int64_t fd = -EPERM;
    for (const std::uint64_t flags : {std::uint64_t{0}, kUserModeOnly}) {
        if (fd < 0) fd = target_.syscall(0, SYS_userfaultfd, {possible_.uffd_flags = flags});
    }
    Op opening{.kind = OpKind::uffd_open, .args = {0, possible_.uffd_flags}};
    if (fd < 0 || open_uffd(opening).value < 0) {
        drop_kinds({OpKind::uffd_open, OpKind::uffd_register, OpKind::uffd_unregister},
                   "there are no userfaultfds that track writes: left out");
    }
    if (fd >= 0) target_.syscall(0, SYS_close, {static_cast<std::uint64_t>(fd)});
}

TargetReply Session::open_uffd(const Op& op) {
    TargetReply reply;
    reply.value = target_.syscall(op.slot, SYS_userfaultfd, {op.args[1]});
    if (reply.value < 0) return reply;
    for (const TargetCall& call : uffd_open_calls(op, static_cast<std::uint64_t>(reply.value))) {
        reply = target_.call(op.slot, call);
    }
    return reply;
}

bool Session::is_randomized() const {
    constexpr std::uint64_t kNoRandomize = 0x0040000;
    const std::string persona = proc(target_, 0, "personality");
    return (std::stoull(persona, nullptr, 16) & kNoRandomize) == 0;
}

StartState Session::start_state() {
    StartState start;
    start.brk = static_cast<std::uint64_t>(target_.syscall(0, SYS_brk));
    const std::int64_t low = target_.syscall(
        0, SYS_mmap, {kPageSize, kPageSize, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, ~0UL});
    start.mmap_min_addr = static_cast<std::uint64_t>(low);
    target_.syscall(0, SYS_munmap, {start.mmap_min_addr, kPageSize});
    start.smaps = parse_maps(proc(target_, 0, "smaps"));
    for (const LayoutLine& line : start.smaps) {
        if (line.name == "[stack]") break;
        start.mmap_base = line.end;
        if (start.legacy_base == 0 && line.name.starts_with("[v")) start.legacy_base = line.start;
    }
    // Where the kernel puts a page shows which way it searches.
    const std::int64_t page =
        target_.syscall(0, SYS_mmap, {0, kPageSize, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, ~0UL});
    start.top_down = static_cast<std::uint64_t>(page) < start.mmap_base;
    target_.syscall(0, SYS_munmap, {static_cast<std::uint64_t>(page), kPageSize});
    start.limits.as = soft_limit(RLIMIT_AS, possible_.hard.as);
    start.limits.data = soft_limit(RLIMIT_DATA, possible_.hard.data);
    start.limits.stack = soft_limit(RLIMIT_STACK, possible_.hard.stack);
    start.limits.memlock = soft_limit(RLIMIT_MEMLOCK, possible_.hard.memlock);
    start.limits.capabilities = capabilities(proc(target_, 0, "status"));
    return start;
}

TargetReply Session::run_on_kernel(const Op& op) {
    TargetReply reply;
    switch (op.kind) {
        case OpKind::fork:
            reply.value = target_.fork(op.slot, static_cast<int>(op.args[0]));
            return reply;
        case OpKind::exit:
            target_.exit(op.slot);
            return reply;
        case OpKind::uffd_open:
            return open_uffd(op);
        case OpKind::shmat: {
            TargetCall call = target_call(op);
            const bool known = op.args[0] < host_.segments.size();
            call.args[0] =
                known ? static_cast<std::uint64_t>(host_.segments[op.args[0]].id) : kNoSegment;
            return target_.call(op.slot, call);
        }
        default:
            return target_.call(op.slot, target_call(op));
    }
}

// A page that was reached although the simulation forbids it, or the other way round. Guard pages
// and ends of files are not simulated: they excuse a fault.
std::string Session::unexpected_access(const Op& op, const TargetReply& reply) const {
    const VmaTree& vmas = simulation_->mm(op.slot).vmas;
    const bool write = op.args[2] != 0;
    const std::uint64_t tried = reply.pages + (reply.signal != 0 ? 1 : 0);
    for (std::uint64_t i = 0; i < tried; ++i) {
        const Vpn page = vpn_of(op.args[0]) + Pages{i};
        const Vma* vma = vmas.find_vma(page);
        const bool allowed =
            vma != nullptr && vma->start <= page && vma->flags.any(write ? kVmWrite : kVmAccess);
        const bool excused =
            vma != nullptr && (vma->flags.any(kVmMaybeGuard) || (vma->file && !vma->anonymous()));
        const bool reached = i < reply.pages;
        if (reached != allowed && !(allowed && excused)) {
            return fmt::format("page {:#x}: {} by the kernel, {} by the simulation", page.bytes(),
                               reached ? "reached" : "refused", allowed ? "reached" : "refused");
        }
    }
    return {};
}

std::optional<Difference> Session::compare(int slot) {
    Layout kernel;
    const std::string smaps = fmt::format("/proc/{}/smaps", target_.pid(slot));
    kernel.lines =
        parse_maps(read_text(smaps, crowded_ ? fmt::format("\n{:x}-", kCrowd) : std::string()));
    kernel.counters = parse_status(proc(target_, slot, "status"));
    const Layout simulated = simulation_->layout(slot);
    std::string what = first_difference(kernel, simulated);
    if (what.empty()) return std::nullopt;
    return Difference{"slot " + std::to_string(slot) + ": " + what,
                      side_by_side(kernel, simulated)};
}

std::optional<Difference> Session::step(const Op& op) {
    const TargetReply reply = run_on_kernel(op);
    const Outcome real = outcome_of(reply);
    const Outcome simulated = simulation_->run(op, reply);
    last_outcome_ = outcome_text(op, real);
    last_error_ = op.kind == OpKind::touch ? static_cast<int>(reply.signal) : real.error;
    if (op.kind == OpKind::touch && reply.signal != 0) {
        last_outcome_ = fmt::format("fault-at {:#x} signal {}", reply.fault_addr, reply.signal);
    }
    if (op.kind == OpKind::exit) return std::nullopt;
    std::optional<Difference> layouts = compare(op.slot);
    if (real != simulated && !excused(op, real, simulated)) {
        return Difference{fmt::format("results differ: kernel {}, simulation {}",
                                      outcome_text(op, real), outcome_text(op, simulated)),
                          layouts ? layouts->picture : std::string()};
    }
    if (layouts) return layouts;
    // A userfaultfd may be about the memory of a parent.
    if (op.kind >= OpKind::uffd_open && op.kind <= OpKind::uffd_unregister) {
        if (auto elsewhere = compare_all()) return elsewhere;
    }
    if (op.kind == OpKind::fork && real.error == 0) {
        if (auto child = compare(static_cast<int>(op.args[0]))) return child;
    }
    if (op.kind == OpKind::touch) {
        if (std::string what = unexpected_access(op, reply); !what.empty()) {
            return Difference{what, {}};
        }
    }
    if (std::string broken = simulation_->broken_invariant(op.slot); !broken.empty()) {
        return Difference{"broken invariant: " + broken, {}};
    }
    return std::nullopt;
}

std::optional<Difference> Session::compare_all() {
    for (int slot = 0; slot < kSlots; ++slot) {
        if (!simulation_->alive(slot)) continue;
        if (auto difference = compare(slot)) return difference;
    }
    return std::nullopt;
}

}  // namespace mmsim::live
