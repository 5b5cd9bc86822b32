// SPDX-License-Identifier: GPL-2.0-or-later
// The words that reports use for what the core reports in enumerators.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "mm/event.h"
#include "mm/vm_area_desc.h"
#include "trace/trace_record.h"

namespace mmsim {

std::string_view action_type_name(ActionType type);  // "simple_ioremap"
std::string_view leak_kind_name(LeakKind kind);      // "reference"
// How much of it, with its unit: "3 pages of commit charge", "1 reference".
std::string leak_amount_text(std::string_view kind, std::int64_t count);
// "merge", "unmap", "dontunmap", or the failure point.
std::string_view leak_cause_name(const Leaked& leaked);
std::string_view call_name(const TraceCall& call);  // "mmap", the op of a JSON event; ends in 0

// "ENOMEM", "0x7f0000000000" or "0".
std::string result_text(std::int64_t value, Errno error, bool address);

}  // namespace mmsim
