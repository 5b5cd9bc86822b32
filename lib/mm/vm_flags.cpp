// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/vm_flags.h"

#include <array>
#include <cstddef>

namespace mmsim {
namespace {

struct BitRow {
    std::string_view code;  // smaps; empty: not printed
    std::string_view name;
};

// Index: bit number. Rule 6.2.
constexpr std::array<BitRow, 43> kBits = {{
    {"rd", "VMA_READ_BIT"},        {"wr", "VMA_WRITE_BIT"},
    {"ex", "VMA_EXEC_BIT"},        {"sh", "VMA_SHARED_BIT"},
    {"mr", "VMA_MAYREAD_BIT"},     {"mw", "VMA_MAYWRITE_BIT"},
    {"me", "VMA_MAYEXEC_BIT"},     {"ms", "VMA_MAYSHARE_BIT"},
    {"gd", "VMA_GROWSDOWN_BIT"},   {"um", "VMA_UFFD_MISSING_BIT"},
    {"pf", "VMA_PFNMAP_BIT"},      {"gu", "VMA_MAYBE_GUARD_BIT"},
    {"uw", "VMA_UFFD_WP_BIT"},     {"lo", "VMA_LOCKED_BIT"},
    {"io", "VMA_IO_BIT"},          {"sr", "VMA_SEQ_READ_BIT"},
    {"rr", "VMA_RAND_READ_BIT"},   {"dc", "VMA_DONTCOPY_BIT"},
    {"de", "VMA_DONTEXPAND_BIT"},  {"lf", "VMA_LOCKONFAULT_BIT"},
    {"ac", "VMA_ACCOUNT_BIT"},     {"nr", "VMA_NORESERVE_BIT"},
    {"ht", "VMA_HUGETLB_BIT"},     {"sf", "VMA_SYNC_BIT"},
    {"ar", "VMA_ARCH_1_BIT"},      {"wf", "VMA_WIPEONFORK_BIT"},
    {"dd", "VMA_DONTDUMP_BIT"},    {"sd", "VMA_SOFTDIRTY_BIT"},
    {"mm", "VMA_MIXEDMAP_BIT"},    {"hg", "VMA_HUGEPAGE_BIT"},
    {"nh", "VMA_NOHUGEPAGE_BIT"},  {"mg", "VMA_MERGEABLE_BIT"},
    {"", "VMA_PKEY_BIT0_BIT"},     {"", "VMA_PKEY_BIT1_BIT"},
    {"", "VMA_PKEY_BIT2_BIT"},     {"", "VMA_PKEY_BIT3_BIT"},
    {"", "VMA_PKEY_BIT4_BIT"},     {"ss", "VMA_SHADOW_STACK_BIT"},
    {"??", "VMA_HIGH_ARCH_6_BIT"}, {"??", "VMA_ALLOW_ANY_UNCACHED_BIT"},
    {"dp", "VMA_DROPPABLE_BIT"},   {"ui", "VMA_UFFD_MINOR_BIT"},
    {"sl", "VMA_SEALED_BIT"},
}};

template <typename Match>
std::optional<VmaBit> find_bit(Match match) {
    for (std::size_t i = 0; i < kBits.size(); ++i) {
        if (match(kBits[i])) return static_cast<VmaBit>(i);
    }
    return std::nullopt;
}

template <typename Visit>
void for_each_code(VmFlags flags, Visit visit) {
    for (std::size_t i = 0; i < kBits.size(); ++i) {
        if (flags.any(static_cast<VmaBit>(i)) && !kBits[i].code.empty()) visit(kBits[i].code);
    }
}

}  // namespace

std::string_view vma_bit_code(VmaBit bit) {
    const auto i = static_cast<std::size_t>(bit);
    return i < kBits.size() ? kBits[i].code : std::string_view{};
}

std::string_view vma_bit_name(VmaBit bit) { return kBits[static_cast<std::size_t>(bit)].name; }

std::optional<VmaBit> vma_bit_from_code(std::string_view code) {
    if (code.empty() || code == "??") return std::nullopt;
    return find_bit([code](const BitRow& row) { return row.code == code; });
}

std::optional<VmaBit> vma_bit_from_name(std::string_view name) {
    if (name == "VMA_STACK_BIT") return VmaBit::growsdown;
    return find_bit([name](const BitRow& row) { return row.name == name; });
}

std::vector<std::string_view> vma_bit_codes(VmFlags flags) {
    std::vector<std::string_view> codes;
    for_each_code(flags, [&](std::string_view code) { codes.push_back(code); });
    return codes;
}

std::string vm_flags_codes(VmFlags flags) {
    std::string codes;
    for_each_code(flags, [&](std::string_view code) { (codes += code) += ' '; });
    return codes;
}

}  // namespace mmsim
