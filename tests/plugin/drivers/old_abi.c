// SPDX-License-Identifier: GPL-2.0-or-later
// A plug-in from another time.
#include <mmsim/abi.h>

struct mmsim_plugin mmsim_plugin = {999, MMSIM_KERNEL, NULL, NULL, NULL, NULL};
