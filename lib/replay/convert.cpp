// SPDX-License-Identifier: GPL-2.0-or-later
#include "replay/convert.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/input_error.h"
#include "base/linux_abi.h"
#include "mm/limits.h"
#include "replay/callers.h"
#include "replay/descriptors.h"
#include "replay/driver_choice.h"
#include "trace/trace_writer.h"

namespace mmsim {
namespace {

// Events on their way, each with the serial number of the file that it opens or closes: if nothing
// maps that file, the event is left out. The header comes before them and knows of all files, so
// they wait in a temporary file.
class EventSpool {
public:
    EventSpool() : file_(std::tmpfile()) {
        if (!file_) throw InputError("there can be no temporary file");
    }

    void add(std::uint64_t serial, std::string_view event) {
        std::string line = std::to_string(serial);
        line.append(1, ' ').append(event).append(1, '\n');
        if (std::fwrite(line.data(), 1, line.size(), file_.get()) != line.size()) {
            throw InputError("a temporary file cannot be written");
        }
    }

    // Calls f(serial, event) for each, in order.
    template <typename F>
    void for_each(F f) {
        std::rewind(file_.get());
        std::string line;
        for (int c = std::getc(file_.get()); c != EOF; c = std::getc(file_.get())) {
            if (c != '\n') {
                line += static_cast<char>(c);
                continue;
            }
            std::uint64_t serial = 0;
            const char* const end = line.data() + line.size();
            const char* const blank = std::from_chars(line.data(), end, serial).ptr;
            f(serial, std::string_view(blank + 1, static_cast<std::size_t>(end - blank) - 1));
            line.clear();
        }
    }

private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    std::unique_ptr<std::FILE, Close> file_;
};

std::string_view type_name(const FileTraits& traits) {
    switch (file_type_of(traits)) {
        case FileType::regular:
            return "regular";
        case FileType::block:
            return "block";
        case FileType::character:
            return "char";
        case FileType::socket:
            return "socket";
        case FileType::shmem:
            return "shmem";
        case FileType::hugetlbfs:
            return "hugetlbfs";
    }
    return "regular";
}

FileRef named(std::string_view id) {
    FileRef ref;
    ref.id = id;
    return ref;
}

// strace text is replayed without limits; the defaults of JSON are others.
TraceLimits no_limits() {
    TraceLimits limits;
    limits.rlimit_as = limits.rlimit_data = limits.rlimit_stack = limits.rlimit_memlock =
        TraceLimits::Limit{};
    limits.overcommit = "always";
    limits.capabilities = {{"CAP_IPC_LOCK", "CAP_SYS_ADMIN", "CAP_SYS_RAWIO", "CAP_SYS_RESOURCE"}};
    return limits;
}

class StraceConverter final : private FileOwner, private CallerSink {
public:
    StraceConverter(TraceReader& reader, const NotCarried& not_carried)
        : reader_(reader),
          not_carried_(not_carried),
          callers_(reader, tasks_, *this),
          fds_(tasks_, *this) {
        slots_.emplace_back();  // FileNumber 0 is none
    }

    void run() {
        while (const TraceRecord* record = reader_.next()) take(*record);
    }
    void write(std::ostream& out, TraceFormat format);

private:
    struct Slot {
        TraceFile file;
        std::uint64_t serial = 0;
        std::int64_t opener = 0;  // the process
        std::uint32_t opens = 0;  // as the events have it: 1, and 1 for each dup
        bool readable = true, writable = false, deleted = false;
    };

    void take(const TraceRecord& record);
    void take_file_call(Process& process);
    void take_clone(Process& process, const CloneCall& call);
    void take_exit(Process& process, const ExitCall& call);
    void emit(const Process& process, TraceRecord& record, std::uint64_t serial = 0);
    void emit_file(const Process& process, FileNumber file, TraceCall call);
    void close_surplus(const Process& process, FileNumber file);
    void release(const Process& process);
    void retire(FileNumber file);
    void unlinked(Process& process, const UnlinkCall& call);
    std::string_view use(FileNumber file);

    void on_first(Process&) override {}
    void on_early_child(Process& parent, std::uint64_t flags, Process& child,
                        std::int64_t id) override;
    void on_guessed_thread(Process&) override {}
    void on_stranger(Process&) override {}

    FileNumber open(const FileTraits& traits) override;
    std::string_view path(FileNumber file) const override { return slots_[file].file.path; }
    void rename(FileNumber, std::string_view) override {}  // it keeps its first name
    void unlink(FileNumber file) override { slots_[file].deleted = true; }
    void make_writable(FileNumber file) override { slots_[file].writable = true; }
    void drop_segment(FileNumber file) override { retire(file); }

