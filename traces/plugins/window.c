// SPDX-License-Identifier: GPL-2.0-or-later
// A window of device registers: nothing to count, nothing to give back.
//
//     cc -shared -fPIC $(pkg-config --cflags mmsim-driver) -o window.so window.c
#include <mmsim/driver.h>

#define WINDOW_START 0xfe000000ull
#define WINDOW_SIZE (16 * PAGE_SIZE)

static int window_mmap_prepare(struct vm_area_desc *desc) {
    if (vma_desc_test_any(desc, VMA_EXEC_BIT)) return -EPERM;
    vma_desc_clear_flags(desc, VMA_MAYEXEC_BIT);
    desc->page_prot = pgprot_noncached(desc->page_prot);
    mmap_action_simple_ioremap(desc, WINDOW_START, WINDOW_SIZE);
    return 0;
}

static int window_mmap(struct file *file, struct vm_area_struct *vma) {
    (void)file;
    if (vma->vm_flags & VM_EXEC) return -EPERM;
    vm_flags_clear(vma, VM_MAYEXEC);
    vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
    return vm_iomap_memory(vma, WINDOW_START, WINDOW_SIZE);
}

static const struct file_operations window_fops = {
    .owner = THIS_MODULE,
    .mmap_prepare = window_mmap_prepare,
};
static const struct file_operations window_old_fops = {
    .owner = THIS_MODULE,
    .mmap = window_mmap,
};
MMSIM_DRIVER(window, &window_fops, &window_old_fops, "a window of device registers");
