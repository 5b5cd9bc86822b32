/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flags of a mapping: bits, the masks of old hooks, and the helpers that read and write them.
 * Included by driver.h.
 */
#pragma once
#pragma GCC system_header

#include <mmsim/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    VMA_READ_BIT = 0,
    VMA_WRITE_BIT = 1,
    VMA_EXEC_BIT = 2,
    VMA_SHARED_BIT = 3,
    VMA_MAYREAD_BIT = 4,
    VMA_MAYWRITE_BIT = 5,
    VMA_MAYEXEC_BIT = 6,
    VMA_MAYSHARE_BIT = 7,
    VMA_GROWSDOWN_BIT = 8,
    VMA_UFFD_MISSING_BIT = 9,
    VMA_PFNMAP_BIT = 10,
    VMA_MAYBE_GUARD_BIT = 11,
    VMA_UFFD_WP_BIT = 12,
    VMA_LOCKED_BIT = 13,
    VMA_IO_BIT = 14,
    VMA_SEQ_READ_BIT = 15,
    VMA_RAND_READ_BIT = 16,
    VMA_DONTCOPY_BIT = 17,
    VMA_DONTEXPAND_BIT = 18,
    VMA_LOCKONFAULT_BIT = 19,
    VMA_ACCOUNT_BIT = 20,
    VMA_NORESERVE_BIT = 21,
    VMA_HUGETLB_BIT = 22,
    VMA_SYNC_BIT = 23,
    VMA_ARCH_1_BIT = 24,
    VMA_WIPEONFORK_BIT = 25,
    VMA_DONTDUMP_BIT = 26,
    VMA_SOFTDIRTY_BIT = 27,
    VMA_MIXEDMAP_BIT = 28,
    VMA_HUGEPAGE_BIT = 29,
    VMA_NOHUGEPAGE_BIT = 30,
    VMA_MERGEABLE_BIT = 31,
    VMA_SHADOW_STACK_BIT = 37,
    VMA_ALLOW_ANY_UNCACHED_BIT = 39,
    VMA_DROPPABLE_BIT = 40,
    VMA_UFFD_MINOR_BIT = 41,
    VMA_SEALED_BIT = 42
};

#define MMSIM_VM(bit) (1ul << VMA_##bit##_BIT)
#define VM_NONE 0ul
#define VM_READ MMSIM_VM(READ)
#define VM_WRITE MMSIM_VM(WRITE)
#define VM_EXEC MMSIM_VM(EXEC)
#define VM_SHARED MMSIM_VM(SHARED)
#define VM_MAYREAD MMSIM_VM(MAYREAD)
#define VM_MAYWRITE MMSIM_VM(MAYWRITE)
#define VM_MAYEXEC MMSIM_VM(MAYEXEC)
#define VM_MAYSHARE MMSIM_VM(MAYSHARE)
#define VM_GROWSDOWN MMSIM_VM(GROWSDOWN)
#define VM_UFFD_MISSING MMSIM_VM(UFFD_MISSING)
#define VM_PFNMAP MMSIM_VM(PFNMAP)
#define VM_MAYBE_GUARD MMSIM_VM(MAYBE_GUARD)
#define VM_UFFD_WP MMSIM_VM(UFFD_WP)
#define VM_LOCKED MMSIM_VM(LOCKED)
#define VM_IO MMSIM_VM(IO)
#define VM_SEQ_READ MMSIM_VM(SEQ_READ)
#define VM_RAND_READ MMSIM_VM(RAND_READ)
#define VM_DONTCOPY MMSIM_VM(DONTCOPY)
#define VM_DONTEXPAND MMSIM_VM(DONTEXPAND)
#define VM_LOCKONFAULT MMSIM_VM(LOCKONFAULT)
#define VM_ACCOUNT MMSIM_VM(ACCOUNT)
#define VM_NORESERVE MMSIM_VM(NORESERVE)
#define VM_HUGETLB MMSIM_VM(HUGETLB)
#define VM_SYNC MMSIM_VM(SYNC)
#define VM_ARCH_1 MMSIM_VM(ARCH_1)
#define VM_WIPEONFORK MMSIM_VM(WIPEONFORK)
#define VM_DONTDUMP MMSIM_VM(DONTDUMP)
#define VM_SOFTDIRTY MMSIM_VM(SOFTDIRTY)
#define VM_MIXEDMAP MMSIM_VM(MIXEDMAP)
#define VM_HUGEPAGE MMSIM_VM(HUGEPAGE)
#define VM_NOHUGEPAGE MMSIM_VM(NOHUGEPAGE)
#define VM_MERGEABLE MMSIM_VM(MERGEABLE)
#define VM_SHADOW_STACK MMSIM_VM(SHADOW_STACK)
#define VM_ALLOW_ANY_UNCACHED MMSIM_VM(ALLOW_ANY_UNCACHED)
#define VM_DROPPABLE MMSIM_VM(DROPPABLE)
#define VM_UFFD_MINOR MMSIM_VM(UFFD_MINOR)
#define VM_SEALED MMSIM_VM(SEALED)
#define VM_ACCESS_FLAGS (VM_READ | VM_WRITE | VM_EXEC)
#define VM_SPECIAL (VM_IO | VM_DONTEXPAND | VM_PFNMAP | VM_MIXEDMAP)
#define VM_LOCKED_MASK (VM_LOCKED | VM_LOCKONFAULT)

