// SPDX-License-Identifier: GPL-2.0-or-later
// Drivers that are described wrongly: one line that names the place, exit 2, nothing printed.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "support/program.h"
#include "support/temporary_folder.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

// What is said about a driver "w" in a file d.json of its own, whose file a trace maps.
std::string said_of(const std::string& driver, const std::string& kernel = "7.3",
                    const std::string& trace_drivers = "", const std::string& second = "",
                    const std::vector<std::string>& more = {}) {
    const TemporaryFolder folder;
    folder.write("d.json", driver);
    folder.write("e.json", second);
    std::string trace = R"({"mmsim_trace": 1,
 "files": [{"id": "f", "path": "/dev/w", "driver": "w", "mode": "rw"},
           {"id": "g", "path": "/dev/g", "mode": "rw"}],
 "drivers": [)" + trace_drivers +
                        R"(],
 "events": [{"op": "mmap", "addr": "0x20000", "length": 4096, "prot": "PROT_READ",
             "flags": "MAP_SHARED|MAP_FIXED", "file": "f", "offset": 0}]})";
    std::vector<std::string> arguments = {"replay", "-",    "--kernel", kernel,
                                          "-o",     "maps", "--driver", folder.path("d.json")};
    if (!second.empty()) arguments.insert(arguments.end(), {"--driver", folder.path("e.json")});
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto run = run_mmsim(arguments, {.text = trace});
    CHECK_EQ(run.status, 2);
    CHECK_EQ(run.out, "");
    std::string text = run.err;
    const std::string place = folder.path("");
    for (auto at = text.find(place); at != std::string::npos; at = text.find(place)) {
        text.erase(at, place.size());
    }
    return text;
}

std::string prepare(const std::string& step) {
    return "{\"name\": \"w\",\n \"mmap_prepare\": [\n  " + step + "]}";
}

}  // namespace

