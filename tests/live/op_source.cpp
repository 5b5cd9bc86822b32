// SPDX-License-Identifier: GPL-2.0-or-later
#include "live/op_source.h"

#include <algorithm>
#include <numeric>

#include "base/linux_abi.h"

namespace mmsim::live {
namespace {

constexpr std::uint64_t kTop = 0x7ffffffff000;

// Where fixed mappings go: a small window, so that they meet, and a wide area with room for stacks
// to grow and for huge pages.
constexpr std::uint64_t kWindow = 0x100000000000;
constexpr std::uint64_t kWindowPages = 64;
constexpr std::uint64_t kWide = 0x100040000000;
constexpr std::uint64_t kWidePages = 2048;
constexpr std::uint64_t kPmd = 0x200000;
constexpr std::uint64_t kHeapPages = 80;

// How often each kind comes, in the order of OpKind; a theme makes some of them more frequent.
struct Weight {
    OpKind kind;
    unsigned weight;
};
constexpr Weight kWeights[] = {
    {OpKind::mmap, 240},
    {OpKind::munmap, 60},
    {OpKind::mprotect, 100},
    {OpKind::pkey_mprotect, 6},
    {OpKind::mremap, 90},
    {OpKind::brk, 20},
    {OpKind::madvise, 80},
    {OpKind::process_madvise, 15},
    {OpKind::mlock, 25},
    {OpKind::mlock2, 12},
    {OpKind::munlock, 20},
    {OpKind::mlockall, 4},
    {OpKind::munlockall, 3},
    {OpKind::mseal, 2},
    {OpKind::set_vma_name, 25},
    {OpKind::memory_merge, 3},
    {OpKind::mbind, 20},
    {OpKind::shmat, 12},
    {OpKind::shmdt, 7},
    {OpKind::remap_file_pages, 12},
    {OpKind::setrlimit, 10},
    {OpKind::add_seals, 2},
    {OpKind::uffd_open, 2},
    {OpKind::uffd_register, 25},
    {OpKind::uffd_unregister, 8},
    {OpKind::touch, 140},
    {OpKind::fork, 6},
    {OpKind::exit, 3},
};
static_assert(std::size(kWeights) == kOpKinds);

struct Theme {
    unsigned anonymous_share;
    std::vector<OpKind> favoured;
};
const Theme& theme_of(std::uint64_t seed) {
    static const std::vector<Theme> kThemes = {
        {55, {}},
        {95, {OpKind::touch, OpKind::mremap}},
        {20, {OpKind::mmap}},
        {60, {OpKind::mremap}},
        {60,
         {OpKind::mlock, OpKind::mlock2, OpKind::munlock, OpKind::mlockall, OpKind::munlockall,
          OpKind::setrlimit}},
        {70, {OpKind::fork, OpKind::exit, OpKind::touch}},
        {70, {OpKind::madvise, OpKind::touch, OpKind::memory_merge}},
        {40, {OpKind::shmat, OpKind::shmdt, OpKind::remap_file_pages, OpKind::mbind}},
        {70, {OpKind::mprotect, OpKind::touch}},
        {80, {OpKind::brk, OpKind::setrlimit, OpKind::munmap}},
        {75, {OpKind::uffd_open, OpKind::uffd_register, OpKind::uffd_unregister, OpKind::mremap}},
    };
    return kThemes[seed % kThemes.size()];
}

bool takes_range(OpKind kind) {
    switch (kind) {
        case OpKind::munmap:
        case OpKind::mprotect:
        case OpKind::pkey_mprotect:
        case OpKind::mremap:
        case OpKind::madvise:
        case OpKind::process_madvise:
        case OpKind::mlock:
        case OpKind::mlock2:
        case OpKind::munlock:
        case OpKind::mseal:
        case OpKind::set_vma_name:
        case OpKind::mbind:
        case OpKind::remap_file_pages:
        case OpKind::uffd_register:
        case OpKind::uffd_unregister:
        case OpKind::touch:
            return true;
        default:
            return false;
    }
}

// Refused as a whole by calls that unmap.
bool out_of_bounds(std::uint64_t addr, std::uint64_t length) {
    return addr + length < addr || addr + length > kTop;
}
bool wraps(std::uint64_t addr, std::uint64_t length) { return addr + length < addr; }

// Whether pages are there, the simulation does not know: where missing ones can't be had, none are
// asked for.
bool asks_for_pages(const Op& op) {
    switch (op.kind) {
        case OpKind::madvise:
        case OpKind::process_madvise:
            return op.args[2] == static_cast<std::uint64_t>(Madv::populate_read) ||
                   op.args[2] == static_cast<std::uint64_t>(Madv::populate_write) ||
                   op.args[2] == static_cast<std::uint64_t>(Madv::collapse);
        case OpKind::mlock:
        case OpKind::mlock2:
        case OpKind::mlockall:
        case OpKind::touch:
            return true;
        default:
            return false;
    }
}
bool meets_missing_pages(const Op& op, const Mm& mm) {
    if (!asks_for_pages(op)) return false;
    const bool all = op.kind == OpKind::mlockall;
    const std::uint64_t end = all ? ~std::uint64_t{0} : op.args[0] + op.args[1] + kPageSize;
    for (auto vma = mm.vmas.find(vpn_of(all ? 0 : op.args[0])); vma; vma.next()) {
        if (vma->start.bytes() >= end) break;
        if (vma->flags.any(kVmUffdMissing | kVmUffdMinor)) return true;
    }
    return false;
}

// Parents outlive their children, which they have to bury.
bool may_exit(int slot, const Simulation& simulation) {
    for (int other = slot + 1; other < kSlots; ++other) {
        if (simulation.alive(other)) return false;
    }
    return slot != 0;
}

}  // namespace

bool harmless(const Op& op, const Simulation& simulation) {
    const auto& a = op.args;
    if (!simulation.alive(op.slot)) return false;
    if (meets_missing_pages(op, simulation.mm(op.slot))) return false;
    switch (op.kind) {
        case OpKind::mmap:
            return (a[3] & (kMapFixed | kMapFixedNoReplace)) == 0 || out_of_bounds(a[0], a[1]) ||
                   !simulation.disturbs(a[0] & ~kPageMask, a[1]);
        case OpKind::munmap:
            return out_of_bounds(a[0], a[1]) || !simulation.disturbs(a[0], a[1]);
        case OpKind::mremap: {
            const std::uint64_t reach = std::max(a[1], a[2]);
            return (out_of_bounds(a[0], reach) || !simulation.disturbs(a[0], reach)) &&
                   (out_of_bounds(a[4], a[2]) || !simulation.disturbs(a[4], a[2]));
        }
        case OpKind::shmat:
            return a[1] == 0 || !simulation.disturbs(a[1] & ~kPageMask, 1 << 20);
        case OpKind::fork:
            return static_cast<int>(a[0]) > op.slot && !simulation.alive(static_cast<int>(a[0]));
        case OpKind::exit:
            return may_exit(op.slot, simulation);
        default:
            break;
    }
    if (!takes_range(op.kind) || wraps(a[0], a[1])) return true;
    return !simulation.disturbs(a[0] & ~kPageMask, a[1] + kPageSize);
}

OpSource::OpSource(std::uint64_t seed, const Host& host, const Possible& possible)
    : random_(seed),
      host_(host),
      hard_(possible.hard),
      uffd_flags_(possible.uffd_flags),
      weights_(kOpKinds),
      predictable_32bit_(!possible.randomized) {
    for (const Weight& entry : kWeights) {
        const auto kind = static_cast<std::size_t>(entry.kind);
        if (possible.kinds[kind]) weights_[kind] = entry.weight;
    }
    const Theme& theme = theme_of(seed);
    anonymous_share_ = theme.anonymous_share;
    bad_pages_ = random_.percent(30);
    for (const OpKind kind : theme.favoured) weights_[static_cast<std::size_t>(kind)] *= 4;
}

Op OpSource::next(const Simulation& simulation) {
    for (;;) {
        const View view = look(simulation);
        Op op = make(choose_kind(view), view);
        op.slot = view.slot;
        if (harmless(op, simulation)) return op;
    }
}

OpSource::View OpSource::look(const Simulation& simulation) {
    std::vector<int> living;
    for (int slot = 0; slot < kSlots; ++slot) {
        if (simulation.alive(slot)) living.push_back(slot);
    }
    // The youngest acts most: it is the one with inherited chains.
    const int slot = random_.percent(60) ? living.back() : living[random_.below(living.size())];
    View view{simulation, slot, simulation.mm(slot), {}};
    for (auto vma = view.mm.vmas.first(); vma && vma->start < simulation.crowd(); vma.next()) {
        if (!simulation.disturbs(vma->start.bytes(), vma->pages().bytes())) {
            view.vmas.push_back(*vma);
        }
    }
    return view;
}

OpKind OpSource::choose_kind(const View& view) {
    constexpr std::size_t kCrowded = 60;
    if (view.vmas.size() > kCrowded && random_.percent(50)) return OpKind::munmap;
    const unsigned total = std::accumulate(weights_.begin(), weights_.end(), 0U);
    auto left = random_.below(total);
    std::size_t kind = 0;
    while (left >= weights_[kind]) left -= weights_[kind++];
    return static_cast<OpKind>(kind);
}

const Vma* OpSource::some_vma(const View& view) {
    return view.vmas.empty() ? nullptr : &view.vmas[random_.below(view.vmas.size())];
}

std::uint64_t OpSource::free_place(const View& view) {
    const std::uint64_t which = random_.below(100);
    if (which < 65) return kWindow + random_.below(kWindowPages) * kPageSize;
    if (which < 80) return kWide + random_.below(kWidePages) * kPageSize;
    if (which < 85) return huge_place();
    if (which < 90) {
        const std::uint64_t heap = pages_round_up(view.mm.layout.start_brk).bytes();
        return heap + random_.below(kHeapPages) * kPageSize;
    }
    const Vma* vma = some_vma(view);
    if (vma == nullptr) return kWindow;
    return random_.percent(50) ? vma->end.bytes() : vma->start.bytes() - kPageSize;
}

std::uint64_t OpSource::place(const View& view) {
    const Vma* vma = some_vma(view);
    if (vma == nullptr || random_.percent(30)) return free_place(view);
    return vma->start.bytes() + random_.below(vma->pages().count) * kPageSize;
}

std::uint64_t OpSource::length() {
    if (random_.percent(5)) return random_.pick<std::uint64_t>({kPmd, 2 * kPmd, kPmd + kPageSize});
    return random_.small(16) * kPageSize;
}

std::uint64_t OpSource::huge_place() { return kWide + random_.below(4) * kPmd; }

OpSource::Range OpSource::inside(const Vma& vma) {
    if (vma.flags.any(kVmHugetlb) && random_.percent(60)) {
        const std::uint64_t pmds = (vma.pages().bytes() + kPmd - 1) / kPmd;
        const std::uint64_t first = random_.below(pmds);
        return {vma.start.bytes() + first * kPmd, (1 + random_.below(pmds - first)) * kPmd};
    }
    const std::uint64_t pages = vma.pages().count;
    const std::uint64_t first = random_.percent(45) ? 0 : random_.below(pages);
    const std::uint64_t count =
        random_.percent(45) ? pages - first : 1 + random_.below(pages - first);
    return {vma.start.bytes() + first * kPageSize, count * kPageSize};
}

// Now and then an argument that the kernel has to refuse or to round.
OpSource::Range OpSource::spoil(Range range) {
    switch (random_.below(40)) {
        case 0:
            range.addr += 1 + random_.below(kPageMask);
            break;
        case 1:
            range.length = 0;
            break;
        case 2:
        case 3:
            range.length -= std::min(range.length, random_.below(kPageSize));
            break;
        case 4:
            if (random_.percent(40)) {
                range.length = random_.pick<std::uint64_t>({~std::uint64_t{0}, ~kPageMask, kTop,
                                                            std::uint64_t{1} << 48, ~range.addr,
                                                            std::uint64_t{0} - range.addr});
            }
            break;
        default:
            break;
    }
    return range;
}

OpSource::Range OpSource::range(const View& view) {
    const Vma* vma = some_vma(view);
    if (vma != nullptr && random_.percent(60)) return spoil(inside(*vma));
    return spoil({place(view), length()});
}

}  // namespace mmsim::live
