// SPDX-License-Identifier: GPL-2.0-or-later
#include "input_warnings.h"

#include <spdlog/spdlog.h>

namespace mmsim {

void warn_about_input(const TraceReader& reader, const std::string& trace) {
    const ReadSummary& summary = reader.summary();
    for (const ReadWarning& warning : summary.first_warnings) {
        spdlog::warn("{}:{}: {}", trace, warning.line, warning.message);
    }
    if (const auto more = summary.warnings - summary.first_warnings.size(); more != 0) {
        spdlog::warn("{}: {} more like these", trace, more);
    }
}

}  // namespace mmsim
