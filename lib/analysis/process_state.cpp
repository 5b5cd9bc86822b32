// SPDX-License-Identifier: GPL-2.0-or-later
#include "analysis/process_state.h"

#include <algorithm>
#include <unordered_map>

#include "mm/maps_line.h"

namespace mmsim {

std::string file_id_text(const World& world, const DeclaredFiles& declared, FileId file) {
    if (!file) return {};
    for (const auto& [id, declared_file] : declared) {
        if (declared_file == file) return id;
    }
    const File& f = world.files[file.index];
    return (f.internal ? "shmem#" : "file#") + std::to_string(f.serial);
}

namespace {

void capture_rows(ProcessState& state, const World& world, const DeclaredFiles& declared,
                  const Mm& mm) {
    Words& words = state.words;
    std::unordered_map<std::uint32_t, std::uint32_t> file_words;
    state.vmas.reserve(mm.vmas.size());
    for (auto at = mm.vmas.first(); at; at.next()) {
        const Vma& vma = *at;
        VmaRow row{vma.start, vma.end, vma.flags, vma.pgoff, 0, 0};
        if (vma.file) {
            const auto [place, added] = file_words.try_emplace(vma.file.index);
            if (added) place->second = words[file_id_text(world, declared, vma.file)];
            row.file = place->second;
        }
        row.name = words[vma_name(world, mm, vma)];
        state.vmas.push_back(row);
    }
}

}  // namespace

ProcessState capture_process(const World& world, const DeclaredFiles& declared, const Space& space,
                             const CaptureOptions& options, Makers& makers, VmaGroups& groups) {
    const Mm& mm = world.mms[space.mm.index];
    ProcessState state;
    state.pid = space.pid;
    state.exited = space.ended;
    state.map_count = mm.map_count;
    state.map_count_peak = std::max(space.peak, mm.map_count);
    state.total_vm = mm.total_vm;
    state.data_vm = mm.data_vm;
    state.exec_vm = mm.exec_vm;
    state.stack_vm = mm.stack_vm;
    state.locked_vm = mm.locked_vm;
    state.committed = mm.committed;
    state.merges = space.merges;
    state.fragmentation =
        measure_fragmentation(world, space.pid, space.mm, options.cap, makers, groups);
    state.fragmentation.peak = state.map_count_peak;
    if (options.vmas) capture_rows(state, world, declared, mm);
    return state;
}

}  // namespace mmsim
