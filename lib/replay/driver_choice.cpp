// SPDX-License-Identifier: GPL-2.0-or-later
#include "replay/driver_choice.h"

#include <algorithm>
#include <fnmatch.h>

#include "base/input_error.h"
#include "base/linux_abi.h"
#include "drivers/declared.h"
#include "drivers/registry.h"
#include "plugin/host.h"
#include "replay/descriptors.h"
#include "replay/engine.h"

namespace mmsim {
namespace {

constexpr std::string_view kPlainFile = "ext4";
constexpr std::string_view kNoDriver = "";  // no hook: nothing can be mapped

// Paths that a driver of their own serves, without anybody asking for it.
struct KnownPath {
    std::string_view begin;
    bool whole;  // the path is no longer than that
    FileType type;
    std::string_view driver;
    bool noexec = false;
};
constexpr KnownPath kPaths[] = {
    {"/dev/zero", true, FileType::character, "zero"},
    {"/dev/mem", true, FileType::character, "dev_mem"},
    {"/memfd:", false, FileType::shmem, "tmpfs"},
    {"/dev/shm/", false, FileType::shmem, "tmpfs"},
    {"/SYSV", false, FileType::shmem, "sysv_shm"},
    {"/dev/hugepages/", false, FileType::hugetlbfs, "hugetlbfs"},
    {"/anon_hugepage", true, FileType::hugetlbfs, "hugetlbfs"},
    {"/secretmem", true, FileType::regular, "secretmem", true},
    {"/[aio]", true, FileType::regular, "aio", true},
    {"TCP:[", false, FileType::socket, "tcp", true},
    {"TCPv6:[", false, FileType::socket, "tcp", true},
    {"socket:[", false, FileType::socket, "socket", true},
    {"pipe:[", false, FileType::character, kNoDriver, true},
    {"anon_inode:[eventfd]", true, FileType::character, kNoDriver, true},
    {"anon_inode:[eventpoll]", true, FileType::character, kNoDriver, true},
    {"anon_inode:[fanotify]", true, FileType::character, kNoDriver, true},
    {"anon_inode:[io_uring]", true, FileType::character, "io_uring", true},
    {"anon_inode:[perf_event]", true, FileType::character, "perf_event", true},
    {"anon_inode:[pidfd]", true, FileType::character, kNoDriver, true},
    {"anon_inode:[signalfd]", true, FileType::character, kNoDriver, true},
    {"anon_inode:[timerfd]", true, FileType::character, kNoDriver, true},
    {kUserfaultfdPath, true, FileType::character, kNoDriver, true},
    {"anon_inode:bpf-map", true, FileType::character, "bpf_map", true},
    {"anon_inode:inotify", true, FileType::character, kNoDriver, true},
    {"anon_inode:", false, FileType::character, kPlainFile, true},
    {"/proc/", false, FileType::regular, kNoDriver, true},
    {"/dev/null", true, FileType::character, kNoDriver},
    {"/dev/full", true, FileType::character, kNoDriver},
    {"/dev/random", true, FileType::character, kNoDriver},
    {"/dev/urandom", true, FileType::character, kNoDriver},
    {"/dev/tty", true, FileType::character, kNoDriver},
    {"/dev/pts/", false, FileType::character, kNoDriver},
    {"/sys/", false, FileType::regular, kPlainFile, true},
};

// "UDP:[1234]" as -yy shows a socket; what has a place in a directory begins otherwise.
bool is_socket(std::string_view path) {
    const bool protocol = !path.empty() && path.front() >= 'A' && path.front() <= 'Z';
    return protocol && path.find(":[") != std::string_view::npos;
}

// A link to a file somewhere else: /proc/self/exe, /proc/7/cwd/a, /proc/self/fd/3.
bool is_proc_link(std::string_view path) {
    constexpr std::string_view kProc = "/proc/";
    if (!path.starts_with(kProc)) return false;
    path.remove_prefix(std::min(path.find('/', kProc.size()), path.size()));
    constexpr std::string_view kLinks[] = {"/cwd/", "/exe", "/fd/", "/map_files/", "/root/"};
    return std::ranges::any_of(kLinks,
                               [&](std::string_view link) { return path.starts_with(link); });
}

const KnownPath* known_path(std::string_view path) {
    if (is_proc_link(path)) path = {};
    for (const auto& known : kPaths) {
        if (known.whole ? path == known.begin : path.starts_with(known.begin)) return &known;
    }
    return is_socket(path) ? known_path("socket:[]") : nullptr;
}

std::string_view driver_of_path(std::string_view path, FileType type) {
    if (type == FileType::hugetlbfs) return "hugetlbfs";
    if (const auto* known = known_path(path)) return known->driver;
    return type == FileType::shmem ? "tmpfs" : kPlainFile;
}

[[noreturn]] void throw_twice(const std::string& path, const std::string& name) {
    throw InputError(path + ": driver '" + name + "' is there twice");
}

}  // namespace

FileType file_type_of_path(std::string_view path) {
    const auto* known = known_path(path);
    return known != nullptr ? known->type : FileType::regular;
}

bool noexec_path(std::string_view path) {
    const auto* known = known_path(path);
    return known != nullptr && known->noexec;
}

FileType file_type_of(const FileTraits& traits) {
    if (traits.huge_page != 0) return FileType::hugetlbfs;
    return traits.memfd ? FileType::shmem : file_type_of_path(traits.path);
}

DriverChoice::DriverChoice(World& world, const std::vector<TraceDriver>& declared,
                           const std::string& trace, const ReplayOptions& options)
    : world_(world), bindings_(options.bindings) {
    for (const TraceDriver& driver : declared) {
        add(parse_declared_driver(driver, trace));
    }
    for (const std::string& path : options.driver_files) {
        if (is_plugin(path)) {
            add_plugin(path, !options.in_process ? Isolation::own_process
                             : options.probes    ? Isolation::repeatable
                                                 : Isolation::in_process);
            continue;
        }
        for (auto& driver : load_driver_file(path)) add(std::move(driver));
    }
    for (const DriverBinding& binding : bindings_) {
        if (!known_.contains(binding.driver) && !make_driver(binding.driver)) {
            throw InputError("--bind " + binding.glob + "=" + binding.driver +
                             ": there is no driver '" + binding.driver + "'");
        }
    }
}

void DriverChoice::add(std::shared_ptr<const DeclaredDriver> driver) {
    const std::string name(driver->name());
    if (known_.contains(name)) throw InputError(driver->place() + " is there twice");
    known_.emplace(name, install_driver(world_, std::move(driver)));
}

void DriverChoice::add_plugin(const std::string& path, Isolation isolation) {
    for (const DriverId id : load_plugin(world_, path, isolation)) {
        const std::string name(world_.drivers[id.index].driver->name());
        if (known_.contains(name)) throw_twice(path, name);
        known_.emplace(name, id);
    }
}

DriverId DriverChoice::choose(std::string_view path, FileType type, std::string_view named,
                              const std::string& place) {
    if (const DriverBinding* const binding = binding_of(path)) return driver(binding->driver);
    if (!named.empty()) return driver(named, place);
    const std::string_view usual = driver_of_path(path, type);
    return usual == kNoDriver ? DriverId{} : driver(usual);
}

DriverId DriverChoice::driver(std::string_view name, const std::string& place) {
    const auto found = known_.find(name);
    if (found != known_.end()) return found->second;
    auto made = make_driver(name);
    if (!made) throw InputError(place + "there is no driver '" + std::string(name) + "'");
    return known_.emplace(name, install_driver(world_, std::move(made))).first->second;
}

const DriverBinding* DriverChoice::binding_of(std::string_view path) const {
    if (bindings_.empty() || path.empty()) return nullptr;
    const std::string terminated(path);
    for (const DriverBinding& binding : bindings_) {
        if (fnmatch(binding.glob.c_str(), terminated.c_str(), 0) == 0) return &binding;
    }
    return nullptr;
}

}  // namespace mmsim
