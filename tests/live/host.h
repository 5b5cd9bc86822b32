// SPDX-License-Identifier: GPL-2.0-or-later
// What has to be known about the running kernel and machine, and the files that calls map.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mm/file.h"
#include "mm/limits.h"
#include "mm/profile.h"

namespace mmsim::live {

// Which simulated driver serves a file.
enum class FileKind : std::uint8_t { regular, memfd, zero, unmappable };

struct HostFile {
    int fd = -1;  // ours; in the target kFirstFileFd plus its place in the list
    FileKind kind{};
    File file;  // mode, type and size; path, device, inode, noexec are learnt from a mapping
    bool sealable = false;
};

struct Segment {
    int id = -1;
    std::uint64_t size = 0;
    void* attached = nullptr;  // by us: keeps it alive though it is marked for removal
};

// Opened files and segments live as long as this.
class Host {
public:
    // `directory`: where to make regular files; empty: wherever a file system fits.
    explicit Host(const std::string& directory);
    ~Host();
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;

    std::string release;  // "6.18.44-..."
    const Profile* profile = nullptr;
    SystemLimits system;
    bool huge_pages_on_advice = false;  // THP is "madvise": read faults follow rule E6
    bool protection_keys = false;       // PROT_EXEC alone then takes one
    std::vector<HostFile> files;
    std::vector<Segment> segments;
    std::vector<std::string> notes;  // what is left out, and why

    std::vector<int> fds() const;

private:
    void choose_profile();
    void read_settings();
    void open_regular(const std::string& directory);
    void open_memory();
    void open_devices();
    void make_segments();
    void add(int fd, FileKind kind, FileType type, std::uint64_t size);
};

}  // namespace mmsim::live
