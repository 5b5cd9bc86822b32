// SPDX-License-Identifier: GPL-2.0-or-later
#include "replay/initial_maps.h"

#include <algorithm>
#include <map>
#include <utility>

#include "mm/maps_line.h"
#include "mm/syscalls.h"

namespace mmsim {
namespace {

// Where the kernel starts to place mappings: a base that depends on the layout and the stack
// limit, plus or minus a random number of pages below 2^28.
constexpr std::uint64_t kRandomSpan = std::uint64_t{1} << 40;
constexpr std::uint64_t kTaskEnd = kTaskSize.bytes();
constexpr std::uint64_t kLegacyBase = (kTaskEnd / 3 + kPageMask) & ~kPageMask;
constexpr std::uint64_t kLowTop = kTaskEnd / 6;  // top-down below an unlimited stack
constexpr std::uint64_t kProgramBase = (kTaskEnd / 3 * 2) & ~kPageMask;

bool is_stack(const MapsEntry& entry) { return entry.path == "[stack]"; }
bool is_heap(const MapsEntry& entry) { return entry.path == "[heap]"; }
bool mappable(const MapsEntry& entry) { return entry.end <= kTaskEnd; }

bool is_segment(const MapsEntry& entry) { return entry.path.starts_with("/SYSV"); }
std::uint64_t end_offset(const MapsEntry& entry) { return entry.offset + entry.end - entry.start; }

std::string_view anon_name(const MapsEntry& entry) {
    for (const std::string_view head : {"[anon:", "[anon_shmem:"}) {
        if (entry.path.starts_with(head) && entry.path.ends_with(']')) {
            return std::string_view(entry.path)
                .substr(head.size(), entry.path.size() - head.size() - 1);
        }
    }
    return {};
}

bool is_named_anon(const MapsEntry& entry) {
    return entry.path.starts_with("[anon:") || entry.path.starts_with("[anon_shmem:");
}

bool writable_private(const MapsEntry& entry) {
    return !entry.shared && entry.writable && !is_special(entry);
}

// The zeroed end of a program's or library's data: nobody has written to it yet.
bool is_bss(const MapsEntry& entry, const MapsEntry* before) {
    return entry.path.empty() && before != nullptr && before->end == entry.start &&
           has_path(*before) && writable_private(*before);
}

bool is_faulted(const MapsEntry& entry, const MapsEntry* before) {
    if (entry.shared || is_special(entry)) return false;
    if (entry.anonymous_kb) return *entry.anonymous_kb > 0;
    return writable_private(entry) && !is_bss(entry, before);
}

VmFlags access_flags(const MapsEntry& entry) {
    VmFlags flags;
    if (entry.readable) flags = flags | kVmRead;
    if (entry.writable) flags = flags | kVmWrite;
    if (entry.executable) flags = flags | kVmExec;
    return flags;
}

VmFlags special_flags(const MapsEntry& entry) {
    const VmFlags access = access_flags(entry);
    if (entry.path.starts_with("[vvar")) return access | kVmMayRead | kVmRemap;
    if (entry.path == "[vsyscall]") return access;
    if (entry.path == "[uprobes]") {
        return access | kVmMayRead | kVmMayExec | kVmIo | kVmDontExpand | kVmDontCopy;
    }
    return access | kVmMayAccess | kVmDontExpand;
}

// A code that we do not know is of a kernel that knows more: it says nothing to us.
VmFlags flags_of_codes(const std::vector<std::string>& codes) {
    VmFlags flags;
    for (const std::string& code : codes) {
        if (const auto bit = vma_bit_from_code(code)) flags = flags | VmFlags{*bit};
    }
    return flags;
}

// Builds the VMAs of one address space.
class Installer {
public:
    Installer(Current& current, OpenFiles& files) : current_(current), files_(files) {}
    ~Installer() {
        World& world = current_.world;
        for (const auto& [key, file] : opened_) {
            if (world.files[file.index].internal) {
                world.put_file(file);
            } else {
                world.close_file(file);
            }
        }
    }
    Installer(const Installer&) = delete;
    Installer& operator=(const Installer&) = delete;

