// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/strace_mend.h"

#include "base/text.h"

namespace mmsim {
namespace {

// As much as this may be foreign. Bounds the work on hostile input.
constexpr std::size_t kMostForeign = 512;

// The ')' that ends the arguments, with the result behind it.
std::size_t result_start(std::string_view text) {
    for (std::size_t at = text.rfind(" = "); at != npos && at > 0; at = text.rfind(" = ", at - 1)) {
        const std::size_t before = text.find_last_not_of(' ', at);
        if (before != npos && text[before] == ')') return before;
    }
    return npos;
}

bool can_be_read(StraceCall& call, const StraceCallKind& kind) {
    call.unreadable = false;
    call.problem = {};
    call.ranges.clear();
    TraceCall out;
    return kind.build(call, out) && !call.unreadable && call.problem.empty();
}

}  // namespace

bool split_call(StraceCall& call) {
    const std::string_view text{call.line};
    const std::size_t args = text.find('(') + 1;
    if (!split_args(text.substr(args), call.args)) return false;
    call.result = parse_result(text.substr(args + call.args.end));
    return call.result.state != StraceResult::State::missing;
}

bool mend_call(StraceCall& call, const StraceCallKind& kind) {
    const std::size_t tail = result_start(call.line);
    if (tail == npos) return false;
    const std::string whole = call.line;
    const bool unreadable = call.unreadable;
    const std::string_view problem = call.problem;
    const std::string_view about = call.about;
    const std::size_t args = whole.find('(') + 1;
    for (std::size_t cut = 0; cut <= kMostForeign && tail - cut >= args; ++cut) {
        const auto shorten = [&] {
            call.line.assign(whole, 0, tail - cut);
            call.line.append(whole, tail);
            return split_call(call);
        };
        // Reading unescapes names in place: what was read once has to be made anew.
        if (shorten() && can_be_read(call, kind)) return shorten();
    }
    // As it was: what was found out about shorter texts is not about this one.
    call.line = whole;
    static_cast<void>(split_call(call));
    call.ranges.clear();
    call.unreadable = unreadable;
    call.problem = problem;
    call.about = about;
    return false;
}

}  // namespace mmsim
