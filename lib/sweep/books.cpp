// SPDX-License-Identifier: GPL-2.0-or-later
#include "sweep/books.h"

#include <algorithm>
#include <string_view>

#include "mm/syscalls.h"

namespace mmsim {

namespace {

std::int64_t number(Pages pages) { return static_cast<std::int64_t>(pages.count); }

// The address space of the call, and those that it made.
template <typename F>
void for_each_touched(const World& world, const World& before, MmId mm, F f) {
    if (world.mms[mm.index].alive) f(mm);
    for (std::uint32_t i = 1; i < world.mms.bound(); ++i) {
        if (i == mm.index || !world.mms[i].alive) continue;
        if (i >= before.mms.bound() || !before.mms[i].alive) f(MmId{i});
    }
}

class Digest {
public:
    void add(std::uint64_t word) {
        value_ ^= word + 0x9e3779b97f4a7c15 + (value_ << 6) + (value_ >> 2);
        value_ *= 0xff51afd7ed558ccd;
        value_ ^= value_ >> 32;
    }
    void add(Pages pages) { add(pages.count); }
    void add(std::int64_t word) { add(static_cast<std::uint64_t>(word)); }
    void add(std::string_view text) {
        add(text.size());
        for (const char c : text) add(static_cast<std::uint64_t>(static_cast<unsigned char>(c)));
    }
    // The products do not wait for each other: this is most of the work where there are many VMAs.
    void add(const Vma& vma) {
        add(vma.start.index * 0x9e3779b97f4a7c15 + vma.end.index * 0xc2b2ae3d27d4eb4f +
            vma.flags.bits * 0x165667b19e3779f9 + vma.pgoff.index * 0x27d4eb2f165667c5 +
            vma.anon_pgoff.index * 0x85ebca77c2b2ae63 + vma.private_data * 0xd6e8feb86659fd93 +
            (std::uint64_t{vma.file.index} << 32 | vma.ops.value) * 0xa0761d6478bd642f +
            (std::uint64_t{vma.anon_vma.index} << 32 | vma.chain.index) * 0xe7037ed1a0b428db +
            (std::uint64_t{vma.attr_index} << 4 | vma.prot) * 0x8ebc6af09c88c6e3);
    }
    void add(const Mm& mm) {
        for (auto vma = mm.vmas.first(); vma; vma.next()) add(*vma);
        for (const Pages pages : {mm.total_vm, mm.data_vm, mm.exec_vm, mm.stack_vm, mm.locked_vm,
                                  mm.committed, mm.commit_leaked, mm.locked_leaked}) {
            add(pages);
        }
        add(mm.brk);
        add(mm.map_count);
        add(mm.def_flags.bits);
        add(std::uint64_t{mm.account_lost} << 1 | std::uint64_t{mm.stuck});
    }
    std::uint64_t value() const { return value_; }

private:
    std::uint64_t value_ = 0;
};

}  // namespace

Books::Books(World& world, const World& before, MmId mm) {
    DeafSink nobody;
    FaultInjector never;
    for_each_touched(world, before, mm, [&](MmId id) {
        locked_ += number(world.mms[id.index].locked_leaked);
        Current current(world, id, nobody, never);
        current.op = MmOp::exit;
        exit_mmap(current);
    });
    committed_ = number(world.committed);
    files_.reserve(world.files.bound());
    files_.push_back(0);
    for (std::uint32_t i = 1; i < world.files.bound(); ++i) files_.push_back(world.files[i].refs);
    for (std::uint32_t i = 1; i < world.drivers.bound(); ++i) {
        for (const auto& [name, count] : world.drivers[i].state.references) {
            if (count != 0) references_.push_back({DriverId{i}, name, count});
        }
    }
}

std::vector<Unreturned> Books::beyond(const Books& before) const {
    std::vector<Unreturned> found;
    const auto add = [&](const Unreturned& what) {
        if (what.count != 0) found.push_back(what);
    };
    add({.kind = LeakKind::commit,
         .driver = {},
         .file = {},
         .count = committed_ - before.committed_});
    add({.kind = LeakKind::locked, .driver = {}, .file = {}, .count = locked_ - before.locked_});
    for (std::uint32_t i = 1; i < files_.size(); ++i) {
        const std::int64_t was = i < before.files_.size() ? before.files_[i] : 0;
        if (files_[i] == was) continue;
        add({.kind = LeakKind::file, .driver = {}, .file = FileId{i}, .count = files_[i] - was});
    }
    if (references_ == before.references_) return found;
    const auto count_in = [](const std::vector<Reference>& list, const Reference& wanted) {
        for (const Reference& reference : list) {
            if (reference.driver == wanted.driver && reference.name == wanted.name) {
                return reference.count;
            }
        }
        return std::int64_t{0};
    };
    for (const Reference& now : references_) {
        add({LeakKind::reference,
             now.driver,
             {},
             now.name,
             now.count - count_in(before.references_, now)});
    }
    for (const Reference& was : before.references_) {
        if (count_in(references_, was) != 0) continue;
        add({LeakKind::reference, was.driver, {}, was.name, -was.count});
    }
    return found;
}

std::uint64_t state_digest(const World& world, const World& before, MmId mm) {
    Digest digest;
    for_each_touched(world, before, mm, [&](MmId id) { digest.add(world.mms[id.index]); });
    digest.add(world.committed);
    digest.add(world.shmem_live);
    for (std::uint32_t i = 1; i < world.files.bound(); ++i) {
        const File& file = world.files[i];
        digest.add(file.refs);
        digest.add(file.vmas);
        digest.add(file.writable_vmas);
        digest.add(file.seals);
        digest.add(file.size);
    }
    for (std::uint32_t i = 1; i < world.drivers.bound(); ++i) {
        const DriverState& state = world.drivers[i].state;
        for (const auto& [name, count] : state.references) {
            digest.add(name);
            digest.add(count);
        }
        for (const auto& [object, count] : state.users) {
            digest.add(object);
            digest.add(count);
        }
    }
    return digest.value();
}

}  // namespace mmsim
