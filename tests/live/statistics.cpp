// SPDX-License-Identifier: GPL-2.0-or-later
#include "live/statistics.h"

#include <spdlog/fmt/fmt.h>

#include "base/errno.h"

namespace mmsim::live {
namespace {

std::string answer(OpKind kind, int error) {
    if (error == 0) return "ok";
    if (kind == OpKind::touch) return fmt::format("signal {}", error);
    return std::string(errno_name(static_cast<Errno>(error)));
}

// "mmap" of "mmap(NULL, ...)".
std::string name_of(OpKind kind) {
    if (kind == OpKind::touch) return "touch";
    const std::string text = op_text({.kind = kind});
    return text.substr(0, text.find('('));
}

}  // namespace

void Statistics::count(const RunResult& result) {
    for (std::size_t i = 0; i < result.errors.size(); ++i) {
        ++by_kind_[static_cast<std::size_t>(result.done[i].kind)][result.errors[i]];
    }
}

std::string Statistics::table() const {
    std::string out;
    for (std::size_t i = 0; i < kOpKinds; ++i) {
        const auto kind = static_cast<OpKind>(i);
        out += fmt::format("{:17}", name_of(kind));
        for (const auto& [error, times] : by_kind_[i]) {
            out += fmt::format(" {} {}", answer(kind, error), times);
        }
        out += '\n';
    }
    return out;
}

}  // namespace mmsim::live
