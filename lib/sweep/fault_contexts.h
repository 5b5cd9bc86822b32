// SPDX-License-Identifier: GPL-2.0-or-later
// The contexts in which a driver's mappings are made to fail: what lies beside the request, what
// lies under it, which way it comes to the driver, and how it asks.
//
// A context is a short trace: records that set the scene and one that is swept. Both are made for
// the sweep and for the trace that is saved, so that one shows what the other found.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trace/trace_header.h"
#include "trace/trace_record.h"

namespace mmsim {

enum class Neighbours : std::uint8_t {
    none,
    left,
    right,
    both,
    both_faulted,  // both, each with an anon_vma of its own
    closing,       // the next one is of a driver with close
};
inline constexpr std::size_t kNeighbours = static_cast<std::size_t>(Neighbours::closing) + 1;

enum class Placement : std::uint8_t {
    fresh,       // nothing lies there
    over_one,    // MAP_FIXED over one VMA, exactly
    over_part,   // over a part of one
    over_three,  // over three
};
inline constexpr std::size_t kPlacements = static_cast<std::size_t>(Placement::over_three) + 1;

enum class Route : std::uint8_t {
    direct,   // the driver's own file
    compat,   // an old hook hands the mapping on: the compatibility layer
    stacked,  // a stacked file, of which the mapping is another
    behind,   // an old hook hands it on with an offset far behind what is asked for otherwise
    wraps,    // with one where offset + length, in bytes, does not fit in 64 bits
};
inline constexpr std::size_t kRoutes = static_cast<std::size_t>(Route::wraps) + 1;

enum class Access : std::uint8_t {
    shared,
    private_,
    read_only,  // shared, without PROT_WRITE
    closed,     // the same of a file that is open for reading alone
};
inline constexpr std::size_t kAccesses = static_cast<std::size_t>(Access::closed) + 1;

// The swept call: the mapping itself, or one on a mapping that is there.
enum class SweptOp : std::uint8_t { mmap, munmap, mprotect, mremap, fork };

// How much is mapped and from where, in pages. Drivers want different requests.
struct RequestShape {
    std::uint64_t pages = 4;
    std::uint64_t offset = 4;

    friend bool operator==(const RequestShape&, const RequestShape&) = default;
};

struct FaultContext {
    SweptOp op = SweptOp::mmap;
    Neighbours neighbours{};
    Placement placement{};
    Route route{};
    Access access{};
    RequestShape shape = {};

    // "left,over_one,direct,shared,4@4"; "munmap,direct,shared,4@4" for calls on a mapping.
    std::string name() const;
    // What it is a part of in a table: "over_one", "munmap", "sizes".
    std::string_view group() const;
};

// The shapes that drivers are asked for, most wanted first.
std::span<const RequestShape> request_shapes();

// From the smallest on. `main`: the shape that the driver likes best for an access, of which every
// context is there; of the others a few, of `closed`, and of offsets that wrap.
std::vector<FaultContext> all_contexts(const RequestShape (&main)[kAccesses]);

// What only differs in its offset, which comes to the driver by that route.
FaultContext offset_context(Route route, Access access);

struct ContextScript {
    std::vector<TraceRecord> scene;
    TraceRecord call;
};
// Names of files are those of context_header().
ContextScript script_of(const FaultContext& context);

// Files and drivers of all contexts with that access. The swept driver serves the file "dev".
TraceHeader context_header(std::string_view driver, std::string_view kernel, Access access);

// A driver of the scene, where `swept` is the one that is swept.
bool is_helper_driver(std::string_view name, std::string_view swept);

// The context as a trace. `fail`: what is made to fail in it, if anything.
std::string context_trace(const FaultContext& context, const TraceHeader& header,
                          const std::optional<RecordFail>& fail);

}  // namespace mmsim
