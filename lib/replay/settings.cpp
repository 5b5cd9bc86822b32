// SPDX-License-Identifier: GPL-2.0-or-later
#include "replay/settings.h"

#include <string>

#include "base/input_error.h"

namespace mmsim {
namespace {

constexpr std::uint8_t kEveryCapability = static_cast<std::uint8_t>(Capability::ipc_lock) |
                                          static_cast<std::uint8_t>(Capability::sys_admin) |
                                          static_cast<std::uint8_t>(Capability::sys_rawio) |
                                          static_cast<std::uint8_t>(Capability::sys_resource) |
                                          static_cast<std::uint8_t>(Capability::sys_nice);

std::string known_kernels() {
    std::string names;
    for (const Profile& profile : all_profiles()) {
        if (!names.empty()) names += ", ";
        names += profile.name;
    }
    return names;
}

const Profile& choose_profile(const TraceHeader& header, const ReplayOptions& options) {
    if (options.kernel) return profile_of(*options.kernel);
    if (header.kernel.empty()) return newest_profile();
    const auto version = kernel_version_from_name(header.kernel);
    if (!version) {
        throw InputError("the trace names kernel '" + header.kernel + "', which is none of " +
                         known_kernels());
    }
    return profile_of(*version);
}

Overcommit overcommit_from_name(const std::string& name) {
    if (name == "heuristic") return Overcommit::heuristic;
    if (name == "always") return Overcommit::always;
    if (name == "never") return Overcommit::never;
    throw InputError("overcommit is 'heuristic', 'always' or 'never', not '" + name + "'");
}

// Capabilities that memory calls do not ask for count for nothing.
std::uint8_t capability_bits(const std::vector<std::string>& names) {
    std::uint8_t bits = 0;
    const auto add = [&](Capability c) {
        bits = static_cast<std::uint8_t>(bits | static_cast<std::uint8_t>(c));
    };
    for (const std::string& name : names) {
        if (name == "CAP_IPC_LOCK") {
            add(Capability::ipc_lock);
        } else if (name == "CAP_SYS_ADMIN") {
            // Lists that were made before CAP_SYS_NICE was asked for do not have it: whoever has
            // this one has that too.
            add(Capability::sys_admin);
            add(Capability::sys_nice);
        } else if (name == "CAP_SYS_RAWIO") {
            add(Capability::sys_rawio);
        } else if (name == "CAP_SYS_RESOURCE") {
            add(Capability::sys_resource);
        } else if (name == "CAP_SYS_NICE") {
            add(Capability::sys_nice);
        } else if (!name.starts_with("CAP_")) {
            throw InputError("'" + name + "' is not a capability");
        }
    }
    return bits;
}

void take(std::uint64_t& value, const std::optional<std::uint64_t>& given) {
    if (given) value = *given;
}

void take(std::uint64_t& value, const std::optional<TraceLimits::Limit>& given) {
    if (given) value = given->value_or(kUnlimited);
}

void apply(const TraceLimits& limits, Settings& settings) {
    SystemLimits& system = settings.system;
    ProcessLimits& process = settings.process;
    take(system.max_map_count, limits.max_map_count);
    take(system.ram_bytes, limits.ram_bytes);
    take(system.swap_bytes, limits.swap_bytes);
    take(system.mmap_min_addr, limits.mmap_min_addr);
    take(system.hugepages, limits.hugepages);
    if (limits.overcommit) system.overcommit = overcommit_from_name(*limits.overcommit);
    take(process.as, limits.rlimit_as);
    take(process.data, limits.rlimit_data);
    take(process.stack, limits.rlimit_stack);
    take(process.memlock, limits.rlimit_memlock);
    if (limits.capabilities) process.capabilities = capability_bits(*limits.capabilities);
}

}  // namespace

Settings choose_settings(const TraceHeader& header, TraceFormat format,
                         const ReplayOptions& options) {
    Settings settings;
    settings.profile = &choose_profile(header, options);
    if (options.hook == HookChoice::prepare && !settings.profile->mmap_prepare) {
        throw InputError("--hook prepare: kernel " + std::string(settings.profile->name) +
                         " has no mmap_prepare");
    }
    if (format == TraceFormat::strace) {
        settings.process = {kUnlimited, kUnlimited, kUnlimited, kUnlimited, kEveryCapability};
        settings.system.overcommit = Overcommit::always;
    }
    apply(header.limits, settings);
    if (options.limits) apply(*options.limits, settings);
    take(settings.system.max_map_count, options.max_map_count);
    return settings;
}

}  // namespace mmsim
