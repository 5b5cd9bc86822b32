// SPDX-License-Identifier: GPL-2.0-or-later
// What a trace was recorded without. An advice follows the words "record with".
#include "replay/engine_state.h"

namespace mmsim {
void Engine::State::missing_in_json(std::vector<MissingSwitch>& found) const {
    if (unknown_processes) {
        found.push_back({"the beginning of some processes", "an event fork or clone for each"});
    }
    if (unknown_exec) {
        found.push_back({"the layout after an execve", "the key maps of execve"});
    }
}

void Engine::State::missing_processes(std::vector<MissingSwitch>& found) const {
    const ReadSummary& read = reader.summary();
    if (unknown_exec) {
        found.push_back({"the layout after a later execve",
                         "a trace of that program alone, and its --initial-maps"});
    }
    if (read.saw_clone && !read.saw_pids) {
        found.push_back({"the calls of threads and child processes", "strace -f"});
    }
    if (guessed_threads) {
        found.push_back({"which process each thread is of (all were taken for the first)",
                         "strace -f -e trace=memory,desc,process"});
    }
    if (unknown_processes) {
        found.push_back({"the beginning of some processes",
                         "strace -f -e trace=memory,desc,process from the first process on"});
    }
}

void Engine::State::missing_files(std::vector<MissingSwitch>& found) const {
    const Descriptors& descriptors = files.descriptors();
    if (descriptors.guessed_files() && !descriptors.paths_seen()) {
        found.push_back({"which files are mapped", "strace -y"});
    } else if (descriptors.guessed_files()) {
        found.push_back({"how some mapped files were opened", "strace -e trace=memory,desc"});
    }
    if (descriptors.guessed_segments()) {
        found.push_back({"the size of SysV segments", "strace -e trace=memory,ipc"});
    }
}

std::vector<MissingSwitch> Engine::missing() const {
    std::vector<MissingSwitch> found;
    const State& s = *state_;
    if (s.reader.format() != TraceFormat::strace) {
        s.missing_in_json(found);
        return found;
    }
    if (!s.has_initial_maps) {
        found.push_back({"the layout at the start", "a copy of /proc/PID/maps (--initial-maps)"});
    }
    s.missing_processes(found);
    s.missing_files(found);
    const ReadSummary& read = s.reader.summary();
    if (read.only_failures) {
        found.push_back({"the calls that succeeded", "strace without -Z"});
    } else if (read.only_successes) {
        found.push_back({"the calls that failed", "strace without -z"});
    }
    return found;
}

}  // namespace mmsim
