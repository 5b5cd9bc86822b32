// SPDX-License-Identifier: GPL-2.0-or-later
// Makes up calls: random ones, but aimed at what is mapped, so that most of them do something.
#pragma once

#include <bitset>
#include <cstdint>
#include <vector>

#include "live/host.h"
#include "live/op.h"
#include "live/random.h"
#include "live/simulation.h"

namespace mmsim::live {

// The kinds of calls that the running kernel carries out for us.
using OpSet = std::bitset<kOpKinds>;

// It leaves the target itself alone, and there is a process to do it.
bool harmless(const Op& op, const Simulation& simulation);

struct HardLimits {
    std::uint64_t as = 0, data = 0, stack = 0, memlock = 0;
};

// What the machine and the way the target started leave to choose from.
struct Possible {
    OpSet kinds;
    HardLimits hard;
    bool randomized = false;
    std::uint64_t uffd_flags = 0;  // with which we are given one
};

class OpSource {
public:
    OpSource(std::uint64_t seed, const Host& host, const Possible& possible);

    // What to do next, seeing how the simulation stands. Never harms the target itself.
    Op next(const Simulation& simulation);

private:
    // The process that acts, and what is mapped there besides the target itself.
    struct View {
        const Simulation& simulation;
        int slot;
        const Mm& mm;
        std::vector<Vma> vmas;
    };
    struct Range {
        std::uint64_t addr;
        std::uint64_t length;
    };

    View look(const Simulation& simulation);
    OpKind choose_kind(const View& view);
    Op make(OpKind kind, const View& view);

    // Addresses and lengths: where something is or could be; now and then a bad one.
    std::uint64_t place(const View& view);
    std::uint64_t free_place(const View& view);
    std::uint64_t huge_place();
    const Vma* some_vma(const View& view);
    Range range(const View& view);
    Range inside(const Vma& vma);
    std::uint64_t length();
    Range spoil(Range range);
    std::uint64_t prot();

    Op mmap(const View& view);
    Op mmap_huge_pages();
    void map_file(Op& op, const View& view);
    std::uint64_t mmap_extras();
    Op mremap(const View& view);
    Op madvise(const View& view);
    Op process_madvise(const View& view);
    Op lock(OpKind kind, const View& view);
    Op mbind(const View& view);
    Op shmat(const View& view);
    Op shmdt(const View& view);
    Op remap_file_pages(const View& view);
    Op setrlimit(const View& view);
    Op uffd(OpKind kind, const View& view);
    Op touch(const View& view);
    Op brk(const View& view);
    Op name(const View& view);
    Op fork_or_exit(OpKind kind, const View& view);

    Random random_;
    const Host& host_;
    HardLimits hard_;
    std::uint64_t uffd_flags_;
    std::vector<unsigned> weights_;   // by OpKind
    unsigned anonymous_share_ = 55;   // percent of the mmaps
    bool bad_pages_ = false;          // there are guard pages, and mappings past the end of files
    bool predictable_32bit_ = false;  // MAP_32BIT begins at a random place with ASLR
};

}  // namespace mmsim::live
