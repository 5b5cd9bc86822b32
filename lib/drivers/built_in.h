// SPDX-License-Identifier: GPL-2.0-or-later
// Makers of the built-in drivers, for the table of them. One file each.
#pragma once

#include <memory>

#include "mm/driver.h"

namespace mmsim {

std::shared_ptr<const Driver> make_ext4();
std::shared_ptr<const Driver> make_ext4_dax();
std::shared_ptr<const Driver> make_hugetlbfs();
std::shared_ptr<const Driver> make_sysv_shm();
std::shared_ptr<const Driver> make_tmpfs();
std::shared_ptr<const Driver> make_zero();

// The mmap hook of a driver that has had both forms. `converted`: in that version it had
// `.mmap_prepare`; `either`: that version could carry both, so --hook decides.
constexpr HookSet mmap_hook(HookChoice choice, bool converted, bool either) {
    const bool prepare =
        either && choice != HookChoice::declared ? choice == HookChoice::prepare : converted;
    return HookSet{}.with(prepare ? Hook::mmap_prepare : Hook::mmap);
}

}  // namespace mmsim
