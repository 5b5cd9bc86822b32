// SPDX-License-Identifier: GPL-2.0-or-later
// The engine's view of userfaultfds: files that stand for an address space, which may be another
// process's.
#include "base/linux_abi.h"
#include "mm/userfaultfd.h"
#include "replay/divergence.h"
#include "replay/engine_state.h"

namespace mmsim {

void Engine::State::open_uffd(FileId file, MmId mm) {
    if (!file || world.files[file.index].uffd) return;
    if (world.files[file.index].path == kUserfaultfdPath) make_uffd(world, file, mm);
}

void Engine::State::resolve_uffd(Process& process, const UffdCall& call, CallOperands& operands) {
    const TraceRecord& record = *step.record;
    const FileId file = operands.file = files.find(process, call, record.recorded);
    if (!file) return;
    const bool known = bool(world.files[file.index].uffd);
    open_uffd(file, step.mm);
    const UffdId uffd = world.files[file.index].uffd;
    if (!uffd) return;
    // UFFDIO_API was before the trace begins.
    const bool asks = call.request != UffdRequest::api && recorded_success(record);
    if (!known && asks) world.uffds.edit(uffd.index).ready = true;
    operands.mm = world.uffds[uffd.index].mm;
    if (operands.mm) stand_in(operands.mm);
}

// What the step does is done to this address space: it is told of as its owner's.
void Engine::State::stand_in(MmId mm) {
    if (mm == step.mm) return;
    step.mm = mm;
    for (const Process& process : tasks.processes()) {
        if (!process.ended && mm_of(process) == mm) step.pid = process.pid;
    }
}

// What was registered with a userfaultfd that nobody has open is so no more.
void Engine::State::close_uffds() {
    for (const FileId file : files.take_closed_uffds()) {
        const UffdId uffd = world.files[file.index].uffd;
        const MmId mm = world.uffds[uffd.index].mm;
        if (mm) {
            const Step at_work = step;
            stand_in(mm);
            Current current = caller(mm, faults);
            uffd_release(current, uffd);
            flush();
            step = at_work;
        }
        world.close_file(file);
    }
}

}  // namespace mmsim
