// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/markdown.h"

#include <cctype>

namespace mmsim {

namespace {

// Between letters and digits an underscore is one.
bool in_word(std::string_view text, std::size_t at) {
    const auto letter = [&](std::size_t i) {
        return i < text.size() && std::isalnum(static_cast<unsigned char>(text[i])) != 0;
    };
    return at > 0 && letter(at - 1) && letter(at + 1);
}

}  // namespace

std::string markdown_text(std::string_view text) {
    constexpr std::string_view kMarkup = "\\`*|<>[]";
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool markup = kMarkup.find(c) != std::string_view::npos;
        if (markup || (c == '_' && !in_word(text, i))) out += '\\';
        out += c == '\n' || c == '\r' ? ' ' : c;
    }
    return out;
}

}  // namespace mmsim
