// SPDX-License-Identifier: GPL-2.0-or-later
// What <mmsim/driver.h> offers to hooks.
#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/page.h"
#include "mm/remap.h"
#include "plugin/objects.h"

namespace mmsim {
namespace {

constexpr unsigned char kPoison = 0xa5;    // in memory that nobody cleared
constexpr std::size_t kPoisoned = 65536;   // so far: more pages need not be there
constexpr unsigned kPrefillsOps = 0x0702;  // the first kernel whose compat descriptions have vm_ops

thread_local Runtime* at_work = nullptr;

// The old hook's helpers are the core's own: they only look at the values.
HalfBuiltVma half_built(const vm_area_struct& vma) {
    return {.range = {vpn_of(vma.vm_start), vpn_of(vma.vm_end)},
            .file = {},
            .pgoff = Pgoff{vma.vm_pgoff},
            .flags = VmFlags{vma.__vm_flags},
            .pages_mapped = vma.mmsim_pages_mapped != 0};
}

int taken_over(vm_area_struct& vma, const HalfBuiltVma& half, const Result<>& result) {
    vma.vm_pgoff = half.pgoff.index;
    vma.__vm_flags = half.flags.bits;
    vma.mmsim_pages_mapped = half.pages_mapped ? 1 : 0;
    return -static_cast<int>(result.error());
}

}  // namespace

Runtime& Runtime::running() { return *at_work; }

Runtime* Runtime::let_run(Runtime* runtime) { return std::exchange(at_work, runtime); }

Message Runtime::ask(Ask what, std::string_view text) {
    Message message;
    message.ask = what;
    std::string said(text);
    ask(message, said);
    return message;
}

// Hooks of another plug-in may run before the answer comes.
void Runtime::ask(Message& message, std::string& text) {
    Runtime* const self = at_work;
    upcalls_.ask(message, text);
    at_work = self;
}

void Runtime::count(const std::string& reference, std::int64_t by) {
    Message message;
    message.ask = Ask::count;
    message.error = static_cast<std::int32_t>(by);
    std::string text = reference;
    ask(message, text);
}

void Runtime::remark(std::string_view diagnostic, const std::string& detail) {
    std::string text(diagnostic);
    text += '\0';
    text += detail;
    ask(Ask::remark, text);
}

void* Runtime::allocate(std::size_t size, bool zeroed) {
    if (size > kPluginMemory || allocated_ + size > kPluginMemory) {
        upcalls_.give_up(Death::memory);
        return nullptr;
    }
    if (!opening_ && ask(Ask::allocate).number == 0) return nullptr;
    const std::size_t bytes = std::max<std::size_t>(size, 1);
    void* const memory = bytes < kPageSize
                             ? std::malloc(bytes)
                             : std::aligned_alloc(kPageSize, pages_round_up(bytes).bytes());
    if (memory == nullptr) return nullptr;
    std::memset(memory, zeroed ? 0 : kPoison, zeroed ? bytes : std::min(bytes, kPoisoned));
    memory_[memory] = {bytes, !opening_};
    allocated_ += bytes;
    return memory;
}

void Runtime::release(const void* memory) {
    const auto found = memory_.find(memory);
    if (found == memory_.end()) {
        return remark("driver-warned", "kfree of memory that is not from kmalloc, or freed before");
    }
    const Memory freed = found->second;
    memory_.erase(found);
    allocated_ -= freed.size;
    forget(memory, freed.size);
    if (freed.tracked) {
        Message message;
        message.ask = Ask::allocated;
        message.error = -1;
        std::string none;
        ask(message, none);
    }
    std::free(const_cast<void*>(memory));
}

// Everything known about memory that is no more.
void Runtime::forget(const void* begin, std::size_t size) {
    const auto inside = [&](const void* at) {
        const auto* const first = static_cast<const char*>(begin);
        const auto* const byte = static_cast<const char*>(at);
        return first <= byte && byte < first + size;
    };
    for (const Watched& watched : watched_) {
        if (inside(watched.counter) && watched.counted != 0) {
            count(watched.reference, -watched.counted);
        }
    }
    std::erase_if(watched_, [&](const Watched& watched) { return inside(watched.counter); });
    std::erase_if(pages_, [&](const auto& page) { return inside(page.first); });
    const auto handle = handles_.find(begin);
    if (handle == handles_.end()) return;
    pointers_.erase(handle->second);
    handles_.erase(handle);
}

void Runtime::watch(std::string_view reference, const void* counter, std::size_t size,
                    std::int64_t from) {
    watched_.push_back({std::string(reference), counter, size, from});
}

void Runtime::warn(const char* file, int line, const char* what) {
    const std::string_view path = file;
    const std::string name(path.substr(path.find_last_of('/') + 1));
    const std::pair place{name, line};
    if (std::ranges::count(warned_, place) != 0) return;
    warned_.push_back(place);
    remark("driver-warned", name + ":" + std::to_string(line) + ": " + what);
}

::page* Runtime::page_of(const void* address) {
    const auto* const byte = static_cast<const char*>(address);
    const void* const begin = byte - reinterpret_cast<std::uintptr_t>(byte) % kPageSize;
    auto& page = pages_[begin];
    if (!page) {
        page = std::make_unique<::page>();
        page->index = next_page_++;
        page->address = const_cast<void*>(begin);
        page->refcount = 1;
    }
    return page.get();
}

// The table's functions: each finds the runtime whose hook is at work.
struct Runtime::Services {
    static Message ask(Ask what, const ::file* file, std::uint64_t number, std::string text = {}) {
        Message message;
        message.ask = what;
        message.file = running().number_of(file);
        message.number = number;
        running().ask(message, text);
        return message;
    }

