// SPDX-License-Identifier: GPL-2.0-or-later
#include "pipeline_case.h"

#include <charconv>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "base/input_error.h"
#include "mm/syscalls.h"
#include "replay/engine.h"

namespace mmsim::cases {
namespace {

constexpr std::uint64_t kFirstInternal = 1000000;  // the number of the first shared anonymous file

std::string hex(std::uint64_t value) {
    char digits[16];
    return {digits, std::to_chars(digits, digits + 16, value, 16).ptr};
}

// The number in a name like "f7" or "drv10".
std::optional<std::uint64_t> number_in(std::string_view name) {
    const std::size_t at = name.find_first_of("0123456789");
    if (at == std::string_view::npos) return std::nullopt;
    std::uint64_t value = 0;
    std::from_chars(name.data() + at, name.data() + name.size(), value);
    return value;
}

class Counter final : public StepSink {
public:
    void after_step(const Step& step) override {
        ++ops;
        if (step.status == StepStatus::ok) ++ok;
        if (step.status == StepStatus::failed) ++errors[step.error];
        if (step.diverged && divergence.empty()) {
            divergence = "line " + std::to_string(step.record->line) + ": diverged (" +
                         std::string(divergence_kind_name(step.divergence)) + "), simulated " +
                         std::string(errno_name(step.simulated.error)) + ' ' +
                         hex(static_cast<std::uint64_t>(step.simulated.value));
        }
    }

    std::uint64_t ops = 0, ok = 0;
    std::map<Errno, std::uint64_t> errors;
    std::string divergence;
};

void print(std::string& out, std::initializer_list<std::string> words) {
    bool first = true;
    for (const std::string& word : words) {
        if (!std::exchange(first, false)) out += ' ';
        out += word;
    }
    out += '\n';
}

template <typename N>
std::string text(N number) {
    return std::to_string(number);
}

std::string file_number(const World& world, const Engine& engine, FileId file) {
    if (!file) return "-1";
    const File& f = world.files[file.index];
    if (f.internal) return text(kFirstInternal + f.serial - 1);
    for (const auto& [id, declared] : engine.declared_files()) {
        if (declared == file) return text(number_in(id).value_or(0));
    }
    return "?";
}

void print_vmas(std::string& out, const Engine& engine, const Mm& mm) {
    std::uint64_t accounted = 0;
    for (auto at = mm.vmas.first(); at; at.next()) {
        print(out, {hex(at->start.bytes()) + '-' + hex(at->end.bytes()),
                    hex(at->flags.without(kVmSoftDirty).bits), hex(at->pgoff.index),
                    file_number(engine.world(), engine, at->file)});
        if (at->flags.any(kVmAccount)) accounted += at->pages().count;
    }
    print(out, {"map_count", text(mm.map_count)});
    print(out, {"total_vm", text(mm.total_vm.count)});
    print(out, {"data_vm", text(mm.data_vm.count)});
    print(out, {"exec_vm", text(mm.exec_vm.count)});
    print(out, {"committed", text(mm.committed.count)});
    print(out, {"acct_pages", text(accounted)});
}

void print_files(std::string& out, const World& world, const Engine& engine) {
    for (const auto& [id, file] : engine.declared_files()) {
        const File& f = world.files[file.index];
        const std::string_view driver = world.drivers[f.driver.index].driver->name();
        print(out, {"file", text(number_in(id).value_or(0)), "driver",
                    text(number_in(driver).value_or(0)), "refs", text(f.refs), "links",
                    text(f.vmas), "writable", text(f.writable_vmas)});
    }
}

void print_drivers(std::string& out, const World& world) {
    std::map<std::uint64_t, const DriverState*> called;
    for (std::uint32_t i = 1; i < world.drivers.bound(); ++i) {
        const auto number = number_in(world.drivers[i].driver->name());
        if (number && *number != 0) called[*number] = &world.drivers[i].state;
    }
    for (const auto& entry : called) {
        const DriverState& state = *entry.second;
        const auto calls = [&](Hook hook) { return state.calls[static_cast<std::size_t>(hook)]; };
        const std::uint64_t mmaps = calls(Hook::mmap) + calls(Hook::mmap_prepare);
        if (mmaps == 0) continue;
        print(out, {"driver", text(entry.first), "calls", text(mmaps), "fails",
                    text(state.failures), "closes", text(calls(Hook::close))});
    }
    print(out, {"shmem", "created", text(world.shmem_created), "live", text(world.shmem_live)});
}

std::string outcome(const Engine& engine, const Counter& counter) {
    const World& world = engine.world();
    const Mm& mm = world.mms[engine.processes().front().mm.index];
    std::string out;
    print_vmas(out, engine, mm);
    print(out, {"ops", text(counter.ops), "ok", text(counter.ok)});
    for (const auto& [error, count] : counter.errors) {
        print(out, {"err", std::string(errno_name(error)), text(count)});
    }
    print_files(out, world, engine);
    print_drivers(out, world);
    return out;
}

std::string_view cut_line(std::string_view& text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

std::string first_difference(std::string_view expected, std::string_view actual) {
    while (!expected.empty() || !actual.empty()) {
        const std::string_view want = cut_line(expected);
        const std::string_view have = cut_line(actual);
        if (want == have) continue;
        return "expected '" + std::string(want) + "', not '" + std::string(have) + "'";
    }
    return {};
}

}  // namespace

std::string run_pipeline_case(const Case& input) {
    auto source = std::make_unique<LineSource>(memory_bytes(std::string(input.file("trace.json"))),
                                               input.name + ".json");
    const auto reader = open_trace(std::move(source));
    ReplayOptions options;
    options.verify = true;
    options.page_faults = PageFaults::trace;
    Counter counter;
    Engine engine(*reader, options, counter);
    engine.run();
    if (!counter.divergence.empty()) return counter.divergence;
    const std::string wrong = first_difference(input.file("out"), outcome(engine, counter));
    return wrong;
}

}  // namespace mmsim::cases
