// SPDX-License-Identifier: GPL-2.0-or-later
#include "sweep/fault_cures.h"

#include <cstdlib>

#include <spdlog/fmt/fmt.h>

#include "analysis/diagnostics.h"
#include "analysis/names.h"

namespace mmsim {

bool is_kernels(LeakKind kind) { return kind != LeakKind::reference && kind != LeakKind::memory; }

std::string unreturned_name(const Unreturned& what) {
    return what.kind == LeakKind::reference ? what.reference
                                            : std::string(leak_kind_name(what.kind));
}

std::string unreturned_text(const Unreturned& what, const World& world) {
    const std::int64_t count = std::abs(what.count);
    const char* const s = count == 1 ? "" : "s";
    const bool leaked = what.count > 0;
    switch (what.kind) {
        case LeakKind::reference:
            return leaked ? fmt::format("{} x {} is never given back", count, what.reference)
                          : fmt::format("{} x {} is given back that was not taken", count,
                                        what.reference);
        case LeakKind::commit:
            return leaked ? fmt::format("{} page{} stay charged for ever", count, s)
                          : fmt::format("{} page{} are uncharged twice", count, s);
        case LeakKind::locked:
            return leaked ? fmt::format("{} page{} stay counted as locked", count, s)
                          : fmt::format("{} locked page{} are not counted", count, s);
        case LeakKind::file: {
            const std::string& path = world.files[what.file.index].path;
            return leaked ? fmt::format("{} reference{} on {} stay for ever", count, s, path)
                          : fmt::format("{} reference{} on {} too few", count, s, path);
        }
        case LeakKind::memory:
            return fmt::format("{} x allocated memory is never freed", count);
    }
    return {};
}

std::string_view unreturned_cure(const Unreturned& what, std::optional<FailPoint> point) {
    if (what.kind == LeakKind::memory) return "Free what the hook allocated where it fails.";
    if (is_kernels(what.kind)) {
        return "None in a driver: this kernel version does not give it back. See what is left of "
               "it with --fixed-accounting.";
    }
    if (what.count > 0) {
        return "Take the reference in vm_ops->mapped, or where there is none in mmap: earlier "
               "hooks also run for mappings that merge or fail later, and those never reach close.";
    }
    if (point) {
        return "Let close cope with a mapping whose mapped hook did not succeed: it runs on that "
               "one too when the action or the hook fails.";
    }
    return "Take the reference once more in open: every copy of a mapping is closed by itself.";
}

// Warnings say how a driver should be written, not what it loses: who writes one wants to know, of
// those that come with the kernel it is known.
bool is_finding(std::string_view diagnostic, const Driver& driver) {
    if (!driver.in_tree()) return true;
    const DiagnosticText* text = find_diagnostic(diagnostic);
    const bool exploitable = diagnostic == "mprotect-writable";
    return exploitable || (text != nullptr && text->severity == Severity::error);
}

}  // namespace mmsim
