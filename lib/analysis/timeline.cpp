// SPDX-License-Identifier: GPL-2.0-or-later
#include "analysis/timeline.h"

namespace mmsim {

namespace {

Timeline::Span joined(const Timeline::Span& a, const Timeline::Span& b) {
    return {std::min(a.min, b.min), std::max(a.max, b.max), b.last};
}

}  // namespace

void Timeline::begin(std::uint64_t event, const Sample& sample) {
    if (buckets_.size() == kBuckets) {
        halve();
        if (!begins_bucket(event)) return add(event, sample);
    }
    Bucket bucket;
    bucket.event = event;
    bucket.vmas = {sample.vmas, sample.vmas, sample.vmas};
    bucket.committed = {sample.committed, sample.committed, sample.committed};
    bucket.largest = sample.largest;
    if (sample.failed) note_failed(bucket, event);
    buckets_.push_back(bucket);
    end_ = event + width_;
}

void Timeline::halve() {
    for (std::size_t i = 0; i < kBuckets / 2; ++i) {
        Bucket bucket = buckets_[2 * i];
        const Bucket& next = buckets_[2 * i + 1];
        bucket.vmas = joined(bucket.vmas, next.vmas);
        bucket.committed = joined(bucket.committed, next.committed);
        bucket.largest = std::max(bucket.largest, next.largest);
        if (bucket.failed == 0) bucket.first_failed = next.first_failed;
        bucket.failed += next.failed;
        buckets_[i] = bucket;
    }
    buckets_.resize(kBuckets / 2);
    width_ *= 2;
    end_ = buckets_.back().event + width_;
}

}  // namespace mmsim
