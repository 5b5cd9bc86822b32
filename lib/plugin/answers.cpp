// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/answers.h"

#include <algorithm>

#include "mm/mmap_action.h"
#include "mm/vfs_mmap.h"
#include "mm/world.h"
#include "plugin/plugin_driver.h"

namespace mmsim {
namespace {

constexpr std::string_view kWarned = "driver-warned";

bool is_file(const World& world, std::uint32_t file) {
    return file != 0 && file < world.files.bound() && world.files[file].refs > 0;
}

VmRange range_of(const Area& area) { return {vpn_of(area.start), vpn_of(area.end)}; }

bool is_range(const Area& area) {
    return area.start < area.end && page_aligned(area.start) && page_aligned(area.end);
}

bool is_known(const World& world, const Area& area) {
    return is_file(world, area.file) && area.prot <= static_cast<unsigned>(PageProt::decrypted) &&
           area.action_prot <= static_cast<unsigned>(PageProt::decrypted) &&
           VmOps{area.ops}.driver().index < world.drivers.bound();
}

void tell_file(const World& world, const PluginSet& drivers, Message& message, std::string& text) {
    const File& file = world.files[message.file];
    FileFacts& facts = message.facts;
    facts.size = file.size;
    facts.serial = file.serial * 2 + (file.internal ? 1 : 0);
    facts.driver = drivers.position_of(file.driver);
    facts.hooks = file.driver ? world.drivers[file.driver.index].hooks.bits : 0;
    facts.readable = file.readable;
    facts.writable = file.writable;
    text = file.path;
}

// What the file says to its driver, or what holds where it says nothing.
void tell_param(const Asking& asking, Message& message, std::string& text) {
    const World& world = asking.call.world();
    const File& file = world.files[message.file];
    const bool number = message.ask == Ask::file_number;
    if (asking.drivers.position_of(file.driver) != 0) {
        const auto& driver =
            dynamic_cast<const PluginDriver&>(*world.drivers[file.driver.index].driver);
        const DriverParams& params = file.params ? *file.params : driver.fallbacks();
        for (const ParamSpec& spec : driver.params()) {
            if (spec.name != text || number != (spec.kind == ParamKind::number)) continue;
            message.number = number ? params.number(spec.name) : 0;
            text = number ? "" : params.word(spec.name);
            return;
        }
    }
    asking.call.remark(
        kWarned, asking.range,
        "asks for the param '" + text + "', which its file's driver does not declare");
    message.number = 0;
    text.clear();
}

std::int32_t errno_of(const Result<>& result) { return -static_cast<std::int32_t>(result.error()); }

bool hand_on(const Asking& asking, Message& message) {
    if (!is_range(message.area)) return false;
    *asking.hands_on = true;
    HookCall& call = asking.call;
    const VmRange range = range_of(message.area);
    const FileId file{message.file};
    if (message.ask == Ask::vfs_mmap_prepare) {
        VmAreaDesc desc{.range = range,
                        .file = call.file_id(),
                        .pgoff = {},
                        .vm_file = {},
                        .flags = {},
                        .mm = MmId{message.area.mm}};
        if (!take_over(call.world(), message.area, desc)) return false;
        message.error = errno_of(vfs_mmap_prepare(call, file, desc));
        message.area = area_of(desc);
        return true;
    }
    HalfBuiltVma vma{
        .range = range, .file = {}, .pgoff = {}, .flags = {}, .mm = MmId{message.area.mm}};
    if (!take_over(call.world(), message.area, vma)) return false;
    message.error = errno_of(vfs_mmap(call, file, vma));
    message.area = area_of(vma);
    return true;
}

bool hand_on_own(const Asking& asking, Message& message) {
    if (!is_range(message.area)) return false;
    *asking.hands_on = true;
    HookCall& call = asking.call;
    const VmRange range = range_of(message.area);
    const MmId mm{message.area.mm};
    VmAreaDesc desc{
        .range = range, .file = call.file_id(), .pgoff = {}, .vm_file = {}, .flags = {}, .mm = mm};
    HalfBuiltVma vma{.range = range, .file = {}, .pgoff = {}, .flags = {}, .mm = mm};
    if (!take_over(call.world(), message.area, desc)) return false;
    if (!take_over(call.world(), message.other, vma)) return false;
    message.error = errno_of(compat_vma_mmap(call, desc, vma));
    message.area = area_of(desc);
    message.other = area_of(vma);
    return true;
}

void make_shmem_file(HookCall& call, Message& message) {
    const auto file = call.new_shmem_file(message.number);
    message.error = -static_cast<std::int32_t>(file.error());
    if (!file) return;
    message.file = file->index;
    const File& made = call.world().files[file->index];
    message.number = made.serial * 2 + 1;
}

void count_file(const Asking& asking, const Message& message) {
    World& world = asking.call.world();
    if (message.error > 0) return world.get_file(FileId{message.file});
    // Whoever has it open and the VMAs that map it have not given theirs to the hook.
    const File& file = world.files[message.file];
    if (file.refs > file.vmas + (file.internal ? 0 : 1)) {
        return world.put_file(FileId{message.file});
    }
    asking.call.remark(kWarned, asking.range, "fput of a reference that is not the driver's");
}

// A diagnostic that hooks may earn by themselves, and what goes with it.
bool remark(const Asking& asking, const std::string& text) {
    const auto end = text.find('\0');
    if (end == std::string::npos || std::string_view(text).substr(0, end) != kWarned) return false;
    asking.call.remark(kWarned, asking.range, text.substr(end + 1));
    return true;
}

// What a description, a half-built VMA and a VMA have in common.
template <typename Mapping>
Area common_area(const Mapping& mapping, VmRange range, MmId mm) {
    Area area;
    area.start = range.start().bytes();
    area.end = range.end().bytes();
    area.pgoff = mapping.pgoff.index;
    area.flags = mapping.flags.bits;
    area.private_data = mapping.private_data;
    area.mm = mm.index;
    area.ops = mapping.ops.value;
    return area;
}
template <typename Mapping>
void take_over_common(const Area& area, Mapping& mapping) {
    mapping.pgoff = Pgoff{area.pgoff};
    mapping.flags = VmFlags{area.flags};
    mapping.page_prot = static_cast<PageProt>(area.prot);
    mapping.ops = VmOps{area.ops};
    mapping.private_data = area.private_data;
}

bool asks_about_file(Ask ask) {
    return ask == Ask::file_facts || ask == Ask::file_number || ask == Ask::file_word ||
           ask == Ask::file_count || ask == Ask::vfs_mmap || ask == Ask::vfs_mmap_prepare;
}

}  // namespace

bool answer(const Asking& asking, Message& message, std::string& text) {
    HookCall& call = asking.call;
    const Ask asked = message.ask;
    if (asks_about_file(asked) && !is_file(call.world(), message.file)) return false;
    bool known = true;
    switch (asked) {
        case Ask::allocate:
            message.number = call.allocate() ? 1 : 0;
            break;
        case Ask::allocated:
            call.allocated(message.error);
            break;
        case Ask::count:
            call.count(text, message.error);
            break;
        case Ask::remark:
            known = remark(asking, text);
            break;
        case Ask::find_file:
            *asking.hands_on = true;
            message.file = call.find_file(text).index;
            break;
        case Ask::file_facts:
            tell_file(call.world(), asking.drivers, message, text);
            break;
        case Ask::file_number:
        case Ask::file_word:
            tell_param(asking, message, text);
            break;
        case Ask::file_count:
            count_file(asking, message);
            break;
        case Ask::new_shmem_file:
            make_shmem_file(call, message);
            break;
        case Ask::mlock_ok:
            known = message.area.mm != 0 && message.area.mm < call.world().mms.bound();
            if (!known) break;
            message.number =
                call.mlock_future_ok(MmId{message.area.mm}, pages_round_up(message.number)) ? 1 : 0;
            break;
        case Ask::vfs_mmap:
        case Ask::vfs_mmap_prepare:
            known = hand_on(asking, message);
            break;
        case Ask::compat_vma_mmap:
            known = hand_on_own(asking, message);
            break;
        default:
            known = false;
            break;
    }
    message.ask = Ask::answer;
    return known;
}

Area area_of(const VmAreaDesc& desc) {
    const MmapAction& action = desc.action;
    Area area = common_area(desc, desc.range, desc.mm);
    area.file = desc.vm_file.index;
    area.prot = static_cast<std::uint32_t>(desc.page_prot);
    area.hide_from_rmap = action.hide_from_rmap;
    area.success_hook = action.success_hook;
    area.action = static_cast<std::uint32_t>(action.type);
    area.action_prot = static_cast<std::uint32_t>(action.page_prot);
    area.action_start = action.start;
    area.action_pfn = action.pfn.index;
    area.action_size = action.size;
    area.action_phys = action.phys;
    area.error_hook = static_cast<std::uint32_t>(action.error_hook);
    area.error_override = static_cast<std::int32_t>(action.error_override);
    return area;
}

Area area_of(const HalfBuiltVma& vma) {
    Area area = common_area(vma, vma.range, vma.mm);
    area.file = vma.file.index;
    area.prot = static_cast<std::uint32_t>(vma.page_prot);
    area.pages_mapped = vma.pages_mapped;
    area.unmapped_early = vma.unmapped_early;
    return area;
}

Area area_of(const Vma& vma, MmId mm) {
    Area area = common_area(vma, vma.range(), mm);
    area.file = vma.file.index;
    area.prot = static_cast<std::uint32_t>(vma.page_prot());
    return area;
}

bool take_over(const World& world, const Area& area, VmAreaDesc& desc) {
    if (!is_known(world, area)) return false;
    take_over_common(area, desc);
    desc.vm_file = FileId{area.file};
    // A number that is no action stays one: preparing it fails.
    constexpr auto kNoAction = static_cast<std::uint32_t>(ActionType::map_kernel_pages) + 1;
    MmapAction& action = desc.action;
    action.type = static_cast<ActionType>(std::min(area.action, kNoAction));
    action.start = area.action_start;
    action.pfn = Pfn{area.action_pfn};
    action.size = area.action_size;
    action.phys = area.action_phys;
    action.page_prot = static_cast<PageProt>(area.action_prot);
    action.hide_from_rmap = area.hide_from_rmap;
    action.success_hook = area.success_hook;
    action.error_hook = static_cast<Errno>(area.error_hook & 0xfff);
    action.error_override = area.error_override;
    if (area.action_bad_page != ~std::uint64_t{0}) {
        action.fail_page = area.action_bad_page;
        action.fail = Errno::einval;
    }
    return true;
}

bool take_over(const World& world, const Area& area, HalfBuiltVma& vma) {
    if (!is_known(world, area)) return false;
    take_over_common(area, vma);
    vma.file = FileId{area.file};
    vma.pages_mapped = area.pages_mapped;
    vma.unmapped_early = area.unmapped_early;
    return true;
}

std::uint32_t PluginSet::position_of(DriverId driver) const {
    const auto found = std::ranges::find(ids, driver);
    return found == ids.end() ? 0 : static_cast<std::uint32_t>(found - ids.begin()) + 1;
}

}  // namespace mmsim
