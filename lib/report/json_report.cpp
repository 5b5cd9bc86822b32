// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/json_report.h"

#include <algorithm>
#include <ostream>

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

#include "analysis/names.h"
#include "report/json_stream.h"

namespace mmsim {

namespace {

using Json = nlohmann::ordered_json;

// Paths may hold any byte; JSON is UTF-8.
std::string text(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string hex(std::uint64_t value) { return fmt::format("{:#x}", value); }

Json counts(const NamedCounts& named) {
    Json json = Json::object();
    for (const auto& [name, count] : named) json[name] = count;
    return json;
}

Json sides(const SideCounts& counts) {
    return {{"left", counts.left}, {"right", counts.right}, {"both", counts.both}};
}

Json place(const Place& place) {
    return {{"event", place.event}, {"line", place.line}, {"pid", place.pid}};
}

Json prevented(const PreventedReport& report) {
    Json json = place(report.place);
    json["driver"] = report.driver;
    json["range"] = report.range;
    json["left"] = report.left;
    json["right"] = report.right;
    return json;
}

template <typename List, typename ToJson>
void write_list(JsonStream& out, std::string_view key, const List& list, ToJson to_json) {
    out.open(key, '[');
    for (const auto& item : list) out.value("", text(to_json(item)));
    out.close(']');
}

void write_merges(JsonStream& out, const MergesReport& report) {
    out.open("merges", '{');
    out.value("new", text(sides(report.fresh)));
    out.value("existing", text(sides(report.existing)));
    out.value("copied", text(report.copied));
    out.value("extended", text(report.extended));
    out.value("splits", text(report.splits));
    out.value("by_op", text(counts(report.by_op)));
    out.value("splits_by_op", text(counts(report.splits_by_op)));
    out.value("by_driver", text(counts(report.by_driver)));
    if (!report.by_file.empty()) out.value("by_file", text(counts(report.by_file)));
    write_list(out, "prevented", report.prevented.items, prevented);
    if (const auto left_out = report.prevented.truncated; left_out != 0) {
        out.value("truncated", text({{"prevented", left_out}}));
    }
    out.close('}');
}

Json reasons_of(MergeBarriers barriers) {
    Json reasons = Json::array();
    for (std::size_t i = 0; i < kMergeBarriers; ++i) {
        if (barriers.has(static_cast<MergeBarrier>(i))) reasons.push_back(boundary_reason_name(i));
    }
    if (reasons.empty()) reasons.push_back(boundary_reason_name(kUntried));
    return reasons;
}

Json word_or_null(const Words& words, WordId id) { return id == 0 ? Json() : Json(words.text(id)); }

Json maker(const Maker& maker, const Words& words) {
    if (!maker.known()) return {};
    return {{"event", maker.event},
            {"line", maker.line},
            {"tid", maker.tid},
            {"op", mm_op_name(maker.op)},
            {"path", word_or_null(words, maker.path)},
            {"site", word_or_null(words, maker.site)}};
}

Json boundary(const Boundary& boundary, const Words& words) {
    Json json = {{"pid", boundary.pid}, {"at", hex(boundary.at.bytes())}};
    json["reasons"] = reasons_of(boundary.barriers);
    if (!boundary.differing.empty()) json["flags"] = vma_bit_codes(boundary.differing);
    json["made_by"] = maker(boundary.made_by, words);
    return json;
}

Json cause(const FragmentationCause& cause, const Words& words) {
    return {{"reasons", reasons_of(cause.barriers)},
            {"op", cause.made ? Json(mm_op_name(cause.op)) : Json()},
            {"path", word_or_null(words, cause.path)},
            {"site", word_or_null(words, cause.site)},
            {"count", cause.count}};
}

Json span(const Timeline::Span& span) {
    return {{"min", span.min}, {"max", span.max}, {"last", span.last}};
}

Json bucket(const Timeline::Bucket& bucket) {
    Json json = {{"event", bucket.event},
                 {"vmas", span(bucket.vmas)},
                 {"largest", bucket.largest},
                 {"committed", span(bucket.committed)},
                 {"failed", bucket.failed}};
    if (bucket.failed != 0) json["first_failed"] = bucket.first_failed;
    return json;
}

void write_analysis(JsonStream& out, const Report& report) {
    const std::size_t shown = std::min(report.causes.size(), kListCap);
    out.open("causes", '[');
    for (std::size_t i = 0; i < shown; ++i) {
        out.value("", text(cause(report.causes[i], report.words)));
    }
    out.close(']');
    write_list(out, "lower_limits", report.lower_limits, [](const LimitMark& mark) {
        Json json = {{"limit", mark.limit}};
        json.update(place(mark.place));
        return json;
    });
    out.open("timeline", '{');
    out.value("bucket_events", text(report.timeline.width()));
    write_list(out, "buckets", report.timeline.buckets(), bucket);
    out.close('}');
}

enum class Boundaries : bool { counted, listed };

void write_fragmentation(JsonStream& out, const Fragmentation& report, const Words& words,
                         Boundaries boundaries) {
    out.open("fragmentation", '{');
    out.value("vmas", text(report.vmas));
    out.value("peak", text(report.peak));
    out.value("vmas_if_merged", text(report.vmas_if_merged()));
    out.value("mapped_bytes", text(report.mapped.bytes()));
    out.value("vmas_per_mib", text(report.vmas_per_mib()));
    Json by_reason = Json::object();
    for (std::size_t i = 0; i < kBoundaryReasons; ++i) {
        const auto count = report.boundaries.by_reason[i];
        if (count != 0) by_reason[std::string(boundary_reason_name(i))] = count;
    }
    out.value("boundaries", text(by_reason));
    if (boundaries == Boundaries::listed) {
        write_list(out, "boundary_list", report.boundaries.list.items,
                   [&](const Boundary& b) { return boundary(b, words); });
        if (const auto left_out = report.boundaries.list.truncated; left_out != 0) {
            out.value("truncated", text({{"boundary_list", left_out}}));
        }
    }
    out.value("gaps", text({{"count", report.gaps.count},
                            {"largest", report.gaps.largest.count},
                            {"largest_bytes", report.gaps.largest.bytes()},
                            {"index", report.gaps.index()}}));
    out.value("huge_page_bytes", text(report.huge_page_bytes));
    out.value("headroom", text(report.headroom));
    out.value("map_limit_needed", text(report.map_limit_needed));
    out.close('}');
}

Json vma(const VmaRow& row, const ProcessState& state) {
    const auto word = [&](std::uint32_t index) {
        return index == 0 ? Json() : Json(state.words.text(index));
    };
    return {{"start", hex(row.start.bytes())},
            {"end", hex(row.end.bytes())},
            {"flags", vma_bit_codes(row.flags)},
            {"pgoff", row.pgoff.index},
            {"file", word(row.file)},
            {"name", word(row.name)}};
}

void write_process(JsonStream& out, const ProcessReport& process, const Words& words,
                   JsonDetail detail) {
    const ProcessState& state = process.state;
    out.open("", '{');
    out.value("pid", text(state.pid));
    out.value("exited", text(state.exited));
    out.value("map_count", text(state.map_count));
    out.value("map_count_peak", text(state.map_count_peak));
    out.value("total_vm", text(state.total_vm.count));
    out.value("data_vm", text(state.data_vm.count));
    out.value("exec_vm", text(state.exec_vm.count));
    out.value("stack_vm", text(state.stack_vm.count));
    out.value("locked_vm", text(state.locked_vm.count));
    out.value("committed", text(state.committed.count));
    out.value("accounted", text(state.fragmentation.accounted.count));
    if (detail == JsonDetail::everything) {
        out.open("vmas", '[');
        for (const VmaRow& row : state.vmas) out.value("", text(vma(row, state)));
        out.close(']');
    }
    write_merges(out, process.merges);
    write_fragmentation(
        out, state.fragmentation, words,
        detail == JsonDetail::without_process_lists ? Boundaries::counted : Boundaries::listed);
    out.close('}');
}

Json file(const FileReport& report) {
    return {{"id", report.id},     {"path", report.path}, {"driver", report.driver},
            {"refs", report.refs}, {"vmas", report.vmas}, {"writable", report.writable}};
}

Json driver(const DriverReport& report) {
    Json calls = Json::object();
    for (std::size_t i = 0; i < kHooks; ++i) {
        calls[std::string(hook_name(static_cast<Hook>(i)))] = report.calls[i];
    }
    Json references = Json::object();
    for (const auto& [name, count] : report.references) references[name] = count;
    return {{"name", report.name},
            {"calls", std::move(calls)},
            {"failures", report.failures},
            {"references", std::move(references)}};
}

Json failure(const FailureReport& report) {
    Json json = place(report.place);
    json["op"] = report.op;
    json["stage"] = report.stage;
    json["driver"] = report.driver;
    if (!report.action.empty()) json["action"] = report.action;
    json["errno"] = report.error;
    json["as_recorded"] = report.as_recorded;
    json["unwound"] = report.unwound;
    json["not_undone"] = report.not_undone;
    json["lost"] = report.lost;
    return json;
}

Json leak(const LeakReport& report) {
    Json json = {{"kind", report.kind}, {"name", report.name}, {"count", report.count}};
    if (!report.driver.empty()) json["driver"] = report.driver;
    json.update(place(report.place));
    json["cause"] = report.cause;
    return json;
}

Json diagnostic(const DiagnosticReport& report) {
    Json json = {{"id", report.id}, {"severity", severity_name(report.severity)}};
    json.update(place(report.place));
    json["driver"] = report.driver;
    json["message"] = report.message;
    return json;
}

Json divergence(const DivergenceFinding& finding) {
    Json json = place(finding.place);
    json["op"] = finding.call;
    json["kind"] = divergence_kind_name(finding.kind);
    json["recorded"] = finding.recorded_text();
    json["simulated"] = finding.simulated_text();
    return json;
}

void write_head(JsonStream& out, const Report& report) {
    out.value("mmsim_report", "1");
    out.value("trace", text(report.trace));
    if (!report.title.empty()) out.value("title", text(report.title));
    out.value("format", text(report.format));
    out.value("kernel", text(report.kernel));
    out.value("hook", text(report.hook));
    out.value("page_faults", text(report.page_faults));
    out.value("addresses", text(report.addresses));
    out.value("fixed_accounting", text(report.fixed_accounting));
    out.value("max_map_count", text(report.max_map_count));
    const EventsReport& events = report.events;
    out.value("events", text({{"total", events.total},
                              {"ok", events.ok},
                              {"failed", events.failed},
                              {"skipped", events.skipped},
                              {"diverged", events.diverged},
                              {"with_result", events.with_result},
                              {"errors", counts(events.errors)}}));
}

// What the lists have left out, and what the reader passed over.
void write_tail(JsonStream& out, const Report& report) {
    Json truncated = Json::object();
    const auto add = [&](const char* key, const auto& list) {
        if (list.truncated != 0) truncated[key] = list.truncated;
    };
    add("processes", report.processes);
    add("failures", report.failures);
    add("leaks", report.leaks);
    add("diagnostics", report.diagnostics);
    add("divergences", *report.divergences);
    if (report.causes.size() > kListCap) truncated["causes"] = report.causes.size() - kListCap;
    if (!truncated.empty()) out.value("truncated", text(truncated));
    write_list(out, "missing", report.missing, [](const MissingSwitch& missing) -> Json {
        return {{"what", missing.what}, {"advice", missing.advice}};
    });
    out.open("warnings", '{');
    out.value("count", text(report.warnings));
    write_list(out, "first", report.first_warnings, [](const ReadWarning& warning) -> Json {
        return {{"line", warning.line}, {"message", warning.message}};
    });
    out.close('}');
    if (!report.broken.empty()) out.value("broken", text(report.broken));
}

void write_report(JsonStream& out, const Report& report, JsonDetail detail) {
    out.open("", '{');
    write_head(out, report);
    out.open("processes", '[');
    for (const ProcessReport& process : report.processes.items) {
        write_process(out, process, report.words, detail);
    }
    out.close(']');
    write_list(out, "files", report.files, file);
    out.value("shmem", text({{"created", report.shmem_created}, {"live", report.shmem_live}}));
    write_list(out, "drivers", report.drivers, driver);
    write_merges(out, report.merges);
    write_fragmentation(out, report.fragmentation, report.words, Boundaries::listed);
    write_analysis(out, report);
    write_list(out, "failures", report.failures.items, failure);
    write_list(out, "leaks", report.leaks.items, leak);
    write_list(out, "diagnostics", report.diagnostics.items, diagnostic);
    write_list(out, "divergences", report.divergences->items, divergence);
    write_tail(out, report);
    out.close('}');
}

}  // namespace

void write_json_report(std::ostream& stream, const Report& report, JsonDetail detail) {
    JsonStream out(stream);
    write_report(out, report, detail);
}

void write_json_reports(std::ostream& stream, std::span<const Report> reports) {
    JsonStream out(stream);
    out.open("", '[');
    for (const Report& report : reports) write_report(out, report, JsonDetail::everything);
    out.close(']');
}

}  // namespace mmsim
