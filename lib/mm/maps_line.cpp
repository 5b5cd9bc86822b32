// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/maps_line.h"

#include <array>
#include <charconv>
#include <string_view>

namespace mmsim {
namespace {

constexpr std::size_t kNameColumn = 73;

// Lower-case hex, at least `width` digits.
void append_hex(std::string& out, std::uint64_t value, std::size_t width) {
    std::array<char, 16> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
    const auto length = static_cast<std::size_t>(end - digits.data());
    if (length < width) out.append(width - length, '0');
    out.append(digits.data(), length);
}

// A line has no room for the newline of a path; that of a name given by prctl is never there.
void append_name(std::string& out, std::string_view name, bool path) {
    if (!path) {
        out += name;
        return;
    }
    for (const char c : name) {
        if (c == '\n') {
            out += "\\012";
        } else {
            out += c;
        }
    }
}

std::string anonymous_name(const World& world, const Mm& mm, const Vma& vma) {
    const VmaAttrs& attrs = world.attrs[vma.attr()];
    if (!attrs.special_name.empty()) return attrs.special_name;
    const bool heap = vma.start.bytes() < mm.brk && vma.end.bytes() > mm.layout.start_brk;
    if (heap) return "[heap]";
    if (mm.layout.stack_top != Vpn{} && vma.range().contains(mm.layout.stack_top)) {
        return "[stack]";
    }
    if (attrs.named) return "[anon:" + attrs.anon_name + "]";
    return {};
}

}  // namespace

std::string vma_access(VmFlags flags) {
    return {flags.any(kVmRead) ? 'r' : '-', flags.any(kVmWrite) ? 'w' : '-',
            flags.any(kVmExec) ? 'x' : '-', flags.any(kVmMayShare) ? 's' : 'p'};
}

std::string vma_name(const World& world, const Mm& mm, const Vma& vma) {
    if (!vma.file) return anonymous_name(world, mm, vma);
    const File& file = world.files[vma.file.index];
    const VmaAttrs& attrs = world.attrs[vma.attr()];
    if (file.internal && attrs.named) return "[anon_shmem:" + attrs.anon_name + "]";
    return file.deleted ? file.path + " (deleted)" : file.path;
}

void append_maps_line(std::string& out, const World& world, const Mm& mm, const Vma& vma) {
    const std::size_t begin = out.size();
    append_hex(out, vma.start.bytes(), 8);
    out += '-';
    append_hex(out, vma.end.bytes(), 8);
    out += ' ';
    out += vma_access(vma.flags);
    out += ' ';
    const File* file = vma.file ? &world.files[vma.file.index] : nullptr;
    append_hex(out, file != nullptr ? vma.pgoff.bytes() : 0, 8);
    out += ' ';
    out += file != nullptr && !file->device.empty() ? file->device : "00:00";
    out += ' ';
    out += std::to_string(file != nullptr ? file->inode : 0);
    out += ' ';
    const std::string name = vma_name(world, mm, vma);
    if (name.empty()) return;
    const std::size_t written = out.size() - begin;
    if (written < kNameColumn) out.append(kNameColumn - written, ' ');
    append_name(out, name, file != nullptr);
}

std::string maps_line(const World& world, const Mm& mm, const Vma& vma) {
    std::string line;
    append_maps_line(line, world, mm, vma);
    return line;
}

}  // namespace mmsim
