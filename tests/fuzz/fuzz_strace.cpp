// SPDX-License-Identifier: GPL-2.0-or-later
// strace text is never an error, whatever the bytes; and what records point to is there.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <variant>

#include "base/assert.h"
#include "trace/strace_reader.h"

namespace {

using namespace mmsim;  // NOLINT(google-build-using-namespace)

// Looks at every byte, for the sanitizer to see whether it may.
std::size_t touch(std::string_view text) {
    std::size_t sum = 0;
    for (const char c : text) sum += static_cast<unsigned char>(c);
    return sum;
}

template <typename Call>
std::size_t touch_call(const Call& call) {
    std::size_t sum = 0;
    if constexpr (requires { call.file; }) sum += touch(call.file.path);
    if constexpr (requires { call.program; }) sum += touch(call.program);
    if constexpr (std::is_same_v<Call, PrctlSetVmaCall>) sum += touch(call.name.value_or(""));
    return sum;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // Short lines are cut early on, so that this is seen as well.
    constexpr std::size_t kLongest = 4096;
    std::string bytes(reinterpret_cast<const char*>(data), size);
    const auto reader = make_strace_reader(
        std::make_unique<LineSource>(memory_bytes(std::move(bytes)), "fuzz", kLongest));
    std::size_t sum = 0;
    std::uint64_t line = 0;
    while (const TraceRecord* record = reader->next()) {
        MMSIM_ASSERT(record->line >= line);
        MMSIM_ASSERT(record->start_line >= 1 && record->start_line <= record->line);
        line = record->line;
        sum += std::visit([](const auto& call) { return touch_call(call); }, record->call);
        for (const std::string_view frame : record->stack) sum += touch(frame);
        for (const CloneInFlight& clone : reader->clones_in_flight()) sum += clone.call.flags;
    }
    const ReadSummary& summary = reader->summary();
    MMSIM_ASSERT(summary.lines >= line);
    MMSIM_ASSERT(summary.warnings <= 2 * summary.lines);
    MMSIM_ASSERT(summary.first_warnings.size() == (summary.warnings < 5 ? summary.warnings : 5));
    [[maybe_unused]] static volatile std::size_t sink = 0;  // so that no look is left out
    sink = sum;
    return 0;
}
