// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/text_report.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

#include <spdlog/fmt/fmt.h>

#include "analysis/names.h"
#include "report/barrier_text.h"
#include "report/next_step.h"
#include "report/vma_table.h"

namespace mmsim {

namespace {

constexpr std::size_t kExamples = 5;  // entries shown of each list

// "3 events", "1 event"
std::string count(std::uint64_t number, std::string_view noun, std::string_view plural = {}) {
    if (number == 1) return fmt::format("1 {}", noun);
    if (!plural.empty()) return fmt::format("{} {}", with_commas(number), plural);
    return fmt::format("{} {}s", with_commas(number), noun);
}

// "flags 20, file 11", the largest first.
std::string ranked(NamedCounts counts) {
    std::ranges::stable_sort(counts, std::ranges::greater{},
                             [](const auto& c) { return c.second; });
    std::string text;
    for (const auto& [name, number] : counts) {
        if (!text.empty()) text += ", ";
        text += fmt::format("{} {}", name, with_commas(number));
    }
    return text;
}

std::string sides(std::string_view what, const SideCounts& counts) {
    if (counts.total() == 0) return {};
    NamedCounts named;
    if (counts.left != 0) named.emplace_back("left", counts.left);
    if (counts.right != 0) named.emplace_back("right", counts.right);
    if (counts.both != 0) named.emplace_back("both", counts.both);
    return fmt::format("{} {} ({})", with_commas(counts.total()), what, ranked(named));
}

constexpr std::string_view kBold = "\x1b[1m", kRed = "\x1b[1;31m", kGreen = "\x1b[1;32m",
                           kPlain = "\x1b[0m";

class Page {
public:
    explicit Page(const TextStyle& style) : style_(style) {}

    // How many entries of a list of `size` are shown.
    std::size_t shown(std::size_t size) const {
        return style_.everything ? size : std::min(size, kExamples);
    }
    const TextStyle& style() const { return style_; }

    void line(std::string_view label, std::string_view text) {
        const std::string padded = fmt::format("{:<11}", label);
        (text_ += label.empty() ? padded : coloured(padded, kBold)) += text;
        text_ += '\n';
    }
    void verdict(std::string_view text) {
        const auto end = text.find(':');
        text_ += coloured(text.substr(0, end), text.starts_with("OK") ? kGreen : kRed);
        (text_ += text.substr(end)) += '\n';
    }
    void detail(std::string_view text) { line("", text); }
    void plain(std::string_view text) { (text_ += text) += '\n'; }
    std::string take() { return std::move(text_); }

private:
    std::string coloured(std::string_view text, std::string_view colour) const {
        if (!style_.colour || text.empty()) return std::string(text);
        return fmt::format("{}{}{}", colour, text, kPlain);
    }

