// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/threshold.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include <spdlog/fmt/fmt.h>

#include "base/assert.h"
#include "base/input_error.h"
#include "base/shell_words.h"
#include "check/diff.h"
#include "report/numbers.h"

namespace mmsim {

namespace {

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

std::string name_of_number(std::string_view text, std::size_t& at) {
    try {
        return take_shell_word(text, at, " <>=!");
    } catch (const InputError& error) {
        throw InputError(fmt::format("--fail-on '{}': {}", text, error.what()));
    }
}

// Its first word may be a short name.
std::string full_path(const std::string& name) {
    const auto dot = std::min(name.find('.'), name.size());
    const auto* alias = std::ranges::find(kAliases, name.substr(0, dot), &Alias::name);
    return alias == kAliases.end() ? name : std::string(alias->path) + name.substr(dot);
}

[[noreturn]] void no_such_number(const Threshold& threshold) {
    throw InputError(fmt::format(
        "--fail-on '{}': the report has no number '{}'; it has failed, skipped, diverged, vmas, "
        "peak, headroom, splits, leaks, failures, diagnostics, divergences and every path of the "
        "JSON report, like events.errors.ENOMEM",
        threshold.text, threshold.number));
}

double number_of(const Numbers& numbers, const Threshold& threshold) {
    const auto number = numbers.find(full_path(threshold.number));
    if (!number) no_such_number(threshold);
    return *number;
}

// What the number is held against.
double limit_of(const Threshold& threshold, const Numbers* baseline) {
    if (!threshold.relative) return threshold.value;
    MMSIM_ASSERT(baseline != nullptr);
    const double old = number_of(*baseline, threshold);
    return old + (threshold.percent ? std::abs(old) * threshold.value / 100 : threshold.value);
}

bool crosses(double number, Comparison comparison, double limit) {
    switch (comparison) {
        case Comparison::greater:
            return number > limit;
        case Comparison::greater_equal:
            return number >= limit;
        case Comparison::less:
            return number < limit;
        case Comparison::less_equal:
            return number <= limit;
        case Comparison::equal:
            return number == limit;
        case Comparison::not_equal:
            return number != limit;
    }
    return false;
}

}  // namespace

std::string number_path(const Threshold& threshold) { return full_path(threshold.number); }

Threshold parse_threshold(std::string_view text) {
    Threshold threshold;
    threshold.text = text;
    std::size_t at = skip_blanks(text, 0);
    const std::size_t name_at = at;
    threshold.number = name_of_number(text, at);
    if (at == name_at) refuse(text, at, "expected the name of a number");
    at = skip_blanks(text, at);
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

void require_usable(const std::vector<Threshold>& thresholds, Baseline baseline) {
    if (thresholds.empty()) return;
    Numbers numbers{Report{}};
    for (std::size_t i = 0; i < kCallChanges && baseline == Baseline::old_side; ++i) {
        numbers.add(std::string(call_change_key(static_cast<CallChange>(i))), 0);
    }
    for (const Threshold& threshold : thresholds) {
        if (threshold.relative && baseline == Baseline::none) {
            throw InputError(
                fmt::format("--fail-on '{}': this compares with a baseline, and a "
                            "single replay has none; give a number without sign and %",
                            threshold.text));
        }
        const std::string path = full_path(threshold.number);
        if (!numbers.knows(path.substr(0, path.find('.')))) no_such_number(threshold);
    }
}

std::vector<std::string> crossed_thresholds(const Numbers& numbers, const Numbers* baseline,
                                            const std::vector<Threshold>& thresholds) {
    std::vector<std::string> crossed;
    for (const Threshold& threshold : thresholds) {
        const double number = number_of(numbers, threshold);
        if (!crosses(number, threshold.comparison, limit_of(threshold, baseline))) continue;
        std::string sentence = fmt::format("{}: it is {}", threshold.text, number);
        if (threshold.relative) {
            sentence += fmt::format(", and was {}", number_of(*baseline, threshold));
        }
        crossed.push_back(std::move(sentence));
    }
    return crossed;
}

std::vector<std::string> crossed_thresholds(const Report& report,
                                            const std::vector<Threshold>& thresholds) {
    if (thresholds.empty()) return {};
    require_usable(thresholds, Baseline::none);
    return crossed_thresholds(Numbers(report), nullptr, thresholds);
}

}  // namespace mmsim
