// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/table_report.h"

#include <string_view>
#include <vector>

#include <spdlog/fmt/fmt.h>

#include "report/csv.h"
#include "report/markdown.h"
#include "report/vma_table.h"

namespace mmsim {

namespace {

struct Table {
    std::string title;
    std::vector<std::string> columns;
    std::vector<std::vector<std::string>> rows;
};

std::string number(std::uint64_t value) { return std::to_string(value); }

Table processes_table(const Report& report) {
    Table table{"Processes",
                {"pid", "exited", "vmas", "peak", "vmas_if_merged", "mapped_bytes", "committed",
                 "merges", "splits", "boundaries", "gaps", "gap_index", "huge_page_bytes"},
                {}};
    for (const ProcessReport& process : report.processes.items) {
        const ProcessState& state = process.state;
        const Fragmentation& f = state.fragmentation;
        table.rows.push_back({std::to_string(state.pid), state.exited ? "yes" : "no",
                              number(f.vmas), number(f.peak), number(f.vmas_if_merged()),
                              number(f.mapped.bytes()), number(state.committed.count),
                              number(process.merges.total()), number(process.merges.splits),
                              number(f.boundaries.total()), number(f.gaps.count),
                              fmt::format("{:.4f}", f.gaps.index()), number(f.huge_page_bytes)});
    }
    return table;
}

Table boundaries_table(const Report& report) {
    Table table{"Boundaries", {"count", "reasons", "op", "path", "site"}, {}};
    for (const FragmentationCause& cause : report.causes) {
        table.rows.push_back({number(cause.count), reasons_text(cause.barriers),
                              cause.made ? std::string(mm_op_name(cause.op)) : "",
                              report.words.text(cause.path), report.words.text(cause.site)});
    }
    return table;
}

Table merges_table(const Report& report) {
    const MergesReport& m = report.merges;
    Table table{"Merges", {"what", "name", "count"}, {}};
    const auto add = [&](std::string what, std::string name, std::uint64_t count) {
        if (count != 0) table.rows.push_back({std::move(what), std::move(name), number(count)});
    };
    const auto add_sides = [&](const char* what, const SideCounts& sides) {
        add(what, "left", sides.left);
        add(what, "right", sides.right);
        add(what, "both", sides.both);
    };
    add_sides("new", m.fresh);
    add_sides("existing", m.existing);
    const auto add_all = [&](const char* what, const NamedCounts& counts) {
        for (const auto& [name, count] : counts) add(what, name, count);
    };
    add_all("by_op", m.by_op);
    add_all("by_driver", m.by_driver);
    add_all("by_file", m.by_file);
    add("prevented", "", m.prevented.total());
    add_all("splits_by_op", m.splits_by_op);
    return table;
}

std::string csv_row(const std::vector<std::string>& fields) {
    std::string row;
    for (std::size_t i = 0; i < fields.size(); ++i)
        row += (i == 0 ? "" : ",") + csv_field(fields[i]);
    return row + "\n";
}

std::string markdown_row(const std::vector<std::string>& fields) {
    std::string row = "|";
    for (const std::string& field : fields) row += " " + markdown_text(field) + " |";
    return row + "\n";
}

std::string print(const Table& table, TableForm form) {
    std::string text;
    if (form == TableForm::csv) {
        text = csv_row(table.columns);
        for (const auto& row : table.rows) text += csv_row(row);
        return text;
    }
    text = "## " + table.title + "\n\n" + markdown_row(table.columns) + "|";
    for (std::size_t i = 0; i < table.columns.size(); ++i) text += "---|";
    text += '\n';
    for (const auto& row : table.rows) text += markdown_row(row);
    return text;
}

}  // namespace

std::string table_report(const Report& report, TableForm form) {
    return print(processes_table(report), form) + "\n" + print(boundaries_table(report), form) +
           "\n" + print(merges_table(report), form);
}

}  // namespace mmsim
