// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/runtime.h"

#include <bit>
#include <cstring>
#include <exception>
#include <utility>

#include "base/page.h"
#include "plugin/objects.h"

namespace mmsim {
namespace {

// A field that the compiler may think nobody writes, as it was left.
template <typename T>
T as_left(const T& field) {
    return const_cast<const volatile T&>(field);
}

std::uint32_t bit(bool written, Written what) {
    return written ? 1U << static_cast<unsigned>(what) : 0U;
}

HookSet hooks_of(const vm_operations_struct& ops) {
    HookSet hooks;
    if (ops.open != nullptr) hooks = hooks.with(Hook::open);
    if (ops.close != nullptr) hooks = hooks.with(Hook::close);
    if (ops.mapped != nullptr) hooks = hooks.with(Hook::mapped);
    if (ops.may_split != nullptr) hooks = hooks.with(Hook::may_split);
    if (ops.mprotect != nullptr) hooks = hooks.with(Hook::mprotect);
    if (ops.mremap != nullptr) hooks = hooks.with(Hook::mremap);
    return hooks;
}

// Of the two forms the one with the hook.
template <typename Member>
auto hook_of(const mmsim_driver& driver, Member member) {
    const auto hook = driver.fops->*member;
    return hook != nullptr || driver.old_fops == nullptr ? hook : driver.old_fops->*member;
}

constexpr unsigned kOldHooks = 0x0701;  // the last kernel with success_hook and error_hook

}  // namespace

void Runtime::serve(Message& message, std::string& text) {
    const Ask asked = message.ask;
    Runtime* const before = let_run(this);
    try {
        if (asked == Ask::load) {
            text = load(text);
            message.number = drivers_.size();
        } else if (asked == Ask::describe) {
            describe(message, text);
        } else if (asked == Ask::describe_param) {
            describe_param(message, text);
        } else {
            run_hook(message);
        }
        message.ask = Ask::answer;
    } catch (const std::exception& thrown) {
        text = thrown.what();
        message.ask = Ask::died;
    } catch (...) {
        text.clear();
        message.ask = Ask::died;
    }
    if (message.ask == Ask::died) message.number = static_cast<std::uint64_t>(Death::exception);
    let_run(before);
}

void Runtime::run_hook(Message& message) {
    const auto own_ops = std::exchange(own_ops_, message.own_ops);
    const auto mm = std::exchange(mm_, message.area.mm);
    check_file(message.file, message.number);
    switch (static_cast<Hook>(message.hook)) {
        case Hook::mmap_prepare:
            run_mmap_prepare(message);
            break;
        case Hook::mmap:
            run_mmap(message);
            break;
        case Hook::mapped:
            run_mapped(message);
            break;
        case Hook::success_hook:
            run_success_hook(message);
            break;
        default:
            run_vm_ops(message);
            break;
    }
    after_hook(message);
    own_ops_ = own_ops;
    mm_ = mm;
}

void Runtime::run_mmap_prepare(Message& message) {
    Area& area = message.area;
    ::file* const file = file_of(message.file);
    mm_struct* const mm = mm_of(area.mm);
    vm_area_desc desc{.mm = mm,
                      .file = file,
                      .start = area.start,
                      .end = area.end,
                      .pgoff = area.pgoff,
                      .vm_file = file_of(area.file),
                      .vma_flags = {area.flags},
                      .page_prot = pgprot_of(area.prot, area.flags),
                      .vm_ops = ops_of(area.ops),
                      .private_data = pointer_of(area.private_data),
                      .action = {}};
    show_action(area, desc);
    message.error = hook_of(driver(message.driver), &file_operations::mmap_prepare)(&desc);
    message.written = bit(as_left(desc.mm) != mm, Written::mm) |
                      bit(as_left(desc.file) != file, Written::file) |
                      bit(as_left(desc.start) != area.start, Written::start) |
                      bit(as_left(desc.end) != area.end, Written::end);
    const std::uint32_t vm_file = area.file;
    read(desc, area);
    // Nothing that mmsim knows as a file.
    if (area.file == 0) {
        message.written |= bit(true, Written::file);
        area.file = vm_file;
    }
    read_ops(message);
}

void Runtime::run_mmap(Message& message) {
    Area& area = message.area;
    ::file* const file = file_of(message.file);
    vm_area_struct vma{};
    show(area, vma);
    message.error = hook_of(driver(message.driver), &file_operations::mmap)(file, &vma);
    message.written = bit(vma.vm_start != area.start, Written::start) |
                      bit(vma.vm_end != area.end, Written::end) |
                      bit(vma.vm_mm != mm_of(area.mm), Written::mm);
    const std::uint32_t vm_file = area.file;
    read(vma, area);
    if (area.file == 0) {
        message.written |= bit(true, Written::file);
        area.file = vm_file;
    }
    read_ops(message);
}

void Runtime::run_mapped(Message& message) {
    Area& area = message.area;
    const vm_operations_struct* const ops = ops_of(area.ops);
    void* private_data = pointer_of(area.private_data);
    message.error =
        ops->mapped(area.start, area.end, area.pgoff, file_of(area.file), &private_data);
    area.private_data = handle_of(private_data);
}

// The hooks of a VMA that stands: what they write to it is lost.
void Runtime::run_vm_ops(Message& message) {
    Area& area = message.area;
    const vm_operations_struct* const ops = ops_of(area.ops);
    vm_area_struct vma{};
    show(area, vma);
    const auto hook = static_cast<Hook>(message.hook);
    message.error = 0;
    if (hook == Hook::open) ops->open(&vma);
    if (hook == Hook::close) ops->close(&vma);
    if (hook == Hook::may_split) message.error = ops->may_split(&vma, message.extra);
    if (hook == Hook::mremap) message.error = ops->mremap(&vma);
    if (hook == Hook::mprotect) {
        message.error = ops->mprotect(&vma, area.start, area.end, message.extra);
    }
    Area left = area;
    read(vma, left);
    message.written = bit(vma.vm_start != area.start, Written::start) |
                      bit(vma.vm_end != area.end, Written::end) |
                      bit(left.pgoff != area.pgoff, Written::pgoff);
    // The VMA of close is on its way out: tidying it up is no mistake.
    if (hook == Hook::close) return;
    message.written |= bit(left.flags != area.flags, Written::flags) |
                       bit(left.ops != area.ops, Written::vm_ops) |
                       bit(left.file != area.file, Written::file) |
                       bit(left.private_data != area.private_data, Written::private_data);
}

void Runtime::run_success_hook(Message& message) {
    vm_area_struct vma{};
    show(message.area, vma);
    using SuccessHook = int (*)(const vm_area_struct*);
    message.error = std::bit_cast<SuccessHook>(success_hook_)(&vma);
    read(vma, message.area);
}

// What the hook did to the counters, and to what it allocated.
void Runtime::after_hook(const Message& message) {
    for (Watched& watched : watched_) {
        std::int64_t now = 0;
        if (watched.size == sizeof(std::int32_t)) {
            now = as_left(*static_cast<const std::int32_t*>(watched.counter));
        } else {
            now = as_left(*static_cast<const std::int64_t*>(watched.counter));
        }
        const std::int64_t by = now - std::exchange(watched.counted, now);
        if (by != 0) count(watched.reference, by);
    }
    // What hangs on the file is the file's.
    const OpenFile* const opened = known_file(message.file);
    if (opened == nullptr || memory_.empty()) return;
    const auto owned = memory_.find(opened->shown.private_data);
    if (owned == memory_.end() || !std::exchange(owned->second.tracked, false)) return;
    Message returned;
    returned.ask = Ask::allocated;
    returned.error = -1;
    std::string none;
    ask(returned, none);
}

void Runtime::show(const Area& area, vm_area_struct& vma) {
    vma.vm_start = area.start;
    vma.vm_end = area.end;
    vma.vm_mm = mm_of(area.mm);
    vma.vm_page_prot = pgprot_of(area.prot, area.flags);
    vma.__vm_flags = area.flags;
    vma.vm_ops = ops_of(area.ops);
    vma.vm_pgoff = area.pgoff;
    vma.vm_file = file_of(area.file);
    vma.vm_private_data = pointer_of(area.private_data);
    vma.mmsim_pages_mapped = area.pages_mapped ? 1 : 0;
}

void Runtime::read(const vm_area_struct& vma, Area& area) {
    area.prot = page_prot_of(vma.vm_page_prot);
    area.flags = vma.__vm_flags;
    area.ops = value_of(vma.vm_ops);
    area.pgoff = vma.vm_pgoff;
    area.file = number_of(vma.vm_file);
    area.private_data = handle_of(vma.vm_private_data);
    area.pages_mapped = vma.mmsim_pages_mapped != 0;
}

void Runtime::show(const Area& area, vm_area_desc& desc) {
    desc.pgoff = area.pgoff;
    desc.vm_file = file_of(area.file);
    desc.vma_flags.bits = area.flags;
    desc.page_prot = pgprot_of(area.prot, area.flags);
    desc.vm_ops = ops_of(area.ops);
    desc.private_data = pointer_of(area.private_data);
    show_action(area, desc);
}

void Runtime::show_action(const Area& area, vm_area_desc& desc) {
    mmap_action& action = desc.action;
    action.type = static_cast<mmap_action_type>(area.action);
    switch (action.type) {
        case MMAP_NOTHING:
        case MMAP_MAP_KERNEL_PAGES:
            break;
        case MMAP_SIMPLE_IO_REMAP:
            action.simple_ioremap.start_phys_addr = area.action_phys;
            action.simple_ioremap.size = area.action_size;
            break;
        default:
            action.remap.start = area.action_start;
            action.remap.start_pfn = area.action_pfn;
            action.remap.size = area.action_size;
            action.remap.pgprot = pgprot_of(area.action_prot, area.flags);
            break;
    }
    action.hide_from_rmap_until_complete = area.hide_from_rmap;
    if (plugin_->kernel > kOldHooks) action.error_override = area.error_override;
}

void Runtime::read(const vm_area_desc& desc, Area& area) {
    area.pgoff = desc.pgoff;
    area.file = number_of(desc.vm_file);
    area.flags = desc.vma_flags.bits;
    area.prot = page_prot_of(desc.page_prot);
    area.ops = value_of(desc.vm_ops);
    area.private_data = handle_of(desc.private_data);
    read_action(desc, area);
}

void Runtime::read_action(const vm_area_desc& desc, Area& area) {
    const mmap_action& action = desc.action;
    // The hook may have left any number.
    std::memcpy(&area.action, &action.type, sizeof area.action);
    area.hide_from_rmap = action.hide_from_rmap_until_complete;
    area.action_bad_page = ~std::uint64_t{0};
    if (area.action == MMAP_SIMPLE_IO_REMAP) {
        area.action_phys = action.simple_ioremap.start_phys_addr;
        area.action_size = action.simple_ioremap.size;
    } else if (area.action == MMAP_MAP_KERNEL_PAGES) {
        area.action_start = action.map_kernel.start;
        const std::uint64_t count = action.map_kernel.nr_pages;
        area.action_size = Pages{count}.bytes();
        const std::uint64_t wanted = (area.end - area.start) >> kPageShift;
        for (std::uint64_t i = 0; i < count && i < wanted; ++i) {
            if (action.map_kernel.pages != nullptr && action.map_kernel.pages[i] != nullptr) {
                continue;
            }
            area.action_bad_page = i;
            break;
        }
    } else {
        area.action_start = action.remap.start;
        area.action_pfn = action.remap.start_pfn;
        area.action_size = action.remap.size;
        area.action_prot = page_prot_of(action.remap.pgprot);
    }
    if (plugin_->kernel > kOldHooks) {
        area.error_override = action.error_override;
        return;
    }
    success_hook_ = action.mmsim_reserved[0];
    area.success_hook = success_hook_ != nullptr;
    using ErrorHook = int (*)(int);
    const auto error_hook = std::bit_cast<ErrorHook>(action.mmsim_reserved[1]);
    if (error_hook == nullptr) return;
    const int made = error_hook(-ENOMEM);
    area.error_hook = made < 0 && made != -ENOMEM ? static_cast<std::uint32_t>(-made) : 0;
}

void Runtime::read_ops(Message& message) const {
    message.hooks = 0;
    if (message.area.ops != message.own_ops) return;
    const auto found = ops_.find(message.own_ops);
    if (found != ops_.end()) message.hooks = hooks_of(*found->second).bits;
}

}  // namespace mmsim
