// SPDX-License-Identifier: GPL-2.0-or-later
// The reasons why two VMAs are not merged, tried out on every layout that a recorded case ends in:
// take the named differences away, give the upper VMA another protection and its own back, and the
// two are one; leave any of them, and they are two.
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <doctest/doctest.h>

#include "base/linux_abi.h"
#include "case_store.h"
#include "live_case.h"
#include "mm/accounting.h"
#include "mm/merge.h"
#include "mm/syscalls.h"

namespace mmsim::cases {
namespace {

// Keeps each address space as it was when its process ended.
class Endings final : public StepSink {
public:
    void follow(const Engine& engine) { engine_ = &engine; }
    void on_exit(std::int64_t, MmId mm) override {
        if (engine_ != nullptr) layouts.emplace_back(engine_->world(), mm);
    }
    void finish() {
        for (const ProcessInfo& process : engine_->processes()) {
            if (!process.exited) layouts.emplace_back(engine_->world(), process.mm);
        }
    }

    std::vector<std::pair<World, MmId>> layouts;

private:
    const Engine* engine_ = nullptr;
};

std::vector<std::pair<World, MmId>> final_layouts(const Case& one) {
    const bool live = one.file("trace.json").empty();
    const auto reader = live ? open_live_trace(one)
                             : open_trace(std::make_unique<LineSource>(
                                   memory_bytes(std::string(one.file("trace.json"))), one.name));
    ReplayOptions options;
    if (live) options = live_options(one, Addresses::recorded);
    options.verify = false;
    Endings endings;
    Engine engine(*reader, options, endings);
    endings.follow(engine);
    engine.run();
    endings.finish();
    return std::move(endings.layouts);
}

struct Pair {
    Vma left, right;
    std::optional<Vma> next;  // above the right one
};

// Protections that cost nothing: no page becomes writable.
constexpr std::array<std::uint64_t, 4> kProts = {0, kProtRead, kProtExec, kProtRead | kProtExec};

std::uint64_t prot_of(const Vma& vma) {
    return (vma.flags.any(kVmRead) ? kProtRead : 0) | (vma.flags.any(kVmWrite) ? kProtWrite : 0) |
           (vma.flags.any(kVmExec) ? kProtExec : 0);
}

std::uint64_t third_prot(const Pair& pair, const Vma& right) {
    for (const std::uint64_t prot : kProts) {
        const bool taken = prot == prot_of(pair.left) || prot == prot_of(right) ||
                           (pair.next && prot == prot_of(*pair.next));
        if (!taken) return prot;
    }
    FAIL("three VMAs have four protections");
    return 0;
}

// With the file goes whether a VMA is anonymous; hooks are not what is tried here.
VmOps ops_like(const Vma& vma) { return vma.anonymous() ? kVmOpsAnonymous : kVmOpsDummy; }

// Makes both alike in these respects.
void remove_barriers(World& world, Mm& mm, const Pair& pair, MergeBarriers barriers) {
    Vma left = pair.left;
    Vma right = pair.right;
    const auto gone = [&](MergeBarrier barrier) { return barriers.has(barrier); };
    if (gone(MergeBarrier::flags)) right.flags = left.flags;
    const VmFlags special = (pair.left.flags | pair.right.flags).only(kVmSpecial);
    if (gone(MergeBarrier::special)) {
        left.flags = left.flags.without(kVmSpecial);
        right.flags = right.flags.without(kVmSpecial);
    } else if (gone(MergeBarrier::flags)) {
        left.flags = left.flags | special;
        right.flags = right.flags | special;
    }
    VmaAttrs attrs = world.attrs[right.attr()];
    const VmaAttrs wanted = world.attrs[left.attr()];
    if (gone(MergeBarrier::policy)) attrs.policy = wanted.policy;
    if (gone(MergeBarrier::uffd)) attrs.uffd = wanted.uffd;
    if (gone(MergeBarrier::name)) {
        attrs.named = wanted.named;
        attrs.anon_name = wanted.anon_name;
    }
    right.set_attr(world.attrs.intern(attrs));
    if (gone(MergeBarrier::file)) {
        right.file = left.file;
        right.ops = ops_like(left);
    }
    if (gone(MergeBarrier::pgoff)) right.pgoff = left.pgoff + left.pages();
    if (gone(MergeBarrier::anon_pgoff)) right.anon_pgoff = left.anon_pgoff + left.pages();
    link_file(world, right);
    unlink_file(world, pair.right);
    mm.vmas.assign(left.start, left);
    mm.vmas.assign(right.start, right);
}

enum class Tried { merged, apart, refused };

Tried try_merge(const World& original, MmId id, const Pair& pair, MergeBarriers removed) {
    World world = original;
    DeafSink deaf;
    FaultInjector none;
    Current current(world, id, deaf, none);
    current.forced = true;
    remove_barriers(world, current.mm, pair, removed);
    const Vma right = *current.mm.vmas.find_vma(pair.right.start);
    const std::uint64_t addr = right.start.bytes();
    const std::uint64_t length = right.pages().bytes();
    if (!sys_mprotect(current, addr, length, third_prot(pair, right)) ||
        !sys_mprotect(current, addr, length, prot_of(right))) {
        return Tried::refused;
    }
    return current.mm.vmas.find_vma(pair.right.start)->start < pair.right.start ? Tried::merged
                                                                                : Tried::apart;
}

// mprotect itself would change ACCOUNT of the upper VMA, so that it does not get its flags back.
bool loses_account(const Pair& pair, MergeBarriers removed) {
    Vma right = pair.right;
    if (removed.has(MergeBarrier::flags)) right.flags = pair.left.flags;
    if (removed.has(MergeBarrier::file)) right.ops = ops_like(pair.left);
    const bool account = right.flags.any(kVmAccount);
    if (right.flags.any(kVmWrite)) {
        return !account && right.flags.none(kVmShared | kVmNoReserve | kVmHugetlb);
    }
    return account && right.anonymous() && !right.anon_vma;
}

struct Tally {
    std::map<std::string, unsigned> merged, apart, left_out;
};

void try_boundary(const World& world, MmId id, const Pair& pair, Tally& tally) {
    const MergeBarriers barriers = why_not_merged(world, pair.left, pair.right);
    if (barriers.has(MergeBarrier::anon_vma) || barriers.has(MergeBarrier::close_hook)) {
        ++tally.left_out["drawn elsewhere"];
        return;
    }
    if (loses_account(pair, barriers)) {
        ++tally.left_out["mprotect drops ACCOUNT"];
        return;
    }
    const Tried all = try_merge(world, id, pair, barriers);
    if (all == Tried::refused) {
        ++tally.left_out["the driver refuses"];
        return;
    }
    CHECK(all == Tried::merged);
    if (barriers.none()) ++tally.merged["untried"];
    for (std::size_t i = 0; i < kMergeBarriers; ++i) {
        const auto left_in = static_cast<MergeBarrier>(i);
        if (!barriers.has(left_in)) continue;
        CAPTURE(merge_barrier_name(left_in));
        ++tally.merged[std::string(merge_barrier_name(left_in))];
        const VmFlags differing = pair.left.flags ^ pair.right.flags;
        if (left_in == MergeBarrier::flags && barriers.has(MergeBarrier::special) &&
            differing.without(kVmSpecial | world.profile->merge_ignores).empty()) {
            continue;  // the same bits are both reasons
        }
        MergeBarriers others;
        for (std::size_t j = 0; j < kMergeBarriers; ++j) {
            others.add(static_cast<MergeBarrier>(j),
                       j != i && barriers.has(static_cast<MergeBarrier>(j)));
        }
        if (loses_account(pair, others)) {
            ++tally.left_out["mprotect drops ACCOUNT"];
            continue;
        }
        CHECK(try_merge(world, id, pair, others) == Tried::apart);
        ++tally.apart[std::string(merge_barrier_name(left_in))];
    }
}

void try_layout(const World& world, MmId id, Tally& tally) {
    std::optional<Vma> left;
    const VmaTree& vmas = world.mms[id.index].vmas;
    for (auto at = vmas.first(); at;) {
        const Vma vma = *at;
        at.next();
        Pair pair{left.value_or(vma), vma, std::nullopt};
        if (at) pair.next = *at;
        if (left && left->end == vma.start) {
            CAPTURE(vma.start.bytes());
            try_boundary(world, id, pair, tally);
        }
        left = vma;
    }
}

}  // namespace

TEST_SUITE("cases/reasons") {
    TEST_CASE("two VMAs stay apart for each of the reasons named and for no other (rule 4.1)") {
        Tally tally;
        for (const Case& one : load_cases(MMSIM_SOURCE_DIR "/tests/cases")) {
            CAPTURE(one.name);
            const auto layouts = final_layouts(one);
            CHECK_FALSE(layouts.empty());
            for (const auto& [world, mm] : layouts) try_layout(world, mm, tally);
        }
        for (const auto& [reason, count] : tally.merged) MESSAGE(reason << " removed: " << count);
        for (const auto& [reason, count] : tally.apart) MESSAGE(reason << " left in: " << count);
        for (const auto& [why, count] : tally.left_out) MESSAGE(why << ": " << count);
        CHECK_GT(tally.merged["untried"], 0);
        for (const char* reason : {"flags", "file", "pgoff", "policy", "special"}) {
            CAPTURE(reason);
            CHECK_GT(tally.merged[reason], 0);
            CHECK_GT(tally.apart[reason], 0);
        }
    }
}

}  // namespace mmsim::cases
