// SPDX-License-Identifier: GPL-2.0-or-later
// Every number of a report under its path in the JSON report: "events.errors.ENOMEM".
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "report/report.h"

namespace mmsim {

// Entries of lists go by what names them: "drivers.widget.failures", "processes.7.map_count". A
// list stands for its length, with what was left out; an object that has a count for its count.
class Numbers {
public:
    Numbers() = default;
    explicit Numbers(const Report& report);

    // The first number of a path stays.
    void add(const std::string& path, double number) { all_.emplace(path, number); }
    // Whether names in an object may hold the dots that also part the words of a path.
    enum class Names : bool { plain, with_dots };

    // The object at `path` lists only what occurred: what is not there counts 0.
    void add_open(const std::string& path, Names names = Names::plain) {
        open_.emplace(path, names);
    }

    // Nullopt: a report has no such number.
    std::optional<double> find(const std::string& path) const;
    // Whether some number's path begins with this word.
    bool knows(std::string_view first_word) const;
    const std::map<std::string, double>& all() const { return all_; }

private:
    std::map<std::string, double> all_;
    std::map<std::string, Names> open_;
};

}  // namespace mmsim
