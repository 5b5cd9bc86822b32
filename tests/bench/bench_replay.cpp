// SPDX-License-Identifier: GPL-2.0-or-later
// What the analysis adds to a replay: streams as strace text, from memory, replayed with nobody
// listening and with the observers and the report of `-o json`.
//
//   bench_replay [churn_anon|churn_files|grow_65k|arena ...]
//
// The files of a stream are regular ones, opened at the start. "arena+stacks" is the same stream as
// `strace -k` records it, with four frames behind each call.
//
// Processor time of the best of three runs each, in turns.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

#include "base/linux_abi.h"
#include "base/page.h"
#include "op_stream.h"
#include "processor_time.h"
#include "report/run.h"
#include "trace/trace_reader.h"

namespace mmsim::bench {
namespace {

// Which pages are mapped: what an mprotect answers depends on it.
class Mapped {
public:
    explicit Mapped(const OpStream& stream) {
        std::uint64_t end = 0;
        base_ = ~std::uint64_t{0};
        for (const Op& op : stream.ops) {
            base_ = std::min(base_, op.addr);
            end = std::max(end, op.addr + op.length);
        }
        pages_.resize((end - base_) / kPageSize);
    }
    void set(const Op& op, bool mapped) { std::fill(at(op.addr), at(op.addr + op.length), mapped); }
    bool all(const Op& op) {
        const auto end = at(op.addr + op.length);
        return std::find(at(op.addr), end, false) == end;
    }

private:
    std::vector<bool>::iterator at(std::uint64_t addr) {
        return pages_.begin() + static_cast<std::ptrdiff_t>((addr - base_) / kPageSize);
    }
    std::uint64_t base_ = 0;
    std::vector<bool> pages_;
};

std::string prot_text(std::uint64_t prot) {
    std::string text;
    const auto add = [&](std::uint64_t bit, const char* name) {
        if ((prot & bit) == 0) return;
        if (!text.empty()) text += '|';
        text += name;
    };
    add(kProtRead, "PROT_READ");
    add(kProtWrite, "PROT_WRITE");
    add(kProtExec, "PROT_EXEC");
    return text.empty() ? "PROT_NONE" : text;
}

constexpr const char* kStacks = "+stacks";

// What `strace -k` prints behind a call that one of 64 functions made.
void add_stack(std::string& text, const char* call, std::size_t maker) {
    char frames[400];
    const int size =
        std::snprintf(frames, sizeof frames,
                      " > /usr/lib/x86_64-linux-gnu/libc.so.6(__%s+0x13) [0xfe0b3]\n"
                      " > /opt/program/program(block_new_%zu+0x2b) [0x12%02zx]\n"
                      " > /opt/program/program(main+0x2d) [0x1180]\n"
                      " > /usr/lib/x86_64-linux-gnu/libc.so.6(__libc_start_main+0x85) [0x27305]\n",
                      call, maker, maker);
    text.append(frames, static_cast<std::size_t>(size));
}

// As strace would have recorded it.
std::string strace_text(const OpStream& stream, bool stacks) {
    std::string text;
    char line[300];
    const auto add = [&](int size) { text.append(line, static_cast<std::size_t>(size)); };
    std::int16_t files = 0;
    for (const Op& op : stream.ops) files = std::max<std::int16_t>(files, op.file + 1);
    for (int i = 0; i < files; ++i) {
        add(std::snprintf(line, sizeof line,
                          "4711 openat(AT_FDCWD, \"/data/f%d\", O_RDWR) = %d</data/f%d>\n", i,
                          i + 3, i));
    }
    Mapped mapped(stream);
    std::size_t maker = 0;
    for (const Op& op : stream.ops) {
        const auto addr = static_cast<unsigned long>(op.addr);
        const auto length = static_cast<unsigned long>(op.length);
        maker = (maker + op.addr / kPageSize) % 64;
        const char* call = op.kind == 'm' ? "mmap" : op.kind == 'u' ? "munmap" : "mprotect";
        if (op.kind == 'm') {
            mapped.set(op, true);
            char file[40] = "|MAP_ANONYMOUS, -1, 0";
            if (op.file >= 0) {
                std::snprintf(file, sizeof file, ", %d</data/f%d>, 0x%lx", op.file + 3, op.file,
                              static_cast<unsigned long>(op.pgoff * kPageSize));
            }
            add(std::snprintf(
                line, sizeof line, "4711 mmap(0x%lx, %lu, %s, MAP_%s|MAP_FIXED%s) = 0x%lx\n", addr,
                length, prot_text(op.prot).c_str(), op.shared ? "SHARED" : "PRIVATE", file, addr));
        } else if (op.kind == 'u') {
            mapped.set(op, false);
            add(std::snprintf(line, sizeof line, "4711 munmap(0x%lx, %lu) = 0\n", addr, length));
        } else {
            add(std::snprintf(line, sizeof line, "4711 mprotect(0x%lx, %lu, %s) = %s\n", addr,
                              length, prot_text(op.prot).c_str(),
                              mapped.all(op) ? "0" : "-1 ENOMEM (Cannot allocate memory)"));
        }
        if (stacks) add_stack(text, call, maker);
    }
    return text;
}

// Calls `replay` with a fresh reader of the text; the nanoseconds that took.
template <typename Replay>
double timed(const std::string& text, Replay replay) {
    const double start = processor_time();
    const auto reader = open_trace(std::make_unique<LineSource>(memory_bytes(text), "bench"));
    replay(*reader);
    return (processor_time() - start) * 1e9;
}

void measure(const std::string& name) {
    const bool stacks = name.ends_with(kStacks);
    const OpStream stream =
        make_stream(stacks ? name.substr(0, name.size() - std::strlen(kStacks)) : name);
    const std::string text = strace_text(stream, stacks);
    double bare = 0;
    double analysed = 0;
    std::uint64_t diverged = 0;
    const auto keep = [](double& best, double took) {
        best = best == 0 ? took : std::min(best, took);
    };
    for (int i = 0; i < 3; ++i) {
        keep(bare, timed(text, [](TraceReader& reader) {
                 StepSink nobody;
                 Engine engine(reader, {}, nobody);
                 while (engine.step()) {
                 }
             }));
        keep(analysed, timed(text, [&](TraceReader& reader) {
                 Run run("bench", reader, {}, {.vmas = true});
                 run.finish();
                 diverged = run.report().events.diverged;
             }));
    }
    const auto calls = static_cast<double>(stream.ops.size());
    std::printf("%-18s %7.0f ns per call without analysis, %7.0f with it: it adds %.0f %%\n",
                name.c_str(), bare / calls, analysed / calls, 100 * (analysed / bare - 1));
    if (diverged != 0) std::printf("  %zu calls diverged\n", static_cast<std::size_t>(diverged));
}

}  // namespace
}  // namespace mmsim::bench

int main(int argc, char** argv) {
    try {
        std::vector<std::string> names(argv + 1, argv + argc);
        if (names.empty())
            names = {"churn_anon", "churn_files", "grow_65k", "arena", "churn_files+stacks"};
        for (const std::string& name : names) mmsim::bench::measure(name);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_replay: %s\n", error.what());
        return 2;
    }
    return 0;
}
