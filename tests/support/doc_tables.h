// SPDX-License-Identifier: GPL-2.0-or-later
// Tables in documents that tests hold against the code.
#pragma once

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace mmsim::test {

// "`afs`  " is "afs".
inline std::string cell_text(std::string cell) {
    std::erase(cell, '`');
    const auto begin = cell.find_first_not_of(' ');
    if (begin == std::string::npos) return "";
    return cell.substr(begin, cell.find_last_not_of(' ') - begin + 1);
}

// The cells of each row of the tables whose heads begin with `head`, of a file of this repository;
// none where there is no such file.
inline std::vector<std::vector<std::string>> doc_table(const std::string& file,
                                                       const std::string& head) {
    std::vector<std::vector<std::string>> rows;
    std::ifstream in(std::string(MMSIM_SOURCE_DIR) + "/" + file);
    bool inside = false;
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with(head)) {
            inside = true;
        } else if (!line.starts_with("| ")) {
            inside = inside && line.starts_with("|--");
        } else if (inside) {
            std::vector<std::string>& cells = rows.emplace_back();
            std::istringstream split(line.substr(1));
            for (std::string cell; std::getline(split, cell, '|');) {
                cells.push_back(cell_text(cell));
            }
        }
    }
    return rows;
}

}  // namespace mmsim::test
