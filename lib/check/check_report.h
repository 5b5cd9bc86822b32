// SPDX-License-Identifier: GPL-2.0-or-later
// What a check of a corpus comes to, in all the forms it is written in and the one it is read
// back from (docs/check.schema.json).
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "check/check_trace.h"
#include "check/corpus.h"
#include "report/test_results.h"

namespace mmsim {

struct CheckReport {
    std::uint64_t corpus = 0;  // traces in all parts of the corpus
    Shard shard;
    std::uint64_t planned = 0;  // traces in this part
    bool interrupted = false;   // then there are results of some of them only
    std::vector<CheckResult> results;

    std::uint64_t count(CheckStatus status) const;
    std::uint64_t events() const;
    bool failed() const;
};

// For people: a result, and the last line.
std::string result_text(const CheckResult& result);
std::string summary_text(const CheckReport& report);
// "interrupted after 3 of 84 traces". REQUIRES: it was
std::string interruption_text(const CheckReport& report);

TestResults test_results(const CheckReport& report);

void write_check_json(std::ostream& out, const CheckReport& report);
// `name` stands in messages. Throws InputError that names it and the key that is not as it should
// be.
CheckReport parse_check_json(std::string_view json, const std::string& name);

struct NamedCheckReport {
    std::string name;  // the file, for messages
    CheckReport report;
};

// All shards of one run as the whole that they are; or runs without shards, one after the other.
// Throws InputError for a shard that is missing or there twice, for a mixture of both kinds, and
// for shards of different corpora.
CheckReport merge_check_reports(std::vector<NamedCheckReport> parts);

}  // namespace mmsim
