// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/check_settings.h"

#include <filesystem>
#include <utility>

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

#include "base/input_error.h"
#include "trace/line_source.h"

namespace mmsim {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::vector<Threshold> parse_fail_on(const Json& list, const std::string& name) {
    if (!list.is_array()) throw InputError(name + ": 'fail_on' must be a list of thresholds");
    std::vector<Threshold> thresholds;
    for (const Json& text : list) {
        if (!text.is_string()) throw InputError(name + ": 'fail_on' holds what is no string");
        thresholds.push_back(parse_threshold(text.get<std::string>()));
    }
    require_usable(thresholds, Baseline::old_side);
    return thresholds;
}

KernelVersion parse_kernel_name(const Json& kernel, const std::string& name) {
    const auto version =
        kernel.is_string() ? kernel_version_from_name(kernel.get<std::string>()) : std::nullopt;
    if (!version) {
        throw InputError(
            fmt::format("{}: there is no kernel '{}'", name,
                        kernel.is_string() ? kernel.get<std::string>() : kernel.dump()));
    }
    return *version;
}

}  // namespace

CheckSettings parse_check_settings(const std::string& json, const std::string& name) {
    const Json object = Json::parse(json, nullptr, false);
    if (object.is_discarded()) throw InputError(name + ": not well-formed JSON");
    if (!object.is_object()) throw InputError(name + ": expected an object");
    CheckSettings settings;
    for (const auto& [key, value] : object.items()) {
        if (key == "kernel") {
            settings.kernel = parse_kernel_name(value, name);
        } else if (key == "fail_on") {
            try {
                settings.fail_on = parse_fail_on(value, name);
            } catch (const InputError& error) {
                const std::string what = error.what();
                throw InputError(what.starts_with(name) ? what : fmt::format("{}: {}", name, what));
            }
        } else {
            throw InputError(
                fmt::format("{}: unknown key '{}'; there are kernel and fail_on", name, key));
        }
    }
    return settings;
}

std::shared_ptr<const CheckSettings> SettingsOfFolders::of_trace(const std::string& path) {
    std::error_code error;
    const fs::path absolute = fs::absolute(path, error);
    return of_folder((error ? fs::path(path) : absolute).lexically_normal().parent_path().string());
}

std::shared_ptr<const CheckSettings> SettingsOfFolders::of_folder(const std::string& folder) {
    if (const auto known = known_.find(folder); known != known_.end()) return known->second;
    std::shared_ptr<const CheckSettings> settings;
    std::error_code error;
    const fs::path file = fs::path(folder) / kCheckSettingsName;
    const std::string parent = fs::path(folder).parent_path().string();
    if (fs::exists(file, error)) {
        settings = std::make_shared<CheckSettings>(
            parse_check_settings(read_whole(file.string()), file.string()));
    } else if (parent != folder && !parent.empty()) {
        settings = of_folder(parent);
    } else {
        settings = std::make_shared<CheckSettings>();
    }
    known_.emplace(folder, settings);
    return settings;
}

}  // namespace mmsim
