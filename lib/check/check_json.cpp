// SPDX-License-Identifier: GPL-2.0-or-later
#include <ostream>
#include <utility>

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

#include "base/input_error.h"
#include "check/check_report.h"
#include "report/json_stream.h"

namespace mmsim {

namespace {

using Json = nlohmann::ordered_json;

// Paths may hold any byte; JSON is UTF-8.
std::string check_dump(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json result_json(const CheckResult& result) {
    Json json = {{"number", result.number},
                 {"trace", result.path},
                 {"status", check_status_name(result.status)},
                 {"events", result.events}};
    if (!result.problems.empty()) json["problems"] = result.problems;
    if (!result.closer.empty()) json["look_closer"] = result.closer;
    return json;
}

// Takes a saved report apart, and says where it is not one.
class SavedCheck {
public:
    SavedCheck(std::string_view json, const std::string& name)
        : name_(name), json_(Json::parse(json, nullptr, false)) {
        if (json_.is_discarded()) refuse("", "not well-formed JSON");
        if (!json_.is_object() || json_.value("mmsim_check", Json()) != 1) {
            refuse("", "not a report of mmsim check");
        }
    }

    CheckReport report() const {
        CheckReport report;
        report.corpus = number(json_, "corpus");
        report.planned = number(json_, "traces");
        if (json_.contains("shard")) report.shard = parse_shard(text(json_, "shard"));
        report.interrupted = json_.value("interrupted", Json()) == true;
        for (const Json& entry : list(json_, "results")) {
            if (!entry.is_object()) refuse("results", "expected objects");
            report.results.push_back(result(entry));
        }
        return report;
    }

private:
    [[noreturn]] void refuse(const std::string& key, const std::string& what) const {
        throw InputError(name_ + ": " + (key.empty() ? "" : key + ": ") + what);
    }
    std::uint64_t number(const Json& object, const char* key) const {
        const Json value = object.value(key, Json());
        if (!value.is_number_unsigned()) refuse(key, "expected a number");
        return value.get<std::uint64_t>();
    }
    std::string text(const Json& object, const char* key) const {
        const Json value = object.value(key, Json());
        if (!value.is_string()) refuse(key, "expected a string");
        return value.get<std::string>();
    }
    Json list(const Json& object, const char* key) const {
        Json value = object.value(key, Json());
        if (!value.is_array()) refuse(key, "expected a list");
        return value;
    }

    CheckStatus status(const Json& entry) const {
        const std::string name = text(entry, "status");
        for (std::size_t i = 0; i < kCheckStatuses; ++i) {
            const auto status = static_cast<CheckStatus>(i);
            if (check_status_name(status) == name) return status;
        }
        refuse("status", "there is no '" + name + "'");
    }

    CheckResult result(const Json& entry) const {
        CheckResult result{number(entry, "number"),
                           text(entry, "trace"),
                           status(entry),
                           number(entry, "events"),
                           {},
                           {}};
        if (entry.contains("problems")) {
            for (const Json& problem : list(entry, "problems")) {
                if (!problem.is_string()) refuse("problems", "expected strings");
                result.problems.push_back(problem.get<std::string>());
            }
        }
        if (entry.contains("look_closer")) result.closer = text(entry, "look_closer");
        return result;
    }

    const std::string& name_;
    Json json_;
};

}  // namespace

void write_check_json(std::ostream& out, const CheckReport& report) {
    JsonStream json(out);
    json.open("", '{');
    json.value("mmsim_check", "1");
    json.value("corpus", std::to_string(report.corpus));
    if (!report.shard.whole()) json.value("shard", check_dump(shard_text(report.shard)));
    json.value("traces", std::to_string(report.planned));
    if (report.interrupted) json.value("interrupted", "true");
    json.value("events", std::to_string(report.events()));
    for (std::size_t i = 0; i < kCheckStatuses; ++i) {
        const auto status = static_cast<CheckStatus>(i);
        json.value(check_status_name(status), std::to_string(report.count(status)));
    }
    json.open("results", '[');
    for (const CheckResult& result : report.results)
        json.value("", check_dump(result_json(result)));
    json.close(']');
    json.close('}');
}

CheckReport parse_check_json(std::string_view json, const std::string& name) {
    return SavedCheck(json, name).report();
}

}  // namespace mmsim
