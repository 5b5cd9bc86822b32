// SPDX-License-Identifier: GPL-2.0-or-later
// Cutting the arguments of a call in strace text apart.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace mmsim {

// The arguments of one call, without blanks around them and without their names ("addr=NULL").
struct StraceArgs {
    static constexpr std::size_t kMost = 10;  // what follows is cut apart, but not kept

    std::array<std::string_view, kMost> at;
    std::array<std::string_view, kMost> names;  // "addr"; empty where strace prints none
    std::size_t count = 0;
    std::size_t end = 0;  // behind the ')', in the text that was cut apart

    // The argument of that name, else the one at that place, else empty.
    std::string_view named(std::string_view name, std::size_t place) const;
};

// Cuts "NULL, 8192, ...) = 0" (what follows the '(' of a call) apart. Strings, comments and the
// <...> of descriptors are atomic. False if the ')' is missing.
bool split_args(std::string_view text, StraceArgs& args);

// "A|B" of field `flags` in "{flags=A|B, size=3}"; empty if there is none.
std::string_view struct_field(std::string_view text, std::string_view name);

// The '>' that ends the <...> which begins at text[at]: a path behind a descriptor, a name behind a
// pid. npos if there is none.
std::size_t decoration_end(std::string_view text, std::size_t at);

// The last quote of the string that begins at text[at]; npos if it does not end.
std::size_t quote_end(std::string_view text, std::size_t at);

// Without the blanks around it.
std::string_view trim_spaces(std::string_view text);

}  // namespace mmsim
