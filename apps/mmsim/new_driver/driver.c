// SPDX-License-Identifier: GPL-2.0-or-later
// NAME: what its mmap does, in both forms of the hook.
//
//     cc -shared -fPIC $(pkg-config --cflags mmsim-driver) -o NAME.so NAME.c
//     mmsim replay NAME.json --driver ./NAME.so
#include <mmsim/driver.h>

#define NAME_START 0xfe000000ull
#define NAME_SIZE (16 * PAGE_SIZE)

struct NAME_mapping {
    struct kref users;
};

// A counter that reports show: what goes up with a mapping has to come down with it.
static atomic_t mappings = ATOMIC_INIT(0);
MMSIM_REFERENCE(mappings, &mappings);

static struct NAME_mapping *NAME_create(void) {
    struct NAME_mapping *mapping = kzalloc(sizeof(*mapping), GFP_KERNEL);

    if (!mapping) return NULL;
    kref_init(&mapping->users);
    atomic_inc(&mappings);
    return mapping;
}

static void NAME_release(struct kref *users) {
    atomic_dec(&mappings);
    kfree(container_of(users, struct NAME_mapping, users));
}

// A VMA was split or copied.
static void NAME_vm_open(struct vm_area_struct *vma) {
    struct NAME_mapping *mapping = vma->vm_private_data;

    kref_get(&mapping->users);
}

// A VMA is gone. Also where mapped has failed: then there is nothing to put.
static void NAME_vm_close(struct vm_area_struct *vma) {
    struct NAME_mapping *mapping = vma->vm_private_data;

    if (mapping) kref_put(&mapping->users, NAME_release);
}

// The mapping stands: the place to allocate and to count.
static int NAME_vm_mapped(unsigned long start, unsigned long end, pgoff_t pgoff,
                          const struct file *file, void **private_data) {
    struct NAME_mapping *mapping = NAME_create();

    (void)start, (void)end, (void)pgoff, (void)file;
    if (!mapping) return -ENOMEM;
    *private_data = mapping;
    return 0;
}

static const struct vm_operations_struct NAME_vm_ops = {
    .open = NAME_vm_open,
    .close = NAME_vm_close,
    .mapped = NAME_vm_mapped,
};

// There is no mapping yet, and there may never be one: only check and describe.
static int NAME_mmap_prepare(struct vm_area_desc *desc) {
    if (vma_desc_test_any(desc, VMA_EXEC_BIT)) return -EPERM;
    desc->page_prot = pgprot_noncached(desc->page_prot);
    desc->vm_ops = &NAME_vm_ops;
    mmap_action_simple_ioremap(desc, NAME_START, NAME_SIZE);
    return 0;
}

// The form it had before.
static int NAME_mmap(struct file *file, struct vm_area_struct *vma) {
    struct NAME_mapping *mapping;
    int error;

    (void)file;
    if (vma->vm_flags & VM_EXEC) return -EPERM;
    vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
    error = vm_iomap_memory(vma, NAME_START, NAME_SIZE);
    if (error) return error;
    mapping = NAME_create();
    if (!mapping) return -ENOMEM;
    vma->vm_ops = &NAME_vm_ops;
    vma->vm_private_data = mapping;
    return 0;
}

static const struct file_operations NAME_fops = {
    .owner = THIS_MODULE,
    .mmap_prepare = NAME_mmap_prepare,
};
static const struct file_operations NAME_old_fops = {
    .owner = THIS_MODULE,
    .mmap = NAME_mmap,
};
MMSIM_DRIVER(NAME, &NAME_fops, &NAME_old_fops, "what it is for");
