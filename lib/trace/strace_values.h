// SPDX-License-Identifier: GPL-2.0-or-later
// Reading what strace prints for one argument, and for the result of a call.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/errno.h"
#include "trace/abi_names.h"
#include "trace/trace_record.h"

namespace mmsim {

// What strace prints for a number: "NULL", "-1", "0x1000", "0600", "8192*1024", "0x22 /* ... */".
std::optional<std::uint64_t> parse_number(std::string_view text);

// The constant, by its name or as a number: -X raw prints it so, and a strace that does not know
// the name "0x43 /* PR_??? */".
bool is_constant(std::string_view text, std::string_view name, std::uint64_t value);

// Names and numbers joined by '|', between comments. A name that is not known has no bits.
struct FlagsValue {
    std::uint64_t value = 0;
    std::string_view unknown;  // the first such name
};
FlagsValue parse_flags(std::string_view text, AbiFamily family);
FlagsValue parse_open_flags(std::string_view text);   // O_*
FlagsValue parse_memfd_flags(std::string_view text);  // MFD_*

// "3", "-1", "0xffffffff", "3</etc/passwd>", "5</memfd:x>(deleted)", "4</dev/zero<char 1:5>>".
// `arg` is a part of `line`, in which the path is unescaped in place.
FileRef parse_fd(std::string& line, std::string_view arg);

// "abc" of `"abc"...`, unescaped in place; nullopt for what is no string.
std::optional<std::string_view> parse_string(std::string& line, std::string_view arg);

// What stands behind the ')' of a call.
struct StraceResult {
    enum class State {
        missing,    // the line ends before it
        unknown,    // "= ?"
        restarted,  // "= ? ERESTARTSYS (...)": the call had no effect and is made again
        success,
        failure,
    };
    State state = State::missing;
    std::int64_t value = 0;
    Errno error = Errno::ok;
    bool injected = false;            // the kernel never saw the call
    std::string_view text;            // the value as printed, with its decoration
    std::optional<std::int64_t> pid;  // "= 7 /* 13155 in strace's PID NS */": 13155
};
StraceResult parse_result(std::string_view text);

}  // namespace mmsim
