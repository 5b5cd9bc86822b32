// SPDX-License-Identifier: GPL-2.0-or-later
// What the descriptors and file ids of a trace stand for in the simulated kernel.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mm/world.h"
#include "replay/driver_choice.h"
#include "replay/task.h"
#include "trace/maps_text.h"
#include "trace/trace_header.h"
#include "trace/trace_reader.h"
#include "trace/trace_record.h"

namespace mmsim {

class OpenFiles {
public:
    // `reader` is asked for the place of what is wrong.
    OpenFiles(const TraceReader& reader, World& world, TaskTable& tasks, DriverChoice& drivers)
        : reader_(reader), world_(world), tasks_(tasks), drivers_(drivers) {}

    // An entry of "files" of a JSON trace: open from the start. Throws InputError for a driver that
    // does not exist.
    void declare(const TraceFile& file);

    // The file a call names; none when it is not open. A descriptor whose opening the trace does
    // not show gets a file here, by its path, read-only.
    // Throws InputError for a file id that was not declared.
    FileId find(const Process& process, const FileRef& ref);
    // The same for mmap, which shows more: a bad descriptor, and a file that must be writable.
    FileId find(Process& process, const MmapCall& call, const Recorded& recorded);

    void opened(Process& process, const OpenCall& call, const Recorded& recorded);
    void closed(Process& process, const CloseCall& call);
    void duplicated(Process& process, const DupCall& call, const Recorded& recorded);

    // SysV segments.
    void shmget(const ShmgetCall& call, const Recorded& recorded);
    // None for a segment that is not known, unless the attach is known to succeed.
    FileId segment(const ShmatCall& call, const Recorded& recorded);

    // A file of a layout that is not ours to replay: one reference, for the caller to put.
    FileId open_mapped(const MapsEntry& entry, bool writable);

    // Drops the files that no descriptor stands for any more.
    void release();

    bool knows_paths() const { return paths_seen_; }
    // Files whose opening or size the trace did not show.
    bool guessed_files() const { return guessed_files_; }
    bool guessed_segments() const { return guessed_segments_; }

private:
    struct Declared {
        TraceFile file;
        FileId open;
        std::uint32_t opens = 0;  // 0: closed
        bool from_start = true;   // its first "open" is the one it already has
    };
    struct Segment {
        std::uint64_t size = 0;
        FileId file;
    };

    Declared& declared(std::string_view id);
    void open_declared(Declared& entry);
    FileId add(File file, bool shown);
    FileId guess(Process& process, const FileRef& ref);
    void make_writable(FileId file);
    bool shown(FileId file) const { return shown_[file.index]; }

    const TraceReader& reader_;
    World& world_;
    TaskTable& tasks_;
    DriverChoice& drivers_;
    std::vector<Declared> declared_;
    std::map<std::string, std::size_t, std::less<>> by_id_;
    std::vector<bool> shown_;  // by FileId: the trace showed its opening
    std::map<std::int64_t, Segment> segments_;
    bool closes_seen_ = false;
    bool paths_seen_ = false;
    bool guessed_files_ = false;
    bool guessed_segments_ = false;
};

}  // namespace mmsim
