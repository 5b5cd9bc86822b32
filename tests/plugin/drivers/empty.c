// SPDX-License-Identifier: GPL-2.0-or-later
// A shared object, but no plug-in.
int nothing;
