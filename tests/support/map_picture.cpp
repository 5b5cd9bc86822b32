// SPDX-License-Identifier: GPL-2.0-or-later
#include "support/map_picture.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "mm/mmap_flags.h"

namespace mmsim::test {
namespace {

// What lies this far above the base was placed by a search, off the picture.
constexpr std::uint64_t kFarPages = std::uint64_t{1} << 22;

Vma picture_vma(const Letter& letter, VmRange range) {
    Vma vma{};
    vma.start = range.start();
    vma.end = range.end();
    vma.flags = calc_vm_prot_bits(letter.prot) | kVmMayAccess | letter.extra;
    vma.anon_pgoff = Pgoff{vma.start.index};
    vma.pgoff = vma.anon_pgoff;
    vma.ops = kVmOpsAnonymous;
    const bool accounted = vma.flags.any(kVmWrite) && vma.flags.none(kVmShared | kVmNoReserve);
    if (accounted) vma.flags = vma.flags | kVmAccount;
    return vma;
}

char letter_after(char letter) { return letter == 'Z' ? 'a' : static_cast<char>(letter + 1); }

}  // namespace

MapPicture::MapPicture(std::string_view picture, const std::map<char, Letter>& letters,
                       const Profile& profile, std::uint64_t pages_per_column)
    : world(profile), width_(picture.size()), pages_per_column_(pages_per_column) {
    mm_id = world.add_mm({}, {});
    limits().capabilities = 0xff;
    Current current{world, mm_id, log, faults};
    for (std::size_t first = 0; first < picture.size();) {
        const char name = picture[first];
        const std::size_t last = std::min(picture.find_first_not_of(name, first), picture.size());
        if (name != '.') {
            const auto spec = letters.find(name);
            const VmRange range{vpn_of(address(first)), vpn_of(address(last))};
            Vma vma = picture_vma(spec != letters.end() ? spec->second : Letter{}, range);
            if (spec != letters.end() && spec->second.touched) world.anon_vmas.prepare(vma);
            names_[world.next_vma_id] = name;
            install_vma(current, vma);
        }
        first = last;
    }
    MMSIM_ASSERT(now() == picture);
    settle();
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
        INFO("the layout is ", layout, ", the test draws ", picture);
        REQUIRE(picture[i] == (inside ? '*' : there));
    }
    return {address(first), address(last) - address(first)};
}

Result<std::uint64_t> MapPicture::mmap(std::string_view picture, std::uint64_t prot,
                                       std::uint64_t flags, FileId file, std::uint64_t pgoff) {
    const Operand on = operand(picture);
    if (file) flags &= ~kMapAnonymous;
    return call([&](Current& current) {
        return sys_mmap(current, {.addr = on.addr,
                                  .length = on.length,
                                  .prot = prot,
                                  .flags = flags | kMapFixed,
                                  .file = file,
                                  .offset = pgoff << kPageShift,
                                  .placed_at = {}});
    });
}

Result<> MapPicture::munmap(std::string_view picture) {
    const Operand on = operand(picture);
    return call([&](Current& current) { return sys_munmap(current, on.addr, on.length); });
}

Result<> MapPicture::mprotect(std::string_view picture, std::uint64_t prot) {
    const Operand on = operand(picture);
    return call([&](Current& current) { return sys_mprotect(current, on.addr, on.length, prot); });
}

Result<> MapPicture::madvise(std::string_view picture, Madv advice) {
    const Operand on = operand(picture);
    return call([&](Current& current) {
        return sys_madvise(current, on.addr, on.length, static_cast<std::uint64_t>(advice));
    });
}

Result<> MapPicture::mlock(std::string_view picture, std::uint64_t flags) {
    const Operand on = operand(picture);
    return call([&](Current& current) { return sys_mlock(current, on.addr, on.length, flags); });
}

Result<> MapPicture::munlock(std::string_view picture) {
    const Operand on = operand(picture);
    return call([&](Current& current) { return sys_munlock(current, on.addr, on.length); });
}

Result<> MapPicture::mseal(std::string_view picture) {
    const Operand on = operand(picture);
    return call([&](Current& current) { return sys_mseal(current, on.addr, on.length, 0); });
}

Result<> MapPicture::set_name(std::string_view picture, std::optional<std::string_view> name) {
    const Operand on = operand(picture);
    return call(
        [&](Current& current) { return sys_set_vma_name(current, on.addr, on.length, name); });
}

Result<> MapPicture::mbind(std::string_view picture, std::uint64_t mode, std::uint64_t nodes) {
    const Operand on = operand(picture);
    return call(
        [&](Current& current) { return sys_mbind(current, on.addr, on.length, mode, nodes, 0); });
}

Result<> MapPicture::uffdio(std::string_view picture, UffdId uffd, UffdRequest request,
                            std::uint64_t flags) {
    const Operand on = operand(picture);
    return call([&](Current& current) {
        return sys_uffdio(
            current, uffd,
            {.request = request, .addr = on.addr, .length = on.length, .flags = flags});
    });
}

void MapPicture::touch(std::string_view picture, bool write) {
    const Operand on = operand(picture);
    call([&](Current& current) { mmsim::touch(current, on.addr, on.length, write); });
}

