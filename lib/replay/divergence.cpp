// SPDX-License-Identifier: GPL-2.0-or-later
#include "replay/divergence.h"

#include "replay/calls.h"

namespace mmsim {
namespace {

bool brk_failed(const BrkCall& call, std::int64_t value) {
    return call.addr != 0 && static_cast<std::uint64_t>(value) != call.addr;
}

}  // namespace

std::string_view divergence_kind_name(DivergenceKind kind) {
    switch (kind) {
        case DivergenceKind::result:
            return "result";
        case DivergenceKind::not_applied:
            return "not_applied";
        case DivergenceKind::forced:
            return "forced";
        case DivergenceKind::external:
            return "external";
        case DivergenceKind::address:
            return "address";
        case DivergenceKind::layout:
            return "layout";
    }
    return {};
}

bool recorded_failure(const TraceRecord& record) {
    if (!record.recorded.known) return false;
    if (record.recorded.error != Errno::ok) return true;
    const auto* brk = std::get_if<BrkCall>(&record.call);
    return brk != nullptr && brk_failed(*brk, record.recorded.value);
}

bool recorded_success(const TraceRecord& record) {
    return record.recorded.known && !recorded_failure(record);
}

bool simulated_failure(const TraceRecord& record, const Outcome& outcome) {
    if (outcome.error != Errno::ok) return true;
    const auto* brk = std::get_if<BrkCall>(&record.call);
    return brk != nullptr && brk_failed(*brk, outcome.value);
}

bool is_external(Errno error) {
    switch (error) {
        case Errno::ebadf:
        case Errno::enodev:
        case Errno::eacces:
        case Errno::eperm:
        case Errno::eagain:
        case Errno::enomem:
        case Errno::eopnotsupp:
        case Errno::etxtbsy:
        case Errno::eintr:
            return true;
        default:
            return false;
    }
}

std::optional<DivergenceKind> compare(const TraceRecord& record, const Outcome& simulated,
                                      Addresses addresses) {
    const Recorded& recorded = record.recorded;
    if (!recorded.known) return std::nullopt;
    const bool failed = simulated_failure(record, simulated);
    if (recorded_failure(record)) {
        const bool external = is_external(recorded.error);
        if (!failed) return external ? DivergenceKind::external : DivergenceKind::not_applied;
        if (recorded.error == simulated.error && recorded.value == simulated.value) return {};
        return external ? DivergenceKind::external : DivergenceKind::result;
    }
    if (failed) return DivergenceKind::forced;
    const bool brk = std::holds_alternative<BrkCall>(record.call);
    if (!brk && !returns_address(record.call)) return std::nullopt;
    if (recorded.value == simulated.value) return std::nullopt;
    return brk || addresses == Addresses::recorded ? DivergenceKind::result
                                                   : DivergenceKind::address;
}

}  // namespace mmsim
