// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/html_report.h"

#include <ostream>
#include <sstream>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/assert.h"
#include "base/text.h"
#include "report/json_report.h"
#include "report/page.h"

namespace mmsim {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(std::span<const std::string_view> pieces) {
    std::string text;
    for (const std::string_view piece : pieces) text += piece;
    return text;
}

// Text inside of a script element may hold anything but what could end the element.
void write_escaped(std::ostream& out, std::string_view json) {
    for (std::size_t at = 0; at < json.size();) {
        const std::size_t open = std::min(json.find('<', at), json.size());
        out << json.substr(at, open - at);
        if (open < json.size()) out << "\\u003c";
        at = open + 1;
    }
}

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
    write_escaped(out, page_dump(run.label));
    out << ",\"report\":";
    if (run.report == nullptr) {
        write_escaped(out, run.saved);
    } else {
        std::ostringstream report;
        write_json_report(report, *run.report, JsonDetail::without_process_lists);
        write_escaped(out, report.str());
        out << ",\"film\":";
        write_escaped(out, film_json(*run.film));
    }
    out << '}';
}

void write_one(std::ostream& out, const HtmlReport& report) {
    MMSIM_ASSERT(!report.runs.empty() && (report.runs.size() == 1) == report.comparison.empty());
    out << "{\"label\":";
    write_escaped(out, page_dump(report.label));
    out << ",\"runs\":[";
    for (const HtmlRun& run : report.runs) {
        if (&run != report.runs.data()) out << ',';
        write_run(out, run);
    }
    out << "],\"comparison\":";
    write_escaped(out, report.comparison.empty() ? "null" : report.comparison);
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
    // The page as it lies in the source, with the marks of what goes in replaced on the way.
    const std::string html = text_of(page_page_html());
    std::string_view rest = html;
    while (!rest.empty()) {
        const std::size_t mark = std::min(rest.find("/*{"), rest.size());
        out << rest.substr(0, mark);
        rest.remove_prefix(mark);
        if (rest.empty()) break;
        const std::size_t end = rest.find("}*/");
        MMSIM_ASSERT(end != npos);
        const std::string_view name = rest.substr(3, end - 3);
        if (name == "style") {
            out << text_of(page_page_css());
        } else if (name == "script") {
            for (const auto& script :
                 {page_dom_js(), page_timeline_js(), page_film_js(), page_space_js(),
                  page_tables_js(), page_compare_js(), page_page_js()}) {
                out << text_of(script);
            }
        } else {
            MMSIM_ASSERT(name == "data");
            write_data(out, reports);
        }
        rest.remove_prefix(end + 3);
    }
}

}  // namespace mmsim
