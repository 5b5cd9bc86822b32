// SPDX-License-Identifier: GPL-2.0-or-later
#include "replay/descriptors.h"

#include <charconv>
#include <string>

#include "base/linux_abi.h"
#include "base/page.h"
#include "replay/paths.h"

namespace mmsim {
namespace {

bool succeeded(const Recorded& recorded) { return recorded.known && recorded.error == Errno::ok; }

bool is_shared(std::uint64_t flags) {
    return (flags & kMapType) == kMapShared || (flags & kMapType) == kMapSharedValidate;
}

// The descriptor behind "/proc/self/fd/3" and "/dev/fd/3"; -1 for any other path.
std::int64_t reopened_fd(std::string_view path) {
    for (const std::string_view head : {"/proc/self/fd/", "/dev/fd/"}) {
        if (!path.starts_with(head)) continue;
        path.remove_prefix(head.size());
        std::int64_t fd = -1;
        const auto [end, error] = std::from_chars(path.data(), path.data() + path.size(), fd);
        return error == std::errc{} && end == path.data() + path.size() ? fd : -1;
    }
    return -1;
}

std::string segment_path(std::uint64_t key) {
    char digits[8];
    const auto end = std::to_chars(digits, digits + 8, key & 0xffffffff, 16).ptr;
    const auto length = static_cast<std::size_t>(end - digits);
    return "/SYSV" + std::string(8 - length, '0') + std::string(digits, length);
}

}  // namespace

std::uint64_t first_seals(const FileTraits& traits) {
    if (!traits.memfd) return 0;
    if (!traits.sealable) return kSealSeal;
    return traits.noexec_seal ? kSealExec : 0;
}

void Descriptors::note_shown(FileNumber file, bool shown) {
    if (file >= shown_.size()) shown_.resize(file + std::size_t{1});
    if (file >= writable_.size()) writable_.resize(file + std::size_t{1});
    shown_[file] = shown;
    writable_[file] = false;
}

FileNumber Descriptors::find(Process& process, const MmapCall& call, const Recorded& recorded) {
    const FileRef& ref = call.file;
    if ((call.flags & kMapAnonymous) != 0 || ref.fd < 0) return 0;
    if (recorded.known && recorded.error == Errno::ebadf) return 0;

    FileNumber file = tasks_.file_at(process, ref.fd);
    const bool kernels_own = ref.fd >= kKernelFiles;
    if (!ref.path.empty() && !kernels_own) {
        paths_seen_ = true;
        if (file != 0 && owner_.path(file) != ref.path) {
            // Where closing is shown, an open file has been renamed; else it was closed behind our
            // back.
            if (closes_seen_ && shown(file)) {
                owner_.rename(file, ref.path);
            } else {
                file = 0;
            }
        }
    }
    // Each ring is of a file of its own.
    if (file == 0 || kernels_own) file = guess(process, ref);
    if (ref.deleted) owner_.unlink(file);
    const bool wrote =
        succeeded(recorded) && is_shared(call.flags) && (call.prot & kProtWrite) != 0;
    if (wrote && !shown(file) && !writable_[file]) {
        writable_[file] = true;
        owner_.make_writable(file);
    }
    return file;
}

FileNumber Descriptors::find(Process& process, const UffdCall& call, const Recorded& recorded) {
    const FileNumber file = find(process, call.file);
    if (file != 0 || !succeeded(recorded) || call.file.fd < 0) return file;
    FileRef ref = call.file;
    ref.path = kUserfaultfdPath;
    return guess(process, ref);
}

FileNumber Descriptors::guess(Process& process, const FileRef& ref) {
    if (ref.fd < kKernelFiles) guessed_files_ = true;
    const FileNumber file = owner_.open({.path = ref.path, .deleted = ref.deleted});
    note_shown(file, false);
    tasks_.open(process, ref.fd, file, false);
    return file;
}

// A path that begins in the directory `at`; empty where that is a descriptor of unknown origin.
std::string Descriptors::place(Process& process, const FileRef& at, std::string_view path) const {
    if (path.empty()) return {};
    if (at.fd == kAtFdCwd) {
        if (!at.path.empty()) process.directory = at.path;
        return join_path(process.directory, path);
    }
    std::string_view directory = at.path;
    const FileNumber file = tasks_.file_at(process, at.fd);
    if (directory.empty() && file != 0) directory = owner_.path(file);
    if (directory.empty() && !path.starts_with('/')) return {};
    return join_path(directory, path);
}

Descriptors::Names Descriptors::names(Process& process, const UnlinkCall& call) {
    return {place(process, call.at, call.path), place(process, call.now_at, call.now)};
}

void Descriptors::changed_directory(Process& process, const ChdirCall& call) {
    // What an unknown one leads to begins in another unknown one.
    std::string now = place(process, call.at, call.path);
    process.directory = now.empty() ? "?" : std::move(now);
}

FileNumber Descriptors::opened(Process& process, const OpenCall& call, const Recorded& recorded) {
    if (!succeeded(recorded) || call.file.fd < 0) return 0;
    const std::uint64_t access = call.flags & kOAccMode;
    // Of the same file, with rights of its own.
    const FileNumber same = tasks_.file_at(process, reopened_fd(call.file.path));
    const std::string begun = place(process, call.at, call.file.path);
    const std::string_view path = call.whole || begun.empty() ? call.file.path : begun;
    const FileNumber file = owner_.open({.path = same == 0 ? path : owner_.path(same),
                                         .deleted = call.file.deleted,
                                         .readable = access != kOWronly,
                                         .writable = access != kORdonly,
                                         .directory = (call.flags & kOTmpfile) == kODirectory,
                                         .memfd = call.memfd,
                                         .sealable = call.sealable,
                                         .noexec_seal = call.noexec_seal,
                                         .driver = call.driver,
                                         .huge_page = call.huge_page});
    note_shown(file, true);
    tasks_.open(process, call.file.fd, file, call.cloexec);
    return file;
}

void Descriptors::closed(Process& process, const CloseCall& call) {
    closes_seen_ = true;
    if (call.file.fd < 0) return;
    const std::uint64_t last = call.last_fd.value_or(static_cast<std::uint64_t>(call.file.fd));
    tasks_.close(process, call.file.fd, static_cast<std::int64_t>(last & 0xffffffff));
}

FileNumber Descriptors::duplicated(Process& process, const DupCall& call,
                                   const Recorded& recorded) {
    if (!succeeded(recorded) || call.new_fd < 0 || call.file.fd < 0) return 0;
    if (call.new_fd == call.file.fd) return 0;  // dup2 onto itself does nothing
    FileNumber file = tasks_.file_at(process, call.file.fd);
    if (file == 0) file = guess(process, call.file);
    tasks_.open(process, call.new_fd, file, call.cloexec);
    return file;
}

namespace {

// Bytes; 0: the segment has ordinary pages.
std::uint64_t huge_page_of(const ShmgetCall& call) {
    constexpr std::uint64_t kShmHugetlb = 04000;
    constexpr std::uint64_t kUsual = 21;  // 2 MiB
    if ((call.flags & kShmHugetlb) == 0) return 0;
    const std::uint64_t chosen = call.flags >> kMapHugeShift & 0x3f;
    return std::uint64_t{1} << (chosen == 0 ? kUsual : chosen);
}

}  // namespace

void Descriptors::shmget(const ShmgetCall& call, const Recorded& recorded) {
    if (!succeeded(recorded)) return;
    Segment& segment = segments_[recorded.value];
    // The id of a removed segment is given out again, and a removal is not in every trace.
    if (segment.file != 0 && (call.size == 0 || call.size == segment.size)) return;
    if (segment.file != 0) owner_.drop_segment(segment.file);
    segment.size = call.size;
    const std::string path = segment_path(call.key);
    const std::uint64_t huge_page = huge_page_of(call);
    // Huge pages are had whole.
    const std::uint64_t part = huge_page == 0 ? 0 : (huge_page - call.size % huge_page) % huge_page;
    segment.file = owner_.open({.path = path,
                                .deleted = true,
                                .writable = true,
                                .huge_page = huge_page,
                                .segment = true,
                                .size = call.size + part,
                                .id = recorded.value});
    note_shown(segment.file, true);
}

FileNumber Descriptors::segment(const ShmatCall& call, const Recorded& recorded) {
    const auto found = segments_.find(call.shmid);
    if (found != segments_.end()) return found->second.file;
    if (!succeeded(recorded)) return 0;
    // Its size was said before the trace began: a page is the least that it can be.
    guessed_segments_ = true;
    shmget({0, kPageSize, 0}, {true, call.shmid, Errno::ok});
    return segments_[call.shmid].file;
}

}  // namespace mmsim
