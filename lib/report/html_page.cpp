// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/html_page.h"

#include <algorithm>
#include <ostream>
#include <string>

#include "base/assert.h"
#include "base/text.h"
#include "report/page.h"

namespace mmsim {

namespace {

std::string text_of(std::span<const std::string_view> pieces) {
    std::string text;
    for (const std::string_view piece : pieces) text += piece;
    return text;
}

}  // namespace

void write_in_script(std::ostream& out, std::string_view json) {
    for (std::size_t at = 0; at < json.size();) {
        const std::size_t open = std::min(json.find('<', at), json.size());
        out << json.substr(at, open - at);
        if (open < json.size()) out << "\\u003c";
        at = open + 1;
    }
}

void write_page(std::ostream& out, std::span<const std::span<const std::string_view>> scripts,
                const std::function<void()>& data) {
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
            for (const auto& script : scripts) out << text_of(script);
        } else {
            MMSIM_ASSERT(name == "data");
            data();
        }
        rest.remove_prefix(end + 3);
    }
}

}  // namespace mmsim
