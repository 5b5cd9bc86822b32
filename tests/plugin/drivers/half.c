// SPDX-License-Identifier: GPL-2.0-or-later
// A driver whose two forms are one and the same.
#include <mmsim/driver.h>

static int half_mmap_prepare(struct vm_area_desc *desc) {
    (void)desc;
    return 0;
}
static const struct file_operations half_fops = {.mmap_prepare = half_mmap_prepare};
MMSIM_DRIVER(half, &half_fops, &half_fops);
