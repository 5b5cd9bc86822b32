// SPDX-License-Identifier: GPL-2.0-or-later
// The rules that drivers break: an id that is kept for ever, how bad it is, and the cure.
#pragma once

#include <span>
#include <string_view>

namespace mmsim {

enum class Severity : unsigned char { warning, error };
std::string_view severity_name(Severity severity);

struct DiagnosticText {
    std::string_view id;
    Severity severity;
    std::string_view cure;    // one sentence
    bool of_plugins = false;  // only a driver in a shared object can earn it
};

std::span<const DiagnosticText> all_diagnostics();
// Null for an id that is not known.
const DiagnosticText* find_diagnostic(std::string_view id);

}  // namespace mmsim
