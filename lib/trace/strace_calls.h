// SPDX-License-Identifier: GPL-2.0-or-later
// From the parts of one call in strace text to a record: one small function for each call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trace/abi_names.h"
#include "trace/strace_args.h"
#include "trace/strace_values.h"
#include "trace/trace_record.h"

namespace mmsim {

// Where io_setup has mapped rings, and their bytes.
using AioRings = std::map<std::uint64_t, std::uint64_t>;

// The parts of a call, and what was noticed while they were read. Reading never fails: what cannot
// be read is 0 and noted.
struct StraceCall {
    StraceCall(std::string& call_line, std::string& path_room, std::vector<MadviseCall>& vector,
               AioRings& aio)
        : line(call_line), path(path_room), ranges(vector), rings(aio) {}

    std::string& line;  // holds the parts; paths and names are unescaped in place
    std::string& path;  // room for a path that is put together
    StraceArgs args;
    StraceResult result;
    std::int64_t pid = 0;  // of the thread, as strace prints it; 0: not known

    bool unreadable = false;           // an argument that matters is missing or no number
    bool saw_fd_path = false;          // a descriptor has its path behind it
    std::string_view problem;          // the first thing to warn of; empty: none
    std::string_view about;            // the text that it is about
    std::vector<MadviseCall>& ranges;  // process_madvise: what makes a record each
    AioRings& rings;                   // io_setup: made so far

    std::string_view arg(std::size_t place) const;
    std::uint64_t number(std::size_t place);
    std::uint64_t number_of(std::string_view text);
    std::uint64_t flags(std::size_t place, AbiFamily family);
    std::uint64_t flags_of(const FlagsValue& flags);
    FileRef fd(std::size_t place);
    FileRef result_fd();
    std::optional<std::string_view> text(std::size_t place);

    bool succeeded() const { return result.state == StraceResult::State::success; }
    void complain(std::string_view what, std::string_view text);
};

// The call that is read; false if it is none that matters: fcntl(F_GETFD), an open that failed.
using StraceBuilder = bool (*)(StraceCall& call, TraceCall& out);

// A call that makes records.
struct StraceCallKind {
    enum class Role : std::uint8_t { plain, clone, exec, exit, exit_group };

    std::string_view name;
    StraceBuilder build;
    Role role = Role::plain;
};

// Null for calls that do not concern memory, descriptors or processes.
const StraceCallKind* find_call(std::string_view name);

// "# touch ADDR LEN r|w [fault-at ADDR]". `wrong`: it begins like one, but is not.
std::optional<TouchCall> parse_touch(std::string_view comment, bool& wrong);

}  // namespace mmsim
