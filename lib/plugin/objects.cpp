// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/objects.h"

#include <bit>

namespace mmsim {
namespace {

// Pointers are known to mmsim by handles, so that nothing it shows depends on where memory lies.
// Drivers also store small numbers there: those stay what they are.
constexpr std::uint64_t kFirstHandle = 0x1000;

// A cast, for clang-tidy 14 dies of comparing what std::bit_cast makes of a pointer.
std::uint64_t bits_of(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }

}  // namespace

Runtime::Runtime(Upcalls& upcalls) : upcalls_(upcalls), next_handle_(kFirstHandle) {}

::file* Runtime::file_of(std::uint32_t number) {
    if (number == 0) return nullptr;
    if (OpenFile* const known = known_file(number)) return &known->shown;
    Message facts;
    facts.file = number;
    facts.ask = Ask::file_facts;
    std::string path;
    ask(facts, path);

    auto opened = std::make_unique<OpenFile>();
    opened->serial = facts.facts.serial;
    opened->number = number;
    ::file& shown = opened->shown;
    ::inode& inode = opened->inode;
    shown.f_mode = (facts.facts.readable ? 1U : 0U) | (facts.facts.writable ? 2U : 0U);
    shown.f_flags = facts.facts.writable ? facts.facts.readable ? 2U : 1U : 0U;
    shown.f_inode = &inode;
    shown.f_mapping = &inode.i_data;
    shown.mmsim_id = number;
    shown.mmsim_dentry.d_inode = &inode;
    shown.f_path.dentry = &shown.mmsim_dentry;
    inode.i_mapping = &inode.i_data;
    inode.i_data.host = &inode;
    inode.i_ino = number;
    inode.i_size = static_cast<loff_t>(facts.facts.size);
    if (facts.facts.driver != 0) {
        shown.f_op = driver(facts.facts.driver - 1).fops;
    } else {
        const HookSet hooks{static_cast<std::uint16_t>(facts.facts.hooks)};
        if (hooks.has(Hook::mmap)) opened->foreign.mmap = services().vfs_mmap;
        if (hooks.has(Hook::mmap_prepare)) {
            opened->foreign.mmap_prepare = [](vm_area_desc* desc) {
                return services().vfs_mmap_prepare(desc->file, desc);
            };
        }
        shown.f_op = &opened->foreign;
    }
    inode.i_fop = shown.f_op;
    file_numbers_[&shown] = number;
    if (number >= files_.size()) files_.resize(number + 1);
    OpenFile& kept = *(files_[number] = std::move(opened));
    open(kept);
    return &kept.shown;
}

// The slot may have been another file's.
void Runtime::check_file(std::uint32_t number, std::uint64_t serial) {
    OpenFile* const known = known_file(number);
    if (known == nullptr || known->serial == serial) return;
    file_numbers_.erase(&known->shown);
    files_[number].reset();
}

Runtime::OpenFile* Runtime::known_file(std::uint32_t number) const {
    return number < files_.size() ? files_[number].get() : nullptr;
}

std::uint32_t Runtime::number_of(const ::file* file) const {
    const auto found = file_numbers_.find(file);
    return found == file_numbers_.end() ? 0 : found->second;
}

// What happens at open(2) nobody counts: it belongs to no mapping.
void Runtime::open(OpenFile& opened) {
    if (opened.shown.f_op->open == nullptr) return;
    const bool before = opening_;
    opening_ = true;
    const int error = opened.shown.f_op->open(&opened.inode, &opened.shown);
    opening_ = before;
    if (error != 0) remark("driver-warned", "open returned " + std::to_string(error));
}

mm_struct* Runtime::mm_of(std::uint32_t number) {
    auto& mm = mms_[number];
    if (!mm) {
        mm = std::make_unique<mm_struct>();
        mm->mmsim_id = number;
        mm->task_size = 0x7ffffffff000;
    }
    return mm.get();
}

// NULL for an anonymous mapping; a table of others is only good for being handed back.
const vm_operations_struct* Runtime::ops_of(std::uint32_t value) {
    if (value == kVmOpsAnonymous.value) return nullptr;
    const auto found = ops_.find(value);
    if (found != ops_.end()) return found->second;
    foreign_.push_back(std::make_unique<vm_operations_struct>());
    ops_[value] = foreign_.back().get();
    foreign_ops_[foreign_.back().get()] = value;
    return foreign_.back().get();
}

std::uint32_t Runtime::value_of(const vm_operations_struct* ops) {
    if (ops == nullptr) return kVmOpsAnonymous.value;
    const auto found = foreign_ops_.find(ops);
    if (found != foreign_ops_.end()) return found->second;
    ops_[own_ops_] = ops;
    return own_ops_;
}

void* Runtime::pointer_of(std::uint64_t handle) const {
    const auto found = pointers_.find(handle);
    const void* const pointer =
        found == pointers_.end() ? std::bit_cast<const void*>(handle) : found->second;
    return const_cast<void*>(pointer);
}

std::uint64_t Runtime::handle_of(const void* pointer) {
    if (bits_of(pointer) < kFirstHandle) return bits_of(pointer);
    const auto [entry, fresh] = handles_.try_emplace(pointer, next_handle_);
    if (fresh) pointers_[next_handle_++] = pointer;
    return entry->second;
}

}  // namespace mmsim
