// SPDX-License-Identifier: GPL-2.0-or-later
// How /proc/PID/maps and smaps show a VMA. Rule E11.
#pragma once

#include <string>

#include "mm/world.h"

namespace mmsim {

// "7f..-7f.. rw-p 00001000 fe:00 42                     /usr/lib/x.so", without '\n', padded as
// the kernel pads. Device and inode are 00:00 0 where unknown.
void append_maps_line(std::string& out, const World& world, const Mm& mm, const Vma& vma);
std::string maps_line(const World& world, const Mm& mm, const Vma& vma);

// "rw-p": the fourth letter says MAYSHARE.
std::string vma_access(VmFlags flags);

// The name alone: path, "[heap]", "[anon:x]", or empty.
std::string vma_name(const World& world, const Mm& mm, const Vma& vma);

}  // namespace mmsim
