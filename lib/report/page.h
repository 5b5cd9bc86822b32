// SPDX-License-Identifier: GPL-2.0-or-later
// The source files of lib/report/page, as the build put them into the program: pieces that are the
// file when they stand in a row.
#pragma once

#include <span>
#include <string_view>

namespace mmsim {

std::span<const std::string_view> page_page_html();
std::span<const std::string_view> page_page_css();

// The scripts, in the order in which they go into the page.
std::span<const std::string_view> page_dom_js();
std::span<const std::string_view> page_theme_js();
std::span<const std::string_view> page_timeline_js();
std::span<const std::string_view> page_film_js();
std::span<const std::string_view> page_space_js();
std::span<const std::string_view> page_tables_js();
std::span<const std::string_view> page_compare_js();
std::span<const std::string_view> page_page_js();

// In the place of all but the first two, for a sweep of failures.
std::span<const std::string_view> page_faults_js();

}  // namespace mmsim
