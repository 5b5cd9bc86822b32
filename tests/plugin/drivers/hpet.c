// SPDX-License-Identifier: GPL-2.0-or-later
// The built-in driver of that name as a plug-in: both forms, with the params of its files.
#include <mmsim/driver.h>

static int hpet_base(const struct file *file, phys_addr_t *base) {
    *base = mmsim_number(file, "base");
    if (mmsim_number(file, "enabled") == 0) return -EACCES;
    if (*base & (PAGE_SIZE - 1)) return -ENOSYS;
    return 0;
}

static int hpet_mmap_prepare(struct vm_area_desc *desc) {
    phys_addr_t base;
    const int error = hpet_base(desc->file, &base);
    if (error) return error;
    desc->page_prot = pgprot_noncached(desc->page_prot);
    mmap_action_simple_ioremap(desc, base, PAGE_SIZE);
    return 0;
}

static int hpet_mmap(struct file *file, struct vm_area_struct *vma) {
    phys_addr_t base;
    const int error = hpet_base(file, &base);
    if (error) return error;
    vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
    return vm_iomap_memory(vma, base, PAGE_SIZE);
}

static const struct file_operations hpet_fops = {.mmap_prepare = hpet_mmap_prepare};
static const struct file_operations hpet_old_fops = {.mmap = hpet_mmap};
static const struct mmsim_param hpet_params[] = {
    {"enabled", "1", "0: mapping is switched off", NULL},
    {"base", "0xfed00000", "physical address of the registers", NULL},
    {NULL, NULL, NULL, NULL}};
MMSIM_DRIVER(hpet, &hpet_fops, &hpet_old_fops, "one page of timer registers", hpet_params);
