// SPDX-License-Identifier: GPL-2.0-or-later
// A plug-in without drivers.
#include <mmsim/driver.h>

int nothing;
