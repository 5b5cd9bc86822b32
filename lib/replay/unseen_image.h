// SPDX-License-Identifier: GPL-2.0-or-later
// What a trace shows of the image of a program whose layout after its execve it does not have.
//
// A program that starts makes its relocated data read-only: that call says where a mapping is. The
// dynamic loader lies with [vdso] in one block that is the same in all programs, and the program
// that the trace begins with may be run again: of those the rest is known from the initial maps.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "trace/maps_text.h"

namespace mmsim {

// What is known of an address space since the execve that began it.
struct UnseenImage {
    bool unseen = false;
    std::string program;  // as the execve spells it
    // The first mapping that the kernel chose a place for; it touches the loader's block. Bytes.
    std::uint64_t first_start = 0, first_end = 0;
};

// A block of mappings that moves as a whole.
class ImageBlock {
public:
    ImageBlock() = default;
    explicit ImageBlock(std::vector<MapsEntry> entries);

    // The block where its relocated data begins at `addr`; empty if it has none of `length` bytes.
    std::vector<MapsEntry> with_data_at(std::uint64_t addr, std::uint64_t length) const;

private:
    std::vector<MapsEntry> entries_;
    std::size_t data_ = 0;  // its writable private mapping; entries_.size(): none
};

class ImageShapes {
public:
    // REQUIRES: the layout right after an execve
    void learn(const std::vector<MapsEntry>& layout);
    void learn_name(std::string_view program) { program_name_ = program; }

    // The mappings that are shown by a successful mprotect(addr, length, PROT_READ); empty where
    // it is of something else.
    std::vector<MapsEntry> shown_by(const UnseenImage& image, std::uint64_t addr,
                                    std::uint64_t length) const;

private:
    ImageBlock loader_, program_;
    std::string program_name_;
};

}  // namespace mmsim
