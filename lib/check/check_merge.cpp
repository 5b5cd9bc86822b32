// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <set>
#include <utility>

#include <spdlog/fmt/fmt.h>

#include "base/input_error.h"
#include "check/check_report.h"

namespace mmsim {

namespace {

void require_all_shards(const std::vector<NamedCheckReport>& parts) {
    const NamedCheckReport& first = parts.front();
    std::set<std::uint64_t> there;
    for (const auto& [name, report] : parts) {
        const Shard shard = report.shard;
        if (shard.count != first.report.shard.count || report.corpus != first.report.corpus) {
            throw InputError(fmt::format(
                "{} is shard {} of {} traces and {} is shard {} of {}: no parts of one whole",
                first.name, shard_text(first.report.shard), first.report.corpus, name,
                shard_text(shard), report.corpus));
        }
        if (!there.insert(shard.index).second) {
            throw InputError(fmt::format("{}: shard {} is there twice", name, shard_text(shard)));
        }
    }
    for (std::uint64_t index = 1; index <= first.report.shard.count; ++index) {
        if (!there.contains(index)) {
            throw InputError(
                fmt::format("shard {} is missing", shard_text({index, first.report.shard.count})));
        }
    }
}

CheckReport merged_shards(std::vector<NamedCheckReport> parts) {
    require_all_shards(parts);
    CheckReport whole;
    whole.corpus = parts.front().report.corpus;
    for (auto& [name, report] : parts) {
        whole.planned += report.planned;
        whole.interrupted |= report.interrupted;
        std::ranges::move(report.results, std::back_inserter(whole.results));
    }
    std::ranges::stable_sort(whole.results, {}, &CheckResult::number);
    const auto twice = std::ranges::adjacent_find(whole.results, {}, &CheckResult::number);
    if (twice != whole.results.end() || whole.planned != whole.corpus) {
        throw InputError("the shards were made of different corpora: together they are not the " +
                         std::to_string(whole.corpus) + " traces that each speaks of");
    }
    return whole;
}

CheckReport joined_runs(std::vector<NamedCheckReport> parts) {
    CheckReport all;
    for (auto& [name, report] : parts) {
        for (CheckResult& result : report.results) {
            result.number += all.corpus;
            all.results.push_back(std::move(result));
        }
        all.corpus += report.corpus;
        all.planned += report.planned;
        all.interrupted |= report.interrupted;
    }
    return all;
}

}  // namespace

CheckReport merge_check_reports(std::vector<NamedCheckReport> parts) {
    const auto whole = [](const NamedCheckReport& part) { return part.report.shard.whole(); };
    if (std::ranges::all_of(parts, whole)) return joined_runs(std::move(parts));
    if (const auto mixed = std::ranges::find_if(parts, whole); mixed != parts.end()) {
        throw InputError(mixed->name + ": no shard, and others are");
    }
    return merged_shards(std::move(parts));
}

}  // namespace mmsim
