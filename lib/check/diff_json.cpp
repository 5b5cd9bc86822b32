// SPDX-License-Identifier: GPL-2.0-or-later
#include <cmath>
#include <ostream>

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

#include "check/diff_report.h"
#include "check/diff_rows.h"
#include "report/json_stream.h"

namespace mmsim {

namespace {

using Json = nlohmann::ordered_json;

// Paths may hold any byte; JSON is UTF-8.
std::string diff_dump(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Whole numbers without a point.
Json number_json(const std::optional<double>& number) {
    if (!number) return nullptr;
    if (*number == std::floor(*number) && std::abs(*number) < 0x1p63) {
        return static_cast<std::int64_t>(*number);
    }
    return *number;
}

void write_side(JsonStream& out, const DiffSide& side) {
    out.value("name", diff_dump(side.name));
    out.value("trace", diff_dump(side.trace));
    out.value("kernel", diff_dump(side.kernel));
    out.value("hook", diff_dump(side.hook));
    out.value("page_faults", diff_dump(side.page_faults));
    out.value("addresses", diff_dump(side.addresses));
    out.value("max_map_count", diff_dump(side.max_map_count));
}

Json call_json(const ChangedCall& call) {
    return {{"event", call.place.event},  {"line", call.place.line}, {"pid", call.place.pid},
            {"call", call.call},          {"old", call.old},         {"new", call.now},
            {"overruled", call.overruled}};
}

Json mapping_json(const std::optional<MapsEntry>& entry) {
    if (!entry) return nullptr;
    const auto bit = [](bool set, char letter) { return set ? letter : '-'; };
    const std::string perms = {bit(entry->readable, 'r'), bit(entry->writable, 'w'),
                               bit(entry->executable, 'x'), entry->shared ? 's' : 'p'};
    Json json = {{"start", fmt::format("{:#x}", entry->start)},
                 {"end", fmt::format("{:#x}", entry->end)},
                 {"perms", perms},
                 {"offset", entry->offset},
                 {"name", entry->path + (entry->deleted ? " (deleted)" : "")}};
    if (entry->vm_flags) json["flags"] = *entry->vm_flags;
    return json;
}

void write_layout(JsonStream& out, const LayoutPicture& picture) {
    out.open("", '{');
    out.value("when", diff_dump(when_key(picture.when)));
    out.value("layout_of", diff_dump(picture.pid));
    out.value("event", diff_dump(picture.place.event));
    out.value("line", diff_dump(picture.place.line));
    out.value("pid", diff_dump(picture.place.pid));
    out.value("call", diff_dump(picture.call));
    out.value("differing", diff_dump(picture.differing));
    out.open("rows", '[');
    for (const LayoutRow& row : picture.rows.items) {
        out.value("", diff_dump({{"old", mapping_json(row.old)},
                                 {"new", mapping_json(row.now)},
                                 {"same", row.same},
                                 {"after_gap", row.after_gap}}));
    }
    out.close(']');
    if (picture.rows.truncated != 0) {
        out.value("truncated", diff_dump({{"rows", picture.rows.truncated}}));
    }
    out.close('}');
}

void write_new_side(JsonStream& out, const DiffAgainst& now) {
    out.open("", '{');
    write_side(out, now.side);
    out.value("calls_compared", diff_dump(now.calls_compared));
    Json truncated = Json::object();
    for (std::size_t i = 0; i < kCallChanges; ++i) {
        const std::string_view key = call_change_key(static_cast<CallChange>(i));
        out.open(key, '[');
        for (const ChangedCall& call : now.calls[i].items) {
            out.value("", diff_dump(call_json(call)));
        }
        out.close(']');
        if (now.calls[i].truncated != 0) truncated[std::string(key)] = now.calls[i].truncated;
    }
    if (!truncated.empty()) out.value("truncated", diff_dump(truncated));
    out.value("other_results", diff_dump(now.other_results));
    out.open("layouts", '[');
    for (const LayoutPicture& picture : now.layouts) write_layout(out, picture);
    out.close(']');
    out.close('}');
}

Json row_json(const NumberRow& row) {
    Json news = Json::array();
    Json deltas = Json::array();
    Json percents = Json::array();
    Json judgements = Json::array();
    for (std::size_t i = 0; i < row.now.size(); ++i) {
        news.push_back(number_json(row.now[i]));
        deltas.push_back(number_json(row.delta(i)));
        percents.push_back(number_json(row.percent(i)));
        constexpr std::string_view kJudgements[] = {"better", "neither", "worse"};
        judgements.push_back(kJudgements[row.judgement(i) + 1]);
    }
    return {{"number", row.path},
            {"label", row.label},
            {"unit", unit_name(row.unit)},
            {"old", number_json(row.old)},
            {"new", std::move(news)},
            {"delta", std::move(deltas)},
            {"percent", std::move(percents)},
            {"judgement", std::move(judgements)}};
}

void write_one(JsonStream& out, const Diff& diff, bool all) {
    out.open("", '{');
    out.value("mmsim_diff", "1");
    out.value("trace", diff_dump(diff.trace));
    if (!diff.title.empty()) out.value("title", diff_dump(diff.title));
    out.value("verdict", diff_dump(diff_verdict(diff)));
    out.open("old", '{');
    write_side(out, diff.old);
    out.close('}');
    out.open("new", '[');
    for (const DiffAgainst& now : diff.news) write_new_side(out, now);
    out.close(']');
    out.open("numbers", '[');
    for (const NumberRow& row : number_rows(diff, all)) out.value("", diff_dump(row_json(row)));
    out.close(']');
    out.close('}');
}

}  // namespace

void write_diff_json(std::ostream& stream, const std::vector<Diff>& diffs, bool array, bool all) {
    JsonStream out(stream);
    if (array) out.open("", '[');
    for (const Diff& diff : diffs) write_one(out, diff, all);
    if (array) out.close(']');
}

}  // namespace mmsim
