// SPDX-License-Identifier: GPL-2.0-or-later
// A plug-in in C++ whose hook throws.
#include <mmsim/driver.h>
#include <stdexcept>

static int throws_mmap_prepare(struct vm_area_desc *) { throw std::runtime_error("no luck"); }

static const struct file_operations throws_fops = [] {
    struct file_operations fops = {};
    fops.mmap_prepare = throws_mmap_prepare;
    return fops;
}();
MMSIM_DRIVER(throws, &throws_fops);