    void install(const MapsEntry& entry, const MapsEntry* before) {
        Vma vma;
        vma.start = vpn_of(entry.start);
        vma.end = vpn_of(entry.end);
        vma.flags = infer_flags(entry);
        vma.pgoff = {vma.start.index};
        vma.anon_pgoff = {vma.start.index};
        if (is_special(entry)) {
            vma.ops = VmOps::of(current_.world.special_driver);
            name(vma, [&](VmaAttrs& attrs) { attrs.special_name = entry.path; });
        } else if (entry.shared || has_path(entry)) {
            back(vma, entry);
        }
        if (is_named_anon(entry)) {
            name(vma, [&](VmaAttrs& attrs) {
                attrs.named = true;
                attrs.anon_name = anon_name(entry);
            });
        }
        if (is_faulted(entry, before)) fault(vma);
        install_vma(current_, vma);
        last_ = vma;
    }

private:
    template <typename F>
    void name(Vma& vma, F edit) {
        VmaAttrs attrs = current_.world.attrs[vma.attr()];
        edit(attrs);
        vma.set_attr(current_.world.attrs.intern(attrs));
    }

    // Gives the VMA its file, and the vm_ops that mapping the file gave it.
    void back(Vma& vma, const MapsEntry& entry) {
        World& world = current_.world;
        const bool anonymous_shmem = entry.shared && (!has_path(entry) || zero_object(entry));
        vma.file = file_of(entry, anonymous_shmem);
        vma.pgoff = {entry.offset >> kPageShift};
        const File& file = world.files[vma.file.index];
        vma.ops = VmOps::of(file.driver);
        if (const DriverEntry* const served = world.ops_of(vma.ops); served && !entry.vm_flags) {
            vma.flags = vma.flags | served->driver->usual_flags(*world.profile);
        }
        // A private mapping of /dev/zero is anonymous memory that remembers its file.
        if (!entry.shared && file.path == "/dev/zero") vma.ops = kVmOpsAnonymous;
    }

    static bool zero_object(const MapsEntry& entry) {
        return entry.path == "/dev/zero" && entry.deleted;
    }

    FileId file_of(const MapsEntry& entry, bool anonymous_shmem) {
        std::string key = entry.device + ' ' + std::to_string(entry.inode);
        // Without an inode the path has to do; nameless shared memory is an object each time.
        if (entry.inode == 0) {
            key = has_path(entry) && !anonymous_shmem ? entry.path
                                                      : "@" + std::to_string(entry.start);
        }
        const auto found = opened_.find(key);
        const bool writable = infer_flags(entry).any(kVmShared);
        if (found != opened_.end()) {
            File& file = current_.world.files.edit(found->second.index);
            file.writable = file.writable || writable;
            // How long a segment is shows in its mappings alone.
            if (is_segment(entry)) file.size = std::max(file.size, end_offset(entry));
            return found->second;
        }
        FileId file;
        if (anonymous_shmem) {
            file = current_.world.new_shmem_file(entry.end - entry.start);
            File& object = current_.world.files.edit(file.index);
            object.device = entry.device == "00:00" ? "" : entry.device;
            object.inode = entry.inode;
        } else {
            file = files_.open_mapped(entry, writable);
            if (is_segment(entry)) {
                current_.world.files.edit(file.index).size = end_offset(entry);
            }
        }
        return opened_.emplace(std::move(key), file).first->second;
    }

    // As if it had been written to, neighbours first. Rule 4.6
    void fault(Vma& vma) {
        const bool touches = last_.end == vma.start && last_.anon_vma && last_.file == vma.file &&
                             last_.attr() == vma.attr() && last_.pgoff + last_.pages() == vma.pgoff;
        const bool alike = (last_.flags ^ vma.flags).without(kVmAccess | kVmSticky).empty();
        if (touches && alike) {
            current_.world.anon_vmas.share(vma, last_.anon_vma);
        } else {
            current_.world.anon_vmas.prepare(vma);
        }
    }

