// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/threshold.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <sstream>

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

#include "base/input_error.h"
#include "report/json_report.h"

namespace mmsim {

namespace {

using Json = nlohmann::ordered_json;

struct Alias {
    std::string_view name, path;
};
constexpr std::array kAliases = {
    Alias{"total", "events.total"},
    Alias{"ok", "events.ok"},
    Alias{"failed", "events.failed"},
    Alias{"skipped", "events.skipped"},
    Alias{"diverged", "events.diverged"},
    Alias{"errors", "events.errors"},
    Alias{"vmas", "fragmentation.vmas"},
    Alias{"peak", "fragmentation.peak"},
    Alias{"mapped_bytes", "fragmentation.mapped_bytes"},
    Alias{"vmas_per_mib", "fragmentation.vmas_per_mib"},
    Alias{"huge_page_bytes", "fragmentation.huge_page_bytes"},
    Alias{"headroom", "fragmentation.headroom"},
    Alias{"boundaries", "fragmentation.boundaries"},
    Alias{"boundary_list", "fragmentation.boundary_list"},
    Alias{"gaps", "fragmentation.gaps"},
    Alias{"splits", "merges.splits"},
    Alias{"copied", "merges.copied"},
    Alias{"prevented", "merges.prevented"},
};

struct Operator {
    std::string_view text;
    Comparison comparison;
};
constexpr std::array kOperators = {
    // longer ones first
    Operator{">=", Comparison::greater_equal}, Operator{"<=", Comparison::less_equal},
    Operator{"==", Comparison::equal},         Operator{"!=", Comparison::not_equal},
    Operator{">", Comparison::greater},        Operator{"<", Comparison::less},
    Operator{"=", Comparison::equal},
};

[[noreturn]] void refuse(std::string_view text, std::size_t at, std::string_view what) {
    throw InputError(fmt::format("--fail-on '{}': column {}: {}", text, at + 1, what));
}

std::size_t skip_blanks(std::string_view text, std::size_t at) {
    return std::min(text.find_first_not_of(' ', at), text.size());
}

// Objects that list only what occurred: what is not there counts 0.
bool is_open(std::string_view key) {
    constexpr std::array<std::string_view, 7> kOpen = {
        "errors", "boundaries", "by_op", "splits_by_op", "by_driver", "references", "truncated"};
    return std::ranges::count(kOpen, key) != 0;
}

std::vector<std::string> split_path(std::string_view path) {
    std::vector<std::string> parts;
    for (;;) {
        const auto dot = path.find('.');
        parts.emplace_back(path.substr(0, dot));
        if (dot == std::string_view::npos) return parts;
        path.remove_prefix(dot + 1);
    }
}

std::vector<std::string> full_path(std::string_view name) {
    std::vector<std::string> parts = split_path(name);
    const auto* alias = std::ranges::find(kAliases, parts[0], &Alias::name);
    if (alias != kAliases.end()) {
        auto full = split_path(alias->path);
        full.insert(full.end(), parts.begin() + 1, parts.end());
        return full;
    }
    return parts;
}

[[noreturn]] void no_such_number(const Threshold& threshold) {
    throw InputError(fmt::format(
        "--fail-on '{}': the report has no number '{}'; it has failed, skipped, diverged, vmas, "
        "peak, headroom, splits, leaks, failures, diagnostics, divergences and every path of the "
        "JSON report, like events.errors.ENOMEM",
        threshold.text, threshold.number));
}

// An entry of a list by what names it.
const Json* find_entry(const Json& list, const std::string& word) {
    for (const Json& entry : list) {
        if (!entry.is_object()) continue;
        for (const char* key : {"name", "id", "pid", "path"}) {
            const auto found = entry.find(key);
            if (found == entry.end()) continue;
            if (*found == word || (found->is_number() && found->dump() == word)) return &entry;
        }
    }
    return nullptr;
}

// The number that a list, an object of counts, or a number stands for.
std::optional<double> number_at(const Json& parent, const std::string& key, const Json& value) {
    if (value.is_number()) return value.get<double>();
    if (value.is_array()) {
        auto length = static_cast<double>(value.size());
        const auto cut = parent.find("truncated");
        if (cut != parent.end() && cut->contains(key)) length += (*cut)[key].get<double>();
        return length;
    }
    if (value.is_object() && value.contains("count")) return value["count"].get<double>();
    return std::nullopt;
}

double number_of(const Json& report, const Threshold& threshold) {
    const auto path = full_path(threshold.number);
    const Json* at = &report;
    for (std::size_t i = 0; i < path.size(); ++i) {
        const bool last = i + 1 == path.size();
        const Json* next = nullptr;
        if (at->is_object() && at->contains(path[i])) {
            next = &(*at)[path[i]];
        } else if (at->is_array()) {
            next = find_entry(*at, path[i]);
        } else if (last && i != 0 && is_open(path[i - 1])) {
            return 0;
        }
        if (next == nullptr) no_such_number(threshold);
        if (last) {
            const auto number = number_at(*at, path[i], *next);
            if (!number) no_such_number(threshold);
            return *number;
        }
        at = next;
    }
    no_such_number(threshold);
}

bool crosses(double number, const Threshold& threshold) {
    switch (threshold.comparison) {
        case Comparison::greater:
            return number > threshold.value;
        case Comparison::greater_equal:
            return number >= threshold.value;
        case Comparison::less:
            return number < threshold.value;
        case Comparison::less_equal:
            return number <= threshold.value;
        case Comparison::equal:
            return number == threshold.value;
        case Comparison::not_equal:
            return number != threshold.value;
    }
    return false;
}

Json numbers_of(const Report& report) {
    std::ostringstream text;
    write_json_report(text, report, JsonDetail::without_vmas);
    return Json::parse(text.str());
}

}  // namespace

Threshold parse_threshold(std::string_view text) {
    Threshold threshold;
    threshold.text = text;
    std::size_t at = skip_blanks(text, 0);
    const auto name_end = std::min(text.find_first_of(" <>=!", at), text.size());
    if (name_end == at) refuse(text, at, "expected the name of a number");
    threshold.number = text.substr(at, name_end - at);
    at = skip_blanks(text, name_end);
    const auto* op = std::ranges::find_if(
        kOperators, [&](const Operator& o) { return text.substr(at).starts_with(o.text); });
    if (op == kOperators.end()) refuse(text, at, "expected one of > >= < <= == !=");
    threshold.comparison = op->comparison;
    at = skip_blanks(text, at + op->text.size());
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
        threshold.relative = true;
        if (text[at] == '+') ++at;
    }
    const auto [end, error] =
        std::from_chars(text.data() + at, text.data() + text.size(), threshold.value);
    if (error != std::errc() || !std::isfinite(threshold.value)) {
        refuse(text, at, "expected a number");
    }
    at = static_cast<std::size_t>(end - text.data());
    if (at < text.size() && text[at] == '%') {
        threshold.percent = threshold.relative = true;
        ++at;
    }
    at = skip_blanks(text, at);
    if (at != text.size()) refuse(text, at, "expected the end");
    return threshold;
}

void require_usable(const std::vector<Threshold>& thresholds) {
    if (thresholds.empty()) return;
    const Json empty = numbers_of(Report{});
    for (const Threshold& threshold : thresholds) {
        if (threshold.relative) {
            throw InputError(
                fmt::format("--fail-on '{}': this compares with a baseline, and a "
                            "single replay has none; give a number without sign and %",
                            threshold.text));
        }
        if (!empty.contains(full_path(threshold.number)[0])) no_such_number(threshold);
    }
}

std::vector<std::string> crossed_thresholds(const Report& report,
                                            const std::vector<Threshold>& thresholds) {
    std::vector<std::string> crossed;
    if (thresholds.empty()) return crossed;
    require_usable(thresholds);
    const Json json = numbers_of(report);
    for (const Threshold& threshold : thresholds) {
        const double number = number_of(json, threshold);
        if (!crosses(number, threshold)) continue;
        crossed.push_back(fmt::format("{}: it is {}", threshold.text, number));
    }
    return crossed;
}

}  // namespace mmsim
