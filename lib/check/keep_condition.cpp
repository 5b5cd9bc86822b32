// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/keep_condition.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include <spdlog/fmt/fmt.h>

#include "analysis/diagnostics.h"
#include "analysis/names.h"
#include "base/input_error.h"
#include "base/text.h"
#include "report/run.h"

namespace mmsim {

namespace {

using What = KeepCondition::What;

// Every call that failed, and how.
class ErrorListener final : public StepSink {
public:
    void after_step(const Step& step) override {
        if (step.status != StepStatus::failed) return;
        errors_.emplace(call_name(step.record->call), step.error);
    }
    bool has(std::string_view op, Errno error) const {
        return std::ranges::any_of(errors_, [&](const auto& failed) {
            return failed.second == error && (op.empty() || failed.first == op);
        });
    }
    const std::set<std::pair<std::string_view, Errno>>& all() const { return errors_; }

private:
    std::set<std::pair<std::string_view, Errno>> errors_;
};

struct Shown {
    Report report;
    ErrorListener errors;
};

void replay_into(Shown& shown, TraceReader& reader, const ReplayOptions& options) {
    RunWants wants;
    wants.cap = kNoCap;
    wants.listener = &shown.errors;
    Run run("trace", reader, options, wants);
    run.finish();
    shown.report = run.report();
}

bool fits(std::string_view wanted, std::string_view name) {
    return wanted.empty() || wanted == name;
}

bool holds(const KeepCondition& condition, const Shown& shown) {
    switch (condition.what) {
        case What::diagnostic:
            return std::ranges::any_of(shown.report.diagnostics.items, [&](const auto& found) {
                return found.id == condition.kind;
            });
        case What::leak:
            return std::ranges::any_of(shown.report.leaks.items, [&](const auto& found) {
                return fits(condition.kind, found.kind) && fits(condition.name, found.name);
            });
        case What::divergence:
            return std::ranges::any_of(shown.report.divergences->items, [&](const auto& found) {
                return fits(condition.kind, divergence_kind_name(found.kind));
            });
        case What::error:
            return shown.errors.has(condition.kind, condition.error);
        case What::threshold:
            return !crossed_thresholds(shown.report, {*condition.threshold}).empty();
    }
    return false;
}

// What stands behind "WORD" or "WORD:"; nullopt: it is something else.
std::optional<std::string_view> behind(std::string_view text, std::string_view word) {
    if (!text.starts_with(word)) return std::nullopt;
    text.remove_prefix(word.size());
    if (text.empty()) return text;
    if (text[0] != ':' || text.size() == 1) return std::nullopt;
    return text.substr(1);
}

void join(std::string& text, const std::set<std::string>& words, std::string_view heading) {
    if (words.empty()) return;
    text.append(text.empty() ? "" : "; ").append(heading);
    for (const std::string& word : words) {
        text.append(&word == &*words.begin() ? " " : ", ").append(word);
    }
}

}  // namespace

KeepCondition parse_keep_condition(std::string_view text) {
    KeepCondition condition;
    condition.text = text;
    if (text.find_first_of("<>=!") != npos) {
        condition.what = What::threshold;
        condition.threshold = parse_threshold(text);
        require_usable({*condition.threshold});
        return condition;
    }
    if (find_diagnostic(text) != nullptr) {
        condition.what = What::diagnostic;
        condition.kind = text;
        return condition;
    }
    if (const auto leak = behind(text, "leak")) {
        condition.what = What::leak;
        const auto slash = std::min(leak->find('/'), leak->size());
        condition.kind = leak->substr(0, slash);
        condition.name = leak->substr(std::min(slash + 1, leak->size()));
        return condition;
    }
    if (const auto divergence = behind(text, "divergence")) {
        condition.what = What::divergence;
        condition.kind = *divergence;
        return condition;
    }
    const auto colon = text.rfind(':');
    const auto error = errno_from_name(colon == npos ? text : text.substr(colon + 1));
    if (!error) {
        throw InputError(
            fmt::format("--keep '{}': there are the id of a diagnostic, leak[:KIND[/NAME]], "
                        "divergence[:KIND], [CALL:]ERRNO and thresholds like 'vmas>100'",
                        text));
    }
    condition.what = What::error;
    condition.error = *error;
    if (colon != npos) condition.kind = text.substr(0, colon);
    return condition;
}

bool shows(const KeepCondition& condition, TraceReader& reader, const ReplayOptions& options) {
    Shown shown;
    replay_into(shown, reader, options);
    return holds(condition, shown);
}

std::string what_is_shown(TraceReader& reader, const ReplayOptions& options) {
    Shown shown;
    replay_into(shown, reader, options);
    std::set<std::string> diagnostics;
    std::set<std::string> leaks;
    std::set<std::string> divergences;
    std::set<std::string> errors;
    for (const auto& found : shown.report.diagnostics.items) diagnostics.insert(found.id);
    for (const auto& found : shown.report.leaks.items) {
        leaks.insert(found.name.empty() ? found.kind : found.kind + "/" + found.name);
    }
    for (const auto& found : shown.report.divergences->items) {
        divergences.emplace(divergence_kind_name(found.kind));
    }
    for (const auto& [op, error] : shown.errors.all()) {
        errors.insert(fmt::format("{}:{}", op, errno_name(error)));
    }
    std::string text;
    join(text, diagnostics, "diagnostics");
    join(text, leaks, "leaks");
    join(text, divergences, "divergences");
    join(text, errors, "errors");
    return text.empty() ? "nothing of the kind" : text;
}

}  // namespace mmsim