    static void file_count(::file* file, int by) {
        if (file == nullptr) return;
        Message message;
        message.ask = Ask::file_count;
        message.file = running().number_of(file);
        message.error = by;
        std::string none;
        running().ask(message, none);
    }

    static ::file* find_file(const char* id) {
        return running().file_of(ask(Ask::find_file, nullptr, 0, id).file);
    }

    static ::file* new_shmem_file(unsigned long size) {
        const Message made = ask(Ask::new_shmem_file, nullptr, size);
        if (made.error != 0) return std::bit_cast<::file*>(std::int64_t{made.error});
        running().check_file(made.file, made.number);
        return running().file_of(made.file);
    }

    static unsigned long number(const ::file* file, const char* param) {
        // Nothing changes it, and hooks ask each time.
        OpenFile* const opened = running().known_file(running().number_of(file));
        if (opened == nullptr) return 0;
        auto& numbers = opened->numbers;
        const auto known = numbers.find(std::string_view(param));
        if (known != numbers.end()) return known->second;
        return numbers[param] = ask(Ask::file_number, file, 0, param).number;
    }

    static const char* word(const ::file* file, const char* param) {
        Message message;
        message.ask = Ask::file_word;
        message.file = running().number_of(file);
        std::string text = param;
        running().ask(message, text);
        return running().words_.insert(text).first->c_str();
    }

    static int mlock_ok(const mm_struct* mm, unsigned long bytes) {
        Message message;
        message.ask = Ask::mlock_ok;
        message.area.mm = static_cast<std::uint32_t>(mm->mmsim_id);
        message.number = bytes;
        std::string none;
        running().ask(message, none);
        return message.number != 0 ? 1 : 0;
    }

    static int remap(vm_area_struct* vma, unsigned long addr, unsigned long pfn,
                     unsigned long size) {
        HalfBuiltVma half = half_built(*vma);
        return taken_over(*vma, half, remap_pfn_range(half, addr, Pfn{pfn}, size));
    }

    static int iomap(vm_area_struct* vma, phys_addr_t start, unsigned long len) {
        HalfBuiltVma half = half_built(*vma);
        return taken_over(*vma, half, vm_iomap_memory(half, start, len));
    }

