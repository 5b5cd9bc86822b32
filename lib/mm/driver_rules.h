// SPDX-License-Identifier: GPL-2.0-or-later
// Rules that drivers break, noticed where their hooks run. Each is told under an id of
// analysis/diagnostics.h; docs/diagnostics.md explains them. Rules 3.5, 6.3 to 6.7.
#pragma once

#include <string_view>

#include "mm/current.h"
#include "mm/vm_area_desc.h"

namespace mmsim {

// Most faults are in the driver and not in the call: they are told for the first call alone.
enum class Telling : std::uint8_t { once_per_driver, each_time };
void diagnose(Current& current, std::string_view id, DriverId driver, VmRange range,
              Telling telling = Telling::once_per_driver);

// A hook ran: tells of it, and of what it remarked.
void tell_hook_ran(Current& current, DriverId driver, Hook hook, Errno error = Errno::ok,
                   VmaId vma = {});

// A mapping hook that ran, with what it was asked and what it answered.
struct HookAnswer {
    DriverId driver;
    FileId file;
    VmRange range;
    Pgoff pgoff;  // as asked for
    VmFlags asked;
    Errno error = Errno::ok;
    bool destroyed = false;  // MAP_FIXED had something to replace
};

// After `.mmap_prepare`, before its action is prepared.
// REQUIRES: open_books() before the hook
void check_mmap_prepare(Current& current, const HookAnswer& answer, const VmAreaDesc& desc);
// After an old `.mmap`.
void check_mmap(Current& current, const HookAnswer& answer, const HalfBuiltVma& vma);
// `close` has run on a new VMA whose action or `mapped` failed. Returns whether it took down what
// was never set up.
bool check_close_of_failed(Current& current, VmOps ops, VmRange range);

}  // namespace mmsim
