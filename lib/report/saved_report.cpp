// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/saved_report.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

#include "base/input_error.h"
#include "base/page.h"
#include "report/number_paths.h"
#include "trace/c_number.h"
#include "trace/line_source.h"

namespace mmsim {

namespace {

using SavedJson = nlohmann::json;

constexpr std::size_t kLongestReport = std::size_t{1} << 30;

// A value and the way to it, for messages.
class Field {
public:
    Field(const SavedJson& value, const std::string& file, std::string path)
        : value_(value), file_(file), path_(std::move(path)) {}

    [[noreturn]] void refuse(std::string_view what) const {
        throw InputError(fmt::format("{}: {}{}{}", file_, path_, path_.empty() ? "" : ": ", what));
    }
    bool has(const char* key) const { return value_.contains(key); }
    Field operator[](const char* key) const {
        object();
        const auto found = value_.find(key);
        if (found == value_.end()) refuse(fmt::format("the key '{}' is missing", key));
        return {*found, file_, path_.empty() ? key : path_ + "." + key};
    }
    const SavedJson& object() const {
        if (!value_.is_object()) refuse("expected an object");
        return value_;
    }
    std::vector<Field> list() const {
        if (!value_.is_array()) refuse("expected an array");
        std::vector<Field> fields;
        for (std::size_t i = 0; i < value_.size(); ++i) {
            fields.emplace_back(value_[i], file_, fmt::format("{}[{}]", path_, i));
        }
        return fields;
    }
    std::string text() const {
        if (!value_.is_string()) refuse("expected a string");
        return value_.get<std::string>();
    }
    std::string text_or_null() const { return value_.is_null() ? std::string() : text(); }
    std::uint64_t count() const {
        if (!value_.is_number_unsigned()) refuse("expected a number from 0");
        return value_.get<std::uint64_t>();
    }
    std::int64_t whole() const {
        const bool fits = value_.is_number_integer() &&
                          (!value_.is_number_unsigned() || value_.get<std::uint64_t>() >> 63 == 0);
        if (!fits) refuse("expected a whole number");
        return value_.get<std::int64_t>();
    }
    std::uint64_t address() const {
        const auto number = value_.is_string() ? parse_c_number(text()) : std::nullopt;
        if (!number || !page_aligned(*number))
            refuse("expected an address like \"0x7f0000000000\"");
        return *number;
    }
    bool null() const { return value_.is_null(); }

private:
    const SavedJson& value_;
    const std::string& file_;
    std::string path_;
};

MapsEntry read_vma(const Field& vma) {
    MapsEntry entry;
    entry.start = vma["start"].address();
    entry.end = vma["end"].address();
    if (entry.start >= entry.end) vma["end"].refuse("lies not above start");
    std::vector<std::string>& codes = entry.vm_flags.emplace();
    for (const Field& code : vma["flags"].list()) codes.push_back(code.text());
    const auto has = [&](const char* code) { return std::ranges::count(codes, code) != 0; };
    entry.readable = has("rd");
    entry.writable = has("wr");
    entry.executable = has("ex");
    entry.shared = has("ms");
    const std::uint64_t pgoff = vma["pgoff"].count();
    // As maps does: an offset is one into a file.
    if (!vma["file"].null()) entry.offset = pgoff << kPageShift;
    entry.path = vma["name"].text_or_null();
    return entry;
}

SavedProcess read_process(const Field& field) {
    SavedProcess process;
    process.pid = field["pid"].whole();
    field["map_count"].count();
    std::uint64_t end = 0;
    for (const Field& vma : field["vmas"].list()) {
        process.vmas.push_back(read_vma(vma));
        if (process.vmas.back().start < end) vma["start"].refuse("lies in the mapping before it");
        end = process.vmas.back().end;
    }
    return process;
}

SavedFailure read_failure(const Field& field) {
    return {{field["event"].count(), field["line"].count(), field["pid"].whole()},
            field["op"].text(),
            field["errno"].text()};
}

SavedReport read_report(const Field& field) {
    const SavedJson& json = field.object();
    if (!field.has("mmsim_report")) {
        field.refuse("no report of mmsim: the key 'mmsim_report' is missing");
    }
    if (field["mmsim_report"].count() != 1) {
        field["mmsim_report"].refuse("this version of the format is not known");
    }
    SavedReport report;
    report.trace = field["trace"].text();
    if (field.has("title")) report.title = field["title"].text();
    report.kernel = field["kernel"].text();
    report.hook = field["hook"].text();
    report.page_faults = field["page_faults"].text();
    report.addresses = field["addresses"].text();
    report.max_map_count = field["max_map_count"].count();
    report.events = field["events"]["total"].count();
    field["events"]["failed"].count();
    field["fragmentation"]["vmas"].count();
    field["merges"].object();
    for (const Field& process : field["processes"].list()) {
        report.processes.push_back(read_process(process));
    }
    for (const Field& failure : field["failures"].list()) {
        report.failures.push_back(read_failure(failure));
    }
    report.all_failures = !field.has("truncated") || !field["truncated"].has("failures");
    for (const char* list : {"leaks", "diagnostics", "divergences"}) field[list].list();
    report.numbers = numbers_of_json(json);
    return report;
}

SavedJson parse_json(std::string_view text, const std::string& name) {
    try {
        return SavedJson::parse(text);
    } catch (const SavedJson::parse_error& error) {
        const std::string_view before = text.substr(0, error.byte == 0 ? 0 : error.byte - 1);
        const auto line = std::ranges::count(before, '\n') + 1;
        const auto column = before.size() - (before.rfind('\n') + 1) + 1;
        throw InputError(fmt::format("{}:{}:{}: this is no JSON", name, line, column));
    }
}

}  // namespace

SavedReports parse_saved_reports(std::string_view text, const std::string& name) {
    const SavedJson json = parse_json(text, name);
    const Field whole(json, name, "");
    SavedReports saved;
    saved.array = json.is_array();
    if (!saved.array) {
        saved.reports.push_back(read_report(whole));
        saved.reports[0].json = text;
        return saved;
    }
    for (const Field& report : whole.list()) {
        saved.reports.push_back(read_report(report));
        saved.reports.back().json = report.object().dump();
    }
    if (saved.reports.empty()) whole.refuse("there is no report in the array");
    return saved;
}

SavedReports read_saved_reports(const std::string& path) {
    return parse_saved_reports(read_whole(path, kLongestReport), input_name(path));
}

}  // namespace mmsim
