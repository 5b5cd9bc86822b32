// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <cmath>
#include <iterator>
#include <string_view>

#include <spdlog/fmt/fmt.h>

#include "check/diff_numbers.h"
#include "check/diff_report.h"
#include "check/diff_rows.h"

namespace mmsim {

namespace {

constexpr std::size_t kCallsShown = 5;
constexpr std::size_t kRowsShown = 24;
constexpr std::size_t kColumns = 80;
constexpr std::string_view kRed = "\x1b[31m", kGreen = "\x1b[32m", kPlain = "\x1b[0m";

class DiffPage {
public:
    DiffPage(const Diff& diff, const DiffTextOptions& options)
        : diff_(diff), options_(options), rows_(number_rows(diff, options.all)) {}

    std::string write() {
        verdict();
        settings();
        calls();
        numbers();
        for (std::size_t i = 0; i < diff_.news.size(); ++i) layouts(i);
        return std::move(text_);
    }

private:
    void line(std::string_view text) { (text_ += text) += '\n'; }
    std::string painted(const std::string& text, int judgement) const {
        if (!options_.colour || judgement == 0) return text;
        return fmt::format("{}{}{}", judgement > 0 ? kRed : kGreen, text, kPlain);
    }
    std::string new_name(std::size_t i) const { return side_name(diff_, i); }

    void verdict();
    void settings();
    void calls();
    void numbers();
    void wide_table();
    void narrow_table();
    void layouts(std::size_t i);
    void picture(std::size_t i, const LayoutPicture& picture);
    std::string cell(const std::optional<double>& number, NumberUnit unit) const {
        return number ? number_text(*number, unit) : "-";
    }

