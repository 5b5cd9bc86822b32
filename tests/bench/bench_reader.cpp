// SPDX-License-Identifier: GPL-2.0-or-later
// The readers: lines of strace text and events of JSON and JSON Lines per second, from memory.
//
//   bench_reader [FILE...]    made-up traces of a million calls, or files repeated up to that
#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "trace/trace_reader.h"

namespace mmsim::bench {
namespace {

constexpr std::size_t kCalls = 1000000;

// Lines as `strace -f -y -o` writes them.
std::string strace_text() {
    std::string text;
    char line[256];
    for (std::size_t i = 0; text.size() < kCalls * 90 && i < kCalls; ++i) {
        const unsigned long addr = 0x7f0000000000 + i % 50000 * 0x4000;
        const char* form = nullptr;
        switch (i % 4) {
            case 0:
                form =
                    "4711 mmap(0x%lx, 16384, PROT_READ|PROT_WRITE, "
                    "MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0) = 0x%lx\n";
                break;
            case 1:
                form = "4711 mprotect(0x%lx, 4096, PROT_READ) = 0\n";
                break;
            case 2:
                form =
                    "4712 mmap(0x%lx, 42611, PROT_READ, MAP_PRIVATE|MAP_FIXED, "
                    "3</usr/lib/x86_64-linux-gnu/libc.so.6>, 0x26000) = 0x%lx\n";
                break;
            default:
                form = "4711 munmap(0x%lx, 16384)     = 0\n";
        }
        const int length = std::snprintf(line, sizeof line, form, addr, addr);
        text.append(line, static_cast<std::size_t>(length));
    }
    return text;
}

std::string json_text(bool lines) {
    std::string text = lines ? "{\"mmsim_trace\": 1}\n" : "{\"mmsim_trace\": 1, \"events\": [\n";
    char line[256];
    for (std::size_t i = 0; i < kCalls; ++i) {
        const unsigned long addr = 0x7f0000000000 + i % 50000 * 0x4000;
        const int length = std::snprintf(
            line, sizeof line,
            i % 2 == 0 ? "{\"op\": \"mmap\", \"addr\": \"0x%lx\", \"length\": 16384, \"prot\": "
                         "\"PROT_READ|PROT_WRITE\", \"flags\": "
                         "\"MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS\", \"result\": \"0x%lx\"}"
                       : "{\"op\": \"munmap\", \"addr\": \"0x%lx\", \"length\": 16384, "
                         "\"result\": 0}",
            addr, addr);
        if (i != 0) text += lines ? "\n" : ",\n";
        text.append(line, static_cast<std::size_t>(length));
    }
    return text + (lines ? "\n" : "\n]}\n");
}

std::string repeated(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream content;
    content << in.rdbuf();
    std::string text;
    while (!content.str().empty() && text.size() < 100 * kCalls) text += content.str();
    return text;
}

void measure(const std::string& name, const std::string& text) {
    const auto start = std::chrono::steady_clock::now();
    const auto reader = open_trace(std::make_unique<LineSource>(memory_bytes(text), name));
    std::size_t records = 0;
    while (reader->next() != nullptr) ++records;
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    const auto lines = static_cast<double>(reader->summary().lines);
    std::printf("%-14s %9zu records  %6.2f million lines/s  %6.0f MB/s\n", name.c_str(), records,
                lines / took.count() / 1e6, static_cast<double>(text.size()) / took.count() / 1e6);
}

}  // namespace
}  // namespace mmsim::bench

int main(int argc, char** argv) {
    using namespace mmsim::bench;
    try {
        if (argc == 1) {
            measure("strace", strace_text());
            measure("JSON", json_text(false));
            measure("JSON Lines", json_text(true));
        }
        for (int i = 1; i < argc; ++i) measure(argv[i], repeated(argv[i]));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_reader: %s\n", error.what());
        return 2;
    }
    return 0;
}
