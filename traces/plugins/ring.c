// SPDX-License-Identifier: GPL-2.0-or-later
// A ring buffer that each open file has, made of pages of the kernel.
//
//     cc -shared -fPIC $(pkg-config --cflags mmsim-driver) -o ring.so ring.c
#include <mmsim/driver.h>

#define RING_PAGES 8

struct ring {
    struct page *pages[RING_PAGES];
};

static int ring_open(struct inode *inode, struct file *file) {
    struct ring *ring = kzalloc(sizeof(*ring), GFP_KERNEL);
    int i;

    (void)inode;
    if (!ring) return -ENOMEM;
    for (i = 0; i < RING_PAGES; i++) {
        ring->pages[i] = alloc_page(GFP_KERNEL);
        if (!ring->pages[i]) goto no_page;
    }
    file->private_data = ring;
    return 0;

no_page:
    while (i--) __free_page(ring->pages[i]);
    kfree(ring);
    return -ENOMEM;
}

static int ring_mmap_prepare(struct vm_area_desc *desc) {
    struct ring *ring = desc->file->private_data;

    if (desc->pgoff != 0 || vma_desc_pages(desc) != RING_PAGES) return -EINVAL;
    vma_desc_set_flags(desc, VMA_DONTEXPAND_BIT, VMA_DONTDUMP_BIT);
    mmap_action_map_kernel_pages_full(desc, ring->pages);
    return 0;
}

static int ring_mmap(struct file *file, struct vm_area_struct *vma) {
    struct ring *ring = file->private_data;

    if (vma->vm_pgoff != 0 || vma_pages(vma) != RING_PAGES) return -EINVAL;
    vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
    return vm_map_pages(vma, ring->pages, RING_PAGES);
}

static const struct file_operations ring_fops = {
    .owner = THIS_MODULE,
    .open = ring_open,
    .mmap_prepare = ring_mmap_prepare,
};
static const struct file_operations ring_old_fops = {
    .owner = THIS_MODULE,
    .open = ring_open,
    .mmap = ring_mmap,
};
MMSIM_DRIVER(ring, &ring_fops, &ring_old_fops, "a ring buffer of kernel pages");
