// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/diff_numbers.h"

#include <cmath>
#include <cstdint>
#include <iterator>
#include <string_view>

#include <spdlog/fmt/fmt.h>

#include "report/text_report.h"

namespace mmsim {

namespace {

std::string magnitude(double number, NumberUnit unit) {
    if (unit == NumberUnit::ratio) return fmt::format("{:.4g}", number);
    if (unit != NumberUnit::bytes || number < 1024) {
        return with_commas(static_cast<std::uint64_t>(number));
    }
    constexpr std::string_view kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    std::size_t i = 0;
    for (; number >= 1024 && i + 1 < std::size(kUnits); ++i) number /= 1024;
    return fmt::format("{:.1f} {}", number, kUnits[i]);
}

}  // namespace

std::string plain_number(double number) {
    if (number == std::floor(number)) return fmt::format("{:.0f}", number);
    return fmt::format("{}", number);
}

std::string number_text(double number, NumberUnit unit) {
    return (number < 0 ? "-" : "") + magnitude(std::abs(number), unit);
}

std::string signed_text(double number, NumberUnit unit) {
    if (number == 0) return "0";
    return (number < 0 ? "-" : "+") + magnitude(std::abs(number), unit);
}

std::string percent_text(const NumberRow& row, std::size_t i) {
    const auto delta = row.delta(i);
    if (!delta) return "-";
    if (*delta == 0) return "0 %";
    const auto percent = row.percent(i);
    if (!percent) return "new";
    // What is not nothing does not look like it.
    if (std::abs(*percent) < 0.05) return fmt::format("{:+.1g} %", *percent);
    return fmt::format("{:+.1f} %", *percent);
}

}  // namespace mmsim
