// SPDX-License-Identifier: GPL-2.0-or-later
// Memory in every place where a driver may keep it.
#include <mmsim/driver.h>

struct object {
    struct kref users;
};

static int memory_open(struct inode *inode, struct file *file) {
    (void)inode;
    file->private_data = kzalloc(64, GFP_KERNEL);
    return 0;
}

static void release(struct kref *users) { kfree(container_of(users, struct object, users)); }
static void memory_vm_open(struct vm_area_struct *vma) {
    struct object *object = vma->vm_private_data;
    kref_get(&object->users);
}
static void memory_close(struct vm_area_struct *vma) {
    struct object *object = vma->vm_private_data;
    if (object) kref_put(&object->users, release);
}
static int memory_mapped(unsigned long start, unsigned long end, pgoff_t pgoff,
                         const struct file *file, void **private_data) {
    struct object *object = kmalloc(sizeof *object, GFP_KERNEL);
    (void)start, (void)end, (void)pgoff;
    if (!object) return -ENOMEM;
    if (!file->private_data) return -EINVAL;
    kref_init(&object->users);
    mmsim_watch("users", &object->users);
    *private_data = object;
    return 0;
}
static const struct vm_operations_struct memory_vm_ops = {
    .open = memory_vm_open, .close = memory_close, .mapped = memory_mapped};

// Loses a piece when it cannot get the other, as its name in reports will tell.
static int memory_mmap_prepare(struct vm_area_desc *desc) {
    void *one = kmalloc(16, GFP_KERNEL);
    void *other = kmalloc(16, GFP_KERNEL);
    if (!one || !other) return -ENOMEM;
    kfree(one);
    kfree(other);
    vma_desc_set_flags(desc, VMA_DONTEXPAND_BIT);
    desc->vm_ops = &memory_vm_ops;
    return 0;
}
static const struct file_operations memory_fops = {.mmap_prepare = memory_mmap_prepare,
                                                   .open = memory_open};
MMSIM_DRIVER(memory, &memory_fops);
