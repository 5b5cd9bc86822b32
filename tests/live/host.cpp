// SPDX-License-Identifier: GPL-2.0-or-later
#include "live/host.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <stdexcept>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/linux_abi.h"
#include "live/target_process.h"

namespace mmsim::live {
namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kFilePages = 1024;
constexpr std::uint64_t kSmallFilePages = 5;

std::optional<std::string> try_read(const std::string& path) {
    try {
        return read_text(path);
    } catch (const std::runtime_error&) {
        return std::nullopt;
    }
}

std::uint64_t number_in(const std::string& path, std::uint64_t otherwise) {
    const auto text = try_read(path);
    std::uint64_t value = otherwise;
    if (text) std::from_chars(text->data(), text->data() + text->size(), value);
    return value;
}

// "always [madvise] never": the chosen word.
bool chosen(const std::string& path, std::string_view word) {
    const auto text = try_read(path);
    return text && text->find('[' + std::string(word) + ']') != std::string::npos;
}

struct Version {
    int major = 0;
    int minor = 0;
    friend auto operator<=>(Version, Version) = default;
};
Version version_of(std::string_view text) {
    Version version;
    const auto dot = std::min(text.find('.'), text.size());
    std::from_chars(text.data(), text.data() + dot, version.major);
    if (dot < text.size()) {
        std::from_chars(text.data() + dot + 1, text.data() + text.size(), version.minor);
    }
    return version;
}

// ext4, and xfs, which maps as ext4 does.
bool plain_file_system(int fd) {
    constexpr std::array<std::uint32_t, 2> kMagic = {0xef53, 0x58465342};
    struct statfs fs {};
    if (::fstatfs(fd, &fs) != 0) return false;
    const auto magic = static_cast<std::uint32_t>(fs.f_type);
    return std::find(kMagic.begin(), kMagic.end(), magic) != kMagic.end();
}

struct TemporaryFile {
    int fd = -1;
    std::string path;
};

// A file of `pages` in a directory that suits; fd -1 when none does.
TemporaryFile make_file(const std::string& directory, std::uint64_t pages) {
    std::vector<std::string> places = {directory, ".", "/tmp", "/var/tmp"};
    if (const char* tmp = std::getenv("TMPDIR")) places.insert(places.begin() + 1, tmp);
    for (const std::string& place : places) {
        if (place.empty()) continue;
        std::string path = place + "/mmsim-live-XXXXXX";
        const int fd = ::mkostemp(path.data(), O_CLOEXEC);
        if (fd < 0) continue;
        const bool fits =
            plain_file_system(fd) && ::ftruncate(fd, static_cast<off_t>(pages * kPage)) == 0;
        if (fits) return {fd, path};
        ::close(fd);
        ::unlink(path.c_str());
    }
    return {};
}

int reopen(const std::string& path, int flags) { return ::open(path.c_str(), flags | O_CLOEXEC); }

}  // namespace

Host::Host(const std::string& directory) {
    choose_profile();
    read_settings();
    open_regular(directory);
    open_memory();
    open_devices();
    make_segments();
}

Host::~Host() {
    for (const HostFile& file : files) ::close(file.fd);
    for (const Segment& segment : segments) ::shmdt(segment.attached);
}

std::vector<int> Host::fds() const {
    std::vector<int> all;
    all.reserve(files.size());
    for (const HostFile& file : files) all.push_back(file.fd);
    return all;
}

void Host::choose_profile() {
    utsname name{};
    ::uname(&name);
    release = name.release;
    const Version running = version_of(release);
    profile = &all_profiles().front();
    for (const Profile& candidate : all_profiles()) {
        if (version_of(candidate.name) <= running) profile = &candidate;
    }
    if (version_of(profile->name) != running) {
        notes.push_back("kernel " + release + " is not a profile: compared with the nearest, " +
                        std::string(profile->name));
    }
}

