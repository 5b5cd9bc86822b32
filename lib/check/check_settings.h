// SPDX-License-Identifier: GPL-2.0-or-later
// mmsim-check.json: what a folder of traces is checked with and held to.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "check/threshold.h"
#include "mm/profile.h"

namespace mmsim {

inline constexpr const char* kCheckSettingsName = "mmsim-check.json";

struct CheckSettings {
    std::optional<KernelVersion> kernel;  // of traces that name none
    std::vector<Threshold> fail_on;       // relative ones are held against the expectation
};

// `name` stands in messages. Throws InputError for what is not well formed.
CheckSettings parse_check_settings(const std::string& json, const std::string& name);

// The settings of traces: those of the nearest folder upwards that has some. Each file is read
// once.
class SettingsOfFolders {
public:
    // Never null. Throws InputError as parse_check_settings() does.
    std::shared_ptr<const CheckSettings> of_trace(const std::string& path);

private:
    std::shared_ptr<const CheckSettings> of_folder(const std::string& folder);

    std::map<std::string, std::shared_ptr<const CheckSettings>> known_;
};

}  // namespace mmsim
