// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/anon_vma.h"

namespace mmsim {

std::uint32_t AnonVmas::chain_length(const Vma& vma) const {
    if (!vma.anon_vma) return 0;
    if (!vma.chain) return 1;
    return static_cast<std::uint32_t>(chains_[vma.chain.index].size());
}

AnonVmas::Chain AnonVmas::links_of(const Vma& vma) const {
    if (!vma.anon_vma) return {};
    if (!vma.chain) return {vma.anon_vma};
    return chains_[vma.chain.index];
}

void AnonVmas::drop(AnonVmaId id) {
    AnonVma& anon_vma = anon_vmas_.edit(id.index);
    if (--anon_vma.links != 0) return;
    const AnonVmaId parent = anon_vma.parent;
    anon_vmas_.remove(id.index);
    if (parent != id) --anon_vmas_.edit(parent.index).children;
}

void AnonVmas::prepare(Vma& vma) {
    MMSIM_ASSERT(!vma.anon_vma);
    const AnonVmaId id{anon_vmas_.add({.links = 1, .active = 1, .children = 1, .parent = {}})};
    anon_vmas_.edit(id.index).parent = id;
    vma.anon_vma = id;
}

void AnonVmas::share(Vma& vma, AnonVmaId anon_vma) {
    MMSIM_ASSERT(!vma.anon_vma);
    AnonVma& shared = anon_vmas_.edit(anon_vma.index);
    ++shared.links;
    ++shared.active;
    vma.anon_vma = anon_vma;
}

void AnonVmas::clone(Vma& dst, const Vma& src) {
    dst.anon_vma = src.anon_vma;
    dst.chain = {};
    if (!src.anon_vma) return;
    ++anon_vmas_.edit(src.anon_vma.index).active;
    if (!src.chain) {
        hold(src.anon_vma);
        return;
    }
    const Chain links = chains_[src.chain.index];
    for (const AnonVmaId link : links) hold(link);
    dst.chain = {chains_.add(links)};
}

// An ancestor that no VMA calls its own any more, and that has at most one child, serves the
// child process again; else chains would grow with every generation.
void AnonVmas::fork(Vma& dst, const Vma& src) {
    dst.anon_vma = {};
    dst.chain = {};
    if (!src.anon_vma) return;
    Chain links = links_of(src);
    for (const AnonVmaId link : links) {
        hold(link);
        const AnonVma& candidate = anon_vmas_[link.index];
        if (!dst.anon_vma && candidate.children < 2 && candidate.active == 0) dst.anon_vma = link;
    }
    if (dst.anon_vma) {
        ++anon_vmas_.edit(dst.anon_vma.index).active;
    } else {
        dst.anon_vma = {anon_vmas_.add({.links = 1, .active = 1, .parent = src.anon_vma})};
        ++anon_vmas_.edit(src.anon_vma.index).children;
        links.push_back(dst.anon_vma);
    }
    if (links.size() > 1) dst.chain = {chains_.add(std::move(links))};
}

void AnonVmas::unlink(Vma& vma) {
    if (!vma.anon_vma) return;
    --anon_vmas_.edit(vma.anon_vma.index).active;
    if (!vma.chain) {
        drop(vma.anon_vma);
    } else {
        // Children before their parents: a parent's count of children is used while it lives.
        const Chain links = chains_[vma.chain.index];
        chains_.remove(vma.chain.index);
        for (auto link = links.rbegin(); link != links.rend(); ++link) drop(*link);
    }
    vma.anon_vma = {};
    vma.chain = {};
}

}  // namespace mmsim
