// SPDX-License-Identifier: GPL-2.0-or-later
// A trace in memory, replayed to its end with everything listening.
#pragma once

#include <memory>
#include <sstream>
#include <string>
#include <utility>

#include "report/json_report.h"
#include "report/run.h"

namespace mmsim::test {

class Replayed {
public:
    explicit Replayed(std::string trace, const ReplayOptions& options = {},
                      std::size_t cap = kListCap)
        : reader_(open_trace(std::make_unique<LineSource>(memory_bytes(std::move(trace)), "test"))),
          run("test", *reader_, options,
              {.vmas = true, .layouts = true, .delta = true, .film = true, .cap = cap}) {
        run.finish();
    }

    Report report() const { return run.report(); }
    std::string json() const {
        std::ostringstream out;
        write_json_report(out, report());
        return out.str();
    }
    std::string layout(LayoutForm form = LayoutForm::maps) const {
        std::string text;
        run.print_layouts(form, [&](std::string_view line) { text += line; });
        return text;
    }
    const Film& film() { return run.film(); }
    std::string delta() {
        std::string text;
        run.print_delta([&](std::string_view line) { text += line; });
        return text;
    }

private:
    std::unique_ptr<TraceReader> reader_;

public:
    Run run;
};

// A JSON trace with these events, and more keys ("\"maps\": [], ") in front of them.
inline std::string json_trace(const std::string& events, const std::string& keys = "") {
    return "{\"mmsim_trace\": 1, " + keys + "\"events\": [" + events + "]}";
}

// One event that maps private anonymous memory read-write at an address.
inline std::string map_event(const std::string& addr, unsigned pages,
                             const std::string& more = "") {
    return "{\"op\": \"mmap\", \"addr\": \"" + addr +
           "\", \"length\": " + std::to_string(pages * 4096) +
           ", \"prot\": \"PROT_READ|PROT_WRITE\", "
           "\"flags\": \"MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED\", \"offset\": 0" +
           more + "}";
}
inline std::string unmap_event(const std::string& addr, unsigned pages,
                               const std::string& more = "") {
    return "{\"op\": \"munmap\", \"addr\": \"" + addr +
           "\", \"length\": " + std::to_string(pages * 4096) + more + "}";
}
inline std::string protect_event(const std::string& addr, unsigned pages,
                                 const std::string& prot = "PROT_READ") {
    return "{\"op\": \"mprotect\", \"addr\": \"" + addr +
           "\", \"length\": " + std::to_string(pages * 4096) + ", \"prot\": \"" + prot + "\"}";
}

}  // namespace mmsim::test
