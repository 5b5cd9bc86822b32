// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/delta_writer.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "mm/maps_line.h"

namespace mmsim {

namespace {

// Prints the same, as long as the break has not moved.
bool looks_the_same(const Vma& a, const Vma& b) {
    return a.id == b.id && a.start == b.start && a.end == b.end && a.flags == b.flags &&
           a.pgoff == b.pgoff && a.file == b.file && a.attr() == b.attr();
}

bool same_name(const File& a, const File& b) {
    return a.path == b.path && a.deleted == b.deleted && a.device == b.device &&
           a.inode == b.inode && a.serial == b.serial;
}

}  // namespace

DeltaWriter::DeltaWriter(const Engine& engine, const Spaces& spaces)
    : engine_(engine), world_(engine.world()), spaces_(spaces), shown_names_(*world_.profile) {}

void DeltaWriter::start() {
    for (std::size_t i = 0; i < spaces_.all().size(); ++i) show_silently(i);
}

void DeltaWriter::on_process(std::size_t space) {
    // What the first process begins with is the initial layout, even if it shows up late.
    if (space == 0) return show_silently(space);
    replaced_.push_back(space);
}

void DeltaWriter::show_silently(std::size_t space) {
    const auto touched = std::exchange(touched_, Touched::everything());
    update(space);
    update_extra(space);
    touched_ = touched;
    changes_.clear();
    remember_names();
}

Mm& DeltaWriter::shown(std::size_t space) {
    if (space >= shown_.size()) shown_.resize(space + 1);
    return shown_[space];
}

void DeltaWriter::on_end(std::size_t space) { shown(space) = Mm{}; }

void DeltaWriter::after_step(const Step& step) {
    // Those first: an update looks only where events say, which is not enough for a new layout.
    const auto touched = std::exchange(touched_, Touched::everything());
    for (const std::size_t space : std::exchange(replaced_, {})) {
        if (spaces_.all()[space].ended) continue;
        update(space);
        update_extra(space);
    }
    touched_ = touched;
    if (const Space* space = spaces_.find(step.mm); space != nullptr) {
        update(static_cast<std::size_t>(space - spaces_.all().data()));
    }
    touched_.clear();
    if (step.record != nullptr && std::holds_alternative<UnlinkCall>(step.record->call)) {
        for (std::size_t space = 0; space < spaces_.all().size(); ++space) {
            if (!spaces_.all()[space].ended) update_names(space);
        }
    }
    const std::uint64_t line = step.record != nullptr ? step.record->line : 0;
    for (const Change& change : changes_) {
        spool_.append("@ " + std::to_string(line) + " pid " +
                      std::to_string(spaces_.all()[change.space].pid) + "\n");
        spool_.append(change.lines);
    }
    changes_.clear();
    remember_names();
}

void DeltaWriter::update(std::size_t space) {
    Mm& old = shown(space);
    const Mm& now = world_.mms[spaces_.all()[space].mm.index];
    if (touched_.empty() && old.brk == now.brk) return;
    std::string lines;
    for (const VmRange& range : places_to_look(old, now)) compare(old, now, range, lines);
    if (!lines.empty()) changes_.push_back({space, std::move(lines)});
    old = now;
}

// They lie above all others.
void DeltaWriter::update_extra(std::size_t space) {
    if (space >= shown_extra_.size()) shown_extra_.resize(space + 1);
    std::vector<ExtraLine>& old = shown_extra_[space];
    const std::vector<ExtraLine>& now = engine_.extra_lines(spaces_.all()[space].mm);
    const auto lacks = [](const std::vector<ExtraLine>& lines, const ExtraLine& line) {
        return std::ranges::find(lines, line.text, &ExtraLine::text) == lines.end();
    };
    std::string lines;
    for (const ExtraLine& line : old) {
        if (lacks(now, line)) lines.append("-").append(line.text).append("\n");
    }
    for (const ExtraLine& line : now) {
        if (lacks(old, line)) lines.append("+").append(line.text).append("\n");
    }
    old = now;
    add_change(space, lines);
}

void DeltaWriter::add_change(std::size_t space, const std::string& lines) {
    if (lines.empty()) return;
    if (changes_.empty() || changes_.back().space != space) changes_.push_back({space, {}});
    changes_.back().lines += lines;
}

void DeltaWriter::update_names(std::size_t space) {
    const Mm& now = shown(space);
    std::string lines;
    for (auto at = now.vmas.first(); at; at.next()) {
        if (!at->file || at->file.index >= shown_names_.files.bound()) continue;
        const File& file = world_.files[at->file.index];
        if (same_name(shown_names_.files[at->file.index], file)) continue;
        lines += old_line(now, *at);
        lines += new_line(now, *at);
    }
    add_change(space, lines);
}

std::vector<VmRange> DeltaWriter::places_to_look(const Mm& old, const Mm& now) const {
    if (old.brk == now.brk) return touched_.places(old.vmas, now.vmas);
    // "[heap]" comes and goes with the break.
    Touched touched = touched_;
    touched.add(vpn_of(std::min(old.brk, now.brk)), vpn_of(std::max(old.brk, now.brk)) + Pages{1});
    return touched.places(old.vmas, now.vmas);
}

void DeltaWriter::compare(const Mm& old, const Mm& now, VmRange range, std::string& lines) {
    auto gone = old.vmas.find(range.start());
    auto here = now.vmas.find(range.start());
    const bool same_break = old.brk == now.brk;
    for (;;) {
        const bool more_gone = gone && gone->start < range.end();
        const bool more_here = here && here->start < range.end();
        if (!more_gone && !more_here) return;
        if (more_gone && more_here && gone->start == here->start) {
            if (!same_break || !looks_the_same(*gone, *here)) {
                const std::string before = old_line(old, *gone);
                const std::string after = new_line(now, *here);
                if (before.substr(1) != after.substr(1)) (lines += before) += after;
            }
            gone.next();
            here.next();
        } else if (more_gone && (!more_here || gone->start < here->start)) {
            lines += old_line(old, *gone);
            gone.next();
        } else {
            lines += new_line(now, *here);
            here.next();
        }
    }
}

std::string DeltaWriter::old_line(const Mm& old, const Vma& vma) const {
    std::string line = "-";
    append_maps_line(line, shown_names_, old, vma);
    return line += '\n';
}

std::string DeltaWriter::new_line(const Mm& now, const Vma& vma) {
    if (vma.file) new_files_.push_back(vma.file);
    std::string line = "+";
    append_maps_line(line, world_, now, vma);
    return line += '\n';
}

void DeltaWriter::remember_names() {
    for (const FileId id : std::exchange(new_files_, {})) {
        while (shown_names_.files.bound() <= id.index) shown_names_.files.add(File{});
        const File& file = world_.files[id.index];
        if (!same_name(shown_names_.files[id.index], file)) {
            shown_names_.files.edit(id.index) = file;
        }
    }
    if (shown_names_.attrs.version() != world_.attrs.version()) shown_names_.attrs = world_.attrs;
}

void DeltaWriter::write(const TextSink& sink) {
    const bool several = spaces_.all().size() > 1;
    spool_.replay([&](std::string_view line) {
        if (several || line[0] != '@') return sink(line);
        sink(std::string(line.substr(0, line.find(" pid "))) + "\n");
    });
}

}  // namespace mmsim
