// SPDX-License-Identifier: GPL-2.0-or-later
// Every short sequence of calls on a few pages, against a model that knows pages and no VMAs: it
// cannot get merging and splitting wrong, for it does neither.
#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/linux_abi.h"
#include "mm/syscalls.h"

using namespace mmsim;

namespace {

constexpr std::size_t kPages = 6;
constexpr std::uint64_t kBase = 0x100000000000;

struct Page {
    bool mapped = false;
    bool write = false;
    bool dont_copy = false;
    bool locked = false;

    friend bool operator==(const Page&, const Page&) = default;
};
using Model = std::array<Page, kPages>;

enum class Kind {
    map_write,
    map_read,
    munmap,
    protect_write,
    protect_read,
    dontfork,
    dofork,
    lock,
    unlock,
};
constexpr Kind kFirstFive = Kind::protect_read;
constexpr Kind kAll = Kind::unlock;

struct Op {
    Kind kind;
    std::size_t first, last;  // pages, half open
};

std::vector<Op> all_ops(Kind up_to) {
    std::vector<Op> ops;
    for (int kind = 0; kind <= static_cast<int>(up_to); ++kind) {
        for (std::size_t first = 0; first < kPages; ++first) {
            for (std::size_t last = first + 1; last <= kPages; ++last) {
                ops.push_back({static_cast<Kind>(kind), first, last});
            }
        }
    }
    return ops;
}

std::string text(const Op& op) {
    static constexpr const char* kNames[] = {"map rw",     "map r",     "munmap",
                                             "protect rw", "protect r", "dontfork",
                                             "dofork",     "lock",      "unlock"};
    return std::string(kNames[static_cast<std::size_t>(op.kind)]) + " [" +
           std::to_string(op.first) + "," + std::to_string(op.last) + ") ";
}

// Whether the call succeeds. Holes end what must be gapless, after the pages before them.
bool apply(Model& model, const Op& op) {
    bool gap = false;
    for (std::size_t i = op.first; i < op.last; ++i) {
        Page& page = model[i];
        switch (op.kind) {
            case Kind::map_write:
            case Kind::map_read:
                page = {.mapped = true, .write = op.kind == Kind::map_write};
                continue;
            case Kind::munmap:
                page = {};
                continue;
            case Kind::dontfork:
            case Kind::dofork:
                gap = gap || !page.mapped;
                page.dont_copy = page.mapped && op.kind == Kind::dontfork;
                continue;
            case Kind::protect_write:
            case Kind::protect_read:
            case Kind::lock:
            case Kind::unlock:
                break;
        }
        if (!page.mapped) return false;
        const bool locks = op.kind == Kind::lock || op.kind == Kind::unlock;
        (locks ? page.locked : page.write) =
            op.kind == Kind::lock || op.kind == Kind::protect_write;
    }
    return !gap;
}

struct Kernel {
    World world{newest_profile()};
    MmId mm;

    Kernel() {
        mm = world.add_mm({}, {});
        world.mms.edit(mm.index).limits.capabilities = 0xff;
    }

    bool apply(const Op& op) {
        static DeafSink quiet;
        static FaultInjector never;
        Current current{world, mm, quiet, never};
        const std::uint64_t addr = kBase + op.first * kPageSize;
        const std::uint64_t length = (op.last - op.first) * kPageSize;
        const auto map = [&](std::uint64_t prot) {
            constexpr std::uint64_t flags = kMapPrivate | kMapAnonymous | kMapFixed;
            return static_cast<bool>(sys_mmap(current, {.addr = addr,
                                                        .length = length,
                                                        .prot = prot,
                                                        .flags = flags,
                                                        .file = {},
                                                        .offset = 0,
                                                        .placed_at = {}}));
        };
        const auto advise = [&](Madv advice) {
            const auto number = static_cast<std::uint64_t>(advice);
            return static_cast<bool>(sys_madvise(current, addr, length, number));
        };
        const auto protect = [&](std::uint64_t prot) {
            return static_cast<bool>(sys_mprotect(current, addr, length, prot));
        };
        switch (op.kind) {
            case Kind::map_write:
                return map(kProtRead | kProtWrite);
            case Kind::map_read:
                return map(kProtRead);
            case Kind::munmap:
                return static_cast<bool>(sys_munmap(current, addr, length));
            case Kind::protect_write:
                return protect(kProtRead | kProtWrite);
            case Kind::protect_read:
                return protect(kProtRead);
            case Kind::dontfork:
                return advise(Madv::dontfork);
            case Kind::dofork:
                return advise(Madv::dofork);
            case Kind::lock:  // ONFAULT touches nothing
                return static_cast<bool>(sys_mlock(current, addr, length, kMlockOnFault));
            case Kind::unlock:
                return static_cast<bool>(sys_munlock(current, addr, length));
        }
        return false;
    }

