// SPDX-License-Identifier: GPL-2.0-or-later
// The built-in driver of that name as a plug-in: a stacked file.
#include <mmsim/driver.h>

static int overlay_mmap(struct file *file, struct vm_area_struct *vma) {
    struct file *backing = mmsim_file(mmsim_word(file, "backing"));
    if (!backing) return -EIO;
    if (!can_mmap_file(backing)) return -ENODEV;
    vma_set_file(vma, backing);
    return vfs_mmap(backing, vma);
}

static const struct file_operations overlay_fops = {.mmap = overlay_mmap};
static const struct mmsim_param overlay_params[] = {{"backing", "", "the file behind it", ""},
                                                    {NULL, NULL, NULL, NULL}};
MMSIM_DRIVER(overlay, &overlay_fops, NULL, "a stacked file", overlay_params);