/* A set made of bits: mk_vma_flags(VMA_IO_BIT, VMA_PFNMAP_BIT). */
static inline vma_flags_t mmsim_flags(const vma_flag_t *bits, size_t count) {
    vma_flags_t flags = {0};
    for (size_t i = 0; i < count; ++i) flags.bits |= 1ul << bits[i];
    return flags;
}
#ifdef __cplusplus
}
template <typename... Bits>
static inline vma_flags_t mk_vma_flags(Bits... bits) {
    const vma_flag_t list[] = {static_cast<vma_flag_t>(bits)...};
    return mmsim_flags(list, sizeof...(bits));
}
extern "C" {
#else
#define mk_vma_flags(...)                          \
    mmsim_flags((const vma_flag_t[]){__VA_ARGS__}, \
                sizeof((const vma_flag_t[]){__VA_ARGS__}) / sizeof(vma_flag_t))
#endif

static inline bool vma_flags_test_any_mask(const vma_flags_t *flags, vma_flags_t of) {
    return (flags->bits & of.bits) != 0;
}
static inline bool vma_flags_test_all_mask(const vma_flags_t *flags, vma_flags_t of) {
    return (flags->bits & of.bits) == of.bits;
}
static inline void vma_flags_set_mask(vma_flags_t *flags, vma_flags_t more) {
    flags->bits |= more.bits;
}
static inline void vma_flags_clear_mask(vma_flags_t *flags, vma_flags_t gone) {
    flags->bits &= ~gone.bits;
}
#define vma_flags_set(flags, ...) vma_flags_set_mask(flags, mk_vma_flags(__VA_ARGS__))
#define vma_flags_clear(flags, ...) vma_flags_clear_mask(flags, mk_vma_flags(__VA_ARGS__))
#define vma_flags_test_all(flags, ...) vma_flags_test_all_mask(flags, mk_vma_flags(__VA_ARGS__))

/* Up to 7.0 the helper with the plain name asks whether any of the bits is set. */
#if MMSIM_KERNEL >= 0x0700
#define vma_desc_set_flags(desc, ...) vma_flags_set(&(desc)->vma_flags, __VA_ARGS__)
#define vma_desc_clear_flags(desc, ...) vma_flags_clear(&(desc)->vma_flags, __VA_ARGS__)
#endif
#if MMSIM_KERNEL >= 0x0701
static inline bool vma_flags_test(const vma_flags_t *flags, vma_flag_t bit) {
    return (flags->bits >> bit & 1) != 0;
}
#define vma_flags_test_any(flags, ...) vma_flags_test_any_mask(flags, mk_vma_flags(__VA_ARGS__))
#define vma_desc_test(desc, bit) vma_flags_test(&(desc)->vma_flags, bit)
#define vma_desc_test_any(desc, ...) vma_flags_test_any(&(desc)->vma_flags, __VA_ARGS__)
#define vma_desc_test_all(desc, ...) vma_flags_test_all(&(desc)->vma_flags, __VA_ARGS__)
#define vma_test(vma, bit) vma_flags_test(&(vma)->flags, bit)
#define vma_test_any(vma, ...) vma_flags_test_any(&(vma)->flags, __VA_ARGS__)
#define vma_test_all(vma, ...) vma_flags_test_all(&(vma)->flags, __VA_ARGS__)
#define vma_test_any_mask(vma, mask) vma_flags_test_any_mask(&(vma)->flags, mask)
#define vma_test_all_mask(vma, mask) vma_flags_test_all_mask(&(vma)->flags, mask)
#define vma_set_flags(vma, ...) vma_flags_set(&(vma)->flags, __VA_ARGS__)
#define vma_clear_flags(vma, ...) vma_flags_clear(&(vma)->flags, __VA_ARGS__)
#elif MMSIM_KERNEL >= 0x0700
#define vma_flags_test(flags, ...) vma_flags_test_any_mask(flags, mk_vma_flags(__VA_ARGS__))
#define vma_desc_test_flags(desc, ...) vma_flags_test(&(desc)->vma_flags, __VA_ARGS__)
#define vma_test_all_flags(vma, ...) vma_flags_test_all(&(vma)->flags, __VA_ARGS__)
#endif
#if MMSIM_KERNEL >= 0x0703
#define vma_desc_set_flags_mask(desc, mask) vma_flags_set_mask(&(desc)->vma_flags, mask)
#define vma_desc_clear_flags_mask(desc, mask) vma_flags_clear_mask(&(desc)->vma_flags, mask)
#define vma_desc_test_any_mask(desc, mask) vma_flags_test_any_mask(&(desc)->vma_flags, mask)
#define vma_desc_test_all_mask(desc, mask) vma_flags_test_all_mask(&(desc)->vma_flags, mask)
#endif

static inline void vm_flags_init(struct vm_area_struct *vma, vm_flags_t flags) {
    vma->__vm_flags = flags;
}
static inline void vm_flags_reset(struct vm_area_struct *vma, vm_flags_t flags) {
    vma->__vm_flags = flags;
}
static inline void vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags) {
    vma->__vm_flags |= flags;
}
static inline void vm_flags_clear(struct vm_area_struct *vma, vm_flags_t flags) {
    vma->__vm_flags &= ~flags;
}
static inline void vm_flags_mod(struct vm_area_struct *vma, vm_flags_t set, vm_flags_t clear) {
    vma->__vm_flags = (vma->__vm_flags | set) & ~clear;
}

static inline bool is_cow_mapping(vm_flags_t flags) {
    return (flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE;
}
static inline bool vma_is_shared_maywrite(const struct vm_area_struct *vma) {
    return (vma->vm_flags & (VM_SHARED | VM_MAYWRITE)) == (VM_SHARED | VM_MAYWRITE);
}

#ifdef __cplusplus
}
#endif
