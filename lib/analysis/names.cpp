// SPDX-License-Identifier: GPL-2.0-or-later
#include "analysis/names.h"

#include <array>
#include <type_traits>

#include <spdlog/fmt/fmt.h>

#include "analysis/findings.h"

namespace mmsim {

std::string_view action_type_name(ActionType type) {
    switch (type) {
        case ActionType::nothing:
            return "nothing";
        case ActionType::remap:
            return "remap";
        case ActionType::ioremap:
            return "ioremap";
        case ActionType::simple_ioremap:
            return "simple_ioremap";
        case ActionType::map_kernel_pages:
            return "map_kernel_pages";
    }
    return {};
}

std::string_view leak_kind_name(LeakKind kind) {
    switch (kind) {
        case LeakKind::reference:
            return "reference";
        case LeakKind::commit:
            return "commit";
        case LeakKind::locked:
            return "locked";
        case LeakKind::file:
            return "file";
        case LeakKind::memory:
            return "memory";
    }
    return {};
}

std::string leak_amount_text(std::string_view kind, std::int64_t count) {
    std::string text = std::to_string(count);
    const bool commit = kind == leak_kind_name(LeakKind::commit);
    if (!commit && kind != leak_kind_name(LeakKind::locked)) {
        text += ' ';
        text += kind;
        return text;
    }
    text += count == 1 ? " page of " : " pages of ";
    text += commit ? "commit charge" : "locked memory";
    return text;
}

std::string_view leak_cause_name(const Leaked& leaked) {
    switch (leaked.cause) {
        case LeakCause::point:
            break;
        case LeakCause::merge:
            return "merge";
        case LeakCause::unmap:
            return "unmap";
        case LeakCause::close:
            return "close";
        case LeakCause::stacked:
            return "stacked";
        case LeakCause::growth:
            return "growth";
        case LeakCause::dontunmap:
            return "dontunmap";
    }
    return fail_point_name(leaked.point);
}

namespace {

std::string_view mlock_name(MlockKind kind) {
    switch (kind) {
        case MlockKind::mlock:
            return "mlock";
        case MlockKind::mlock2:
            return "mlock2";
        case MlockKind::munlock:
            return "munlock";
    }
    return {};
}

std::string_view clone_name(CloneKind kind) {
    switch (kind) {
        case CloneKind::fork:
            return "fork";
        case CloneKind::vfork:
            return "vfork";
        case CloneKind::clone:
            return "clone";
    }
    return {};
}

struct CallName {
    std::string_view operator()(const MmapCall&) const { return "mmap"; }
    std::string_view operator()(const MunmapCall&) const { return "munmap"; }
    std::string_view operator()(const MprotectCall& call) const {
        return call.pkey ? "pkey_mprotect" : "mprotect";
    }
    std::string_view operator()(const MremapCall&) const { return "mremap"; }
    std::string_view operator()(const BrkCall&) const { return "brk"; }
    std::string_view operator()(const MadviseCall& call) const {
        return call.process ? "process_madvise" : "madvise";
    }
    std::string_view operator()(const MlockCall& call) const { return mlock_name(call.kind); }
    std::string_view operator()(const MlockallCall&) const { return "mlockall"; }
    std::string_view operator()(const MunlockallCall&) const { return "munlockall"; }
    std::string_view operator()(const MsealCall&) const { return "mseal"; }
    std::string_view operator()(const PrctlSetVmaCall&) const { return "prctl_set_vma"; }
    std::string_view operator()(const SetSwitchCall& call) const { return switch_op(call.which); }
    std::string_view operator()(const MbindCall&) const { return "mbind"; }
    std::string_view operator()(const ShmgetCall&) const { return "shmget"; }
    std::string_view operator()(const ShmatCall&) const { return "shmat"; }
    std::string_view operator()(const ShmdtCall&) const { return "shmdt"; }
    std::string_view operator()(const RemapFilePagesCall&) const { return "remap_file_pages"; }
    std::string_view operator()(const ShadowStackCall&) const { return "map_shadow_stack"; }
    std::string_view operator()(const CloneCall& call) const { return clone_name(call.kind); }
    std::string_view operator()(const ExecveCall&) const { return "execve"; }
    std::string_view operator()(const ExitCall&) const { return "exit"; }
    std::string_view operator()(const OpenCall&) const { return "open"; }
    std::string_view operator()(const CloseCall&) const { return "close"; }
    std::string_view operator()(const DupCall&) const { return "dup"; }
    std::string_view operator()(const UnlinkCall& call) const {
        return call.now.empty() ? "unlink" : "rename";
    }
    std::string_view operator()(const ChdirCall&) const { return "chdir"; }
    std::string_view operator()(const SealCall&) const { return "seal"; }
    std::string_view operator()(const UffdCall& call) const { return uffd_op(call.request); }
    std::string_view operator()(const SetrlimitCall&) const { return "setrlimit"; }
    std::string_view operator()(const TouchCall&) const { return "touch"; }
};

}  // namespace

std::string_view call_name(const TraceCall& call) { return std::visit(CallName{}, call); }

std::string DivergenceFinding::recorded_text() const {
    return known ? result_text(recorded, recorded_error, address) : "?";
}
std::string DivergenceFinding::simulated_text() const {
    return result_text(simulated, simulated_error, address);
}

std::string result_text(std::int64_t value, Errno error, bool address) {
    if (error != Errno::ok) {
        const auto name = errno_name(error);
        return name.empty() ? fmt::format("errno {}", static_cast<unsigned>(error))
                            : std::string(name);
    }
    if (address) return fmt::format("{:#x}", static_cast<std::uint64_t>(value));
    return fmt::format("{}", value);
}

}  // namespace mmsim
