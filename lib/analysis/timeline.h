// SPDX-License-Identifier: GPL-2.0-or-later
// How the VMA count and the commit charge went over a run, in a size that does not grow with it.
//
// The events lie in at most kBuckets buckets of equal width. When those are full, neighbours are
// joined and the width doubles, so a bucket says of all its events together what one of them alone
// would say: lowest, highest and last value.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace mmsim {

class Timeline {
public:
    static constexpr std::size_t kBuckets = 512;

    struct Span {
        std::uint64_t min = 0, max = 0, last = 0;

        bool operator==(const Span&) const = default;
    };
    struct Bucket {
        std::uint64_t event = 0;         // its first one
        Span vmas;                       // of all address spaces together
        std::uint64_t largest = 0;       // the most VMAs that one address space had
        Span committed;                  // pages, system wide
        std::uint64_t failed = 0;        // calls that failed
        std::uint64_t first_failed = 0;  // the event of the first of them; 0: none
    };
    struct Sample {
        std::uint64_t vmas = 0;
        std::uint64_t largest = 0;  // of the address space that the event changed
        std::uint64_t committed = 0;
        bool failed = false;
    };

    // Whether `event` begins a bucket: then it needs to know the largest of all address spaces.
    bool begins_bucket(std::uint64_t event) const { return event >= end_; }

    // REQUIRES: events come in ascending order, and no event is left out
    void add(std::uint64_t event, const Sample& sample) {
        if (begins_bucket(event)) return begin(event, sample);
        Bucket& bucket = buckets_.back();
        extend(bucket.vmas, sample.vmas);
        extend(bucket.committed, sample.committed);
        if (sample.largest > bucket.largest) bucket.largest = sample.largest;
        if (sample.failed) [[unlikely]]
            note_failed(bucket, event);
    }

    std::uint64_t width() const { return width_; }  // events in a bucket
    const std::vector<Bucket>& buckets() const { return buckets_; }

private:
    static void extend(Span& span, std::uint64_t value) {
        if (value < span.min) span.min = value;
        if (value > span.max) span.max = value;
        span.last = value;
    }
    static void note_failed(Bucket& bucket, std::uint64_t event) {
        if (bucket.failed++ == 0) bucket.first_failed = event;
    }
    void begin(std::uint64_t event, const Sample& sample);
    void halve();

    std::uint64_t width_ = 1;
    std::uint64_t end_ = 0;  // the first event behind the last bucket
    std::vector<Bucket> buckets_;
};

}  // namespace mmsim
