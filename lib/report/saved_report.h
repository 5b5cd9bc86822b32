// SPDX-License-Identifier: GPL-2.0-or-later
// A JSON report that was written earlier, read back: what a comparison needs of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/findings.h"
#include "report/numbers.h"
#include "trace/maps_text.h"

namespace mmsim {

struct SavedProcess {
    std::int64_t pid = 0;
    std::vector<MapsEntry> vmas;  // vm_flags are there; device and inode are not known
};

struct SavedFailure {
    Place place;
    std::string op, error;  // "mmap", "ENOMEM"
};

struct SavedReport {
    std::string trace, title, kernel, hook, page_faults, addresses;
    std::uint64_t max_map_count = 0;
    std::uint64_t events = 0;
    Numbers numbers;
    std::vector<SavedProcess> processes;
    std::vector<SavedFailure> failures;
    bool all_failures = true;  // false: the list was cut
    std::string json;          // all of it
};

struct SavedReports {
    std::vector<SavedReport> reports;
    bool array = false;  // the file holds an array, of one report for each kernel
};

// `name` stands in messages. Throws InputError that names it and the key that is not as it should
// be: "a.json: processes[0].vmas[3].start: expected an address". Keys it does not know are no
// error.
SavedReports parse_saved_reports(std::string_view json, const std::string& name);
// The same from a file, packed or not.
SavedReports read_saved_reports(const std::string& path);

}  // namespace mmsim
