// SPDX-License-Identifier: GPL-2.0-or-later
// One input for several replays that go step by step together: it is read once, whatever their
// number, also from a pipe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "trace/trace_reader.h"

namespace mmsim {

class SharedReader {
public:
    // REQUIRES: reader outlives it
    SharedReader(TraceReader& reader, std::size_t replays);
    ~SharedReader();
    SharedReader(const SharedReader&) = delete;
    SharedReader& operator=(const SharedReader&) = delete;

    // What the i-th replay reads from. A record stays until some replay asks for the one after it.
    // REQUIRES: every replay takes each record before one of them takes the next
    TraceReader& of(std::size_t i);

private:
    class Part;
    const TraceRecord* take(std::uint64_t& taken);
    bool has_touch();

    TraceReader& reader_;
    const TraceRecord* current_ = nullptr;
    std::uint64_t read_ = 0;  // records that were asked for, with the end
    std::optional<bool> has_touch_;
    std::vector<std::unique_ptr<Part>> parts_;
};

}  // namespace mmsim
