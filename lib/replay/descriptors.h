// SPDX-License-Identifier: GPL-2.0-or-later
// Which file each descriptor of strace text stands for, as far as the trace lets one know.
//
// Pure bookkeeping over TaskTable: what a file is, its owner decides.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "replay/task.h"
#include "trace/trace_record.h"

namespace mmsim {

// What a trace tells of a file that it opens, or maps without having opened it.
struct FileTraits {
    std::string_view path;
    bool deleted = false;
    bool readable = true, writable = false;
    bool directory = false;  // which can't be mapped
    bool memfd = false, sealable = false, noexec_seal = false;
    std::string_view driver = {};  // the built-in driver that serves it; empty: by its path
    std::uint64_t huge_page = 0;   // a memfd or segment of huge pages: their size
    bool segment = false;          // SysV: `size` and `id` hold
    std::uint64_t size = 0;
    std::int64_t id = 0;
};

// What a segment of huge pages tells its driver.
inline constexpr std::string_view kHugeSegment = R"({"memory":"huge"})";

// The seals that a memfd begins with.
std::uint64_t first_seals(const FileTraits& traits);

// Whoever holds the files. A file stays until no descriptor (TaskTable::released()) or segment
// stands for it.
class FileOwner {
public:
    virtual ~FileOwner() = default;
    virtual FileNumber open(const FileTraits& traits) = 0;
    virtual std::string_view path(FileNumber file) const = 0;
    virtual void rename(FileNumber file, std::string_view path) = 0;
    // Its name has gone from the directory.
    virtual void unlink(FileNumber file) = 0;
    // It turns out to have been open for writing all along.
    virtual void make_writable(FileNumber file) = 0;
    // No SysV segment id stands for it any more.
    virtual void drop_segment(FileNumber file) = 0;
};

class Descriptors {
public:
    Descriptors(TaskTable& tasks, FileOwner& owner) : tasks_(tasks), owner_(owner) {}

    // The file that mmap means; none when the descriptor is not open. One whose opening the trace
    // does not show gets a file here: one until it is closed or its path changes, read-only until
    // the trace maps it shared and writable.
    FileNumber find(Process& process, const MmapCall& call, const Recorded& recorded);
    FileNumber find(const Process& process, const FileRef& ref) const {
        return tasks_.file_at(process, ref.fd);
    }

    // The userfaultfd, whose opening the trace need not show.
    FileNumber find(Process& process, const UffdCall& call, const Recorded& recorded);

    // 0 when it did not open anything.
    FileNumber opened(Process& process, const OpenCall& call, const Recorded& recorded);
    void closed(Process& process, const CloseCall& call);
    FileNumber duplicated(Process& process, const DupCall& call, const Recorded& recorded);

    // The names that a call takes from files and gives them, as far as they are known: empty where
    // they begin in a directory that is not.
    struct Names {
        std::string from, to;
    };
    Names names(Process& process, const UnlinkCall& call);
    void changed_directory(Process& process, const ChdirCall& call);

    void shmget(const ShmgetCall& call, const Recorded& recorded);
    // The file behind a SysV segment; none for one that is not known, unless the attach is known to
    // succeed.
    FileNumber segment(const ShmatCall& call, const Recorded& recorded);

    bool paths_seen() const { return paths_seen_; }
    // Files whose opening, segments whose size the trace did not show.
    bool guessed_files() const { return guessed_files_; }
    bool guessed_segments() const { return guessed_segments_; }

private:
    struct Segment {
        std::uint64_t size = 0;
        FileNumber file = 0;
    };

    FileNumber guess(Process& process, const FileRef& ref);
    std::string place(Process& process, const FileRef& at, std::string_view path) const;
    void note_shown(FileNumber file, bool shown);
    bool shown(FileNumber file) const { return file < shown_.size() && shown_[file]; }

    TaskTable& tasks_;
    FileOwner& owner_;
    std::vector<bool> shown_;     // by FileNumber: the trace showed its opening
    std::vector<bool> writable_;  // by FileNumber: no need to say so again
    std::map<std::int64_t, Segment> segments_;
    bool closes_seen_ = false;
    bool paths_seen_ = false;
    bool guessed_files_ = false;
    bool guessed_segments_ = false;
};

}  // namespace mmsim
