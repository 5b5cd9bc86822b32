// SPDX-License-Identifier: GPL-2.0-or-later
// The names of Linux's constants as strace prints them, in both directions. x86-64 numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mmsim {

enum class AbiFamily : std::uint8_t {
    prot,          // PROT_*
    map,           // MAP_*, with N<<MAP_HUGE_SHIFT
    mremap,        // MREMAP_*
    madv,          // MADV_*: one name, no set
    mlock,         // MLOCK_* of mlock2
    mcl,           // MCL_*
    shm,           // SHM_* of shmat; shmget's names are understood, but never printed
    mpol,          // MPOL_* modes with MPOL_F_* flags
    mpol_mf,       // MPOL_MF_*
    clone,         // CLONE_*; the low byte is a signal
    seal,          // F_SEAL_*
    rlimit,        // RLIMIT_*: one name, no set
    cap,           // CAP_*: one name, no set
    uffd_mode,     // UFFDIO_REGISTER_MODE_*
    uffd_feature,  // UFFD_FEATURE_*
    shadow_stack,  // SHADOW_STACK_*
    none,          // flags without names (mseal)
};

// The number behind one name ("MAP_PRIVATE"); nullopt where the family does not have it.
std::optional<std::uint64_t> abi_constant(AbiFamily family, std::string_view name);

// The number behind what strace prints: names and numbers in C notation, joined by '|', blanks
// allowed around them. A family without sets takes one term. On failure `bad` (where not null) is
// the term that is not understood, a view into `text`.
std::optional<std::uint64_t> parse_abi_text(AbiFamily family, std::string_view text,
                                            std::string_view* bad = nullptr);

// What strace would print, without its comments: "MAP_PRIVATE|MAP_ANONYMOUS", "PROT_NONE", "0".
// Bits without a name come last in hex. parse_abi_text() gives the same number back.
std::string abi_text(AbiFamily family, std::uint64_t value);
void append_abi_text(std::string& out, AbiFamily family, std::uint64_t value);

}  // namespace mmsim
