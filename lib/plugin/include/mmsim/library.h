/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What other parts of the kernel offer to mmap callbacks: files with pages in the page cache, DMA
 * memory, fault handlers (which compile, and never run), power management. Included by driver.h.
 */
#pragma once
#pragma GCC system_header

#include <mmsim/kernel.h>
#include <mmsim/vma_flags.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Fault handlers: pages have no contents here. */
#define VM_FAULT_OOM 0x1u
#define VM_FAULT_SIGBUS 0x2u
#define VM_FAULT_HWPOISON 0x10u
#define VM_FAULT_SIGSEGV 0x40u
#define VM_FAULT_NOPAGE 0x100u
#define VM_FAULT_LOCKED 0x200u
#define VM_FAULT_RETRY 0x400u
#define VM_FAULT_FALLBACK 0x800u
#define VM_FAULT_ERROR \
    (VM_FAULT_OOM | VM_FAULT_SIGBUS | VM_FAULT_HWPOISON | VM_FAULT_SIGSEGV | VM_FAULT_FALLBACK)
#define FAULT_FLAG_WRITE 0x1u
/* A frame with a word on what it is, up to 6.16. */
#if MMSIM_KERNEL < 0x0611
typedef struct {
    uint64_t val;
} pfn_t;
#define PFN_DEV (1ull << 61)
#define PFN_MAP (1ull << 60)
static inline pfn_t __pfn_to_pfn_t(unsigned long pfn, uint64_t flags) {
    const pfn_t frame = {pfn | flags};
    return frame;
}
static inline pfn_t pfn_to_pfn_t(unsigned long pfn) { return __pfn_to_pfn_t(pfn, 0); }
#endif
static inline vm_fault_t filemap_fault(struct vm_fault *vmf) {
    (void)vmf;
    return VM_FAULT_NOPAGE;
}
static inline vm_fault_t filemap_map_pages(struct vm_fault *vmf, pgoff_t start, pgoff_t end) {
    (void)vmf, (void)start, (void)end;
    return 0;
}
static inline vm_fault_t filemap_page_mkwrite(struct vm_fault *vmf) {
    (void)vmf;
    return VM_FAULT_LOCKED;
}
#define vmf_insert_pfn(vma, addr, pfn) ((void)(vma), (void)(addr), (void)(pfn), VM_FAULT_NOPAGE)
#define vmf_insert_pfn_prot(vma, addr, pfn, prot) ((void)(prot), vmf_insert_pfn(vma, addr, pfn))
#define vmf_insert_page(vma, addr, page) ((void)(vma), (void)(addr), (void)(page), VM_FAULT_NOPAGE)
#define vmf_insert_mixed(vma, addr, pfn) vmf_insert_pfn(vma, addr, pfn)
#define vmf_error(error) ((error) == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS)

static inline int generic_access_phys(struct vm_area_struct *vma, unsigned long addr, void *buf,
                                      int len, int write) {
    (void)vma, (void)addr, (void)buf, (void)write;
    return len;
}

/* Seeking, which compiles and never runs. */
static inline loff_t noop_llseek(struct file *file, loff_t offset, int whence) {
    (void)offset, (void)whence;
    return file->f_pos;
}
#define no_llseek NULL
#define default_llseek noop_llseek
#define generic_file_llseek noop_llseek

/* Of a VMA. */
#define vma_start_pgoff(vma) ((vma)->vm_pgoff)
#define vma_get_page_prot(vma) vm_get_page_prot((vma)->vm_flags)
#define PAGE_SHARED vm_get_page_prot(VM_READ | VM_WRITE | VM_SHARED)
#define PAGE_READONLY vm_get_page_prot(VM_READ)
#define pgprot_framebuffer(prot, start, end, offset) \
    ((void)(start), (void)(end), (void)(offset), pgprot_writecombine(prot))

/* Files in the page cache: a table of vm_ops in which no hook counts. */
static inline int mmsim_read_only(unsigned long flags) {
    return (flags & (VM_SHARED | VM_MAYWRITE)) == (VM_SHARED | VM_MAYWRITE) ? -EINVAL : 0;
}
static const struct vm_operations_struct generic_file_vm_ops
    __attribute__((unused)) = {NULL,
                               NULL,
                               NULL,
                               NULL,
                               NULL,
                               NULL,
                               filemap_fault,
                               NULL,
                               filemap_map_pages,
                               NULL,
                               filemap_page_mkwrite,
                               NULL,
                               NULL,
                               NULL};
