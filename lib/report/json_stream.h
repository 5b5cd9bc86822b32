// SPDX-License-Identifier: GPL-2.0-or-later
// Writes a large JSON document piece by piece: nested objects over several lines, list entries on
// one line each.
#pragma once

#include <iosfwd>
#include <string_view>

namespace mmsim {

class JsonStream {
public:
    explicit JsonStream(std::ostream& out) : out_(out) {}

    // `key` is empty for what stands in a list, and for the document itself.
    void open(std::string_view key, char bracket);
    void close(char bracket);
    // `json` is finished JSON text.
    void value(std::string_view key, std::string_view json);

private:
    void begin(std::string_view key);

    std::ostream& out_;
    int depth_ = 0;
    bool first_ = true;  // of the enclosing object or list
};

}  // namespace mmsim
