// SPDX-License-Identifier: GPL-2.0-or-later
#include "op_stream.h"

#include <algorithm>
#include <fstream>
#include <random>
#include <sstream>

#include "base/input_error.h"
#include "base/linux_abi.h"
#include "base/page.h"

namespace mmsim::bench {
namespace {

constexpr std::uint64_t kBase = 0x7f0000000000;
constexpr std::uint64_t kNone = 0;
constexpr std::uint64_t kR = kProtRead, kRw = kProtRead | kProtWrite, kRx = kProtRead | kProtExec;

// std::mt19937_64 gives the same numbers everywhere; the standard's distributions do not.
class Dice {
public:
    explicit Dice(std::uint64_t seed) : engine_(seed) {}
    std::uint64_t below(std::uint64_t n) { return engine_() % n; }
    bool chance(unsigned percent) { return below(100) < percent; }

private:
    std::mt19937_64 engine_;
};

std::uint64_t common_prot(Dice& dice) {
    const std::uint64_t roll = dice.below(100);
    if (roll < 30) return kR;
    if (roll < 70) return kRw;
    if (roll < 82) return kNone;
    if (roll < 92) return kRx;
    return roll < 96 ? kRw | kProtExec : kProtExec;
}

std::uint64_t common_pages(Dice& dice) {
    const std::uint64_t roll = dice.below(100);
    if (roll < 60) return 1 + dice.below(4);
    if (roll < 85) return 1 + dice.below(16);
    return 1 + dice.below(roll < 97 ? 64 : 256);
}

// Random calls over a window of 65,536 pages.
OpStream churn(std::string name, std::uint64_t seed, unsigned anonymous, std::size_t files) {
    constexpr std::uint64_t kWindow = 65536;
    constexpr std::size_t kOps = 1000000;
    Dice dice(seed);
    OpStream stream{std::move(name), {}, 0};
    stream.ops.reserve(kOps);
    for (std::size_t i = 0; i < kOps; ++i) {
        const std::uint64_t pages = common_pages(dice);
        const std::uint64_t page = std::min(dice.below(kWindow), kWindow - pages);
        Op op{.addr = kBase + page * kPageSize, .length = pages * kPageSize};
        const std::uint64_t roll = dice.below(100);
        op.kind = roll < 45 ? 'm' : roll < 70 ? 'u' : 'p';
        op.prot = common_prot(dice);
        if (op.kind == 'm' && !dice.chance(anonymous)) {
            op.file = static_cast<std::int16_t>(dice.below(files));
            op.driver = static_cast<std::int16_t>(op.file % 11);
            op.shared = dice.chance(40);
            const bool linear = dice.chance(85);
            op.pgoff =
                linear ? static_cast<std::uint64_t>(op.file) * 1000 + page : dice.below(1 << 17);
        } else if (op.kind == 'm') {
            op.shared = files != 0 && dice.chance(10);
        }
        stream.ops.push_back(op);
    }
    return stream;
}

// `slots` VMAs that cannot merge, then random calls on them.
OpStream grow(std::string name, std::uint64_t seed, std::size_t slots) {
    constexpr std::size_t kOps = 1000000;
    constexpr std::uint64_t kProts[] = {kR, kRw, kRx, kNone};
    Dice dice(seed);
    OpStream stream{std::move(name), {}, slots};
    std::vector<std::uint64_t> order(slots);
    for (std::size_t i = 0; i < slots; ++i) order[i] = i;
    for (std::size_t i = slots; i > 1; --i) std::swap(order[i - 1], order[dice.below(i)]);
    std::vector<std::uint8_t> pages(slots);
    const auto address = [](std::uint64_t slot) {
        return kBase - (std::uint64_t{1} << 42) + slot * 4 * kPageSize;
    };
    const auto map_slot = [&](std::uint64_t slot, std::uint64_t n) {
        pages[slot] = static_cast<std::uint8_t>(std::max<std::uint64_t>(pages[slot], n));
        stream.ops.push_back({.kind = 'm',
                              .addr = address(slot),
                              .length = n * kPageSize,
                              .prot = kProts[dice.below(4)]});
    };
    for (const std::uint64_t slot : order) map_slot(slot, 1 + dice.below(2));
    for (std::size_t i = 0; i < kOps; ++i) {
        const std::uint64_t slot = dice.below(slots);
        const std::uint64_t n = pages[slot];
        const std::uint64_t roll = dice.below(100);
        if (n == 0) {
            map_slot(slot, 1 + dice.below(2));
        } else if (roll < 60) {
            const bool all = roll < 40;
            stream.ops.push_back({.kind = 'p',
                                  .addr = address(slot) + (all ? 0 : dice.below(n)) * kPageSize,
                                  .length = (all ? n : 1) * kPageSize,
                                  .prot = kProts[dice.below(4)]});
        } else if (roll < 80) {
            pages[slot] = 0;
            stream.ops.push_back({.kind = 'u', .addr = address(slot), .length = n * kPageSize});
        } else {
            map_slot(slot, 1 + dice.below(3));
        }
    }
    return stream;
}

// Heaps as malloc keeps them: 64 MiB reserved, made writable in steps of 132 KiB from below.
OpStream arena(std::uint64_t seed) {
    constexpr std::size_t kOps = 1000000, kArenas = 64;
    constexpr std::uint64_t kHeap = 64 << 20, kStep = 132 << 10, kRegion = 192 << 20;
    Dice dice(seed);
    OpStream stream{"arena", {}, 0};
    std::uint64_t top[kArenas] = {};
    const auto add = [&](char kind, std::uint64_t addr, std::uint64_t length, std::uint64_t prot) {
        stream.ops.push_back({.kind = kind, .addr = addr, .length = length, .prot = prot});
    };
    while (stream.ops.size() < kOps) {
        const std::uint64_t which = dice.below(kArenas);
        const std::uint64_t start = 0x7e0000000000 + which * kRegion + kHeap;
        std::uint64_t& used = top[which];
        if (used == 0) {
            const std::uint64_t before = (1 + dice.below(kHeap / kPageSize - 1)) * kPageSize;
            add('m', start - before, 2 * kHeap, kNone);
            add('u', start - before, before, 0);
            add('u', start + kHeap, kHeap - before, 0);
            used = kStep + kPageSize;
            add('p', start, used, kRw);
        } else if (dice.chance(80) && used + kStep <= kHeap) {
            add('p', start + used, kStep, kRw);
            used += kStep;
        } else if (dice.below(200) != 0) {
            const std::uint64_t give = (1 + dice.below(8)) * kStep;
            const std::uint64_t left = used > give + kStep ? used - give : kStep + kPageSize;
            if (left != used) add(dice.chance(50) ? 'm' : 'p', start + left, used - left, kNone);
            used = left;
        } else {
            add('u', start, kHeap, 0);
            used = 0;
        }
    }
    return stream;
}

std::uint64_t prot_of(const std::string& letters) {
    std::uint64_t prot = 0;
    for (const char c : letters) {
        if (c == 'r') prot |= kProtRead;
        if (c == 'w') prot |= kProtWrite;
        if (c == 'x') prot |= kProtExec;
    }
    return prot;
}

}  // namespace

OpStream make_stream(const std::string& name) {
    if (name == "churn_anon") return churn(name, 1, 100, 0);
    if (name == "churn_files") return churn(name, 2, 45, 44);
    if (name == "grow_65k") return grow(name, 3, 65000);
    if (name == "grow_1m") return grow(name, 4, 1000000);
    if (name == "arena") return arena(5);
    throw InputError("no stream is called '" + name + "'");
}

OpStream read_stream(const std::string& path) {
    std::ifstream in(path);
    if (!in) throw InputError("cannot open '" + path + "'");
    OpStream stream{path, {}, 0};
    for (std::string line; std::getline(in, line);) {
        if (line == "#@phase random") stream.build = stream.ops.size();
        if (line.empty() || line.front() == '#') continue;
        std::istringstream fields(line);
        Op op;
        std::string prot, share;
        fields >> op.kind >> std::hex >> op.addr >> op.length;
        if (op.kind != 'u') fields >> prot;
        op.prot = prot_of(prot);
        if (op.kind == 'm') {
            fields >> share >> std::dec >> op.file >> std::hex >> op.pgoff;
            op.shared = share == "S";
            if (!(fields >> std::dec >> op.driver)) op.driver = 0;
        }
        stream.ops.push_back(op);
    }
    return stream;
}

const std::vector<std::string> kDriverJson = {
    R"({"name": "drv0", "mmap_prepare": []})",
    R"({"name": "drv1", "mmap_prepare": []})",
    R"({"name": "drv2", "mmap_prepare": [{"vm_ops": true}, {"private_data": "per-file"}],
        "vm_ops": {}})",
    R"({"name": "drv3", "mmap_prepare": [{"action": "remap_full", "pfn": "pgoff"}]})",
    R"({"name": "drv4", "mmap": []})",
    R"({"name": "drv5", "mmap": [{"vm_ops": true}, {"private_data": "per-file"}], "vm_ops": {}})",
    R"({"name": "drv6", "mmap": [{"set_flags": ["VMA_IO_BIT", "VMA_PFNMAP_BIT",
        "VMA_DONTEXPAND_BIT", "VMA_DONTDUMP_BIT"]}]})",
    R"({"name": "drv7", "mmap_prepare": [{"vm_ops": true}, {"private_data": "per-file"}],
        "vm_ops": {"close": []}})",
    R"({"name": "drv8", "mmap_prepare": [{"fail": "ENOMEM", "every": 3}]})",
    R"({"name": "drv9", "mmap": [{"fail": "ENOMEM", "every": 3}]})",
    R"({"name": "drv10", "mmap_prepare": [{"action": "remap_full", "pfn": "pgoff",
        "fail": "EIO", "every": 3}]})",
};

}  // namespace mmsim::bench
