// SPDX-License-Identifier: GPL-2.0-or-later
#include "replay/replayed.h"

#include <charconv>

#include <doctest/doctest.h>

#include "mm/maps_line.h"
#include "trace/line_source.h"

namespace mmsim::test {
namespace {

std::string hex(Vpn page) {
    char digits[16];
    return {digits, std::to_chars(digits, digits + sizeof digits, page.bytes(), 16).ptr};
}

}  // namespace

std::unique_ptr<TraceReader> trace_of(std::string text, std::string name) {
    return open_trace(std::make_unique<LineSource>(memory_bytes(std::move(text)), std::move(name)));
}

std::string lines(std::initializer_list<std::string_view> parts) {
    std::string text;
    for (const std::string_view part : parts) text.append(part).append(1, '\n');
    return text;
}

Replayed::Replayed(std::string text, ReplayOptions options) : reader_(trace_of(std::move(text))) {
    options.verify = true;
    engine_ = std::make_unique<Engine>(*reader_, options, static_cast<StepSink&>(*this));
    engine_->run();
    for (const std::string& broken : engine_->broken()) FAIL_CHECK(broken);
}

Replayed::~Replayed() = default;

std::string Replayed::describe(MmId id, bool flags) const {
    const World& world = engine_->world();
    const Mm& mm = world.mms[id.index];
    std::string text;
    for (auto at = mm.vmas.first(); at; at.next()) {
        if (flags) {
            text += vm_flags_codes(at->flags);
            text.back() = '\n';
            continue;
        }
        const std::string line = maps_line(world, mm, *at);
        const std::size_t perms = line.find(' ');
        const std::size_t end = line.find(' ', line.find(' ', perms + 1) + 1);
        text += hex(at->start) + '-' + hex(at->end) + line.substr(perms, end - perms);
        const std::string name = vma_name(world, mm, *at);
        if (!name.empty()) text += ' ' + name;
        text += '\n';
    }
    return text;
}

std::string Replayed::find(std::int64_t pid, bool flags) const {
    for (const ProcessInfo& process : engine_->processes()) {
        if (pid != 0 && process.pid != pid) continue;
        if (!process.exited) return describe(process.mm, flags);
        pid = process.pid;
        break;
    }
    for (auto ended = ended_.rbegin(); ended != ended_.rend(); ++ended) {
        if (ended->pid == pid) return flags ? ended->flags : ended->maps;
    }
    return "no such process\n";
}

std::string Replayed::maps(std::int64_t pid) const { return find(pid, false); }
std::string Replayed::flags(std::int64_t pid) const { return find(pid, true); }

void Replayed::on_event(const Step& step, MmOp op, const Event&) {
    events_.push_back(std::to_string(step.record->line) + ':' + std::string(mm_op_name(op)));
}

void Replayed::after_step(const Step& step) {
    switch (step.status) {
        case StepStatus::ok:
            steps_.emplace_back("ok");
            break;
        case StepStatus::failed:
            steps_.emplace_back(errno_name(step.error));
            break;
        case StepStatus::skipped:
            steps_.emplace_back("skipped");
            break;
    }
    if (!step.diverged) return;
    divergences_.push_back(std::to_string(step.record->line) + ' ' +
                           std::string(divergence_kind_name(step.divergence)));
}

void Replayed::on_process(std::int64_t pid, MmId) {
    lives_.push_back("process " + std::to_string(pid));
}

void Replayed::on_exec(std::int64_t pid, MmId) { lives_.push_back("exec " + std::to_string(pid)); }

void Replayed::on_exit(std::int64_t pid, MmId mm) {
    lives_.push_back("exit " + std::to_string(pid));
    ended_.push_back({pid, describe(mm, false), describe(mm, true)});
}

}  // namespace mmsim::test
