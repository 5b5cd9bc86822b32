// SPDX-License-Identifier: GPL-2.0-or-later
// The tables of docs/rules.md, printed from the code that decides.
#pragma once

#include <string>
#include <vector>

namespace mmsim::test {

struct Table {
    std::string name;      // of its markers in the document
    std::string markdown;  // whole lines
};
std::vector<Table> rule_tables();

}  // namespace mmsim::test
