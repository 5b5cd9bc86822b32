// SPDX-License-Identifier: GPL-2.0-or-later
// A plug-in that crashes before it can say anything.
#include <mmsim/driver.h>

__attribute__((constructor)) static void crash(void) { abort(); }
static const struct file_operations constructor_fops = {.owner = THIS_MODULE};
MMSIM_DRIVER(constructor, &constructor_fops);
