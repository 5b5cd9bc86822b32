// SPDX-License-Identifier: GPL-2.0-or-later
// What drivers that break one rule each have in common: a wrong form, named after where it went
// wrong once, and a right one beside it. Their traces are in traces/bugs, their stories in
// docs/history.md.
#pragma once

#include "drivers/built_in.h"

namespace mmsim {

class Misbehaving : public BuiltIn {
protected:
    Misbehaving(bool fixed, const DriverFacts& wrong, const DriverFacts& right)
        : BuiltIn(fixed ? right : wrong), fixed_(fixed) {}

    bool fixed() const { return fixed_; }

private:
    bool fixed_;
};

std::shared_ptr<const Driver> make_afs_ref();
std::shared_ptr<const Driver> make_afs_ref_fixed();
std::shared_ptr<const Driver> make_fb_wrap();
std::shared_ptr<const Driver> make_fb_wrap_fixed();
std::shared_ptr<const Driver> make_gem_partial();
std::shared_ptr<const Driver> make_gem_partial_fixed();
std::shared_ptr<const Driver> make_hugetlb_lock();
std::shared_ptr<const Driver> make_hugetlb_lock_fixed();
std::shared_ptr<const Driver> make_remap_partial();
std::shared_ptr<const Driver> make_remap_partial_fixed();
std::shared_ptr<const Driver> make_uacce_region();
std::shared_ptr<const Driver> make_uacce_region_fixed();
std::shared_ptr<const Driver> make_usbmon_buffer();
std::shared_ptr<const Driver> make_usbmon_buffer_fixed();

}  // namespace mmsim
