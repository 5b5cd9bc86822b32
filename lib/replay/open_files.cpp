// SPDX-License-Identifier: GPL-2.0-or-later
#include "replay/open_files.h"

#include <utility>

#include "base/input_error.h"
#include "base/linux_abi.h"
#include "drivers/params.h"

namespace mmsim {
namespace {

FileType file_type_of_name(const TraceFile& file) {
    if (file.type == "block") return FileType::block;
    if (file.type == "char") return FileType::character;
    if (file.type == "socket") return FileType::socket;
    if (file.type == "shmem") return FileType::shmem;
    if (file.type == "hugetlbfs") return FileType::hugetlbfs;
    if (file.type == "regular") return file_type_of_path(file.path);
    throw InputError("file '" + file.id + "': there is no type '" + file.type + "'");
}

}  // namespace

void OpenFiles::declare(const TraceFile& file) {
    by_id_.emplace(file.id, declared_.size());
    declared_.push_back({file, {}, {}, 0, true});
    open_declared(declared_.back());
    read_params(declared_.back());
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
    file.driver = drivers_.choose(file.path, file.type, entry.file.driver, place_of(entry.file));
    file.readable = entry.file.mode != "w";
    file.writable = entry.file.mode != "r";
    file.size = entry.file.size.value_or(kUnlimited);
    file.noexec = noexec_path(file.path);
    file.seals = entry.file.seals;
    if (entry.file.huge_page != 0) file.huge_page = pages_round_up(entry.file.huge_page);
    file.params = entry.params;
    entry.open = world_.open_file(std::move(file));
    entry.opens = 1;
}

// "trace.json:3:5: file 'dev': "
std::string OpenFiles::place_of(const TraceFile& file) const {
    std::string place = reader_.place();
    if (!file.place.empty()) place += ":" + file.place;
    return place + ": file '" + file.id + "': ";
}

// What a file says to its driver means nothing to another that --bind puts in its place.
void OpenFiles::read_params(Declared& entry) {
    File& file = world_.files.edit(entry.open.index);
    if (entry.file.params.empty() || drivers_.bound(file.path)) return;
    std::string place = reader_.place();
    if (!entry.file.params_place.empty()) place += ":" + entry.file.params_place;
    place += ": file '" + entry.file.id + "'";
    entry.params =
        mmsim::read_params(*world_.drivers[file.driver.index].driver, entry.file.params, place);
    file.params = entry.params;
}

// HookCall::find_file() looks there.
void OpenFiles::tell_drivers(const Declared& entry) {
    world_.declared_files[static_cast<std::size_t>(&entry - declared_.data())].second = entry.open;
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
    return {fds_.find(process, ref)};
}

FileId OpenFiles::find(Process& process, const MmapCall& call, const Recorded& recorded) {
    if ((call.flags & kMapAnonymous) != 0) {
        if ((call.flags & kMapHugetlb) != 0 && !world_.hugetlb_driver) {
            world_.hugetlb_driver = drivers_.choose("/anon_hugepage", FileType::hugetlbfs);
        }
        return {};
    }
    if (!call.file.id.empty()) return declared(call.file.id).open;
    const FileId file{fds_.find(process, call, recorded)};
    release();
    return file;
}

FileId OpenFiles::segment(const ShmatCall& call, const Recorded& recorded) {
    if (!call.segment.empty()) return declared(call.segment).open;
    return {fds_.segment(call, recorded)};
}

FileId OpenFiles::find(Process& process, const UffdCall& call, const Recorded& recorded) {
    if (!call.file.id.empty()) return declared(call.file.id).open;
    return {fds_.find(process, call, recorded)};
}

FileNumber OpenFiles::open(const FileTraits& traits) {
    File file;
    file.path = traits.path;
    file.deleted = traits.deleted;
    file.type = file_type_of(traits);
    // A segment has a driver of its own, whatever its pages are.
    const FileType served = traits.segment ? FileType::shmem : file.type;
    if (!traits.directory) file.driver = drivers_.choose(file.path, served, traits.driver);
    file.readable = traits.readable;
    file.writable = traits.writable || file.type == FileType::socket;
    file.size = kUnlimited;
    file.noexec = noexec_path(file.path);
    if (traits.huge_page != 0) file.huge_page = pages_round_up(traits.huge_page);
    // Other files in memory take no seals.
    file.seals = traits.memfd ? first_seals(traits) : kSealSeal;
    if (traits.segment) {
        file.size = traits.size;
        file.inode = static_cast<std::uint64_t>(traits.id);
        if (traits.huge_page != 0 && !drivers_.bound(file.path)) {
            file.params = mmsim::read_params(*world_.drivers[file.driver.index].driver,
                                             kHugeSegment, file.path);
        }
    }
    return world_.open_file(std::move(file)).index;
}

void OpenFiles::rename(FileNumber file, std::string_view path) {
    world_.files.edit(file).path = path;
}

void OpenFiles::unlink(FileNumber file) {
    if (!world_.files[file].deleted) world_.files.edit(file).deleted = true;
}

void OpenFiles::make_writable(FileNumber number) {
    const FileId file{number};
    if (world_.files[number].writable) return;
    world_.files.edit(number).writable = true;
    if (world_.files[number].vmas == 0) return;
    // What was mapped shared before is as a writable file makes it.
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
            ++world_.files.edit(number).writable_vmas;
        }
    }
}