Result<std::uint64_t> MapPicture::mremap(std::string_view picture, std::uint64_t columns,
                                         std::uint64_t flags, std::uint64_t to) {
    const Operand on = operand(picture);
    return call([&](Current& current) {
        return sys_mremap(current, {.addr = on.addr,
                                    .old_length = on.length,
                                    .length = address(columns) - address(0),
                                    .flags = flags,
                                    .new_addr = address(to),
                                    .placed_at = {}});
    });
}

Result<MmId> MapPicture::fork() {
    const MmId parent_id = mm_id;
    const auto child = call([](Current& current) { return do_fork(current); });
    if (!child) return child;
    const VmaTree parents = world.mms[parent_id.index].vmas;
    for (auto vma = world.mms[child->index].vmas.first(); vma; vma.next()) {
        const Vma* original = parents.find_vma(vma->start);
        names_[vma->id.index] = names_[original->id.index];
    }
    return child;
}

FileId MapPicture::open(const std::shared_ptr<const Driver>& driver) {
    File file;
    file.path = "/file";
    file.writable = true;
    return open(driver, file);
}

FileId MapPicture::open(const std::shared_ptr<const Driver>& driver, File file) {
    for (std::uint32_t i = 1; i < world.drivers.bound(); ++i) {
        if (world.drivers[i].driver == driver) file.driver = {i};
    }
    if (!file.driver) file.driver = world.add_driver(driver);
    return world.open_file(std::move(file));
}

FileId MapPicture::open_uffd(std::uint64_t features, bool ready) {
    File file;
    file.path = "anon_inode:[userfaultfd]";
    const FileId opened = world.open_file(std::move(file));
    make_uffd(world, opened, mm_id);
    Userfaultfd& uffd = world.uffds.edit(world.files[opened.index].uffd.index);
    uffd.features = features;
    uffd.ready = ready;
    return opened;
}

const DriverState& MapPicture::state_of(FileId file) const {
    return world.drivers[world.files[file.index].driver.index].state;
}

template <typename Symbol>
std::string MapPicture::draw(Symbol symbol) const {
    std::string picture(width_, '.');
    const std::uint64_t base = vpn_of(kBase).index;
    for (auto vma = mm().vmas.first(); vma; vma.next()) {
        if (vma->start.index < base || vma->start.index - base > kFarPages) continue;
        const std::uint64_t first = vma->start.index - base;
        const std::uint64_t last = vma->end.index - base;
        const bool fits = first % pages_per_column_ == 0 && last % pages_per_column_ == 0;
        const std::size_t end = (last + pages_per_column_ - 1) / pages_per_column_;
        if (picture.size() < end) picture.resize(end, '.');
        const auto begin = picture.begin() + static_cast<std::ptrdiff_t>(first / pages_per_column_);
        std::fill(begin, picture.begin() + static_cast<std::ptrdiff_t>(end),
                  fits ? symbol(*vma) : '!');
    }
    return picture;
}

std::string MapPicture::now() const {
    return draw([&](const Vma& vma) {
        const auto name = names_.find(vma.id.index);
        return name != names_.end() ? name->second : '?';
    });
}

std::string MapPicture::access() const {
    return draw([](const Vma& vma) {
        if (vma.flags.any(kVmExec)) return vma.flags.any(kVmWrite) ? 'X' : 'x';
        if (vma.flags.any(kVmWrite)) return 'w';
        return vma.flags.any(kVmRead) ? 'r' : '-';
    });
}

std::string MapPicture::anon_vmas() const {
    std::map<AnonVmaId, char> letters;
    return draw([&](const Vma& vma) {
        if (!vma.anon_vma) return '-';
        return letters.emplace(vma.anon_vma, static_cast<char>('a' + letters.size())).first->second;
    });
}

std::string MapPicture::marks(VmFlags flags) const {
    return draw([&](const Vma& vma) { return vma.flags.any(flags) ? '#' : '-'; });
}

const Vma& MapPicture::at(std::size_t column) const {
    const Vma* vma = mm().vmas.find_vma(vpn_of(address(column)));
    REQUIRE(vma != nullptr);
    REQUIRE(vma->start <= vpn_of(address(column)));
    return *vma;
}

std::string MapPicture::codes(std::size_t column) const {
    std::string codes = vm_flags_codes(at(column).flags);
    if (!codes.empty()) codes.pop_back();
    return codes;
}

std::uint64_t MapPicture::pgoff(std::size_t column) const {
    const Vma& vma = at(column);
    return vma.pgoff.index + (vpn_of(address(column)) - vma.start).count;
}

std::int64_t MapPicture::home(std::size_t column) const {
    const auto pages = static_cast<std::int64_t>(pgoff(column) - vpn_of(kBase).index);
    return pages / static_cast<std::int64_t>(pages_per_column_);
}

std::string MapPicture::broken() const {
    for (std::uint32_t i = 1; i < world.mms.bound(); ++i) {
        if (!world.mms[i].alive) continue;
        if (std::string what = validate_mm(world, {i}); !what.empty()) return what;
    }
    return validate_world(world);
}

void MapPicture::settle() {
    name_new();
    CHECK_EQ(broken(), "");
}

void MapPicture::name_new() {
    for (auto vma = mm().vmas.first(); vma; vma.next()) {
        if (names_.count(vma->id.index) != 0) continue;
        char name = 'A';
        for (const auto& [id, taken] : names_) name = std::max(name, letter_after(taken));
        names_[vma->id.index] = name;
    }
}

}  // namespace mmsim::test
