// SPDX-License-Identifier: GPL-2.0-or-later
// A plug-in that calls what is nowhere.
#include <mmsim/driver.h>

int not_there(struct vm_area_desc *desc);
static int unresolved_mmap_prepare(struct vm_area_desc *desc) { return not_there(desc); }
static const struct file_operations unresolved_fops = {.mmap_prepare = unresolved_mmap_prepare};
MMSIM_DRIVER(unresolved, &unresolved_fops);
