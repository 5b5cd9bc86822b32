// SPDX-License-Identifier: GPL-2.0-or-later
#include "progress.h"

#include <cstdio>
#include <unistd.h>

#include "report/text_report.h"

namespace mmsim {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kFirst{1500};  // what is done before needs no progress
constexpr milliseconds kEvery{250};

}  // namespace

Progress::Progress()
    : enabled_(::isatty(STDERR_FILENO) == 1), next_(steady_clock::now() + kFirst) {}

Progress::~Progress() {
    if (shown_) std::fputs("\r\x1b[K", stderr);
}

void Progress::show(std::uint64_t events) {
    const auto now = steady_clock::now();
    if (now < next_) return;
    next_ = now + kEvery;
    shown_ = true;
    std::fprintf(stderr, "\rmmsim: %s events ...", with_commas(events).c_str());
    std::fflush(stderr);
}

}  // namespace mmsim
