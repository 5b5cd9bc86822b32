// SPDX-License-Identifier: GPL-2.0-or-later
// A driver with a bug: when one of three allocations fails, another stays behind. Nobody sees it
// until an allocation does fail: `mmsim replay ... --fail kmalloc@3`. frames_fixed.c has the cure.
//
//     cc -shared -fPIC $(pkg-config --cflags mmsim-driver) -o frames.so frames.c
#include <mmsim/driver.h>

struct frames {
    void *header;
    void *table;
};

static struct frames *frames_create(void) {
    struct frames *frames = kzalloc(sizeof(*frames), GFP_KERNEL);

    if (!frames) return NULL;
    frames->header = kzalloc(64, GFP_KERNEL);
    frames->table = kzalloc(4096, GFP_KERNEL);
    if (!frames->header || !frames->table) {
        kfree(frames);
        return NULL;
    }
    return frames;
}

static void frames_vm_close(struct vm_area_struct *vma) {
    struct frames *frames = vma->vm_private_data;

    if (!frames) return;
    kfree(frames->table);
    kfree(frames->header);
    kfree(frames);
}

static int frames_vm_may_split(struct vm_area_struct *vma, unsigned long addr) {
    (void)vma, (void)addr;
    return -EINVAL;
}

static int frames_vm_mapped(unsigned long start, unsigned long end, pgoff_t pgoff,
                            const struct file *file, void **private_data) {
    (void)start, (void)end, (void)pgoff, (void)file;
    *private_data = frames_create();
    return *private_data ? 0 : -ENOMEM;
}

static const struct vm_operations_struct frames_vm_ops = {
    .close = frames_vm_close,
    .mapped = frames_vm_mapped,
    .may_split = frames_vm_may_split,
};

static int frames_mmap_prepare(struct vm_area_desc *desc) {
    vma_desc_set_flags(desc, VMA_DONTEXPAND_BIT, VMA_DONTCOPY_BIT);
    desc->vm_ops = &frames_vm_ops;
    return 0;
}

static const struct file_operations frames_fops = {
    .owner = THIS_MODULE,
    .mmap_prepare = frames_mmap_prepare,
};
MMSIM_DRIVER(frames, &frames_fops, NULL, "three allocations behind a mapping, and a leak");
