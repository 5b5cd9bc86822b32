// SPDX-License-Identifier: GPL-2.0-or-later
// Recorded cases, wherever they are kept: folders, compressed files, tar archives.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mmsim::cases {

// One case: what belongs to it, by file name.
struct Case {
    std::string group;  // the folder it is in: "live"
    std::string name;   // "cat_maps", "003"
    std::map<std::string, std::string> files;

    // The contents of a file; empty when the case has no such file.
    std::string_view file(const std::string& name_in) const;
};

// Every case below a folder, in the order of their names. A folder with a trace.strace is a case of
// the live kind (with limits.json from the folder above), X.json beside X.out one of the pipeline
// kind, with the files "trace.json" and "out". Throws InputError for what cannot be read.
std::vector<Case> load_cases(const std::string& folder);

}  // namespace mmsim::cases
