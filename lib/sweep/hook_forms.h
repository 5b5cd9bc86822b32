// SPDX-License-Identifier: GPL-2.0-or-later
// A driver's old `.mmap` and its `.mmap_prepare` come to the same, but for what one table says.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sweep/fault_stage.h"

namespace mmsim {

// A way in which the two forms may differ without one of them being wrong.
struct FormDifference {
    std::string_view what;
    std::string_view rule;
};
std::span<const FormDifference> form_differences();

// Whether the swept driver has another mmap hook in one than in the other.
bool has_two_forms(const FaultStage& legacy, const FaultStage& prepare);

// How the call of the context differs beyond the table; nothing where it does not.
std::optional<std::string> compare_hook_forms(const FaultStage& legacy, const FaultStage& prepare,
                                              const ContextScript& script);

}  // namespace mmsim
