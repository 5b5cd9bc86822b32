// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/shared_reader.h"

#include "base/assert.h"

namespace mmsim {

class SharedReader::Part : public TraceReader {
public:
    explicit Part(SharedReader& shared) : shared_(shared) {}

    const TraceRecord* next() override { return shared_.take(taken_); }
    bool has_touch() override { return shared_.has_touch(); }
    const TraceHeader& header() const override { return shared_.reader_.header(); }
    std::vector<CloneInFlight> clones_in_flight() const override {
        return shared_.reader_.clones_in_flight();
    }
    std::string place() const override { return shared_.reader_.place(); }
    const ReadSummary& summary() const override { return shared_.reader_.summary(); }
    TraceFormat format() const override { return shared_.reader_.format(); }

private:
    SharedReader& shared_;
    std::uint64_t taken_ = 0;
};

SharedReader::SharedReader(TraceReader& reader, std::size_t replays) : reader_(reader) {
    for (std::size_t i = 0; i < replays; ++i) parts_.push_back(std::make_unique<Part>(*this));
}

SharedReader::~SharedReader() = default;

TraceReader& SharedReader::of(std::size_t i) { return *parts_[i]; }

const TraceRecord* SharedReader::take(std::uint64_t& taken) {
    if (taken == read_) {
        current_ = reader_.next();
        ++read_;
    }
    ++taken;
    MMSIM_ASSERT(taken == read_);
    return current_;
}

// Looks through the whole input, so once is enough.
bool SharedReader::has_touch() {
    if (!has_touch_) has_touch_ = reader_.has_touch();
    return *has_touch_;
}

}  // namespace mmsim