    const TextStyle& style_;
    std::string text_;
};

std::string verdict(const Report& report) {
    const std::string run =
        fmt::format("{} on Linux {}", count(report.events.total, "event"), report.kernel);
    const std::string vmas = fmt::format("{} at the end", count(report.fragmentation.vmas, "VMA"));
    std::string wrong;
    const auto add = [&](std::uint64_t number, std::string_view noun) {
        if (number == 0) return;
        wrong += (wrong.empty() ? "" : ", ") + count(number, noun);
    };
    add(report.broken.size(), "broken invariant");
    add(report.leaks.total(), "leak");
    add(report.diagnostics.total(), "diagnostic");
    add(report.events.diverged, "divergence");
    if (!wrong.empty()) return fmt::format("LOOK: {}: {}; {}", run, wrong, vmas);
    if (report.events.with_result == 0) return fmt::format("OK: {}, {}", run, vmas);
    return fmt::format("OK: {}, every recorded result reproduced; {}", run, vmas);
}

void settings(Page& page, const Report& report) {
    page.line("trace", report.title.empty() ? report.trace
                                            : fmt::format("{} ({})", report.trace, report.title));
    page.line("settings",
              fmt::format("kernel {}, hooks {}, addresses {}, page faults {}{}", report.kernel,
                          report.hook, report.addresses, report.page_faults,
                          report.fixed_accounting ? ", accounting fixed" : ""));
}

void events(Page& page, const Report& report) {
    const EventsReport& e = report.events;
    std::string text = fmt::format("{}: {} ok", with_commas(e.total), with_commas(e.ok));
    if (e.failed != 0) {
        text += fmt::format(", {} failed ({})", with_commas(e.failed), ranked(e.errors));
    }
    if (e.skipped != 0) text += fmt::format(", {} skipped", with_commas(e.skipped));
    page.line("events", text);
}

// Never rounded up to a 100 that it is not.
std::string percent_reproduced(const EventsReport& e) {
    const std::uint64_t good = e.with_result - std::min(e.with_result, e.diverged);
    const auto hundredths = static_cast<std::uint64_t>(static_cast<double>(good) * 10'000.0 /
                                                       static_cast<double>(e.with_result));
    if (hundredths == 10'000 && e.diverged == 0) return "100 %";
    const std::uint64_t shown = std::min<std::uint64_t>(hundredths, 9'999);
    return fmt::format("{}.{:02} %", shown / 100, shown % 100);
}

void fidelity(Page& page, const Report& report) {
    const EventsReport& e = report.events;
    if (e.with_result == 0) {
        page.line("fidelity", "the trace records no results to compare with");
        return;
    }
    std::string text = "recorded results reproduced: " + percent_reproduced(e);
    if (!report.divergences->empty()) {
        text += fmt::format(", first divergence at line {}",
                            report.divergences->items.front().place.line);
    }
    page.line("fidelity", text);
}

// The highest VMA count of each stretch of the run, as bars.
std::string sparkline(const Timeline& timeline) {
    constexpr std::size_t kWidth = 60;
    constexpr std::string_view kBars = "▁▂▃▄▅▆▇█";  // three bytes each
    const auto& buckets = timeline.buckets();
    const std::size_t columns = std::min(kWidth, buckets.size());
    std::vector<std::uint64_t> highest(columns);
    for (std::size_t i = 0; i < buckets.size(); ++i) {
        std::uint64_t& column = highest[i * columns / buckets.size()];
        column = std::max(column, buckets[i].vmas.max);
    }
    const std::uint64_t top = columns == 0 ? 0 : std::ranges::max(highest);
    std::string line;
    for (const std::uint64_t value : highest) {
        line += kBars.substr(top == 0 ? 0 : static_cast<std::size_t>(value * 7 / top) * 3, 3);
    }
    return line;
}

void vmas(Page& page, const Report& report) {
    const Fragmentation& f = report.fragmentation;
    const std::string room = f.headroom >= 0
                                 ? fmt::format("{} more until max_map_count ({})",
                                               with_commas(static_cast<std::uint64_t>(f.headroom)),
                                               with_commas(report.max_map_count))
                                 : fmt::format("{} beyond max_map_count ({})",
                                               with_commas(static_cast<std::uint64_t>(-f.headroom)),
                                               with_commas(report.max_map_count));
    page.line("VMAs", fmt::format("{} at the end, {} at most; {}", with_commas(f.vmas),
                                  with_commas(f.peak), room));
    if (page.style().terminal) page.detail(sparkline(report.timeline));
    if (f.vmas_if_merged() != f.vmas) {
        page.detail(fmt::format("{} if all neighbours that may merge were merged",
                                with_commas(f.vmas_if_merged())));
    }
    // Half the limit is used: then lower ones are of interest.
    const bool close = f.map_limit_needed > report.max_map_count / 2;
    const auto& limits = report.lower_limits;
    const std::size_t listed = page.style().everything ? limits.size() : close ? 1 : 0;
    for (std::size_t i = limits.size() - std::min(listed, limits.size()); i < limits.size(); ++i) {
        page.detail(fmt::format("a max_map_count of {} would have refused line {}",
                                with_commas(limits[i].limit), limits[i].place.line));
    }
}

void memory(Page& page, const Report& report) {
    const Fragmentation& f = report.fragmentation;
    page.line("memory", fmt::format("{} mapped, {} of it in whole 2 MiB blocks",
                                    bytes_text(f.mapped.bytes()), bytes_text(f.huge_page_bytes)));
    if (!page.style().everything) return;
    page.detail(fmt::format("{:.2f} VMAs per MiB", f.vmas_per_mib()));
    page.detail(fmt::format("{}, the largest of {}; external fragmentation {:.4f}",
                            count(f.gaps.count, "free gap"), bytes_text(f.gaps.largest.bytes()),
                            f.gaps.index()));
}

// Why there are so many VMAs, and who is to be asked about it.
void unmerged(Page& page, const Report& report) {
    const Fragmentation& f = report.fragmentation;
    if (f.boundaries.total() == 0) return;
    NamedCounts reasons;
    for (std::size_t i = 0; i < kBoundaryReasons; ++i) {
        const auto number = f.boundaries.by_reason[i];
        if (number != 0) reasons.emplace_back(boundary_reason_name(i), number);
    }
    page.line("unmerged", fmt::format("{}: {}", count(f.boundaries.total(), "touching pair"),
                                      ranked(std::move(reasons))));
    const std::size_t shown = page.shown(report.causes.size());
    for (std::size_t i = 0; i < shown; ++i) {
        const FragmentationCause& cause = report.causes[i];
        page.detail(fmt::format("{:>6}  {}: {}", with_commas(cause.count),
                                reasons_text(cause.barriers), cause_text(cause, report.words)));
        if (page.style().everything || &cause == main_cause(report)) {
            page.detail(fmt::format("        cure: {}", cures_text(cause.barriers)));
        }
    }
    std::uint64_t rest = 0;
    for (std::size_t i = shown; i < report.causes.size(); ++i) rest += report.causes[i].count;
    if (rest != 0) page.detail(fmt::format("{:>6}  others", with_commas(rest)));
}

void groups(Page& page, const Report& report) {
    if (!page.style().by) return;
    const auto table = vma_table(report, *page.style().by);
    const std::size_t shown = page.shown(table.size());
    for (std::size_t i = 0; i < shown; ++i) {
        const VmaTableRow& row = table[i];
        page.line(i == 0 ? fmt::format("by {}", group_by_name(*page.style().by)) : "",
                  fmt::format("{:>6}  {}: {}, {}", with_commas(row.vmas), row.name,
                              bytes_text(row.pages.bytes()),
                              count(row.boundaries, "boundary", "boundaries")));
    }
    if (shown < table.size()) {
        page.detail(fmt::format("... and {} more", with_commas(table.size() - shown)));
    }
}

void merges(Page& page, const Report& report) {
    const MergesReport& m = report.merges;
    std::string text;
    for (const std::string& part : {sides("new", m.fresh), sides("existing", m.existing)}) {
        if (!part.empty()) text += (text.empty() ? "" : ", ") + part;
    }
    page.line("merges",
              fmt::format("{}; {}", text.empty() ? "none" : text, count(m.splits, "split")));
    if (!m.prevented.empty()) {
        page.detail(fmt::format("{} more with mmap_prepare instead of mmap",
                                with_commas(m.prevented.total())));
    }
    if (!page.style().everything) return;
    const auto detail = [&](std::string_view what, const NamedCounts& counts) {
        if (!counts.empty()) page.detail(fmt::format("{}: {}", what, ranked(counts)));
    };
    detail("merges by operation", m.by_op);
    detail("merges by driver", m.by_driver);
    detail("merges by file", m.by_file);
    detail("splits by operation", m.splits_by_op);
}

void processes(Page& page, const Report& report) {
    if (report.processes.total() < 2) return;
    page.line("processes", with_commas(report.processes.total()));
    const auto& items = report.processes.items;
    for (std::size_t i = 0; i < page.shown(items.size()); ++i) {
        const ProcessState& state = items[i].state;
        page.detail(fmt::format("pid {}: {}, {} at most{}", state.pid,
                                count(state.map_count, "VMA"), with_commas(state.map_count_peak),
                                state.exited ? ", exited" : ""));
    }
    if (const auto shown = page.shown(items.size()); report.processes.total() > shown) {
        page.detail(fmt::format("... and {} more", with_commas(report.processes.total() - shown)));
    }
}

template <typename T, typename Format>
void findings(Page& page, std::string_view label, const CappedList<T>& list, Format format) {
    for (std::size_t i = 0; i < page.shown(list.items.size()); ++i) {
        const T& item = list.items[i];
        page.line(i == 0 ? label : "", fmt::format("line {}: {}", item.place.line, format(item)));
    }
    if (const auto shown = page.shown(list.items.size()); list.total() > shown) {
        page.detail(fmt::format("... and {} more", with_commas(list.total() - shown)));
    }
}

std::string failure_text(const FailureReport& failure) {
    std::string text = fmt::format("{} {} at {}", failure.op, failure.error, failure.stage);
    if (!failure.driver.empty()) text += fmt::format(", driver {}", failure.driver);
    if (!failure.lost.empty()) text += fmt::format(", lost {}", fmt::join(failure.lost, " "));
    if (!failure.not_undone.empty()) {
        text += fmt::format(", not undone: {}", fmt::join(failure.not_undone, " "));
    }
    return text;
}

std::string leak_text(const LeakReport& leak) {
    const bool reference = leak.kind == "reference";
    const std::string& owner = reference ? leak.driver : leak.name;
    return fmt::format("{}{}{}, through {}", leak_amount_text(leak.kind, leak.count),
                       reference ? " " + leak.name : "", owner.empty() ? "" : " of " + owner,
                       leak.cause);
}

std::string diagnostic_text(const DiagnosticReport& diagnostic) {
    return fmt::format("{} [{}] {}", diagnostic.driver, diagnostic.id, diagnostic.message);
}

std::string divergence_text(const DivergenceFinding& divergence) {
    return fmt::format("{} recorded {}, simulated {} ({})", divergence.call,
                       divergence.recorded_text(), divergence.simulated_text(),
                       divergence_kind_name(divergence.kind));
}

void input(Page& page, const Report& report) {
    for (const MissingSwitch& missing : report.missing) {
        page.line("missing", fmt::format("{}: record with {}", missing.what, missing.advice));
    }
    if (report.warnings == 0) return;
    page.line("warnings", fmt::format("{} passed over", count(report.warnings, "line")));
}

}  // namespace

std::string with_commas(std::uint64_t number) {
    std::string text = std::to_string(number);
    for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) {
        text.insert(static_cast<std::size_t>(at), 1, ',');
    }
    return text;
}

std::string bytes_text(std::uint64_t number) {
    constexpr std::string_view kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    auto value = static_cast<double>(number);
    std::size_t unit = 0;
    for (; value >= 1024 && unit + 1 < std::size(kUnits); ++unit) value /= 1024;
    if (unit == 0) return fmt::format("{} B", number);
    return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string text_report(const Report& report, const TextStyle& style) {
    Page page(style);
    page.verdict(verdict(report));
    page.plain("");
    settings(page, report);
    events(page, report);
    fidelity(page, report);
    vmas(page, report);
    memory(page, report);
    unmerged(page, report);
    groups(page, report);
    merges(page, report);
    processes(page, report);
    for (const std::string& broken : report.broken) page.line("broken", broken);
    findings(page, "diverged", *report.divergences, divergence_text);
    findings(page, "failed", report.failures, failure_text);
    findings(page, "leaked", report.leaks, leak_text);
    findings(page, "drivers", report.diagnostics, diagnostic_text);
    input(page, report);
    if (const std::string next = next_step(report, style.options); !next.empty()) {
        page.line("next", next);
    }
    return page.take();
}

}  // namespace mmsim
