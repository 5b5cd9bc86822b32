// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/check_trace.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include <spdlog/fmt/fmt.h>

#include "base/input_error.h"
#include "base/shell_words.h"
#include "check/expect_key.h"
#include "check/expectation.h"
#include "report/output_file.h"
#include "report/run.h"
#include "trace/line_source.h"

namespace mmsim {

namespace {

// The expectation beside a trace wins over the one inside.
std::optional<Expectation> expectation_of(const std::string& path, const TraceHeader& header) {
    const std::string beside = path + ".expected";
    std::error_code error;
    if (std::filesystem::exists(beside, error)) return Expectation{read_whole(beside), beside};
    if (!header.expect.empty()) return Expectation{header.expect, path + ": expect"};
    return std::nullopt;
}

// As they lie on the disk, packed or not.
std::string bytes_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::string bytes(std::istreambuf_iterator<char>(in), {});
    if (!in) throw InputError("cannot read '" + path + "'");
    return bytes;
}

// One trace on its way through the check.
class TraceCheck {
public:
    TraceCheck(const std::string& path, const CheckTraceOptions& options)
        : path_(path), options_(options), result_{0, path, CheckStatus::pass, 0, {}, {}} {}

    // Nullopt: given up.
    std::optional<CheckResult> run() {
        try {
            replay_all();
        } catch (const InputError& error) {
            fail(CheckStatus::broken, error.what());
            result_.closer = "mmsim replay " + shell_word(path_);
        }
        if (stopped()) return std::nullopt;
        const bool can_update = result_.failed() && result_.status != CheckStatus::broken;
        if (options_.update && can_update) update();
        return std::move(result_);
    }

private:
    // What came out under one kernel, and what was expected of it.
    struct Judged {
        KernelExpectation expected;
        RunOutcome outcome;
    };

    bool stopped() const { return options_.stop != nullptr && options_.stop->load(); }

    void fail(CheckStatus status, std::string problem) {
        result_.status = status;
        result_.problems.push_back(std::move(problem));
    }

    void replay_all() {
        {
            const auto reader = open_trace(path_);
            format_ = reader->format();
            names_kernel_ = !reader->header().kernel.empty();
            found_ = expectation_of(path_, reader->header());
        }
        if (!found_) {
            judged_.push_back({{}, replay_under(std::nullopt)});
            fail(CheckStatus::missing,
                 "no expectation: neither the key 'expect' nor " + path_ + ".expected");
            result_.closer = "mmsim check --update " + shell_word(path_);
            return;
        }
        for (KernelExpectation& expected : by_kernel(*found_)) {
            RunOutcome outcome = replay_under(expected.kernel);
            if (stopped()) return;
            judged_.push_back({std::move(expected), std::move(outcome)});
        }
        for (const auto& [expected, outcome] : judged_) judge_one(expected, outcome);
    }

    RunOutcome replay_under(std::optional<KernelVersion> kernel) {
        const auto reader = open_trace(path_);
        ReplayOptions options;
        options.kernel = kernel;
        if (!kernel && !names_kernel_) options.kernel = options_.settings->kernel;
        Run run(path_, *reader, options, wants());
        while (!stopped() && run.step()) {
        }
        result_.events += run.events();
        return outcome_of(run);
    }

    // What nobody compares need not be kept: it grows with the VMAs.
    RunWants wants() const {
        const auto asks_for = [&](std::string_view key) {
            return !found_ || options_.update || found_->json.find(key) != std::string::npos;
        };
        return {.vmas = asks_for("\"processes\""), .layouts = asks_for("\"maps\"")};
    }

    void judge_one(const KernelExpectation& expected, const RunOutcome& outcome) {
        const Demands demands{true, options_.settings->fail_on};
        for (Problem& problem : judge(expected.expectation, outcome, demands)) {
            if (result_.closer.empty()) result_.closer = closer(problem, expected.kernel);
            if (expected.kernel) {
                problem.text =
                    fmt::format("{}: {}", profile_of(*expected.kernel).name, problem.text);
            }
            fail(CheckStatus::fail, std::move(problem.text));
        }
    }

    std::string closer(const Problem& problem, std::optional<KernelVersion> kernel) const {
        std::string command = problem.event != 0 ? "mmsim explain " : "mmsim replay ";
        command += shell_word(path_);
        if (!kernel && !names_kernel_) kernel = options_.settings->kernel;
        if (kernel) command += fmt::format(" --kernel {}", profile_of(*kernel).name);
        if (problem.event != 0) command += fmt::format(" --at {}", problem.event);
        if (problem.about_layout) command += " -o delta";
        return command;
    }

    void update() {
        const std::string made = updated_expectation();
        std::vector<Problem> rest;
        for (const auto& [expected, outcome] : judged_) {
            const Demands demands{true, options_.settings->fail_on};
            const auto more = judge(expected.expectation, outcome, demands);
            rest.insert(rest.end(), more.begin(), more.end());
        }
        if (!rest.empty()) {  // a threshold without sign: no expectation helps
            fail(CheckStatus::fail, "not updated: with any expectation, " + rest.front().text);
            return;
        }
        try {
            write_expectation(made);
        } catch (const InputError& error) {
            fail(result_.status, std::string("not updated: ") + error.what());
            return;
        }
        if (result_.status == CheckStatus::missing) {
            result_.problems = {"written, where there was none"};
        }
        result_.status = CheckStatus::updated;
        result_.closer.clear();
    }

    // An expectation that what came out meets, of the same kernels as the old one.
    std::string updated_expectation() {
        std::vector<KernelExpectation> made;
        for (auto& [expected, outcome] : judged_) {
            Expectation& expectation = expected.expectation;
            expectation.json =
                make_expectation(outcome, expectation.json, options_.settings->fail_on);
            made.push_back(expected);
        }
        return made.front().kernel ? join_by_kernel(made) : made.front().expectation.json;
    }

    // Into the trace if the old one stands there, else beside it.
    void write_expectation(const std::string& made) const {
        const std::string beside = path_ + ".expected";
        std::string target = beside;
        std::string content = made;
        if (found_ && found_->name != beside) {
            target = path_;
            auto changed = replace_expect_key(bytes_of(path_), made, format_ == TraceFormat::jsonl);
            if (!changed) {
                throw InputError(
                    fmt::format("cannot write into '{}', which is packed: unpack it, "
                                "or move its expectation to '{}'",
                                path_, beside));
            }
            content = std::move(*changed);
        }
        OutputFile file(target);
        file.stream() << content;
        file.commit();
    }

    const std::string& path_;
    const CheckTraceOptions& options_;
    CheckResult result_;
    TraceFormat format_{};
    bool names_kernel_ = false;
    std::optional<Expectation> found_;
    std::vector<Judged> judged_;
};

}  // namespace

std::string_view check_status_name(CheckStatus status) {
    constexpr std::array<std::string_view, kCheckStatuses> kNames = {"pass", "fail", "missing",
                                                                     "broken", "updated"};
    return kNames[static_cast<std::size_t>(status)];
}

std::optional<CheckResult> check_trace(const std::string& path, const CheckTraceOptions& options) {
    return TraceCheck(path, options).run();
}

}  // namespace mmsim
