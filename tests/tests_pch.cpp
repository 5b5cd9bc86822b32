// SPDX-License-Identifier: GPL-2.0-or-later
// Carries the precompiled header that all test programs reuse.
