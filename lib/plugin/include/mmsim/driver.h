/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Drivers for mmsim in C: the kernel's names for what an mmap callback needs.
 *
 *     #include <mmsim/driver.h>
 *     ... the callbacks, as they are in the kernel ...
 *     MMSIM_DRIVER(widget, &widget_fops);
 *
 *     cc -shared -fPIC $(pkg-config --cflags mmsim-driver) -o widget.so widget.c
 *     mmsim replay TRACE --driver ./widget.so
 *
 * For C99 and C++11. A plug-in may have several drivers, and static data: each run of a trace
 * begins with fresh data.
 */
#pragma once
#pragma GCC system_header

#include <mmsim/abi.h>
#include <mmsim/vma_flags.h>
/* After those two: it makes macros of common words. */
#include <mmsim/kernel.h>
#include <mmsim/library.h>

#ifdef __cplusplus
extern "C" {
#endif

static inline void mmsim_register(struct mmsim_driver *driver) {
    struct mmsim_driver **end = &mmsim_plugin.drivers;
    while (*end != NULL) end = &(*end)->next;
    *end = driver;
}

/*
 * MMSIM_DRIVER(name, &fops)
 * MMSIM_DRIVER(name, &fops, &old_fops, "one line about it", params)
 *
 * With old_fops the driver has two forms: .mmap_prepare in fops, .mmap in old_fops, and
 * `mmsim --hook` and the kernel version choose. Both hooks in one file_operations are the mistake
 * that they are in the kernel.
 */
#define MMSIM_DRIVER(driver_name, ...)                                                        \
    _Pragma("GCC diagnostic push") _Pragma(                                                   \
        "GCC diagnostic ignored \"-Wmissing-field-initializers\"") static struct mmsim_driver \
        mmsim_driver_##driver_name = {#driver_name, __VA_ARGS__};                             \
    _Pragma("GCC diagnostic pop")                                                             \
        __attribute__((constructor)) static void mmsim_register_##driver_name(void) {         \
        mmsim_register(&mmsim_driver_##driver_name);                                          \
    }                                                                                         \
    struct mmsim_driver

static inline void mmsim_register_reference(struct mmsim_reference *reference) {
    struct mmsim_reference **end = &mmsim_plugin.references;
    while (*end != NULL) end = &(*end)->next;
    *end = reference;
}

/*
 * MMSIM_REFERENCE(users, &widget.users): the counter (atomic_t, refcount_t, struct kref, any
 * integer) is a named reference of the driver. What hooks add to it has to be given back, and
 * reports show it. mmsim_watch("users", &object->kref) does the same for an object that a hook has
 * just made; it ends with kfree().
 */
#define MMSIM_REFERENCE(reference_name, counter)                                                 \
    static struct mmsim_reference mmsim_reference_##reference_name = {#reference_name, counter,  \
                                                                      sizeof(*(counter)), NULL}; \
    __attribute__((constructor)) static void mmsim_register_reference_##reference_name(void) {   \
        mmsim_register_reference(&mmsim_reference_##reference_name);                             \
    }                                                                                            \
    struct mmsim_reference
#define mmsim_watch(reference_name, counter) \
    (mmsim_plugin.host->watch(reference_name, counter, sizeof(*(counter))))

/* What the trace's file says to its driver, and the file that the trace declares as `id`. */
static inline unsigned long mmsim_number(const struct file *file, const char *param) {
    return mmsim_plugin.host->number(file, param);
}
static inline const char *mmsim_word(const struct file *file, const char *param) {
    return mmsim_plugin.host->word(file, param);
}
static inline struct file *mmsim_file(const char *id) { return mmsim_plugin.host->find_file(id); }

static inline unsigned long vma_pages(const struct vm_area_struct *vma) {
    return (vma->vm_end - vma->vm_start) >> PAGE_SHIFT;
}
static inline bool vma_is_anonymous(const struct vm_area_struct *vma) { return !vma->vm_ops; }
static inline void vma_set_anonymous(struct vm_area_struct *vma) { vma->vm_ops = NULL; }
static inline void vma_set_file(struct vm_area_struct *vma, struct file *file) {
    struct file *old = vma->vm_file;
    vma->vm_file = get_file(file);
    fput(old);
}

