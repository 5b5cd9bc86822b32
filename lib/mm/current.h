// SPDX-License-Identifier: GPL-2.0-or-later
// Who makes a call: the kernel's `current`, with the world it runs in and who is told about it.
#pragma once

#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "fault/fault_injector.h"
#include "mm/check.h"
#include "mm/event.h"
#include "mm/world.h"

namespace mmsim {

// What a call has done so far that an error would leave behind. See partial.h
struct CallEffects {
    bool changed = false;  // VMAs were changed, merged, made or removed
    bool cut = false;      // a VMA was cut, and nothing has been made of it yet
    std::uint64_t splits = 0;
    // Of mremap alone:
    bool moved = false;                     // earlier VMAs of several
    bool copy_left = false;                 // it could not be unmapped again
    std::vector<UnwindStep> undone;         // in order
    std::vector<VmRange> destination_lost;  // mappings that made room
    std::vector<VmRange> tail_lost;         // of the source, which was to shrink
    bool edges_cut = false;                 // of VMAs that stay, where an unmap began or ended
    std::optional<FailPoint> failed_at;     // where an unmap gave up

    void note(const VmaSplit&) {
        cut = true;
        ++splits;
    }
    template <typename Other>
    void note(const Other&) {
        if constexpr (!kChangesVma<Other>) return;
        cut = false;
        changed = true;
    }
};

struct Current {
    World& world;
    Mm& mm;
    MmId mm_id;
    EventSink& sink;
    FaultInjector& faults;
    // The trace says that this call succeeded: limits, permissions and seals do not refuse it.
    bool forced = false;
    // The trace says that this call failed: populating ended at a file whose length nobody told.
    bool files_end = false;
    // refuses() has refused: with `forced` set the call would have gone on.
    bool overrulable = false;
    // Somebody has this call explained: tell also of steps and judgements that change nothing.
    bool detailed = false;
    // The VMA that is being unmapped is new and has failed: what it owes is told with the failure.
    bool unmapping_failed = false;
    // And no `mapped` has set it up.
    bool unmapping_unmapped = false;
    // What is written to the edges that the call makes: see Vma::start_by.
    std::uint32_t stamp = 0;
    MmOp op = MmOp::mmap;
    CallEffects effects;
    // The check that refused last. Of a call that failed: the one to name, unless a failure point
    // made it fail.
    std::optional<Refusal> refusal;

    Current(World& w, MmId id, EventSink& s, FaultInjector& f)
        : world(w), mm(w.mms.edit(id.index)), mm_id(id), sink(s), faults(f) {}

    const Profile& profile() const { return *world.profile; }
    template <typename What>
    void tell(What&& what) {
        effects.note(what);
        if constexpr (std::is_trivially_destructible_v<std::remove_cvref_t<What>>) {
            // At its end a variant calls a function by a table, here for nothing.
            union Kept {
                Event event;
                explicit Kept(What&& it) : event(std::forward<What>(it)) {}
                // "= default" would delete it.
                ~Kept() {}  // NOLINT(modernize-use-equals-default)
            };
            sink.on_event(mm_id, op, Kept(std::forward<What>(what)).event);
        } else {
            sink.on_event(mm_id, op, Event(std::forward<What>(what)));
        }
    }
    // A check that a recorded success overrules.
    bool refuses(bool refused) {
        if (refused && !forced) overrulable = true;
        return refused && !forced;
    }
    // Returns the errno that the call is to return, and keeps which check it was: every call says
    // no by `return current.refuse(...)`.
    [[gnu::cold, gnu::noinline]] Errno refuse(Errno error, Check check, std::uint64_t saw = 0,
                                              std::uint64_t more = 0) {
        refusal = Refusal{.check = check, .saw = saw, .more = more};
        return error;
    }
    [[gnu::cold, gnu::noinline]] Errno refuse(Errno error, Check check, const VmRange& range) {
        return refuse(error, check, range.start().bytes(), range.end().bytes());
    }
};

}  // namespace mmsim
