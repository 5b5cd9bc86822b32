// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/layout_text.h"

#include "mm/maps_line.h"

namespace mmsim {

namespace {

void add_flags(std::string& line, VmFlags flags) {
    line += "VmFlags: ";
    line += vm_flags_codes(flags);
    line += '\n';
}

}  // namespace

void print_layout(const World& world, const Mm& mm, const std::vector<ExtraLine>& extra,
                  LayoutForm form, const TextSink& sink) {
    std::string line;
    for (auto at = mm.vmas.first(); at; at.next()) {
        line.clear();
        append_maps_line(line, world, mm, *at);
        line += '\n';
        if (form == LayoutForm::smaps) add_flags(line, at->flags);
        sink(line);
    }
    for (const ExtraLine& other : extra) {
        line = other.text + '\n';
        if (form == LayoutForm::smaps) add_flags(line, other.flags);
        sink(line);
    }
}

}  // namespace mmsim
