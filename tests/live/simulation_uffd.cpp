// SPDX-License-Identifier: GPL-2.0-or-later
// The simulated side's userfaultfds: each slot has a descriptor of each, which a child inherits.
#include "base/linux_abi.h"
#include "live/simulation.h"
#include "mm/syscalls.h"

namespace mmsim::live {

void Simulation::drop_uffd(FileId& descriptor) {
    const FileId file = std::exchange(descriptor, FileId{});
    if (!file || --uffd_descriptors_[file] != 0) return;
    const UffdId uffd = world_.files[file.index].uffd;
    if (const MmId owner = world_.uffds[uffd.index].mm) {
        Current now{world_, owner, quiet_, faults_};
        uffd_release(now, uffd);
    }
    world_.close_file(file);
}

void Simulation::drop_uffds(int slot) {
    for (FileId& descriptor : uffds_[static_cast<std::size_t>(slot)]) drop_uffd(descriptor);
}

void Simulation::inherit_uffds(int parent, int child) {
    auto& inherited = uffds_[static_cast<std::size_t>(child)];
    inherited = uffds_[static_cast<std::size_t>(parent)];
    for (const FileId descriptor : inherited) ++uffd_descriptors_[descriptor];
}

Outcome Simulation::open_uffd(const Op& op) {
    FileId& descriptor = uffds_[static_cast<std::size_t>(op.slot)][op.args[0]];
    drop_uffd(descriptor);
    File file;
    file.path = kUserfaultfdPath;
    descriptor = world_.open_file(std::move(file));
    uffd_descriptors_[descriptor] = 1;
    make_uffd(world_, descriptor, mm_id(op.slot));
    const UffdArgs api{.request = UffdRequest::api, .flags = uffd_features(op.args[0])};
    return ask_uffd(descriptor, api);
}

Outcome Simulation::ask_uffd(FileId descriptor, const UffdArgs& args) {
    const UffdId uffd = world_.files[descriptor.index].uffd;
    const MmId owner = world_.uffds[uffd.index].mm;
    // Whose process is gone can be any: nothing is done to it.
    Current now{world_, owner ? owner : mm_id(0), quiet_, faults_};
    const Result<> done = sys_uffdio(now, uffd, args);
    return {.value = 0, .error = static_cast<int>(done.error())};
}

Outcome Simulation::run_uffd(const Op& op) {
    const auto& a = op.args;
    if (op.kind == OpKind::uffd_open) return open_uffd(op);
    const FileId descriptor = uffds_[static_cast<std::size_t>(op.slot)][a[3]];
    const bool adds = op.kind == OpKind::uffd_register;
    return ask_uffd(descriptor,
                    {.request = adds ? UffdRequest::register_range : UffdRequest::unregister,
                     .addr = a[0],
                     .length = a[1],
                     .flags = a[2]});
}

}  // namespace mmsim::live