    const Diff& diff_;
    const DiffTextOptions& options_;
    std::vector<NumberRow> rows_;
    std::string text_;
};

void DiffPage::verdict() {
    for (const std::string& text : diff_verdict(diff_)) line(text);
}

void DiffPage::settings() {
    line("");
    if (!diff_.trace.empty()) {
        line(fmt::format("{:<11}{}", "trace", diff_.trace));
        if (!diff_.title.empty()) line(fmt::format("{:<11}{}", "title", diff_.title));
    }
    const auto side = [&](std::string_view label, const DiffSide& of) {
        line(fmt::format("{:<11}{}{}kernel {}, hooks {}{}", label, of.name,
                         of.name.empty() ? "" : ": ", of.kernel, of.hook,
                         diff_.trace.empty() ? ", trace " + of.trace : ""));
    };
    side("old", diff_.old);
    for (std::size_t i = 0; i < diff_.news.size(); ++i) side(new_name(i), diff_.news[i].side);
}

void DiffPage::calls() {
    constexpr std::string_view kTitles[] = {"now fails", "now works", "fails with"};
    for (std::size_t i = 0; i < diff_.news.size(); ++i) {
        const DiffAgainst& now = diff_.news[i];
        if (!now.calls_compared) {
            line("");
            line("calls      not compared: the reports are of different traces");
        }
        for (std::size_t kind = 0; kind < kCallChanges; ++kind) {
            const CappedList<ChangedCall>& list = now.calls[kind];
            if (list.total() == 0) continue;
            line("");
            line(fmt::format("{}{}", kTitles[kind],
                             diff_.news.size() == 1 ? "" : " under " + new_name(i)));
            for (std::size_t j = 0; j < std::min(list.items.size(), kCallsShown); ++j) {
                const ChangedCall& call = list.items[j];
                const std::string change = fmt::format("{} -> {}", call.old, call.now);
                line(fmt::format("  event {} (line {}): {}: {}{}", call.place.event,
                                 call.place.line, call.call,
                                 painted(change, kind == 0   ? 1
                                                 : kind == 1 ? -1
                                                             : 0),
                                 call.overruled ? " (the recorded result holds)" : ""));
            }
            if (list.total() > kCallsShown) {
                line(fmt::format("  ... and {} more", list.total() - kCallsShown));
            }
        }
    }
}

void DiffPage::numbers() {
    if (rows_.empty()) return;
    line("");
    if (diff_.news.size() == 1) {
        narrow_table();
    } else {
        wide_table();
    }
}

// One new side: old, new, delta, percent.
void DiffPage::narrow_table() {
    line(fmt::format("{:<35}{:>11}{:>11}{:>12}{:>11}", "", "old", "new", "delta", "percent"));
    for (const NumberRow& row : rows_) {
        const auto delta = row.delta(0);
        const std::string change = delta ? signed_text(*delta, row.unit) : "-";
        const std::string both = fmt::format("{:>12}{:>11}", change, percent_text(row, 0));
        line(fmt::format("{:<35}{:>11}{:>11}{}", row.label, cell(row.old, row.unit),
                         cell(row.now[0], row.unit), painted(both, row.judgement(0))));
    }
}

// Several new sides: a column for each.
void DiffPage::wide_table() {
    std::string head = fmt::format("{:<35}{:>11}", "", "old");
    for (std::size_t i = 0; i < diff_.news.size(); ++i) head += fmt::format("{:>11}", new_name(i));
    line(head);
    for (const NumberRow& row : rows_) {
        std::string text = fmt::format("{:<35}{:>11}", row.label, cell(row.old, row.unit));
        for (std::size_t i = 0; i < row.now.size(); ++i) {
            text += painted(fmt::format("{:>11}", cell(row.now[i], row.unit)), row.judgement(i));
        }
        line(text);
    }
}

std::string range_text(const MapsEntry& entry) {
    return fmt::format("{:08x}-{:08x} {}{}{}{}", entry.start, entry.end, entry.readable ? 'r' : '-',
                       entry.writable ? 'w' : '-', entry.executable ? 'x' : '-',
                       entry.shared ? 's' : 'p');
}

std::string name_of(const MapsEntry& entry) {
    return entry.path + (entry.deleted ? " (deleted)" : "");
}

// What the columns do not show: names, and what else differs.
std::string remarks(const LayoutRow& row) {
    const MapsEntry& shown = row.now ? *row.now : *row.old;
    std::string text = name_of(shown);
    if (!row.old || !row.now) return text;
    if (name_of(*row.old) != text) text = fmt::format("{} -> {}", name_of(*row.old), text);
    if (row.old->offset != row.now->offset) {
        text += fmt::format(" offset {:x} -> {:x}", row.old->offset, row.now->offset);
    }
    if (row.old->vm_flags && row.now->vm_flags) {
        for (const std::string& code : *row.old->vm_flags) {
            if (std::ranges::count(*row.now->vm_flags, code) == 0) text += " -" + code;
        }
        for (const std::string& code : *row.now->vm_flags) {
            if (std::ranges::count(*row.old->vm_flags, code) == 0) text += " +" + code;
        }
    }
    return text;
}

// Long names lose their front.
std::string fitted(std::string text, std::size_t room) {
    if (text.size() <= room) return text;
    return ".." + text.substr(text.size() - room + 2);
}

std::string when_text(const LayoutPicture& picture) {
    std::string event = picture.place.event == 0
                            ? "from the start"
                            : fmt::format("at event {} (line {}), {}", picture.place.event,
                                          picture.place.line, picture.call);
    switch (picture.when) {
        case LayoutPicture::When::first:
            return "the layouts part " + event;
        case LayoutPicture::When::first_flags:
            return "VmFlags alone part " + event;
        case LayoutPicture::When::end:
            return "the layouts at the end";
    }
    return event;
}

void DiffPage::picture(std::size_t i, const LayoutPicture& picture) {
    line("");
    line(fmt::format("pid {}: {}", picture.pid, when_text(picture)));
    const auto& rows = picture.rows.items;
    const std::size_t shown = std::min(rows.size(), kRowsShown);
    std::size_t width = 23;
    for (std::size_t r = 0; r < shown; ++r) {
        if (rows[r].old) width = std::max(width, range_text(*rows[r].old).size());
        if (rows[r].now) width = std::max(width, range_text(*rows[r].now).size());
    }
    line(fmt::format("  {:<{}} | {}", "old", width, new_name(i)));
    std::uint64_t old_end = 0, new_end = 0;
    for (std::size_t r = 0; r < shown; ++r) {
        const LayoutRow& row = rows[r];
        const std::uint64_t start = row.now ? row.now->start : row.old->start;
        const auto side = [&](const std::optional<MapsEntry>& entry, std::uint64_t& end) {
            if (!entry) return std::string(start < end ? "(part of the one above)" : "(nothing)");
            end = entry->end;
            return range_text(*entry);
        };
        if (row.after_gap) line("  ...");
        const std::string old = side(row.old, old_end);
        const std::string now = side(row.now, new_end);
        const std::size_t used = 2 + width + 3 + width + 1;
        const std::string remark =
            fitted(remarks(row), used < kColumns - 10 ? kColumns - used : 40);
        const std::string text = fmt::format("{} {:<{}} | {:<{}} {}", row.same ? ' ' : '!', old,
                                             width, now, width, remark);
        line(text.substr(0, text.find_last_not_of(' ') + 1));
    }
    if (picture.rows.total() > shown) {
        line(fmt::format("  ... and {} more lines", picture.rows.total() - shown));
    }
}

void DiffPage::layouts(std::size_t i) {
    for (const LayoutPicture& drawn : diff_.news[i].layouts) picture(i, drawn);
}

}  // namespace

std::string diff_text(const Diff& diff, const DiffTextOptions& options) {
    return DiffPage(diff, options).write();
}

}  // namespace mmsim
