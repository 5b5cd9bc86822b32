// SPDX-License-Identifier: GPL-2.0-or-later
#include <string>

#include <spdlog/fmt/fmt.h>

#include "check/diff_numbers.h"
#include "check/diff_report.h"
#include "check/diff_rows.h"
#include "report/csv.h"
#include "report/markdown.h"

namespace mmsim {

namespace {

std::string csv_number(const std::optional<double>& number) {
    return number ? plain_number(*number) : "";
}

}  // namespace

std::string diff_csv(const Diff& diff, bool all) {
    std::string text = "number,unit,old";
    for (std::size_t i = 0; i < diff.news.size(); ++i) {
        const std::string which = diff.news.size() == 1 ? "" : fmt::format(" {}", i + 1);
        text += fmt::format(",new{0},delta{0},percent{0}", which);
    }
    text += '\n';
    for (const NumberRow& row : number_rows(diff, all)) {
        text +=
            fmt::format("{},{},{}", csv_field(row.path), unit_name(row.unit), csv_number(row.old));
        for (std::size_t i = 0; i < row.now.size(); ++i) {
            const auto percent = row.percent(i);
            text += fmt::format(",{},{},{}", csv_number(row.now[i]), csv_number(row.delta(i)),
                                percent ? fmt::format("{:.2f}", *percent) : "");
        }
        text += '\n';
    }
    return text;
}

std::string diff_markdown(const Diff& diff, bool all) {
    const bool one = diff.news.size() == 1;
    std::string head = "| | " + markdown_text(diff.old.name) + " |";
    std::string rule = "|---|---:|";
    for (const DiffAgainst& now : diff.news) {
        head += " " + markdown_text(now.side.name) + " |";
        rule += "---:|";
        if (one) {
            head += " delta | percent |";
            rule += "---:|---:|";
        }
    }
    std::string text = head + "\n" + rule + "\n";
    const auto cell = [](const std::optional<double>& number, NumberUnit unit) {
        return number ? number_text(*number, unit) : "-";
    };
    for (const NumberRow& row : number_rows(diff, all)) {
        text += fmt::format("| {} | {} |", markdown_text(row.label), cell(row.old, row.unit));
        for (std::size_t i = 0; i < row.now.size(); ++i) {
            text += fmt::format(" {} |", cell(row.now[i], row.unit));
            if (!one) continue;
            const auto delta = row.delta(i);
            text += fmt::format(" {} | {} |", delta ? signed_text(*delta, row.unit) : "-",
                                percent_text(row, i));
        }
        text += '\n';
    }
    return text;
}

}  // namespace mmsim