    Model pages() const {
        Model model;
        for (auto vma = world.mms[mm.index].vmas.first(); vma; vma.next()) {
            const std::size_t first = (vma->start - vpn_of(kBase)).count;
            const std::size_t last = (vma->end - vpn_of(kBase)).count;
            for (std::size_t i = first; i < last; ++i) {
                model[i] = {.mapped = true,
                            .write = vma->flags.any(kVmWrite),
                            .dont_copy = vma->flags.any(kVmDontCopy),
                            .locked = vma->flags.any(kVmLocked)};
            }
        }
        return model;
    }
};

// Nothing was ever touched: equal neighbours are one VMA, always.
std::size_t runs(const Model& model) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < kPages; ++i) {
        const bool begins = i == 0 || !(model[i] == model[i - 1]);
        count += begins && model[i].mapped;
    }
    return count;
}

std::string difference(const Kernel& kernel, const Model& model) {
    if (!(kernel.pages() == model)) return "pages differ";
    if (kernel.world.mms[kernel.mm.index].map_count != runs(model)) {
        return "equal neighbours were not merged";
    }
    return validate_mm(kernel.world, kernel.mm);
}

std::string text(const std::vector<Op>& path) {
    std::string all;
    for (const Op& op : path) all += text(op);
    return all;
}

// Depth first: each prefix is carried out once, and copied for each way to go on. `path`: the calls
// that led here.
std::size_t explore(const Kernel& kernel, const Model& model, const std::vector<Op>& ops,
                    unsigned depth, std::vector<Op>& path) {
    if (depth == 0) return 1;
    std::size_t sequences = 0;
    path.emplace_back();
    for (const Op& op : ops) {
        path.back() = op;
        Kernel next = kernel;
        Model expected = model;
        const bool succeeds = apply(expected, op);
        std::string wrong = next.apply(op) == succeeds ? "" : "the outcome differs";
        if (wrong.empty()) wrong = difference(next, expected);
        if (!wrong.empty()) {
            FAIL_CHECK(text(path), ": ", wrong);
            continue;
        }
        sequences += explore(next, expected, ops, depth - 1, path);
    }
    path.pop_back();
    return sequences;
}

// The scene all sequences begin with: two VMAs that touch, a hole, a third.
std::size_t explore_all(const std::vector<Op>& ops, unsigned depth) {
    Kernel kernel;
    Model model;
    for (const Op& op :
         {Op{Kind::map_write, 0, 2}, Op{Kind::map_read, 2, 4}, Op{Kind::map_write, 5, 6}}) {
        REQUIRE(kernel.apply(op));
        REQUIRE(apply(model, op));
    }
    REQUIRE_EQ(difference(kernel, model), "");
    std::vector<Op> path;
    return explore(kernel, model, ops, depth, path);
}

}  // namespace

TEST_SUITE("mm/exhaustive") {
    TEST_CASE("rules 4, 5: all sequences of three maps, unmaps and protections come out right") {
        const std::vector<Op> ops = all_ops(kFirstFive);
        CHECK_EQ(explore_all(ops, 3), ops.size() * ops.size() * ops.size());
    }

    TEST_CASE("rules 4, 5: all sequences of two calls with advice and locks among them do") {
        const std::vector<Op> ops = all_ops(kAll);
        CHECK_EQ(explore_all(ops, 2), ops.size() * ops.size());
    }
}