FileId OpenFiles::opened(Process& process, const OpenCall& call, const Recorded& recorded) {
    if (call.file.id.empty()) {
        const FileId file{fds_.opened(process, call, recorded)};
        release();
        return file;
    }
    Declared& entry = declared(call.file.id);
    if (std::exchange(entry.from_start, false) && entry.opens != 0) return entry.open;
    if (entry.opens != 0) close(entry.open);
    open_declared(entry);
    tell_drivers(entry);
    return entry.open;
}

void OpenFiles::closed(Process& process, const CloseCall& call) {
    if (call.file.id.empty()) {
        fds_.closed(process, call);
        return release();
    }
    Declared& entry = declared(call.file.id);
    entry.from_start = false;
    if (entry.opens == 0 || --entry.opens != 0) return;
    close(std::exchange(entry.open, FileId{}));
    tell_drivers(entry);
}

void OpenFiles::duplicated(Process& process, const DupCall& call, const Recorded& recorded) {
    if (call.file.id.empty()) {
        fds_.duplicated(process, call, recorded);
        return release();
    }
    Declared& entry = declared(call.file.id);
    if (entry.opens != 0) ++entry.opens;
}

// Whoever has the file mapped sees it.
void OpenFiles::unlinked(Process& process, const UnlinkCall& call) {
    const Descriptors::Names names = fds_.names(process, call);
    const auto each_of = [&](std::string_view path, const auto& edit) {
        for (std::uint32_t i = 1; i < world_.files.bound(); ++i) {
            const File& file = world_.files[i];
            if (file.path == path && !file.deleted) edit(i);
        }
    };
    const auto lose_name = [&](FileNumber file) { unlink(file); };
    if (names.from.empty()) return;
    if (call.now.empty()) return each_of(names.from, lose_name);
    if (names.to.empty() || names.from == names.to) return;
    // What had that name before has none.
    each_of(names.to, lose_name);
    each_of(names.from, [&](FileNumber file) { rename(file, names.to); });
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
    return world_.open_file(std::move(file));
}

void OpenFiles::release() {
    for (const FileNumber file : tasks_.released()) close({file});
    tasks_.released().clear();
}

void OpenFiles::close(FileId file) {
    if (world_.files[file.index].uffd) {
        closed_uffds_.push_back(file);
    } else {
        world_.close_file(file);
    }
}

}  // namespace mmsim
