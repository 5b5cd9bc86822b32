// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/json_stream.h"

#include <ostream>
#include <string>

namespace mmsim {

namespace {

void new_line(std::ostream& out, int depth) {
    out << '\n' << std::string(static_cast<std::size_t>(depth) * 2, ' ');
}

}  // namespace

void JsonStream::begin(std::string_view key) {
    if (!first_) out_ << ',';
    if (depth_ != 0) new_line(out_, depth_);
    if (!key.empty()) out_ << '"' << key << "\": ";
    first_ = false;
}

void JsonStream::open(std::string_view key, char bracket) {
    begin(key);
    out_ << bracket;
    ++depth_;
    first_ = true;
}

void JsonStream::close(char bracket) {
    --depth_;
    if (!first_) new_line(out_, depth_);
    out_ << bracket;
    first_ = false;
    if (depth_ == 0) out_ << '\n';
}

void JsonStream::value(std::string_view key, std::string_view json) {
    begin(key);
    out_ << json;
}

}  // namespace mmsim
