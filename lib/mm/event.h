// SPDX-License-Identifier: GPL-2.0-or-later
// What the simulated kernel did, in the order it did it: the one way out of the core.
//
// Events carry values, never pointers into a World, so a report may keep them as long as it likes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/errno.h"
#include "base/page.h"
#include "fault/fail_point.h"
#include "mm/driver.h"
#include "mm/merge_barriers.h"
#include "mm/vm_area_desc.h"
#include "mm/vma.h"

namespace mmsim {

// The call at work, for counting by operation.
enum class MmOp : std::uint8_t {
    mmap,
    munmap,
    mprotect,
    mremap,
    brk,
    madvise,
    mlock,
    mseal,
    prctl,
    mbind,
    shm,
    remap_file_pages,
    userfaultfd,
    fork,
    exec,
    exit,
    fault,
};
inline constexpr std::size_t kMmOps = static_cast<std::size_t>(MmOp::fault) + 1;
std::string_view mm_op_name(MmOp op);

enum class MergeKind : std::uint8_t { new_left, new_right, new_both, left, right, both };
inline constexpr std::size_t kMergeKinds = static_cast<std::size_t>(MergeKind::both) + 1;

struct VmaCreated {
    Vma vma;
};
// A VMA was cut in two at `at`; `created` is the id of the new piece.
struct VmaSplit {
    VmaId original;
    VmaId created;
    Vpn at;
};
struct VmaMerged {
    MergeKind kind{};
    bool copied = false;         // the new range was an mremap copy
    bool extended = false;       // in-place mremap growth
    std::uint8_t swallowed = 0;  // VMAs that are gone: 0 when only edges moved
    VmaId survivor;
    FileId file;       // of the survivor
    DriverId driver;   // of that file; none without a file
    VmRange after;     // what the survivor covers now
    VmRange proposal;  // the range that was to be mapped or changed
};
// Attributes or edges of a VMA changed without a merge or split.
struct VmaChanged {
    VmaId id;
    VmRange range;  // covers the VMA before and after
};
struct VmaRemoved {
    VmaId id;
    VmRange range;
    DriverId driver;
};
// A hook ran. error is ok when it succeeded.
struct HookRan {
    DriverId driver;
    Hook hook{};
    Errno error = Errno::ok;
    VmaId vma = {};  // of open, close and mapped
};
// An action of a `.mmap_prepare` hook was carried out, or failed.
struct ActionRan {
    DriverId driver;
    ActionType type{};
    VmRange range;
    Errno error = Errno::ok;
};

// What a failed step took back, and what it could not. Rule 3.3.
enum class UnwindStep : std::uint8_t {
    reattach_old_mappings,
    uncharge,
    put_file,
    put_replaced_file,
    free_vma,
    unmap_new_vma,
    close_new_vma,
    zap_ptes,
    unmap_writable,
    old_mappings_lost,
    edge_splits_left,
    charge_leaked,
    file_leaked,
    mapping_left,
    earlier_changes_kept,
    destination_lost,
    reference_leaked,
    close_without_mapped,
};
inline constexpr std::size_t kUnwindSteps =
    static_cast<std::size_t>(UnwindStep::close_without_mapped) + 1;
std::string_view unwind_step_name(UnwindStep step);

// A call failed after it had reached the mapping pipeline or changed something.
struct CallUnwound {
    MmOp op{};
    FailPoint point{};
    std::string_view stage = {};  // where it failed, if at no failure point
    Errno error{};
    DriverId driver;
    std::vector<UnwindStep> undone;  // in order
    std::vector<UnwindStep> not_undone;
    std::vector<VmRange> lost;  // old mappings that are gone, without the holes between them
};
enum class LeakKind : std::uint8_t { reference, commit, locked, file, memory };
enum class LeakCause : std::uint8_t {
    point,      // a failure: Leaked::point
    merge,      // the mapping has no VMA of its own that could give it back
    unmap,      // the driver's last VMA is gone, and close has not given it back
    close,      // close gave back more than was taken: the count is below zero
    stacked,    // a stacked driver put its own vm_ops in the place of those that would close it
    growth,     // growth of a stack is charged whatever its flags, and only ACCOUNT gives back
    dontunmap,  // MREMAP_DONTUNMAP took LOCKED from the source and left the count
};
struct Leaked {
    LeakKind kind{};
    DriverId driver;
    FileId file;
    std::int64_t count = 0;  // pages for commit and locked; below zero: given back too often
    LeakCause cause = LeakCause::point;
    FailPoint point{};
    std::string reference = {};  // the driver's name for it
};
// A rule that a driver broke. `id` is one of the ids that reports keep for ever.
struct Diagnosed {
    std::string_view id;
    DriverId driver;
    VmRange range;
    std::string detail = {};  // what happened this time, where the id alone does not say it
};

// The rest is told only where somebody has one call explained (Current::detailed).

// A step of the mmap pipeline was taken.
enum class PipelineStep : std::uint8_t {
    gathered,        // what lies in the range was cut at its edges; `pages` of it
    limits_passed,   // `pages` more fit
    charged,         // `pages`
    cleaned_up,      // `pages` of old mappings are gone: no way back
    merge_tried,     // see the MergeJudged before it; `pages` is 1 where it merged
    vma_allocated,   // a new VMA is made
    counters_right,  // the old mappings are out of the counters, `pages` new ones in
};
inline constexpr std::size_t kPipelineSteps =
    static_cast<std::size_t>(PipelineStep::counters_right) + 1;
struct StepTaken {
    PipelineStep step{};
    Pages pages;
};
// What a hook was handed, and what it left.
struct DescShown {
    Hook hook{};
    bool before = false;
    FileId file;
    VmFlags flags;
    Pgoff pgoff;
    PageProt page_prot{};
    VmOps ops;
    std::uint64_t private_data = 0;
    ActionType action{};
};
// A range was compared with a VMA that it touches.
struct MergeJudged {
    VmRange proposal;
    VmRange neighbour;
    MergeBarriers barriers;  // all of them; none: they may become one
    VmFlags differing;       // where `flags` is a barrier
};

using Event =
    std::variant<VmaCreated, VmaSplit, VmaMerged, VmaChanged, VmaRemoved, HookRan, ActionRan,
                 CallUnwound, Leaked, Diagnosed, StepTaken, DescShown, MergeJudged>;

// A VMA is no longer what it was, besides being cut.
template <typename T>
inline constexpr bool kChangesVma = std::is_same_v<T, VmaCreated> || std::is_same_v<T, VmaMerged> ||
                                    std::is_same_v<T, VmaChanged> || std::is_same_v<T, VmaRemoved>;

// Receives the events of a run.
class EventSink {
public:
    virtual ~EventSink() = default;
    virtual void on_event(MmId mm, MmOp op, const Event& event) = 0;
};

// For a call whose events nobody wants.
class DeafSink final : public EventSink {
public:
    void on_event(MmId, MmOp, const Event&) override {}
};

}  // namespace mmsim
