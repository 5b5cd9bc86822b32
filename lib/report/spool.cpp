// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/spool.h"

#include <cerrno>
#include <cstring>

#include "base/input_error.h"

namespace mmsim {

namespace {

constexpr std::size_t kBuffer = std::size_t{1} << 16;

[[noreturn]] void fail() {
    throw InputError(std::string("cannot keep a temporary file: ") + std::strerror(errno));
}

}  // namespace

Spool::Spool() : file_(std::tmpfile()) {
    if (!file_) fail();
}

void Spool::append(std::string_view text) {
    buffer_ += text;
    if (buffer_.size() >= kBuffer) flush();
}

void Spool::flush() {
    if (std::fwrite(buffer_.data(), 1, buffer_.size(), file_.get()) != buffer_.size()) fail();
    buffer_.clear();
}

void Spool::replay(const TextSink& sink) {
    flush();
    std::rewind(file_.get());
    std::string chunk(kBuffer, '\0');
    std::string line;
    std::size_t got = 0;
    while ((got = std::fread(chunk.data(), 1, chunk.size(), file_.get())) != 0) {
        std::string_view rest(chunk.data(), got);
        while (!rest.empty()) {
            const auto end = rest.find('\n');
            line += rest.substr(0, end == std::string_view::npos ? rest.size() : end + 1);
            if (end == std::string_view::npos) break;
            sink(line);
            line.clear();
            rest.remove_prefix(end + 1);
        }
    }
    if (std::ferror(file_.get()) != 0) fail();
    if (!line.empty()) sink(line);
}

}  // namespace mmsim
