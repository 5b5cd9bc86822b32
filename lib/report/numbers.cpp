// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/numbers.h"

#include <sstream>

#include <nlohmann/json.hpp>

#include "report/json_report.h"
#include "report/number_paths.h"

namespace mmsim {

Numbers::Numbers(const Report& report) {
    std::ostringstream text;
    write_json_report(text, report, JsonDetail::without_vmas);
    *this = numbers_of_json(nlohmann::ordered_json::parse(text.str()));
}

std::optional<double> Numbers::find(const std::string& path) const {
    if (const auto found = all_.find(path); found != all_.end()) return found->second;
    const auto last = path.rfind('.');
    for (auto dot = path.find('.'); dot != std::string::npos; dot = path.find('.', dot + 1)) {
        const auto open = open_.find(path.substr(0, dot));
        if (open == open_.end() || dot + 1 == path.size()) continue;
        if (dot == last || open->second == Names::with_dots) return 0;
    }
    return std::nullopt;
}

bool Numbers::knows(std::string_view first_word) const {
    const std::string word(first_word);
    const auto deeper = all_.lower_bound(word + ".");
    return all_.contains(word) || (deeper != all_.end() && deeper->first.starts_with(word + "."));
}

}  // namespace mmsim
