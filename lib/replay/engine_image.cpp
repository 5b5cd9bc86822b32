// SPDX-License-Identifier: GPL-2.0-or-later
// The engine's view of a program whose layout after its execve the trace does not have: calls that
// succeeded show some of it.
#include <algorithm>

#include "base/linux_abi.h"
#include "replay/divergence.h"
#include "replay/engine_state.h"

namespace mmsim {
namespace {

// What a successful call of one of these kinds shows to be mapped.
std::optional<ShownRange> shown_range(const TraceCall& call) {
    if (const auto* c = std::get_if<MprotectCall>(&call)) return {{c->addr, c->length, c->prot}};
    if (const auto* c = std::get_if<MadviseCall>(&call); c != nullptr && !c->process) {
        return {{c->addr, c->length}};
    }
    if (const auto* c = std::get_if<MsealCall>(&call)) return {{c->addr, c->length}};
    const auto* lock = std::get_if<MlockCall>(&call);
    if (lock == nullptr || lock->kind == MlockKind::munlock) return std::nullopt;
    return {{lock->addr & ~kPageMask, lock->length + (lock->addr & kPageMask)}};
}

// Whose mapping it may be: nobody knows how large it is, or what it was allowed.
MapsEntry unknown_mapping(const SpaceInfo& space, const Mm& mm, VmRange range, std::uint64_t prot) {
    MapsEntry entry;
    entry.start = range.start().bytes();
    entry.end = range.end().bytes();
    entry.readable = entry.writable = true;
    // The program lies below its heap.
    const bool program = space.brk_known && range.end().bytes() <= mm.layout.start_brk;
    if ((prot & kProtGrowsDown) != 0) {
        entry.path = "[stack]";
    } else if (program && space.image.program.starts_with('/')) {
        entry.path = space.image.program;
    }
    return entry;
}

}  // namespace

// What no program can change is there in each.
void Engine::State::begin_unseen(const ExecveCall& call) {
    info(step.mm).image.unseen = true;
    info(step.mm).image.program = call.program;
    std::vector<MapsEntry> above;
    for (const MapsEntry& entry : initial) {
        if (entry.start >= kTaskSize.bytes()) above.push_back(entry);
    }
    FaultInjector none;
    Current current = caller(step.mm, none);
    install_maps(current, files, above, info(step.mm).extra);
}

// Where the kernel begins to place mappings is seen by the first one.
void Engine::State::see_mmap(const MmapCall& mmap) {
    UnseenImage& image = info(step.mm).image;
    if (!image.unseen || image.first_end != 0) return;
    if (mmap.addr != 0 || (mmap.flags & (kMapFixed | kMapFixedNoReplace | kMap32Bit)) != 0) return;
    const auto place = recorded_place(mmap.length);
    if (!place) return;
    image.first_start = *place;
    image.first_end = *place + pages_round_up(mmap.length).bytes();
    MapsEntry first;
    first.start = image.first_start;
    first.end = image.first_end;
    Mm& mm = world.mms.edit(step.mm.index);
    const MmLayout guessed = apply_guess(guess_layout({first}), mm.layout);
    mm.layout = with_choice(guessed, options.layout);
}

// Makes the mappings that the call at hand would not have succeeded without.
void Engine::State::see_range() {
    const UnseenImage& image = info(step.mm).image;
    if (!image.unseen || !recorded_success(*step.record)) return;
    const auto shown = shown_range(step.record->call);
    if (!shown || !page_aligned(shown->addr)) return;
    const std::uint64_t task_end = world.mms[step.mm.index].layout.task_size.bytes();
    if (shown->length > task_end || shown->addr > task_end - shown->length) return;
    if (shown->prot == kProtRead && !occupied(step.mm, shown->addr, kPageSize)) {
        std::vector<MapsEntry> block = shapes.shown_by(image, shown->addr, shown->length);
        std::erase_if(block, [&](const MapsEntry& entry) {
            return entry.end > task_end || occupied(step.mm, entry.start, entry.end - entry.start);
        });
        install(block);
    }
    install(holes(*shown));
}

// What is not mapped of the range.
std::vector<MapsEntry> Engine::State::holes(const ShownRange& shown) {
    const Mm& mm = world.mms[step.mm.index];
    std::vector<MapsEntry> found;
    const Vpn end = vpn_of(shown.addr) + pages_round_up(shown.length);
    for (Vpn at = vpn_of(shown.addr); at < end;) {
        const Vma* const next = mm.vmas.find_vma(at);
        const Vpn hole_end = next == nullptr ? end : std::min(end, next->start);
        if (at < hole_end) {
            found.push_back(unknown_mapping(info(step.mm), mm, VmRange(at, hole_end), shown.prot));
        }
        at = next == nullptr ? end : next->end;
    }
    return found;
}

// Puts into the address space at work what has been there all along.
void Engine::State::install(const std::vector<MapsEntry>& entries) {
    FaultInjector none;
    Current current = caller(step.mm, none);
    current.op = MmOp::mmap;
    install_maps(current, files, entries, info(step.mm).extra);
    for (const MapsEntry& entry : entries) {
        events.on_event(step.mm, MmOp::mmap,
                        VmaCreated{*current.mm.vmas.find_vma(vpn_of(entry.start))});
    }
}

}  // namespace mmsim
