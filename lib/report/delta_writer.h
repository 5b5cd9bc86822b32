// SPDX-License-Identifier: GPL-2.0-or-later
// What each event changes in the layouts, as removed and added lines of /proc/PID/maps.
//
// Keeps a copy of each address space as it was last shown. A copy costs little because VMA trees
// share what is unchanged. The events of the core say where to look; there the two are compared.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/spaces.h"
#include "mm/event.h"
#include "mm/world.h"
#include "replay/engine.h"
#include "replay/step.h"
#include "report/spool.h"
#include "report/touched.h"

namespace mmsim {

class DeltaWriter {
public:
    // REQUIRES: both outlive it
    DeltaWriter(const Engine& engine, const Spaces& spaces);

    // The layouts that are there now count as shown.
    void start();

    // `space` is an index into Spaces::all(), once the spaces have heard of the change.
    void on_process(std::size_t space);
    void on_exec(std::size_t space) { replaced_.push_back(space); }
    void on_end(std::size_t space);
    void on_event(MmOp op, const Event& event) { touched_.on_event(op, event); }
    void after_step(const Step& step);

    // The whole text. `pid N` stands in the headings when there were several address spaces.
    void write(const TextSink& sink);

private:
    struct Change {
        std::size_t space = 0;
        std::string lines;
    };

    Mm& shown(std::size_t space);
    void show_silently(std::size_t space);
    // Brings what is shown of a space up to date and keeps what that takes.
    void update(std::size_t space);
    // The same for the lines of what is in no tree.
    void update_extra(std::size_t space);
    // And for mappings whose file is called otherwise now.
    void update_names(std::size_t space);
    void add_change(std::size_t space, const std::string& lines);
    std::vector<VmRange> places_to_look(const Mm& old, const Mm& now) const;
    // Lines in address order, the old one first where two begin at the same address.
    void compare(const Mm& old, const Mm& now, VmRange range, std::string& lines);
    std::string old_line(const Mm& old, const Vma& vma) const;
    std::string new_line(const Mm& now, const Vma& vma);
    void remember_names();

    const Engine& engine_;
    const World& world_;
    const Spaces& spaces_;
    std::vector<Mm> shown_;                            // by space
    std::vector<std::vector<ExtraLine>> shown_extra_;  // likewise
    // VMAs that are shown may refer to files that are gone. Only files and attributes are used.
    World shown_names_;

    // Of the step at work.
    Touched touched_;
    std::vector<std::size_t> replaced_;  // spaces with an altogether new layout
    std::vector<FileId> new_files_;
    std::vector<Change> changes_;

    Spool spool_;
};

}  // namespace mmsim