TEST_SUITE("cli/bad drivers") {
    TEST_CASE("a step that is unknown, or of the wrong type") {
        CHECK_EQ(said_of(prepare(R"({"frobnicate": 1})")),
                 "mmsim: d.json:3:4: driver 'w', mmap_prepare step 1: unknown step "
                 "'frobnicate'\n");
        CHECK_EQ(said_of(prepare(R"({"set_flags": "VMA_IO_BIT"})")),
                 "mmsim: d.json:3:17: driver 'w', mmap_prepare step 1: 'set_flags': expected an "
                 "array, not a string\n");
        CHECK_EQ(said_of("{\"name\": \"w\",\n \"mmap\": {}}"),
                 "mmsim: d.json:2:10: driver 'w', mmap: expected a list of steps\n");
    }

    TEST_CASE("a flag that is unknown") {
        CHECK_EQ(said_of(prepare(R"({"set_flags": ["VM_IO"]})")),
                 "mmsim: d.json:3:18: driver 'w', mmap_prepare step 1: unknown flag 'VM_IO'; "
                 "flags look like VMA_IO_BIT\n");
        CHECK_EQ(
            said_of(prepare(R"({"pgoff": "VMA_FOO_BIT"})")),
            "mmsim: d.json:3:13: driver 'w', mmap_prepare step 1: 'pgoff': column 1 of "
            "'VMA_FOO_BIT': unknown name 'VMA_FOO_BIT'; known are pages, length, pgoff, start, "
            "end and flags as VMA_IO_BIT\n");
    }

    TEST_CASE("a key that the version does not have") {
        const std::string action = R"({"action": "remap_full", "pfn": 1, )";
        CHECK_EQ(said_of(prepare(action + R"("success_hook": []})"), "7.2"),
                 "mmsim: d.json:3:3: driver 'w', mmap_prepare step 1: 'success_hook' is not in "
                 "kernel 7.2, only in 7.0 7.1\n");
        CHECK_EQ(said_of(prepare(action + R"("error_override": "EIO"})"), "7.1"),
                 "mmsim: d.json:3:3: driver 'w', mmap_prepare step 1: 'error_override' is not in "
                 "kernel 7.1, only in 7.2 7.3\n");
        CHECK_EQ(said_of(prepare(R"({"action": "simple_ioremap", "phys": 0, "size": 1})"), "7.0"),
                 "mmsim: d.json:3:3: driver 'w', mmap_prepare step 1: this action is not in "
                 "kernel 7.0, only in 7.1 7.2 7.3\n");
        CHECK_EQ(said_of("{\"name\": \"w\", \"mmap_prepare\": [],\n \"vm_ops\": {\"mapped\": []}}",
                         "7.0"),
                 "mmsim: d.json:2:13: driver 'w', vm_ops: 'mapped' is not in kernel 7.0, only in "
                 "7.1 7.2 7.3\n");
    }

    TEST_CASE("a division by zero, written so or met on the way") {
        CHECK_EQ(said_of(prepare(R"({"pgoff": "4 / 0"})")),
                 "mmsim: d.json:3:13: driver 'w', mmap_prepare step 1: 'pgoff': column 3 of "
                 "'4 / 0': division by zero\n");
        CHECK_EQ(said_of(prepare(R"({"pgoff": "4 / pgoff"})")),
                 "mmsim: d.json:3:3: driver 'w', mmap_prepare step 1: division by zero\n");
    }

    TEST_CASE("a driver named twice: in one file, in two, in file and trace") {
        const std::string w = "{\"name\": \"w\", \"mmap\": []}";
        CHECK_EQ(said_of("[" + w + ",\n " + w + "]"),
                 "mmsim: d.json:2:2: driver 'w' is there twice\n");
        CHECK_EQ(said_of(w, "7.3", "", "\n " + w),
                 "mmsim: e.json:2:2: driver 'w' is there twice\n");
        CHECK_EQ(said_of(" " + w, "7.3", w), "mmsim: d.json:1:2: driver 'w' is there twice\n");
    }

    TEST_CASE("stacking in a circle, on itself or over another") {
        CHECK_EQ(said_of("{\"name\": \"w\",\n \"mmap\": [{\"inner\": \"f\"}]}"),
                 "mmsim: d.json:2:11: driver 'w', mmap step 1: stacked in a circle\n");
        const std::string over_g = R"([{"name": "w", "mmap": [{"inner": "g"}]},
 {"name": "v", "mmap": [{"inner": "f"}]}])";
        CHECK_EQ(said_of(over_g, "7.3", "", "", {"--bind", "/dev/g=v"}),
                 "mmsim: d.json:2:25: driver 'v', mmap step 1: stacked in a circle\n");
        CHECK_EQ(said_of("{\"name\": \"w\",\n \"mmap\": [{\"inner\": \"nowhere\"}]}"),
                 "mmsim: d.json:2:11: driver 'w', mmap step 1: there is no file 'nowhere'\n");
    }

    TEST_CASE("a driver that the trace declares: the line and column of what is wrong there") {
        const std::string other = R"({"name": "other", "mmap": []})";
        CHECK_EQ(said_of(other, "7.3", "{\"name\": \"w\",\n   \"mmap\": [ {\"frobnicate\": 1} ]}"),
                 "mmsim: <stdin>:5:15: driver 'w', mmap step 1: unknown step 'frobnicate'\n");
        CHECK_EQ(said_of(other, "7.3",
                         "\n {\"name\": \"w\", \"mmap\": [ {\"pgoff\": 1},\n"
                         "   {\"set_flags\": [\"VMA_IO_BIT\",  \"VM_IO\"]} ]}"),
                 "mmsim: <stdin>:6:34: driver 'w', mmap step 2: unknown flag 'VM_IO'; flags look "
                 "like VMA_IO_BIT\n");
        CHECK_EQ(said_of(other, "7.0",
                         "{\"name\": \"w\",\n \"mmap_prepare\": [], \"vm_ops\": {\"mapped\": []}}"),
                 "mmsim: <stdin>:5:33: driver 'w', vm_ops: 'mapped' is not in kernel 7.0, only in "
                 "7.1 7.2 7.3\n");
        CHECK_EQ(said_of(other, "7.3", "{\"name\": \"w\", \"mmap\": [{\"inner\": \"f\"}]}"),
                 "mmsim: <stdin>:4:37: driver 'w', mmap step 1: stacked in a circle\n");
    }

    TEST_CASE("a file of the trace that names a driver that does not exist") {
        CHECK_EQ(said_of(R"({"name": "other", "mmap": []})"),
                 "mmsim: <stdin>:2:12: file 'f': there is no driver 'w'\n");
    }

    TEST_CASE("stacking in a circle over a file of the overlay") {
        const TemporaryFolder folder;
        folder.write("d.json", R"({"name": "w", "mmap": [{"inner": "upper"}]})");
        const auto run = run_mmsim({"replay", "-", "--driver", folder.path("d.json")},
                                   {.text = R"({"mmsim_trace": 1, "files": [
 {"id": "upper", "path": "/merged/a", "driver": "overlay", "params": {"backing": "lower"}},
 {"id": "lower", "path": "/lower/a", "driver": "w"}], "events": []})"});
        CHECK_EQ(run.status, 2);
        CHECK_EQ(run.out, "");
        CHECK_EQ(run.err.substr(run.err.find("d.json")),
                 "d.json:1:24: driver 'w', mmap step 1: stacked in a circle\n");
    }
}