    static int insert(vm_area_struct* vma, unsigned long addr, ::page** pages,
                      unsigned long count) {
        HalfBuiltVma half = half_built(*vma);
        const Result<> done = vm_insert_pages(half, addr, count);
        const bool bad = done && std::count(pages, pages + count, nullptr) != 0;
        return taken_over(*vma, half, bad ? Errno::einval : done);
    }

    static Area area_of(const vm_area_struct& vma) {
        Area area;
        area.start = vma.vm_start;
        area.end = vma.vm_end;
        area.mm = static_cast<std::uint32_t>(vma.vm_mm->mmsim_id);
        running().read(vma, area);
        return area;
    }

    static Area area_of(const vm_area_desc& desc) {
        Area area;
        area.start = desc.start;
        area.end = desc.end;
        area.mm = static_cast<std::uint32_t>(desc.mm->mmsim_id);
        running().read(desc, area);
        return area;
    }

    static int vfs_mmap(::file* file, vm_area_struct* vma) {
        Message message;
        message.ask = Ask::vfs_mmap;
        message.file = running().number_of(file);
        message.area = area_of(*vma);
        std::string none;
        running().ask(message, none);
        running().show(message.area, *vma);
        return message.error;
    }

    static int vfs_mmap_prepare(::file* file, vm_area_desc* desc) {
        Message message;
        message.ask = Ask::vfs_mmap_prepare;
        message.file = running().number_of(file);
        message.area = area_of(*desc);
        std::string none;
        running().ask(message, none);
        running().show(message.area, *desc);
        return message.error;
    }

    static void desc_from_vma(vm_area_desc* desc, ::file* file, const vm_area_struct* vma) {
        const bool prefilled = running().plugin_->kernel >= kPrefillsOps;
        const vm_area_desc made{.mm = vma->vm_mm,
                                .file = file,
                                .start = vma->vm_start,
                                .end = vma->vm_end,
                                .pgoff = vma->vm_pgoff,
                                .vm_file = vma->vm_file,
                                .vma_flags = {vma->__vm_flags},
                                .page_prot = vma->vm_page_prot,
                                .vm_ops = prefilled ? vma->vm_ops : nullptr,
                                .private_data = nullptr,
                                .action = {}};
        std::memcpy(static_cast<void*>(desc), &made, sizeof made);
    }

    static int compat_vma_mmap(vm_area_desc* desc, vm_area_struct* vma) {
        Message message;
        message.ask = Ask::compat_vma_mmap;
        message.area = area_of(*desc);
        message.other = area_of(*vma);
        std::string none;
        running().ask(message, none);
        running().show(message.area, *desc);
        running().show(message.other, *vma);
        return message.error;
    }
};

const mmsim_host& Runtime::services() {
    static constexpr mmsim_host kServices = {
        .alloc = [](std::size_t size, int zeroed) { return running().allocate(size, zeroed != 0); },
        .free = [](const void* memory) { running().release(memory); },
        .warn = [](const char* file, int line,
                   const char* what) { running().warn(file, line, what); },
        .watch = [](const char* reference, const void* counter,
                    std::size_t size) { running().watch(reference, counter, size, 0); },
        .file_count = Services::file_count,
        .find_file = Services::find_file,
        .new_shmem_file = Services::new_shmem_file,
        .number = Services::number,
        .word = Services::word,
        .page = [](const void* address) { return running().page_of(address); },
        .mlock_ok = Services::mlock_ok,
        .remap_pfn_range = Services::remap,
        .vm_iomap_memory = Services::iomap,
        .vm_insert_pages = Services::insert,
        .vfs_mmap = Services::vfs_mmap,
        .vfs_mmap_prepare = Services::vfs_mmap_prepare,
        .desc_from_vma = Services::desc_from_vma,
        .compat_vma_mmap = Services::compat_vma_mmap,
        .current_mm = [] { return running().mm_of(running().mm_); },
    };
    return kServices;
}

}  // namespace mmsim