/* Page tables of a VMA, from an old hook. */
static inline int remap_pfn_range(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn,
                                  unsigned long size, pgprot_t prot) {
    (void)prot;
    return mmsim_plugin.host->remap_pfn_range(vma, addr, pfn, size);
}
static inline int io_remap_pfn_range(struct vm_area_struct *vma, unsigned long addr,
                                     unsigned long pfn, unsigned long size, pgprot_t prot) {
    return remap_pfn_range(vma, addr, pfn, size, prot);
}
static inline int vm_iomap_memory(struct vm_area_struct *vma, phys_addr_t start,
                                  unsigned long len) {
    return mmsim_plugin.host->vm_iomap_memory(vma, start, len);
}
static inline int vm_insert_page(struct vm_area_struct *vma, unsigned long addr,
                                 struct page *page) {
    return mmsim_plugin.host->vm_insert_pages(vma, addr, &page, 1);
}
static inline int vm_insert_pages(struct vm_area_struct *vma, unsigned long addr,
                                  struct page **pages, unsigned long *num) {
    const int error = mmsim_plugin.host->vm_insert_pages(vma, addr, pages, *num);
    if (error == 0) *num = 0;
    return error;
}
static inline int vm_map_pages_zero(struct vm_area_struct *vma, struct page **pages,
                                    unsigned long num) {
    const unsigned long wanted = vma_pages(vma);
    if (wanted > num) return -ENXIO;
    return mmsim_plugin.host->vm_insert_pages(vma, vma->vm_start, pages, wanted);
}
static inline int vm_map_pages(struct vm_area_struct *vma, struct page **pages, unsigned long num) {
    const unsigned long wanted = vma_pages(vma);
    if (vma->vm_pgoff >= num || wanted > num - vma->vm_pgoff) return -ENXIO;
    return mmsim_plugin.host->vm_insert_pages(vma, vma->vm_start, pages + vma->vm_pgoff, wanted);
}
static inline int remap_vmalloc_range(struct vm_area_struct *vma, void *addr, unsigned long pgoff) {
    const unsigned long wanted = vma_pages(vma);
    for (unsigned long i = 0; i < wanted; ++i) {
        struct page *page = vmalloc_to_page((char *)addr + ((pgoff + i) << PAGE_SHIFT));
        const int error =
            mmsim_plugin.host->vm_insert_pages(vma, vma->vm_start + (i << PAGE_SHIFT), &page, 1);
        if (error) return error;
    }
    vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
    return 0;
}

/* Handing a mapping on to another file's driver. */
static inline bool can_mmap_file(struct file *file) {
    return (file->f_op->mmap != NULL) != (file->f_op->mmap_prepare != NULL);
}
static inline int vfs_mmap(struct file *file, struct vm_area_struct *vma) {
    return mmsim_plugin.host->vfs_mmap(file, vma);
}
static inline int call_mmap(struct file *file, struct vm_area_struct *vma) {
    return mmsim_plugin.host->vfs_mmap(file, vma);
}
#if MMSIM_KERNEL >= 0x0610
static inline int vfs_mmap_prepare(struct file *file, struct vm_area_desc *desc) {
    return mmsim_plugin.host->vfs_mmap_prepare(file, desc);
}
#endif
#if MMSIM_KERNEL >= 0x0701
static inline void compat_set_desc_from_vma(struct vm_area_desc *desc, struct file *file,
                                            const struct vm_area_struct *vma) {
    mmsim_plugin.host->desc_from_vma(desc, file, vma);
}
static inline int __compat_vma_mmap(struct vm_area_desc *desc, struct vm_area_struct *vma) {
    return mmsim_plugin.host->compat_vma_mmap(desc, vma);
}
#endif

