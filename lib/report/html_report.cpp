// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/html_report.h"

#include <array>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/assert.h"
#include "report/html_page.h"
#include "report/json_report.h"
#include "report/page.h"

namespace mmsim {
namespace {

using Json = nlohmann::ordered_json;

// Paths may hold any byte; JSON is UTF-8.
std::string page_dump(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Addresses as page numbers: they fit the numbers of JavaScript.
Json row_json(const Film::Row& row) {
    return {row.start.index, row.end.index, row.mapped.count, row.vmas, row.look};
}

std::string film_json(const Film& film) {
    Json json{{"width", film.width()}};
    Json& looks = json["looks"] = Json::array();
    for (const Film::Look& look : film.looks()) {
        looks.push_back({look.access, look.driver, look.name});
    }
    Json& frames = json["frames"] = Json::array();
    for (const Film::Frame& frame : film.frames()) {
        Json pictures = Json::array();
        for (const Film::Picture& picture : frame.pictures) {
            Json rows = Json::array();
            for (const Film::Row& row : picture.rows) rows.push_back(row_json(row));
            pictures.push_back({{"pid", picture.pid},
                                {"space", picture.space},
                                {"vmas", picture.vmas},
                                {"ended", picture.ended},
                                {"rows", std::move(rows)}});
        }
        frames.push_back(
            {{"event", frame.event}, {"line", frame.line}, {"pictures", std::move(pictures)}});
    }
    return page_dump(json);
}

void write_run(std::ostream& out, const HtmlRun& run) {
    out << "{\"label\":";
    write_in_script(out, page_dump(run.label));
    out << ",\"report\":";
    if (run.report == nullptr) {
        write_in_script(out, run.saved);
    } else {
        std::ostringstream report;
        write_json_report(report, *run.report, JsonDetail::without_process_lists);
        write_in_script(out, report.str());
        out << ",\"film\":";
        write_in_script(out, film_json(*run.film));
    }
    out << '}';
}

void write_one(std::ostream& out, const HtmlReport& report) {
    MMSIM_ASSERT(!report.runs.empty() && (report.runs.size() == 1) == report.comparison.empty());
    out << "{\"label\":";
    write_in_script(out, page_dump(report.label));
    out << ",\"runs\":[";
    for (const HtmlRun& run : report.runs) {
        if (&run != report.runs.data()) out << ',';
        write_run(out, run);
    }
    out << "],\"comparison\":";
    write_in_script(out, report.comparison.empty() ? "null" : report.comparison);
    out << '}';
}

void write_data(std::ostream& out, std::span<const HtmlReport> reports) {
    out << "{\"reports\":[";
    for (const HtmlReport& report : reports) {
        if (&report != reports.data()) out << ',';
        write_one(out, report);
    }
    out << "]}";
}

}  // namespace

void write_html_report(std::ostream& out, std::span<const HtmlReport> reports) {
    MMSIM_ASSERT(!reports.empty());
    const std::array scripts = {page_dom_js(),     page_theme_js(), page_timeline_js(),
                                page_film_js(),    page_space_js(), page_tables_js(),
                                page_compare_js(), page_page_js()};
    write_page(out, scripts, [&] { write_data(out, reports); });
}

}  // namespace mmsim
