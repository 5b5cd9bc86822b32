// SPDX-License-Identifier: GPL-2.0-or-later
#include "replay/open_files.h"

#include <charconv>
#include <utility>

#include "base/input_error.h"
#include "base/linux_abi.h"

namespace mmsim {
namespace {

FileType file_type_of_name(const TraceFile& file) {
    if (file.type == "block") return FileType::block;
    if (file.type == "char") return FileType::character;
    if (file.type == "socket") return FileType::socket;
    if (file.type == "shmem") return FileType::shmem;
    if (file.type == "hugetlbfs") return FileType::hugetlbfs;
    if (file.type == "regular") return FileType::regular;
    throw InputError("file '" + file.id + "': there is no type '" + file.type + "'");
}

std::string segment_path(std::uint64_t key) {
    char digits[8];
    const auto end = std::to_chars(digits, digits + 8, key & 0xffffffff, 16).ptr;
    const auto length = static_cast<std::size_t>(end - digits);
    return "/SYSV" + std::string(8 - length, '0') + std::string(digits, length);
}

bool is_shared(std::uint64_t flags) {
    return (flags & kMapType) == kMapShared || (flags & kMapType) == kMapSharedValidate;
}

}  // namespace

FileId OpenFiles::add(File file, bool shown) {
    const FileId id = world_.open_file(std::move(file));
    if (id.index >= shown_.size()) shown_.resize(id.index + std::size_t{1});
    shown_[id.index] = shown;
    return id;
}

void OpenFiles::declare(const TraceFile& file) {
    by_id_.emplace(file.id, declared_.size());
    open_declared(declared_.emplace_back(Declared{file, {}, 0, true}));
    world_.declared_files.emplace_back(file.id, declared_.back().open);
}

void OpenFiles::open_declared(Declared& entry) {
    File file;
    file.path = entry.file.path;
    constexpr std::string_view kDeleted = " (deleted)";
    if (file.path.ends_with(kDeleted)) {
        file.path.resize(file.path.size() - kDeleted.size());
        file.deleted = true;
    }
    file.type = file_type_of_name(entry.file);
    file.driver = drivers_.choose(file.path, file.type, entry.file.driver);
    file.readable = entry.file.mode != "w";
    file.writable = entry.file.mode != "r";
    file.size = entry.file.size.value_or(kUnlimited);
    file.seals = entry.file.seals;
    entry.open = add(std::move(file), true);
    entry.opens = 1;
}

OpenFiles::Declared& OpenFiles::declared(std::string_view id) {
    const auto found = by_id_.find(id);
    if (found == by_id_.end()) {
        throw InputError(reader_.place() + ": no file '" + std::string(id) + "' is declared");
    }
    return declared_[found->second];
}

FileId OpenFiles::find(const Process& process, const FileRef& ref) {
    if (!ref.id.empty()) return declared(ref.id).open;
    return {tasks_.file_at(process, ref.fd)};
}

FileId OpenFiles::find(Process& process, const MmapCall& call, const Recorded& recorded) {
    if ((call.flags & kMapAnonymous) != 0) return {};
    const FileRef& ref = call.file;
    if (!ref.id.empty() || ref.fd < 0) return find(process, ref);
    const bool failed = recorded.known && recorded.error != Errno::ok;
    if (failed && recorded.error == Errno::ebadf) return {};

    FileId file = find(process, ref);
    if (!ref.path.empty()) {
        paths_seen_ = true;
        if (file && world_.files[file.index].path != ref.path) {
            if (closes_seen_ && shown(file)) {
                world_.files.edit(file.index).path = ref.path;  // it was renamed
            } else {
                file = {};  // closed and opened behind our back
            }
        }
    }
    if (!file) file = guess(process, ref);
    if (ref.deleted && !world_.files[file.index].deleted) {
        world_.files.edit(file.index).deleted = true;
    }
    const bool wrote = recorded.known && !failed && is_shared(call.flags) &&
                       (call.prot & kProtWrite) != 0;
    if (wrote && !shown(file) && !world_.files[file.index].writable) make_writable(file);
    return file;
}

FileId OpenFiles::guess(Process& process, const FileRef& ref) {
    guessed_files_ = true;
    File file;
    file.path = ref.path;
    file.deleted = ref.deleted;
    file.type = file_type_of_path(file.path);
    file.driver = drivers_.choose(file.path, file.type);
    file.size = kUnlimited;
    const FileId id = add(std::move(file), false);
    tasks_.open(process, ref.fd, id.index, false);
    release();
    return id;
}

void OpenFiles::make_writable(FileId file) {
    world_.files.edit(file.index).writable = true;
    if (world_.files[file.index].vmas == 0) return;
    // It was writable all along: what was mapped shared before is as a writable file makes it.
    for (std::uint32_t mm = 1; mm < world_.mms.bound(); ++mm) {
        if (!world_.mms[mm].alive) continue;
        VmaTree& vmas = world_.mms.edit(mm).vmas;
        std::vector<Vma> changed;
        for (auto at = vmas.first(); at; at.next()) {
            if (at->file == file && at->flags.any(kVmMayShare)) changed.push_back(*at);
        }
        for (Vma& vma : changed) {
            vma.flags = vma.flags | kVmShared | kVmMayWrite;
            vmas.assign(vma.start, vma);
            ++world_.files.edit(file.index).writable_vmas;
        }
    }
}

void OpenFiles::opened(Process& process, const OpenCall& call, const Recorded& recorded) {
    if (!call.file.id.empty()) {
        Declared& entry = declared(call.file.id);
        if (std::exchange(entry.from_start, false) && entry.opens != 0) return;
        if (entry.opens != 0) world_.put_file(entry.open);
        open_declared(entry);
        world_.declared_files[by_id_.find(call.file.id)->second].second = entry.open;
        return;
    }
    if (!recorded.known || recorded.error != Errno::ok || call.file.fd < 0) return;
    File file;
    file.path = call.file.path;
    file.deleted = call.file.deleted;
    file.type = call.memfd ? FileType::shmem : file_type_of_path(file.path);
    file.driver = drivers_.choose(file.path, file.type);
    const std::uint64_t access = call.flags & kOAccMode;
    file.readable = access != kOWronly;
    file.writable = access != kORdonly;
    file.append = (call.flags & kOAppend) != 0;
    file.size = kUnlimited;
    if (call.memfd && !call.sealable) file.seals = kSealSeal;
    tasks_.open(process, call.file.fd, add(std::move(file), true).index, call.cloexec);
    release();
}

void OpenFiles::closed(Process& process, const CloseCall& call) {
    if (!call.file.id.empty()) {
        Declared& entry = declared(call.file.id);
        entry.from_start = false;
        if (entry.opens == 0 || --entry.opens != 0) return;
        world_.put_file(std::exchange(entry.open, FileId{}));
        world_.declared_files[by_id_.find(call.file.id)->second].second = {};
        return;
    }
    closes_seen_ = true;
    if (call.file.fd < 0) return;
    const std::uint64_t last = call.last_fd.value_or(static_cast<std::uint64_t>(call.file.fd));
    tasks_.close(process, call.file.fd, static_cast<std::int64_t>(last & 0xffffffff));
    release();
}

void OpenFiles::duplicated(Process& process, const DupCall& call, const Recorded& recorded) {
    if (!call.file.id.empty()) {
        Declared& entry = declared(call.file.id);
        if (entry.opens != 0) ++entry.opens;
        return;
    }
    if (!recorded.known || recorded.error != Errno::ok || call.new_fd < 0) return;
    if (call.new_fd == call.file.fd) return;  // dup2 onto itself does nothing
    FileId file{tasks_.file_at(process, call.file.fd)};
    if (!file && call.file.fd >= 0) file = guess(process, call.file);
    if (file) tasks_.open(process, call.new_fd, file.index, call.cloexec);
    release();
}

void OpenFiles::shmget(const ShmgetCall& call, const Recorded& recorded) {
    if (!recorded.known || recorded.error != Errno::ok) return;
    Segment& segment = segments_[recorded.value];
    // The id of a removed segment is given out again, and a removal is not in every trace.
    if (segment.file && (call.size == 0 || call.size == segment.size)) return;
    if (segment.file) world_.put_file(segment.file);
    segment.size = call.size;
    File file;
    file.path = segment_path(call.key);
    file.deleted = true;
    file.inode = static_cast<std::uint64_t>(recorded.value);
    file.type = FileType::shmem;
    file.driver = drivers_.choose(file.path, file.type);
    file.writable = true;
    file.size = call.size;
    segment.file = add(std::move(file), true);
}

FileId OpenFiles::segment(const ShmatCall& call, const Recorded& recorded) {
    if (!call.segment.empty()) return declared(call.segment).open;
    const auto found = segments_.find(call.shmid);
    if (found != segments_.end()) return found->second.file;
    if (!recorded.known || recorded.error != Errno::ok) return {};
    // Its size was said before the trace began: a page is the least that it can be.
    guessed_segments_ = true;
    shmget({0, kPageSize, 0}, {true, call.shmid, Errno::ok});
    return segments_[call.shmid].file;
}

FileId OpenFiles::open_mapped(const MapsEntry& entry, bool writable) {
    File file;
    file.path = entry.path;
    file.deleted = entry.deleted;
    if (entry.device != "00:00") file.device = entry.device;
    file.inode = entry.inode;
    file.type = file_type_of_path(file.path);
    file.driver = drivers_.choose(file.path, file.type);
    file.writable = writable;
    file.size = kUnlimited;
    return add(std::move(file), true);
}

void OpenFiles::release() {
    for (const FileNumber file : tasks_.released()) world_.put_file({file});
    tasks_.released().clear();
}

}  // namespace mmsim