#if MMSIM_KERNEL >= 0x0610
static inline unsigned long vma_desc_size(const struct vm_area_desc *desc) {
    return desc->end - desc->start;
}
static inline unsigned long vma_desc_pages(const struct vm_area_desc *desc) {
    return vma_desc_size(desc) >> PAGE_SHIFT;
}
#endif
#if MMSIM_KERNEL >= 0x0702
static inline void vma_desc_set_anonymous(struct vm_area_desc *desc) { desc->vm_ops = NULL; }
#endif

/* What the core is to do once the VMA stands. One action a mapping: a later one takes its place. */
#if MMSIM_KERNEL >= 0x0700
static inline void mmsim_remap(struct vm_area_desc *desc, enum mmap_action_type type,
                               unsigned long start, unsigned long pfn, unsigned long size) {
    desc->action.type = type;
    desc->action.remap.start = start;
    desc->action.remap.start_pfn = pfn;
    desc->action.remap.size = size;
    desc->action.remap.pgprot = desc->page_prot;
}
static inline void mmap_action_remap(struct vm_area_desc *desc, unsigned long start,
                                     unsigned long start_pfn, unsigned long size) {
    mmsim_remap(desc, MMAP_REMAP_PFN, start, start_pfn, size);
}
static inline void mmap_action_remap_full(struct vm_area_desc *desc, unsigned long start_pfn) {
    mmsim_remap(desc, MMAP_REMAP_PFN, desc->start, start_pfn, vma_desc_size(desc));
}
static inline void mmap_action_ioremap(struct vm_area_desc *desc, unsigned long start,
                                       unsigned long start_pfn, unsigned long size) {
    mmsim_remap(desc, MMAP_IO_REMAP_PFN, start, start_pfn, size);
}
static inline void mmap_action_ioremap_full(struct vm_area_desc *desc, unsigned long start_pfn) {
    mmsim_remap(desc, MMAP_IO_REMAP_PFN, desc->start, start_pfn, vma_desc_size(desc));
}
#endif
#if MMSIM_KERNEL >= 0x0701
static inline void mmap_action_simple_ioremap(struct vm_area_desc *desc,
                                              phys_addr_t start_phys_addr, unsigned long size) {
    desc->action.type = MMAP_SIMPLE_IO_REMAP;
    desc->action.simple_ioremap.start_phys_addr = start_phys_addr;
    desc->action.simple_ioremap.size = size;
}
static inline void mmap_action_map_kernel_pages(struct vm_area_desc *desc, unsigned long start,
                                                struct page **pages, unsigned long nr_pages) {
    desc->action.type = MMAP_MAP_KERNEL_PAGES;
    desc->action.map_kernel.start = start;
    desc->action.map_kernel.pages = pages;
    desc->action.map_kernel.nr_pages = nr_pages;
    desc->action.map_kernel.pgoff = desc->pgoff;
}
static inline void mmap_action_map_kernel_pages_full(struct vm_area_desc *desc,
                                                     struct page **pages) {
    mmap_action_map_kernel_pages(desc, desc->start, pages, vma_desc_pages(desc));
}
#endif

/* Shared memory behind a mapping of its own, as /dev/zero gives it. */
static inline int shmem_zero_setup(struct vm_area_struct *vma) {
    struct file *file = mmsim_plugin.host->new_shmem_file(vma->vm_end - vma->vm_start);
    if (IS_ERR(file)) return (int)PTR_ERR(file);
    fput(vma->vm_file);
    vma->vm_file = file;
    return 0;
}
#if MMSIM_KERNEL >= 0x0700
static inline int shmem_zero_setup_desc(struct vm_area_desc *desc) {
    struct file *file = mmsim_plugin.host->new_shmem_file(vma_desc_size(desc));
    if (IS_ERR(file)) return (int)PTR_ERR(file);
    desc->vm_file = file;
    return 0;
}
#endif

#ifdef __cplusplus
}
#endif
