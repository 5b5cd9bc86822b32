// SPDX-License-Identifier: GPL-2.0-or-later
// The built-in driver of that name as a plug-in. Kernels without `mapped` count in mmap_prepare.
#include <mmsim/driver.h>

static atomic_t open_mmaps = ATOMIC_INIT(0);
MMSIM_REFERENCE(open_mmaps, &open_mmaps);

static void afs_open(struct vm_area_struct *vma) {
    (void)vma;
    atomic_inc(&open_mmaps);
}
static void afs_close(struct vm_area_struct *vma) {
    (void)vma;
    atomic_dec(&open_mmaps);
}
static const struct vm_operations_struct afs_old_vm_ops = {.open = afs_open, .close = afs_close};

#if MMSIM_KERNEL >= 0x0701
static int afs_mapped(unsigned long start, unsigned long end, pgoff_t pgoff,
                      const struct file *file, void **private_data) {
    (void)start, (void)end, (void)pgoff, (void)file, (void)private_data;
    atomic_inc(&open_mmaps);
    return 0;
}
static const struct vm_operations_struct afs_vm_ops = {
    .open = afs_open, .close = afs_close, .mapped = afs_mapped};
static int afs_mmap_prepare(struct vm_area_desc *desc) {
    if (mmsim_number(desc->file, "read_folio") == 0) return -ENOEXEC;
    desc->vm_ops = &afs_vm_ops;
    return 0;
}
#else
static int afs_mmap_prepare(struct vm_area_desc *desc) {
    atomic_inc(&open_mmaps);
    if (mmsim_number(desc->file, "read_folio") == 0) {
        atomic_dec(&open_mmaps);
        return -ENOEXEC;
    }
    desc->vm_ops = &afs_old_vm_ops;
    return 0;
}
#endif
static int afs_mmap(struct file *file, struct vm_area_struct *vma) {
    atomic_inc(&open_mmaps);
    if (mmsim_number(file, "read_folio") == 0) {
        atomic_dec(&open_mmaps);
        return -ENOEXEC;
    }
    vma->vm_ops = &afs_old_vm_ops;
    return 0;
}

static const struct file_operations afs_fops = {.mmap_prepare = afs_mmap_prepare};
static const struct file_operations afs_old_fops = {.mmap = afs_mmap};
static const struct mmsim_param afs_params[] = {
    {"read_folio", "1", "0: the file has no way to read pages", NULL}, {NULL, NULL, NULL, NULL}};
MMSIM_DRIVER(afs, &afs_fops, &afs_old_fops, "a network file that counts its mappings", afs_params);
