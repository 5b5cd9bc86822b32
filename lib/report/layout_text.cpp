// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/layout_text.h"

#include "mm/maps_line.h"

namespace mmsim {

void print_layout(const World& world, const Mm& mm, LayoutForm form, const TextSink& sink) {
    std::string line;
    for (auto at = mm.vmas.first(); at; at.next()) {
        line.clear();
        append_maps_line(line, world, mm, *at);
        line += '\n';
        if (form == LayoutForm::smaps) {
            line += "VmFlags: ";
            line += vm_flags_codes(at->flags);
            line += '\n';
        }
        sink(line);
    }
}

std::string layout_text(const World& world, const Mm& mm, LayoutForm form) {
    std::string text;
    print_layout(world, mm, form, [&](std::string_view line) { text += line; });
    return text;
}

}  // namespace mmsim
