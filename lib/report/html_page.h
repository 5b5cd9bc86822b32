// SPDX-License-Identifier: GPL-2.0-or-later
// An HTML page that needs nothing else: style, scripts and data are in it. Its source is
// lib/report/page.
#pragma once

#include <functional>
#include <iosfwd>
#include <span>
#include <string_view>

namespace mmsim {

// `scripts`: in the order in which they go into the page, each in pieces (report/page.h). `data`
// writes JSON, with write_in_script().
void write_page(std::ostream& out, std::span<const std::span<const std::string_view>> scripts,
                const std::function<void()>& data);

// Text inside of a script element may hold anything but what could end the element.
void write_in_script(std::ostream& out, std::string_view json);

}  // namespace mmsim
