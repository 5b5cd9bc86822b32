// SPDX-License-Identifier: GPL-2.0-or-later
// What each advice does to the flags of a VMA, and which VMAs refuse it. Rules 5.5, E8.
#pragma once

#include <cstdint>

#include "base/linux_abi.h"
#include "base/result.h"
#include "mm/current.h"

namespace mmsim {

// The kernel of that version has the advice.
bool advice_known(const Profile& profile, std::uint64_t advice);

// The VMA's seal forbids an advice that would discard its contents.
bool sealed_against(const Vma& vma, Madv advice);

// The flags the VMA would have afterwards; its own where the advice leaves flags alone.
// `part`: of the VMA, what the advice is for. Errors: EINVAL, EACCES. REQUIRES: not one of the
// guard, populate or poison advices
Result<VmFlags> advised_flags(Current& current, const Vma& vma, VmRange part, Madv advice);

}  // namespace mmsim
