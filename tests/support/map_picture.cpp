// SPDX-License-Identifier: GPL-2.0-or-later
#include "support/map_picture.h"

#include <algorithm>

#include "mm/mmap_flags.h"

namespace mmsim::test {
namespace {

constexpr VmFlags kAlways = kVmMayAccess;

Vma picture_vma(const Letter& letter, std::size_t first, std::size_t last) {
    Vma vma{};
    vma.start = vpn_of(MapPicture::address(first));
    vma.end = vpn_of(MapPicture::address(last));
    vma.flags = calc_vm_prot_bits(letter.prot) | kAlways | letter.extra;
    vma.anon_pgoff = Pgoff{vma.start.index};
    vma.pgoff = letter.file ? Pgoff{letter.pgoff.index + first} : vma.anon_pgoff;
    vma.file = letter.file;
    vma.ops = letter.file ? kVmOpsDummy : kVmOpsAnonymous;
    const bool accounted = vma.flags.any(kVmWrite) && vma.flags.none(kVmShared | kVmNoReserve);
    if (accounted) vma.flags = vma.flags | kVmAccount;
    return vma;
}

}  // namespace

MapPicture::MapPicture(std::string_view picture, const std::map<char, Letter>& letters,
                       const Profile& profile)
    : world(profile), width_(picture.size()) {
    mm_id = world.add_mm({}, {});
    world.mms.edit(mm_id.index).limits.capabilities = 0xff;
    Current cur = current();
    for (std::size_t first = 0; first < picture.size();) {
        const char name = picture[first];
        const std::size_t last = std::min(picture.find_first_not_of(name, first), picture.size());
        if (name != '.') {
            const auto spec = letters.find(name);
            Vma vma = picture_vma(spec != letters.end() ? spec->second : Letter{}, first, last);
            if (spec != letters.end() && spec->second.touched) world.anon_vmas.prepare(vma);
            names_[world.next_vma_id] = name;
            install_vma(cur, vma);
        }
        first = last;
    }
    MMSIM_ASSERT(now() == picture);
}

MapPicture::Operand MapPicture::operand(std::string_view picture) {
    const std::size_t first = picture.find('*');
    const std::size_t last = picture.find_last_of('*') + 1;
    MMSIM_ASSERT(first != std::string_view::npos);
    width_ = std::max(width_, picture.size());
    const std::string layout = now();
    for (std::size_t i = 0; i < picture.size(); ++i) {
        const bool inside = first <= i && i < last;
        const char there = i < layout.size() ? layout[i] : '.';
        MMSIM_ASSERT(inside ? picture[i] == '*' : picture[i] == there);
    }
    return {address(first), (last - first) * kPageSize};
}

Result<std::uint64_t> MapPicture::mmap(std::string_view picture, std::uint64_t prot,
                                       std::uint64_t flags, FileId file, std::uint64_t pgoff) {
    const Operand on = operand(picture);
    if (file) flags &= ~kMapAnonymous;
    Current cur = current();
    const auto mapped = sys_mmap(cur, {.addr = on.addr,
                                       .length = on.length,
                                       .prot = prot,
                                       .flags = flags | kMapFixed,
                                       .file = file,
                                       .offset = pgoff << kPageShift,
                                       .placed_at = {}});
    name_new();
    return mapped;
}

Result<> MapPicture::munmap(std::string_view picture) {
    const Operand on = operand(picture);
    Current cur = current();
    const auto done = sys_munmap(cur, on.addr, on.length);
    name_new();
    return done;
}

Result<> MapPicture::mprotect(std::string_view picture, std::uint64_t prot) {
    const Operand on = operand(picture);
    Current cur = current();
    const auto done = sys_mprotect(cur, on.addr, on.length, prot);
    name_new();
    return done;
}

Result<> MapPicture::madvise(std::string_view picture, Madv advice) {
    const Operand on = operand(picture);
    Current cur = current();
    const auto done = sys_madvise(cur, on.addr, on.length, static_cast<std::uint64_t>(advice));
    name_new();
    return done;
}

Result<> MapPicture::mlock(std::string_view picture, std::uint64_t flags) {
    const Operand on = operand(picture);
    Current cur = current();
    const auto done = sys_mlock(cur, on.addr, on.length, flags);
    name_new();
    return done;
}

Result<> MapPicture::munlock(std::string_view picture) {
    const Operand on = operand(picture);
    Current cur = current();
    const auto done = sys_munlock(cur, on.addr, on.length);
    name_new();
    return done;
}

Result<> MapPicture::mseal(std::string_view picture) {
    const Operand on = operand(picture);
    Current cur = current();
    const auto done = sys_mseal(cur, on.addr, on.length, 0);
    name_new();
    return done;
}

void MapPicture::touch(std::string_view picture, bool write) {
    const Operand on = operand(picture);
    Current cur = current();
    mmsim::touch(cur, on.addr, on.length, write);
    name_new();
}

Result<std::uint64_t> MapPicture::mremap(std::string_view picture, std::uint64_t pages,
                                         std::uint64_t flags, std::uint64_t to) {
    const Operand on = operand(picture);
    Current cur = current();
    const auto moved = sys_mremap(cur, {.addr = on.addr,
                                        .old_length = on.length,
                                        .length = pages * kPageSize,
                                        .flags = flags,
                                        .new_addr = address(to),
                                        .placed_at = {}});
    name_new();
    return moved;
}

std::string MapPicture::now() const {
    std::string picture(width_, '.');
    const Mm& mm = world.mms[mm_id.index];
    for (auto vma = mm.vmas.first(); vma; vma.next()) {
        const std::size_t first = vma->start.index - vpn_of(kBase).index;
        const std::size_t last = vma->end.index - vpn_of(kBase).index;
        if (first > (std::size_t{1} << 20)) continue;  // placed by the search, off the picture
        if (picture.size() < last) picture.resize(last, '.');
        const auto name = names_.find(vma->id.index);
        std::fill(picture.begin() + static_cast<std::ptrdiff_t>(first),
                  picture.begin() + static_cast<std::ptrdiff_t>(last),
                  name != names_.end() ? name->second : '?');
    }
    return picture;
}

const Vma& MapPicture::at(std::size_t page) const {
    const Vma* vma = world.mms[mm_id.index].vmas.find_vma(vpn_of(address(page)));
    MMSIM_ASSERT(vma != nullptr && vma->start <= vpn_of(address(page)));
    return *vma;
}

void MapPicture::name_new() {
    const Mm& mm = world.mms[mm_id.index];
    for (auto vma = mm.vmas.first(); vma; vma.next()) {
        if (names_.count(vma->id.index) != 0) continue;
        char name = 'A';
        for (const auto& [id, taken] : names_) name = std::max(name, static_cast<char>(taken + 1));
        names_[vma->id.index] = name;
    }
}

}  // namespace mmsim::test
