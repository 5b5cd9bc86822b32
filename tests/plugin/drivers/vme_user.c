// SPDX-License-Identifier: GPL-2.0-or-later
// The built-in driver of that name as a plug-in. Where the object behind a mapping is missing its
// close follows a null pointer, as the kernel's does.
#include <mmsim/driver.h>

struct window {
    refcount_t users;
};
static atomic_t mmap_count = ATOMIC_INIT(0);
MMSIM_REFERENCE(mmap_count, &mmap_count);

static int map_window(const struct file *file, unsigned long pgoff, unsigned long length,
                      phys_addr_t *phys) {
    const phys_addr_t start = mmsim_number(file, "start");
    if (mmsim_number(file, "minor") >= 4) return -ENODEV;
    if (strcmp(mmsim_word(file, "window"), "master") != 0) return -EINVAL;
    *phys = start + (pgoff << PAGE_SHIFT);
    if (*phys + length > start + mmsim_number(file, "size")) return -EFAULT;
    return 0;
}

static int make_window(const struct file *file, void **private_data) {
    struct window *window;
    if (mmsim_number(file, "no_memory")) return -ENOMEM;
    window = malloc(sizeof *window);
    refcount_set(&window->users, 1);
    atomic_inc(&mmap_count);
    *private_data = window;
    return 0;
}

static void vme_open(struct vm_area_struct *vma) {
    struct window *window = vma->vm_private_data;
    refcount_inc(&window->users);
}
static void vme_close(struct vm_area_struct *vma) {
    struct window *window = vma->vm_private_data;
    if (!refcount_dec_and_test(&window->users)) return;
    atomic_dec(&mmap_count);
    free(window);
}
static int vme_mapped(unsigned long start, unsigned long end, pgoff_t pgoff,
                      const struct file *file, void **private_data) {
    (void)start, (void)end, (void)pgoff;
    return make_window(file, private_data);
}
static const struct vm_operations_struct vme_vm_ops = {
    .open = vme_open, .close = vme_close, .mapped = vme_mapped};
static const struct vm_operations_struct vme_old_vm_ops = {.open = vme_open, .close = vme_close};

static int vme_mmap_prepare(struct vm_area_desc *desc) {
    phys_addr_t phys;
    const int error = map_window(desc->file, desc->pgoff, vma_desc_size(desc), &phys);
    if (error) return error;
    desc->page_prot = pgprot_noncached(desc->page_prot);
    mmap_action_simple_ioremap(desc, phys, vma_desc_size(desc));
    desc->vm_ops = &vme_vm_ops;
    return 0;
}
static int vme_mmap(struct file *file, struct vm_area_struct *vma) {
    phys_addr_t phys;
    int error = map_window(file, vma->vm_pgoff, vma->vm_end - vma->vm_start, &phys);
    if (error) return error;
    vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
    error = vm_iomap_memory(vma, phys, vma->vm_end - vma->vm_start);
    if (error) return error;
    error = make_window(file, &vma->vm_private_data);
    if (error) return error;
    vma->vm_ops = &vme_old_vm_ops;
    return 0;
}

static const struct file_operations vme_fops = {.mmap_prepare = vme_mmap_prepare};
static const struct file_operations vme_old_fops = {.mmap = vme_mmap};
static const struct mmsim_param vme_params[] = {
    {"minor", "0", "of the device node", NULL},
    {"window", "master", "what the bus has there", "master slave"},
    {"start", "0xa0000000", "physical address of the window", NULL},
    {"size", "65536", "bytes of the window", NULL},
    {"no_memory", "0", "1: the object cannot be allocated", NULL},
    {NULL, NULL, NULL, NULL}};
MMSIM_DRIVER(vme_user, &vme_fops, &vme_old_fops, "a window into a VME bus", vme_params);
