// SPDX-License-Identifier: GPL-2.0-or-later
// What the descriptors and file ids of a trace stand for in the simulated kernel.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mm/world.h"
#include "replay/descriptors.h"
#include "replay/driver_choice.h"
#include "trace/maps_text.h"
#include "trace/trace_header.h"
#include "trace/trace_reader.h"
#include "trace/trace_record.h"

namespace mmsim {

// FileNumber is FileId::index here.
class OpenFiles final : private FileOwner {
public:
    // `reader` is asked for the place of what is wrong.
    OpenFiles(const TraceReader& reader, World& world, TaskTable& tasks, DriverChoice& drivers)
        : reader_(reader), world_(world), tasks_(tasks), drivers_(drivers), fds_(tasks, *this) {}

    // An entry of "files" of a JSON trace: open from the start. Throws InputError for a driver that
    // does not exist.
    void declare(const TraceFile& file);

    // The file a call names; none when it is not open.
    // Throws InputError for a file id that was not declared.
    FileId find(const Process& process, const FileRef& ref);
    FileId find(Process& process, const MmapCall& call, const Recorded& recorded);
    FileId segment(const ShmatCall& call, const Recorded& recorded);
    // That a userfaultfd is open is shown by what succeeds with it.
    FileId find(Process& process, const UffdCall& call, const Recorded& recorded);

    // The file that is open afterwards; none where nothing was opened.
    FileId opened(Process& process, const OpenCall& call, const Recorded& recorded);
    void closed(Process& process, const CloseCall& call);
    void duplicated(Process& process, const DupCall& call, const Recorded& recorded);
    void unlinked(Process& process, const UnlinkCall& call);
    void changed_directory(Process& process, const ChdirCall& call) {
        fds_.changed_directory(process, call);
    }
    void shmget(const ShmgetCall& call, const Recorded& recorded) { fds_.shmget(call, recorded); }

    // The file of a mapping that is there before the first event: one reference, for the caller to
    // put.
    FileId open_mapped(const MapsEntry& entry, bool writable);

    // Drops the files that no descriptor stands for any more.
    void release();
    // Userfaultfds among them, which whoever takes them has to close.
    std::vector<FileId> take_closed_uffds() { return std::exchange(closed_uffds_, {}); }

    const Descriptors& descriptors() const { return fds_; }

private:
    struct Declared {
        TraceFile file;
        std::shared_ptr<const DriverParams> params;
        FileId open;
        std::uint32_t opens = 0;  // 0: closed
        bool from_start = true;   // its first "open" is the one it already has
    };

    Declared& declared(std::string_view id);
    void open_declared(Declared& entry);
    void read_params(Declared& entry);
    std::string place_of(const TraceFile& file) const;
    void tell_drivers(const Declared& entry);
    void close(FileId file);

    FileNumber open(const FileTraits& traits) override;
    std::string_view path(FileNumber file) const override { return world_.files[file].path; }
    void rename(FileNumber file, std::string_view path) override;
    void unlink(FileNumber file) override;
    void make_writable(FileNumber file) override;
    void drop_segment(FileNumber file) override { world_.close_file({file}); }

    const TraceReader& reader_;
    World& world_;
    TaskTable& tasks_;
    DriverChoice& drivers_;
    Descriptors fds_;
    std::vector<Declared> declared_;
    std::map<std::string, std::size_t, std::less<>> by_id_;
    std::vector<FileId> closed_uffds_;
};

}  // namespace mmsim