static inline int generic_file_mmap(struct file *file, struct vm_area_struct *vma) {
    (void)file;
    vma->vm_ops = &generic_file_vm_ops;
    return 0;
}
static inline int generic_file_readonly_mmap(struct file *file, struct vm_area_struct *vma) {
    const int error = mmsim_read_only(vma->vm_flags);
    return error ? error : generic_file_mmap(file, vma);
}
#if MMSIM_KERNEL >= 0x0610
static inline int generic_file_mmap_prepare(struct vm_area_desc *desc) {
    desc->vm_ops = &generic_file_vm_ops;
    return 0;
}
static inline int generic_file_readonly_mmap_prepare(struct vm_area_desc *desc) {
#if MMSIM_KERNEL >= 0x0700
    const int error = mmsim_read_only(desc->vma_flags.bits);
#else
    const int error = mmsim_read_only(desc->vm_flags);
#endif
    return error ? error : generic_file_mmap_prepare(desc);
}
#endif

/* DMA memory: frames that begin with that of the bus address. */
static inline int mmsim_dma_mmap(struct vm_area_struct *vma, dma_addr_t addr, size_t size) {
    const unsigned long pages = (vma->vm_end - vma->vm_start) >> PAGE_SHIFT;
    const unsigned long all = PFN_UP(size);
    if (vma->vm_pgoff >= all || pages > all - vma->vm_pgoff) return -ENXIO;
    return mmsim_plugin.host->remap_pfn_range(vma, vma->vm_start, PHYS_PFN(addr) + vma->vm_pgoff,
                                              pages << PAGE_SHIFT);
}
#define dma_mmap_attrs(dev, vma, cpu_addr, addr, size, attrs) \
    ((void)(dev), (void)(cpu_addr), (void)(attrs), mmsim_dma_mmap(vma, addr, size))
#define dma_mmap_coherent(dev, vma, cpu_addr, addr, size) \
    dma_mmap_attrs(dev, vma, cpu_addr, addr, size, 0)
#define dma_mmap_wc(dev, vma, cpu_addr, addr, size) \
    dma_mmap_attrs(dev, vma, cpu_addr, addr, size, 0)
#define dma_mmap_pages(dev, vma, size, page) \
    ((void)(dev), mmsim_dma_mmap(vma, page_to_phys(page), size))
/* Whose pages lie anywhere: those of the table are not looked at. */
#define dma_mmap_noncontiguous(dev, vma, size, table) \
    ((void)(dev), (void)(table), mmsim_dma_mmap(vma, 0, size))
#define DMA_MAPPING_ERROR (~(dma_addr_t)0)
#define dma_mapping_error(dev, addr) ((void)(dev), (addr) == DMA_MAPPING_ERROR ? -ENOMEM : 0)
#define pfn_valid(pfn) ((void)(pfn), true)
#define virt_addr_valid(addr) ((void)(addr), true)

/* Users of a device: MMSIM_REFERENCE(pm, &device.power_users). */
static inline int pm_runtime_get(struct device *dev) { return ++dev->power_users, 0; }
static inline int pm_runtime_put(struct device *dev) { return --dev->power_users, 0; }
#define pm_runtime_get_sync(dev) pm_runtime_get(dev)
#define pm_runtime_resume_and_get(dev) pm_runtime_get(dev)
#define pm_runtime_get_noresume(dev) ((void)pm_runtime_get(dev))
#define pm_runtime_put_sync(dev) pm_runtime_put(dev)
#define pm_runtime_put_autosuspend(dev) pm_runtime_put(dev)
#define pm_runtime_put_noidle(dev) ((void)pm_runtime_put(dev))
#define pm_runtime_mark_last_busy(dev) ((void)(dev))
static inline struct device *get_device(struct device *dev) { return ++dev->users, dev; }
static inline void put_device(struct device *dev) { --dev->users; }
#define try_module_get(module) ((void)(module), true)
#define module_put(module) ((void)(module))

#ifdef __cplusplus
}
#endif