void Host::read_settings() {
    struct sysinfo info {};
    ::sysinfo(&info);
    system.ram_bytes = static_cast<std::uint64_t>(info.totalram) * info.mem_unit;
    system.swap_bytes = static_cast<std::uint64_t>(info.totalswap) * info.mem_unit;
    system.max_map_count = number_in("/proc/sys/vm/max_map_count", system.max_map_count);
    system.overcommit = static_cast<Overcommit>(number_in("/proc/sys/vm/overcommit_memory", 0));
    system.hugepages = number_in("/proc/sys/vm/nr_hugepages", 0);
    system.fixed_min_addr = number_in("/proc/sys/vm/mmap_min_addr", system.fixed_min_addr);
    protection_keys = try_read("/proc/cpuinfo").value_or("").find(" ospke") != std::string::npos;
    const std::string thp = "/sys/kernel/mm/transparent_hugepage/";
    huge_pages_on_advice = chosen(thp + "enabled", "madvise");
    if (!huge_pages_on_advice) {
        notes.push_back("transparent huge pages are not set to madvise: MADV_HUGEPAGE left out");
    }
    if (!chosen(thp + "shmem_enabled", "never")) {
        notes.push_back("shmem huge pages are on: addresses of shared mappings may differ");
    }
    if (system.overcommit == Overcommit::never) {
        notes.push_back("vm.overcommit_memory is 2: failures by other processes' charges differ");
    }
}

void Host::add(int fd, FileKind kind, FileType type, std::uint64_t size) {
    if (fd < 0) return;
    const int mode = ::fcntl(fd, F_GETFL) & O_ACCMODE;
    HostFile entry{.fd = fd, .kind = kind, .file = {}};
    entry.file.type = type;
    entry.file.readable = mode != O_WRONLY;
    entry.file.writable = mode != O_RDONLY;
    entry.file.size = size;
    entry.sealable = kind == FileKind::memfd;
    files.push_back(std::move(entry));
}

void Host::open_regular(const std::string& directory) {
    const TemporaryFile first = make_file(directory, kFilePages);
    const TemporaryFile second = make_file(directory, kSmallFilePages);
    if (first.fd < 0 || second.fd < 0) {
        notes.push_back("no directory on ext4 or xfs: regular files left out");
        return;
    }
    const std::uint64_t size = kFilePages * kPage;
    add(first.fd, FileKind::regular, FileType::regular, size);
    add(reopen(first.path, O_RDWR), FileKind::regular, FileType::regular, size);
    add(reopen(first.path, O_RDONLY), FileKind::regular, FileType::regular, size);
    add(reopen(first.path, O_WRONLY), FileKind::regular, FileType::regular, size);
    add(second.fd, FileKind::regular, FileType::regular, kSmallFilePages * kPage);
    // What is mapped has no name any more: "(deleted)" from the first to the last step.
    ::unlink(first.path.c_str());
    ::unlink(second.path.c_str());
}

void Host::open_memory() {
    const std::uint64_t size = kFilePages * kPage;
    for (const char* name : {"one", "two", "unsealable"}) {
        const bool sealable = std::strlen(name) == 3;
        const int fd = ::memfd_create(name, MFD_CLOEXEC | (sealable ? MFD_ALLOW_SEALING : 0U));
        if (fd < 0 || ::ftruncate(fd, static_cast<off_t>(size)) != 0) {
            notes.push_back(std::string("memfd_create: ") + std::strerror(errno));
            return;
        }
        add(fd, FileKind::memfd, FileType::shmem, size);
        if (!sealable) files.back().file.seals = kSealSeal;
    }
    const std::string self = "/proc/self/fd/" + std::to_string(files.back().fd);
    add(reopen(self, O_RDONLY), FileKind::memfd, FileType::shmem, size);
    files.back().file.seals = kSealSeal;
}

void Host::open_devices() {
    const int zero = reopen("/dev/zero", O_RDWR);
    if (zero < 0) {
        notes.push_back("/dev/zero cannot be opened: left out");
    } else {
        add(zero, FileKind::zero, FileType::character, 0);
        add(reopen("/dev/zero", O_RDONLY), FileKind::zero, FileType::character, 0);
    }
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) == 0) {
        for (const int end : ends) add(end, FileKind::unmappable, FileType::character, 0);
    }
    add(reopen("/", O_RDONLY | O_DIRECTORY), FileKind::unmappable, FileType::character, 0);
}

void Host::make_segments() {
    for (const std::uint64_t size : {12 * kPage, 3 * kPage + 100}) {
        const int id = ::shmget(IPC_PRIVATE, size, 0700);
        if (id < 0) {
            notes.push_back(std::string("shmget: ") + std::strerror(errno) +
                            ": shmat and shmdt left out");
            return;
        }
        void* const attached = ::shmat(id, nullptr, 0);
        ::shmctl(id, IPC_RMID, nullptr);
        if (attached != MAP_FAILED) segments.push_back({id, size, attached});
    }
}

}  // namespace mmsim::live
