// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/world.h"

#include <algorithm>

#include "base/assert.h"
#include "mm/accounting.h"
#include "mm/current.h"

namespace mmsim {
namespace {

// Serves shared anonymous memory: a vm_ops table in which only fault handling matters.
class AnonymousShmem final : public Driver {
public:
    std::string_view name() const override { return "shmem"; }
    std::string_view summary() const override { return "shared anonymous memory"; }
    HookSet hooks(const Profile& profile, HookChoice) const override {
        return HookSet{}.with(profile.mmap_prepare ? Hook::mmap_prepare : Hook::mmap);
    }
    UnmappedArea unmapped_area() const override { return UnmappedArea::shmem; }
    Result<> mmap_prepare(HookCall& call, VmAreaDesc& desc) const override {
        desc.ops = call.own_ops();
        return {};
    }
    Result<> mmap(HookCall& call, HalfBuiltVma& vma) const override {
        vma.ops = call.own_ops();
        return {};
    }
};

// [vdso] and friends: parts of them can't be unmapped. Rule 5.10.
class SpecialMapping final : public Driver {
public:
    std::string_view name() const override { return "special_mapping"; }
    std::string_view summary() const override { return "[vdso], [vvar]: mapped by the kernel"; }
    HookSet hooks(const Profile&, HookChoice) const override {
        return HookSet{}.with(Hook::may_split).with(Hook::close);
    }
    Result<> may_split(HookCall&, const Vma&, Vpn) const override { return Errno::einval; }
};

}  // namespace

World::World(const Profile& profile_in, SystemLimits system_in)
    : profile(&profile_in), system(system_in) {
    shmem_driver = add_driver(std::make_shared<AnonymousShmem>());
    special_driver = add_driver(std::make_shared<SpecialMapping>());
}

MmId World::add_mm(const MmLayout& layout, const ProcessLimits& limits) {
    Mm mm;
    mm.layout = layout;
    mm.limits = limits;
    mm.brk = layout.start_brk;
    mm.alive = true;
    return {mms.add(std::move(mm))};
}

DriverId World::add_driver(std::shared_ptr<const Driver> driver, bool both_on_purpose) {
    DriverEntry entry;
    entry.hooks = driver->hooks(*profile, hook_choice);
    entry.driver = std::move(driver);
    entry.both_on_purpose = both_on_purpose;
    return {drivers.add(std::move(entry))};
}

FileId World::open_file(File file) {
    file.refs = 1;
    file.opens = file.internal ? 0 : 1;
    file.vmas = 0;
    file.writable_vmas = 0;
    file.leaked = 0;
    file.serial = file.internal ? shmem_created : ++files_opened;
    file.cookie = next_cookie++;
    return {files.add(std::move(file))};
}

void World::close_file(FileId file) {
    --files.edit(file.index).opens;
    put_file(file);
}

void World::remove_file(FileId file) {
    if (files[file.index].internal) --shmem_live;
    if (const UffdId uffd = files[file.index].uffd) uffds.remove(uffd.index);
    files.remove(file.index);
}

void World::sweep_attrs() {
    if (!attrs.wants_sweep(0)) return;
    std::uint64_t vmas = 0;
    for (std::uint32_t i = 1; i < mms.bound(); ++i) vmas += mms[i].map_count;
    if (!attrs.wants_sweep(vmas)) return;
    std::vector<bool> in_use(attrs.bound());
    for (std::uint32_t i = 1; i < mms.bound(); ++i) {
        for (auto vma = mms[i].vmas.first(); vma; vma.next()) in_use[vma->attr().index] = true;
    }
    attrs.sweep(in_use);
}

const DriverParams::Value& DriverParams::value(std::string_view name) const {
    const auto found =
        std::ranges::find(values_, name, [](const auto& v) -> std::string_view { return v.first; });
    MMSIM_ASSERT(found != values_.end());
    return found->second;
}

bool is_shmem(const World& world, const Vma& vma) {
    const DriverEntry* entry = world.ops_of(vma.ops);
    return entry != nullptr && vma.file && world.files[vma.file.index].type == FileType::shmem &&
           entry->driver->unmapped_area() == UnmappedArea::shmem;
}

HookCall::HookCall(Current& current, DriverId driver, Hook hook, FileId file)
    : HookCall(current.world, driver, hook, file) {
    caller_ = &current;
}

HookCall::HookCall(const HookCall& outer, DriverId driver, Hook hook, FileId file)
    : HookCall(outer.world_, driver, hook, file) {
    caller_ = outer.caller_;
}

HookCall::HookCall(World& world, DriverId driver, Hook hook, FileId file)
    : world_(world), driver_(driver), file_(file) {
    nth_ = ++world_.drivers.edit(driver_.index).state.calls[static_cast<std::size_t>(hook)];
}

const Profile& HookCall::profile() const { return *world_.profile; }

MmId HookCall::mm() const { return caller_ == nullptr ? MmId{} : caller_->mm_id; }

const File& HookCall::file() const { return world_.files[file_.index]; }

FileId HookCall::find_file(std::string_view id) const {
    for (const auto& [name, file] : world_.declared_files) {
        if (name == id) return file;
    }
    return {};
}

void HookCall::count(std::string_view reference, std::int64_t by) {
    auto& references = world_.drivers.edit(driver_.index).state.references;
    const auto found = std::find_if(references.begin(), references.end(),
                                    [&](const auto& r) { return r.first == reference; });
    if (found != references.end()) {
        found->second += by;
    } else {
        references.emplace_back(reference, by);
    }
    note_change(reference, false, by);
}

void HookCall::note_change(std::string_view reference, bool memory, std::int64_t by) {
    for (ReferenceChange& noted : world_.reference_changes) {
        if (noted.driver == driver_ && noted.memory == memory && noted.reference == reference) {
            noted.net += by;
            return;
        }
    }
    world_.reference_changes.push_back({driver_, std::string(reference), by, memory});
}

bool HookCall::allocate() {
    if (caller_ != nullptr && caller_->faults.pass(FailPoint::kmalloc, Errno::enomem)) {
        count_failure();
        return false;
    }
    allocated(1);
    return true;
}

void HookCall::allocated(std::int64_t by) {
    world_.drivers.edit(driver_.index).state.allocated += by;
    note_change(fail_point_name(FailPoint::kmalloc), true, by);
}

void HookCall::remark(std::string_view diagnostic, VmRange range, std::string detail) {
    auto& remarked = world_.drivers.edit(driver_.index).state.remarked;
    if (std::ranges::find(remarked, detail) != remarked.end()) return;
    remarked.push_back(detail);
    world_.driver_remarks.push_back({driver_, diagnostic, range, std::move(detail)});
}

bool HookCall::closes_unmapped() const { return caller_ != nullptr && caller_->unmapping_unmapped; }

void HookCall::follow_null() { world_.drivers.edit(driver_.index).state.followed_null = true; }

std::int64_t HookCall::count_user(std::uint64_t object, std::int64_t by) {
    auto& users = world_.drivers.edit(driver_.index).state.users;
    auto found = std::ranges::find(users, object, [](const auto& user) { return user.first; });
    if (found == users.end()) found = users.insert(found, {object, 0});
    const std::int64_t left = found->second += by;
    if (left == 0) users.erase(found);
    return left;
}

bool HookCall::mlock_future_ok(MmId mm, Pages pages) const {
    const Mm& space = world_.mms[mm.index];
    const ProcessLimits& limits = space.limits;
    if (limits.capable(Capability::ipc_lock) || limits.memlock == kUnlimited) return true;
    return (space.locked_vm + pages).count <= limits.memlock >> kPageShift;
}

bool HookCall::refuses(bool refused) {
    return caller_ != nullptr ? caller_->refuses(refused) : refused;
}

std::uint64_t HookCall::per_call_cookie() const { return world_.next_cookie++; }

void HookCall::count_failure() { ++world_.drivers.edit(driver_.index).state.failures; }

Result<FileId> HookCall::new_shmem_file(std::uint64_t size_bytes, VmFlags flags) {
    const Pages pages = pages_round_up(size_bytes);
    if (caller_ != nullptr) TRY(ask_shmem_room(*caller_, flags, pages));
    return world_.new_shmem_file(size_bytes);
}

FileId World::new_shmem_file(std::uint64_t size_bytes) {
    File file;
    file.path = "/dev/zero";
    file.deleted = true;
    file.driver = shmem_driver;
    file.type = FileType::shmem;
    file.writable = true;
    file.size = size_bytes;
    file.internal = true;
    ++shmem_created;
    ++shmem_live;
    return open_file(std::move(file));
}

FileId World::new_hugetlb_file(Pages huge_page) {
    File file;
    file.path = "/anon_hugepage";
    file.deleted = true;
    file.driver = hugetlb_driver;
    file.type = FileType::hugetlbfs;
    file.writable = true;
    file.size = 0;
    file.huge_page = huge_page;
    return open_file(std::move(file));
}

}  // namespace mmsim