    TraceReader& reader_;
    const NotCarried& not_carried_;
    TaskTable tasks_;
    Callers callers_;
    Descriptors fds_;
    EventSpool spool_;
    std::vector<Slot> slots_;  // by FileNumber
    std::vector<FileNumber> free_;
    std::vector<bool> used_{false};                          // by serial: something maps it
    std::vector<std::pair<std::uint64_t, TraceFile>> kept_;  // used and closed, by serial
    TraceRecord record_;                                     // the one at hand
    std::string event_;
};

FileNumber StraceConverter::open(const FileTraits& traits) {
    FileNumber number = 0;
    if (free_.empty()) {
        number = static_cast<FileNumber>(slots_.size());
        slots_.emplace_back();
    } else {
        number = free_.back();
        free_.pop_back();
    }
    Slot& slot = slots_[number];
    slot = {};
    slot.serial = used_.size();
    used_.push_back(false);
    slot.opens = 1;
    slot.readable = traits.readable;
    slot.writable = traits.writable;
    slot.deleted = traits.deleted;
    slot.file.id = 'f' + std::to_string(slot.serial);
    slot.file.path = traits.path;
    slot.file.type = type_name(traits);
    slot.file.driver = traits.driver;
    slot.file.seals = first_seals(traits);
    constexpr std::uint64_t kUsual = std::uint64_t{1} << kHuge2M;
    if (traits.huge_page != kUsual) slot.file.huge_page = traits.huge_page;
    if (traits.segment) {
        slot.file.driver = "sysv_shm";
        slot.file.size = traits.size;
        if (traits.huge_page != 0) slot.file.params = kHugeSegment;
    }
    return number;
}

// The id of a file that a call maps or seals.
std::string_view StraceConverter::use(FileNumber file) {
    if (file == 0) return {};
    used_[slots_[file].serial] = true;
    return slots_[file].file.id;
}

void StraceConverter::retire(FileNumber number) {
    Slot& slot = slots_[number];
    if (used_[slot.serial]) {
        slot.file.mode = !slot.writable ? "r" : slot.readable ? "rw" : "w";
        if (slot.deleted) slot.file.path += " (deleted)";
        kept_.emplace_back(slot.serial, std::move(slot.file));
    }
    slot = {};
    free_.push_back(number);
}

// In JSON a file has one name from beginning to end: the last one that does not come too late.
void StraceConverter::unlinked(Process& process, const UnlinkCall& call) {
    const std::string path = fds_.names(process, call).from;
    if (!call.now.empty() || path.empty()) return;
    for (Slot& slot : slots_) {
        if (slot.opens != 0 && slot.file.path == path) slot.deleted = true;
    }
    for (auto& [serial, file] : kept_) {
        if (file.path == path) file.path += " (deleted)";
    }
}

void StraceConverter::emit(const Process& process, TraceRecord& record, std::uint64_t serial) {
    record.pid = process.pid;
    if (record.tid == record.pid) record.tid = 0;
    if (const std::string_view why = json_obstacle(record); !why.empty()) {
        not_carried_(reader_.place() + ": " + std::string(why));
        return;
    }
    event_.clear();
    append_json_event(event_, record);
    spool_.add(serial, event_);
}

void StraceConverter::emit_file(const Process& process, FileNumber file, TraceCall call) {
    TraceRecord event;
    event.call = std::move(call);
    emit(process, event, slots_[file].serial);
}

// Closes a file as often as there are more openings of it in the events than descriptors.
void StraceConverter::close_surplus(const Process& process, FileNumber file) {
    Slot& slot = slots_[file];
    // What is registered with a userfaultfd is so until its process is gone.
    const bool of_the_gone = process.ended && slot.opener == process.pid;
    if (of_the_gone && slot.file.path == kUserfaultfdPath) return;
    for (; slot.opens > tasks_.descriptors(file); --slot.opens) {
        emit_file(process, file, CloseCall{named(slot.file.id), {}});
    }
}

void StraceConverter::release(const Process& process) {
    for (const FileNumber file : std::exchange(tasks_.released(), {})) {
        close_surplus(process, file);
        retire(file);
    }
}

void StraceConverter::take(const TraceRecord& record) {
    record_ = record;
    record_.stack.clear();
    Process* const caller = callers_.find(record_);
    if (caller == nullptr || caller->ended) return;
    Process& process = *caller;
    if (record_.injected) return emit(process, record_);  // says why not

    if (const auto* clone = std::get_if<CloneCall>(&record_.call)) {
        take_clone(process, *clone);
    } else if (const auto* exit = std::get_if<ExitCall>(&record_.call)) {
        take_exit(process, *exit);
    } else if (std::holds_alternative<ExecveCall>(record_.call)) {
        emit(process, record_);
        if (record_.recorded.error != Errno::ok) return;
        callers_.forget();
        tasks_.exec(process, task_id(record));
    } else {
        take_file_call(process);
    }
    if (!process.ended) release(process);
}

// Calls whose operand may be a descriptor, and all the rest.
void StraceConverter::take_file_call(Process& process) {
    const Recorded& recorded = record_.recorded;
    if (auto* mmap = std::get_if<MmapCall>(&record_.call)) {
        mmap->file = named(use(fds_.find(process, *mmap, recorded)));
    } else if (auto* seal = std::get_if<SealCall>(&record_.call)) {
        seal->file = named(use(fds_.find(process, seal->file)));
    } else if (auto* uffd = std::get_if<UffdCall>(&record_.call)) {
        uffd->file = named(use(fds_.find(process, *uffd, recorded)));
    } else if (auto* shmat = std::get_if<ShmatCall>(&record_.call)) {
        shmat->segment = use(fds_.segment(*shmat, recorded));
    } else if (const auto* shmget = std::get_if<ShmgetCall>(&record_.call)) {
        return fds_.shmget(*shmget, recorded);
    } else if (const auto* opening = std::get_if<OpenCall>(&record_.call)) {
        const FileNumber file = fds_.opened(process, *opening, recorded);
        if (file == 0) return;
        slots_[file].opener = process.pid;
        return emit_file(process, file, OpenCall{.file = named(slots_[file].file.id)});
    } else if (const auto* dup = std::get_if<DupCall>(&record_.call)) {
        const FileNumber file = fds_.duplicated(process, *dup, recorded);
        if (file == 0) return;
        ++slots_[file].opens;
        return emit_file(process, file, DupCall{.file = named(slots_[file].file.id)});
    } else if (const auto* unlink = std::get_if<UnlinkCall>(&record_.call)) {
        return unlinked(process, *unlink);
    } else if (const auto* chdir = std::get_if<ChdirCall>(&record_.call)) {
        return fds_.changed_directory(process, *chdir);
    } else if (const auto* close = std::get_if<CloseCall>(&record_.call)) {
        const FileNumber file = fds_.find(process, close->file);
        fds_.closed(process, *close);
        // What nothing stands for any more is closed with all that was released.
        if (file != 0 && tasks_.descriptors(file) != 0) close_surplus(process, file);
        return;
    }
    emit(process, record_);
}

void StraceConverter::take_clone(Process& process, const CloneCall& call) {
    callers_.cloned(task_id(record_));
    std::optional<std::int64_t> child = call.child;
    if (!child && record_.recorded.known && record_.recorded.error == Errno::ok) {
        child = record_.recorded.value;
    }
    if (child && tasks_.take_early(*child)) return;
    if (child) {
        const Callers::Cloned cloned = callers_.clone(process, call, *child);
        record_.call = CloneCall{call.kind, cloned.flags, child};
    }
    emit(process, record_);
}

// In JSON a process begins before its first event.
void StraceConverter::on_early_child(Process& parent, std::uint64_t flags, Process&,
                                     std::int64_t id) {
    TraceRecord event;
    event.call = CloneCall{CloneKind::clone, flags, id};
    event.recorded = {true, id, Errno::ok};
    emit(parent, event);
}

void StraceConverter::take_exit(Process& process, const ExitCall& call) {
    callers_.forget();
    const bool alone = !call.group || tasks_.doubted(task_id(record_));
    if (alone && process.threads.size() > 1) {
        tasks_.exit_thread(task_id(record_));
        return;
    }
    tasks_.exit_process(process);
    release(process);
    record_.call = ExitCall{true};
    emit(process, record_);
}

void StraceConverter::write(std::ostream& out, TraceFormat format) {
    for (FileNumber file = 1; file < slots_.size(); ++file) {
        if (slots_[file].serial != 0) retire(file);
    }
    std::ranges::sort(kept_, {}, [](const auto& entry) { return entry.first; });
    TraceHeader header = reader_.header();
    header.limits = no_limits();
    for (auto& [serial, file] : kept_) header.files.push_back(std::move(file));
    TraceWriter writer(out, format, header);
    spool_.for_each([&](std::uint64_t serial, std::string_view event) {
        if (serial == 0 || used_[serial]) writer.write_event(event);
    });
    writer.finish();
}

}  // namespace

void convert_trace(TraceReader& reader, std::ostream& out, TraceFormat format,
                   const NotCarried& not_carried) {
    if (reader.format() == TraceFormat::strace) {
        StraceConverter converter(reader, not_carried);
        converter.run();
        return converter.write(out, format);
    }
    TraceWriter writer(out, format, reader.header());
    while (const TraceRecord* record = reader.next()) {
        const std::string_view why = json_obstacle(*record);
        why.empty() ? writer.write(*record) : not_carried(reader.place() + ": " + std::string(why));
    }
    writer.finish();
}

}  // namespace mmsim
