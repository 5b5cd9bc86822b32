// SPDX-License-Identifier: GPL-2.0-or-later
// A driver that goes wrong in the hook, and in the way, that its file says.
#include <mmsim/driver.h>

static unsigned long depth(unsigned long n) {
    volatile char page[4096];
    page[n % sizeof page] = 1;
    return n == 0 ? 0 : depth(n + 1) + (unsigned long)page[0];
}

static int go_wrong(const struct file *file, const char *hook) {
    const char *how;
    if (strcmp(mmsim_word(file, "where"), hook) != 0) return 0;
    how = mmsim_word(file, "how");
    if (strcmp(how, "null") == 0) *(volatile int *)8 = 1;
    if (strcmp(how, "wild") == 0) *(volatile int *)0x7f0000000123 = 1;
    if (strcmp(how, "stack") == 0) return (int)depth(1);
    if (strcmp(how, "abort") == 0) abort();
    if (strcmp(how, "bug") == 0) BUG();
    if (strcmp(how, "exit") == 0) exit(3);
    if (strcmp(how, "_exit") == 0) _Exit(3);
    if (strcmp(how, "loop") == 0) {
        for (volatile int i = 0;; i = i + 1) {
        }
    }
    if (strcmp(how, "busy") == 0) {
        for (;;) kfree(kmalloc(1, GFP_KERNEL));
    }
    if (strcmp(how, "memory") == 0) {
        for (;;) (void)kmalloc(1 << 20, GFP_KERNEL);
    }
    if (strcmp(how, "malloc") == 0) {
        for (;;) memset(malloc(1 << 20), 1, 1 << 20);
    }
    if (strcmp(how, "errno") == 0) return 5;
    if (strcmp(how, "warn") == 0) WARN_ON_ONCE(file != NULL);
    if (strcmp(how, "kfree") == 0) kfree(file);
    if (strcmp(how, "fput") == 0) fput((struct file *)(uintptr_t)file);
    return 0;
}

static void bad_open(struct vm_area_struct *vma) { go_wrong(vma->vm_file, "open"); }
static void bad_close(struct vm_area_struct *vma) { go_wrong(vma->vm_file, "close"); }
static int bad_mapped(unsigned long start, unsigned long end, pgoff_t pgoff,
                      const struct file *file, void **private_data) {
    (void)start, (void)end, (void)pgoff, (void)private_data;
    return go_wrong(file, "mapped");
}
static int bad_may_split(struct vm_area_struct *vma, unsigned long addr) {
    (void)addr;
    return go_wrong(vma->vm_file, "may_split");
}
static int bad_mremap(struct vm_area_struct *vma) { return go_wrong(vma->vm_file, "mremap"); }
static int bad_mprotect(struct vm_area_struct *vma, unsigned long start, unsigned long end,
                        unsigned long flags) {
    (void)start, (void)end, (void)flags;
    return go_wrong(vma->vm_file, "mprotect");
}
static const struct vm_operations_struct bad_vm_ops = {.open = bad_open,
                                                       .close = bad_close,
                                                       .mapped = bad_mapped,
                                                       .may_split = bad_may_split,
                                                       .mremap = bad_mremap,
                                                       .mprotect = bad_mprotect};

static int bad_file_open(struct inode *inode, struct file *file) {
    (void)inode;
    return go_wrong(file, "file_open");
}
#if MMSIM_KERNEL < 0x0702
static const struct file *prepared;
static int bad_success_hook(const struct vm_area_struct *vma) {
    return go_wrong(vma->vm_file, "success_hook");
}
static int bad_error_hook(int error) {
    go_wrong(prepared, "error_hook");
    return error;
}
#endif

static int bad_mmap_prepare(struct vm_area_desc *desc) {
    const char *how = mmsim_word(desc->file, "how");
    desc->vm_ops = &bad_vm_ops;
#if MMSIM_KERNEL < 0x0702
    prepared = desc->file;
    desc->action.success_hook = bad_success_hook;
    desc->action.error_hook = bad_error_hook;
#endif
    if (strcmp(how, "start") == 0) *(unsigned long *)&desc->start += PAGE_SIZE;
    if (strcmp(how, "file") == 0) desc->vm_file = (struct file *)desc;
    if (strcmp(how, "action") == 0) desc->action.type = (enum mmap_action_type)77;
    return go_wrong(desc->file, "mmap_prepare");
}
static int bad_mmap(struct file *file, struct vm_area_struct *vma) {
    vma->vm_ops = &bad_vm_ops;
    if (strcmp(mmsim_word(file, "how"), "start") == 0) vma->vm_end = 0;
    return go_wrong(file, "mmap");
}

static const struct file_operations bad_fops = {.mmap_prepare = bad_mmap_prepare,
                                                .open = bad_file_open};
static const struct file_operations bad_old_fops = {.mmap = bad_mmap, .open = bad_file_open};
static const struct mmsim_param bad_params[] = {
    {"where", "nowhere", "the hook",
     "nowhere mmap_prepare mmap mapped open close may_split mremap mprotect file_open "
     "success_hook error_hook"},
    {"how", "null", "the way",
     "null wild stack abort bug exit _exit loop busy memory malloc errno warn kfree fput start "
     "file "
     "action"},
    {NULL, NULL, NULL, NULL}};
MMSIM_DRIVER(bad, &bad_fops, &bad_old_fops, "goes wrong", bad_params);

static int good_mmap_prepare(struct vm_area_desc *desc) {
    (void)desc;
    return 0;
}
static const struct file_operations good_fops = {.mmap_prepare = good_mmap_prepare};
MMSIM_DRIVER(good, &good_fops);
