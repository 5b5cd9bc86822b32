// SPDX-License-Identifier: GPL-2.0-or-later
#include "drivers/registry.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/input_error.h"
#include "drivers/built_in.h"
#include "drivers/declared.h"
#include "drivers/misbehaving.h"
#include "mm/world.h"

namespace mmsim {
namespace {

constexpr BuiltInDriver kBuiltIn[] = {
    {"afs", make_afs},
    {"afs_ref", make_afs_ref},
    {"afs_ref_fixed", make_afs_ref_fixed},
    {"aio", make_aio},
    {"bpf_map", make_bpf_map},
    {"dev_mem", make_dev_mem},
    {"ext4", make_ext4},
    {"ext4_dax", make_ext4_dax},
    {"fb_wrap", make_fb_wrap},
    {"fb_wrap_fixed", make_fb_wrap_fixed},
    {"gem_partial", make_gem_partial},
    {"gem_partial_fixed", make_gem_partial_fixed},
    {"hpet", make_hpet},
    {"hugetlb_lock", make_hugetlb_lock},
    {"hugetlb_lock_fixed", make_hugetlb_lock_fixed},
    {"hugetlbfs", make_hugetlbfs},
    {"hv_ring", make_hv_ring},
    {"io_uring", make_io_uring},
    {"mtdchar", make_mtdchar},
    {"open_dice", make_open_dice},
    {"overlay", make_overlay},
    {"packet", make_packet},
    {"perf_event", make_perf_event},
    {"remap_partial", make_remap_partial},
    {"remap_partial_fixed", make_remap_partial_fixed},
    {"secretmem", make_secretmem},
    {"socket", make_socket},
    {"stm", make_stm},
    {"sysv_shm", make_sysv_shm},
    {"tcmu", make_tcmu},
    {"tcp", make_tcp},
    {"tmpfs", make_tmpfs},
    {"uacce_region", make_uacce_region},
    {"uacce_region_fixed", make_uacce_region_fixed},
    {"uio", make_uio},
    {"usbmon_buffer", make_usbmon_buffer},
    {"usbmon_buffer_fixed", make_usbmon_buffer_fixed},
    {"vme_user", make_vme_user},
    {"zero", make_zero},
};

const DeclaredDriver* as_declared(const DriverEntry& entry) {
    return dynamic_cast<const DeclaredDriver*>(entry.driver.get());
}

// Walks from file to file, to the one behind: along params, and along `inner` steps of the driver.
class NamedFiles {
public:
    explicit NamedFiles(const World& world) : world_(world), files_(world.files.bound()) {}

    void check_file(FileId id, const std::string& place) {
        State& state = files_[id.index];
        if (state == State::on_the_way) throw InputError(place + ": stacked in a circle");
        if (state == State::done) return;
        state = State::on_the_way;
        const File& file = world_.files[id.index];
        if (file.params && file.driver) check_params(file, place);
        check_driver(file.driver);
        files_[id.index] = State::done;
    }

    void check_driver(DriverId id) {
        if (!id) return;
        const DriverEntry& entry = world_.drivers[id.index];
        const DeclaredDriver* const driver = as_declared(entry);
        if (driver == nullptr) return;
        for (const Hook hook : {Hook::mmap_prepare, Hook::mmap}) {
            if (entry.hooks.has(hook)) check_steps(*driver->steps(hook));
        }
    }

private:
    enum class State : std::uint8_t { unseen, on_the_way, done };

    void check_params(const File& file, const std::string& place) {
        for (const ParamSpec& spec : world_.drivers[file.driver.index].driver->params()) {
            if (spec.kind != ParamKind::file || file.params->word(spec.name).empty()) continue;
            const std::string where = place + ", param '" + std::string(spec.name) + "'";
            check_file(named(where, file.params->word(spec.name)), where);
        }
    }

    void check_steps(const Steps& steps) {
        for (const HookStep& step : steps) {
            if (const auto* stored = std::get_if<FileStep>(&step.what)) {
                if (!stored->file.param) named(step.place, stored->file.name);
            }
            if (const auto* inner = std::get_if<InnerStep>(&step.what)) {
                if (inner->file.param) continue;  // the files say it
                check_file(named(step.place, inner->file.name), step.place);
            }
        }
    }

    FileId named(const std::string& place, const std::string& id) const {
        for (const auto& [name, file] : world_.declared_files) {
            if (name == id) return file;
        }
        throw InputError(place + ": there is no file '" + id + "'");
    }

    const World& world_;
    std::vector<State> files_;  // by index
};

}  // namespace

std::span<const BuiltInDriver> built_in_drivers() { return kBuiltIn; }

std::shared_ptr<const Driver> make_driver(std::string_view name) {
    const auto* const found = std::ranges::find(kBuiltIn, name, &BuiltInDriver::name);
    return found == std::end(kBuiltIn) ? nullptr : found->make();
}

DriverId install_driver(World& world, std::shared_ptr<const Driver> driver) {
    const auto* const declared = dynamic_cast<const DeclaredDriver*>(driver.get());
    if (declared != nullptr) declared->validate(*world.profile, world.hook_choice);
    const bool both =
        declared != nullptr && declared->both_on_purpose() && world.profile->mmap_prepare;
    return world.add_driver(std::move(driver), both);
}

void check_named_files(const World& world, const std::vector<TraceFile>& declared,
                       const std::string& trace) {
    NamedFiles files(world);
    for (const auto& [id, file] : world.declared_files) {
        const auto entry = std::ranges::find(declared, id, &TraceFile::id);
        const bool placed = entry != declared.end() && !entry->place.empty();
        std::string name;
        if (placed) name.append(trace).append(":").append(entry->place).append(": ");
        files.check_file(file, name.append("file '").append(id).append("'"));
    }
    // Those of files that the trace does not declare.
    for (std::uint32_t i = 1; i < world.drivers.bound(); ++i) files.check_driver({i});
}

}  // namespace mmsim
