// SPDX-License-Identifier: GPL-2.0-or-later
// Documents held against the JSON schemas in docs.
#pragma once

#include <string>

namespace mmsim::test {

// What is wrong with a document, by the schema docs/NAME, line by line; empty: nothing.
std::string against_schema(const std::string& name, const std::string& document);

}  // namespace mmsim::test
