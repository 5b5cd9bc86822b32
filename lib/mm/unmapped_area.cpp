// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/unmapped_area.h"

#include <algorithm>
#include <optional>

namespace mmsim {
namespace {

// From here on the kernel takes numbers for errors. Linux: IS_ERR_VALUE()
constexpr std::uint64_t kFirstError = ~std::uint64_t{0} - 4094;
constexpr std::uint64_t kPmdSize = 0x200000;
constexpr Pages kPmdPages{kPmdSize >> kPageShift};
constexpr Vpn k32BitLow{0x40000};
constexpr Vpn k32BitHigh{0x80000};
constexpr Vpn k4GiB{0x100000};

// Where a search may look, and how the result is to be aligned.
struct Search {
    Pages pages;
    Vpn low;
    Vpn high;
    Pages guard;       // free as well, below
    Pages align_mask;  // 0, or huge page size minus 1
    Pgoff align_offset;
};

Vpn min_address(const Current& current) { return vpn_of(current.world.system.mmap_min_addr); }

// Rule 2.5.2. The interval is picked before the guard of the stack above it is looked at; when the
// guard reaches in, the search starts again below it.
std::optional<Vpn> search_top_down(const VmaTree& vmas, Search search) {
    const Pages need = search.pages + search.align_mask + search.guard;
    for (;;) {
        if (search.low >= search.high) return std::nullopt;
        const auto gap = vmas.highest_gap(need, VmRange{search.low, search.high});
        if (!gap) return std::nullopt;
        Vpn candidate = gap->end() - search.pages;
        candidate.index -= (candidate.index - search.align_offset.index) & search.align_mask.count;
        const Vma* above = vmas.find_vma(gap->end());
        if (above == nullptr || above->flags.none(kVmGrowsDown | kVmShadowStack)) return candidate;
        if (vm_start_gap(*above) >= gap->end()) return candidate;
        search.high = vm_start_gap(*above);
    }
}

std::optional<Vpn> search_bottom_up(const VmaTree& vmas, Search search) {
    const Pages need = search.pages + search.align_mask + search.guard;
    for (;;) {
        if (search.low >= search.high) return std::nullopt;
        const auto gap = vmas.lowest_gap(need, VmRange{search.low, search.high});
        if (!gap) return std::nullopt;
        Vpn candidate = gap->start() + search.guard;
        candidate.index += (search.align_offset.index - candidate.index) & search.align_mask.count;
        const Vma* above = vmas.find_vma(gap->end());
        if (above == nullptr || above->flags.none(kVmGrowsDown | kVmShadowStack)) return candidate;
        // Compared in bytes the kernel asks for the last byte of what is needed.
        if (vm_start_gap(*above) >= candidate + need) return candidate;
        search.low = above->end;
    }
}

bool hint_is_free(const Current& current, Vpn hint, Pages pages, Vpn limit) {
    if (pages.count > limit.index || hint > limit - pages) return false;
    const Vma* next = current.mm.vmas.find_vma(hint);
    return next == nullptr || hint + pages <= vm_start_gap(*next);
}

// The pages that the file consists of, where they are huge ones.
std::optional<Pages> huge_page(const Current& current, FileId file) {
    if (!file || current.world.files[file.index].type != FileType::hugetlbfs) return std::nullopt;
    return current.world.files[file.index].huge_page;
}

// Rule 2.5.1: the routine of an architecture without wishes.
std::optional<Vpn> plain_area(const Current& current, const AreaRequest& request) {
    const Mm& mm = current.mm;
    const Vpn task_size = mm.layout.task_size;
    if (request.pages > task_size - Vpn{}) return std::nullopt;
    if (request.fixed) return vpn_of(request.hint);
    const bool top_down = mm.layout.top_down && !request.below_2g;
    const Vpn legacy = mm.layout.legacy_base.value_or(Vpn{task_size.index / 3});
    const Vpn up_low = request.below_2g ? k32BitLow : legacy;
    const Vpn up_high = request.below_2g ? k32BitHigh : task_size;
    if (request.hint != 0) {
        const Vpn hint = vpn_of(request.hint);
        if (hint_is_free(current, hint, request.pages, top_down ? task_size : up_high)) {
            return hint;
        }
    }
    Search search{.pages = request.pages,
                  .low = std::max(request.above_4g ? k4GiB : Vpn{1}, min_address(current)),
                  .high = mm.layout.mmap_base,
                  .guard = request.guard,
                  .align_mask = {},
                  .align_offset = {}};
    if (const auto page = huge_page(current, request.file)) search.align_mask = *page - Pages{1};
    if (top_down) {
        if (auto found = search_top_down(mm.vmas, search)) return found;
    }
    search.low = up_low;
    search.high = up_high;
    return search_bottom_up(mm.vmas, search);
}

// Rule 2.5.3: aims at 2 MiB where a whole huge page would fit. Offsets are signed 64-bit bytes, as
// in the kernel: near 2^63 they wrap.
std::optional<Vpn> thp_area(const Current& current, const AreaRequest& request) {
    const std::uint64_t offset = request.pgoff.bytes();
    const std::uint64_t length = request.pages.bytes();
    const std::uint64_t end = offset + length;
    const std::uint64_t aligned = (offset + kPmdSize - 1) & ~(kPmdSize - 1);
    const bool fits = static_cast<std::int64_t>(end) > static_cast<std::int64_t>(aligned) &&
                      end - aligned >= kPmdSize && end + kPmdSize > offset;
    if (!fits) return plain_area(current, request);
    AreaRequest padded = request;
    padded.pages += kPmdPages;
    const std::optional<Vpn> found = plain_area(current, padded);
    if (!found) return plain_area(current, request);
    if (request.hint != 0 && *found == vpn_of(request.hint)) return *found;
    const std::uint64_t shift = (request.pgoff.index - found->index) & (kPmdPages.count - 1);
    if (current.mm.layout.top_down && shift == 0) return *found + kPmdPages;
    return *found + Pages{shift};
}

// The routine of files of huge pages. Rule 2.5.3
std::optional<Vpn> hugetlb_area(const Current& current, AreaRequest request, Pages page) {
    const std::uint64_t mask = page.bytes() - 1;
    if (current.profile().huge_hint_rounds_up) request.hint += mask;
    request.hint &= ~mask;
    return plain_area(current, request);
}

Result<> check_hugetlb(Current& current, const AreaRequest& request, Pages page) {
    if (request.pages.count % page.count != 0) {
        return current.refuse(Errno::einval, Check::huge_length, request.pages.count);
    }
    if (request.fixed && (request.hint & (page.bytes() - 1)) != 0) {
        return current.refuse(Errno::einval, Check::huge_address, request.hint);
    }
    return {};
}

bool wants_alignment(const Current& current, const AreaRequest& request) {
    if (request.fixed || request.never_aligned) return false;
    if (request.file) {
        const DriverEntry* entry = current.world.driver_of(request.file);
        if (entry == nullptr) return false;
        const UnmappedArea routine = entry->driver->unmapped_area();
        // /dev/zero asks for a shmem area when the mapping is shared.
        if (routine == UnmappedArea::own_thp) return !request.shared;
        return routine == UnmappedArea::thp;
    }
    if (request.shared) return false;
    if (request.hint != 0 && current.profile().thp_only_without_hint) return false;
    return request.pages.count % kPmdPages.count == 0;
}

}  // namespace

Vpn vm_start_gap(const Vma& vma) {
    Pages gap;
    if (vma.flags.any(kVmGrowsDown)) {
        gap = kStackGuardGap;
    } else if (vma.flags.any(kVmShadowStack)) {
        gap = Pages{1};
    }
    return vma.start - std::min(gap, vma.start - Vpn{});
}

Result<Vpn> get_unmapped_area(Current& current, const AreaRequest& request) {
    const Vpn task_size = current.mm.layout.task_size;
    if (request.pages > task_size - Vpn{}) {
        return current.refuse(Errno::enomem, Check::longer_than_user_space);
    }
    const auto page = huge_page(current, request.file);
    if (page) TRY(check_hugetlb(current, request, *page));
    const auto found = page                                ? hugetlb_area(current, request, *page)
                       : wants_alignment(current, request) ? thp_area(current, request)
                                                           : plain_area(current, request);
    if (!found) return current.refuse(Errno::enomem, Check::no_gap, request.pages.count);
    const std::uint64_t addr = request.fixed ? request.hint : found->bytes();
    if (addr > (task_size - request.pages).bytes()) {
        // A routine's result that is no address is its error, be it what the caller asked for.
        const Errno error = addr >= kFirstError ? static_cast<Errno>(-addr) : Errno::enomem;
        return current.refuse(error, Check::behind_user_space);
    }
    if (request.fixed && !page_aligned(request.hint)) {
        return current.refuse(Errno::einval, Check::unaligned, request.hint);
    }
    const Vpn lowest_fixed = vpn_of(current.world.system.fixed_min_addr);
    const bool too_low = *found < std::min(min_address(current), lowest_fixed) &&
                         !current.mm.limits.capable(Capability::sys_rawio);
    if (current.refuses(too_low)) return current.refuse(Errno::eperm, Check::below_min_addr);
    return *found;
}

}  // namespace mmsim