    Current& current_;
    OpenFiles& files_;
    std::map<std::string, FileId> opened_;
    Vma last_;
};

}  // namespace

bool has_path(const MapsEntry& entry) { return !entry.path.empty() && entry.path[0] != '['; }

bool is_special(const MapsEntry& entry) {
    return entry.path.starts_with("[v") || entry.path == "[uprobes]";
}

VmFlags infer_flags(const MapsEntry& entry) {
    if (entry.vm_flags) return flags_of_codes(*entry.vm_flags) | access_flags(entry);
    if (is_special(entry)) return special_flags(entry);
    VmFlags flags = access_flags(entry) | kVmMayAccess;
    if (entry.shared) {
        flags = flags | kVmMayShare;
        // A shared mapping that cannot be written is taken for one of a read-only descriptor.
        flags = entry.writable ? flags | kVmShared : flags.without(kVmMayWrite);
    } else if (entry.writable) {
        flags = flags | kVmAccount;
    }
    if (is_stack(entry)) flags = flags | kVmGrowsDown;
    return flags;
}

LayoutGuess guess_layout(const std::vector<MapsEntry>& entries) {
    LayoutGuess guess;
    const MapsEntry* highest = nullptr;  // below the stack
    const MapsEntry* low_top = nullptr;
    for (const MapsEntry& entry : entries) {
        if (!mappable(entry)) continue;
        if (is_stack(entry)) {
            guess.stack_top = vpn_of(entry.end) - Pages{1};
            continue;
        }
        if (is_heap(entry)) {
            if (!guess.start_brk) guess.start_brk = entry.start;
            guess.brk = entry.end;
        }
        if (guess.stack_top) continue;
        highest = &entry;
        // Only with ADDR_COMPAT_LAYOUT does anything lie a third of the way up.
        if (entry.start >= kLegacyBase && entry.start < kLegacyBase + kRandomSpan &&
            !guess.bottom_up) {
            guess.bottom_up = true;
            guess.legacy_base = vpn_of(entry.start);
        }
        if (entry.start >= kLowTop - kRandomSpan && entry.end <= kLowTop) low_top = &entry;
    }
    if (highest == nullptr) return guess;
    // With an unlimited stack mappings are placed downwards from a sixth of the way up, and what
    // lies below the stack is the program or its heap.
    const bool program_on_top =
        highest->start >= kProgramBase && highest->start < kProgramBase + 4 * kRandomSpan;
    if (low_top != nullptr && program_on_top) highest = low_top;
    guess.mmap_base = vpn_of(highest->end);
    return guess;
}

MmLayout apply_guess(const LayoutGuess& guess, MmLayout layout) {
    layout.top_down = !guess.bottom_up;
    layout.legacy_base = guess.legacy_base;
    if (guess.mmap_base) layout.mmap_base = *guess.mmap_base;
    if (guess.stack_top) layout.stack_top = *guess.stack_top;
    if (guess.start_brk) layout.start_brk = *guess.start_brk;
    return layout;
}

MmLayout with_choice(MmLayout layout, LayoutChoice choice) {
    if (choice != LayoutChoice::automatic) layout.top_down = choice == LayoutChoice::top_down;
    return layout;
}

void install_maps(Current& current, OpenFiles& files, const std::vector<MapsEntry>& entries,
                  std::vector<ExtraLine>& extra) {
    Installer installer(current, files);
    const MapsEntry* before = nullptr;
    for (const MapsEntry& entry : entries) {
        if (mappable(entry)) {
            installer.install(entry, before);
            before = &entry;
            continue;
        }
        // Printed by the rules for all others, from a VMA that is in no tree.
        Vma vma;
        vma.start = vpn_of(entry.start);
        vma.end = vpn_of(entry.end);
        vma.flags = infer_flags(entry);
        VmaAttrs attrs;
        attrs.special_name = entry.path;
        vma.set_attr(current.world.attrs.intern(attrs));
        vma.ops = VmOps::of(current.world.special_driver);
        extra.push_back({maps_line(current.world, current.mm, vma), vma.flags});
    }
}

}  // namespace mmsim
