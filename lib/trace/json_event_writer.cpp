// SPDX-License-Identifier: GPL-2.0-or-later
// Records as JSON events: the counterpart of json_ops.cpp.
#include <string>
#include <string_view>
#include <variant>

#include "base/linux_abi.h"
#include "trace/json_object.h"
#include "trace/trace_writer.h"

namespace mmsim {
namespace {

constexpr std::string_view kNoFile = "the descriptor is of no known file";

// One function for each kind of call, so that a new kind does not compile before it is written.
struct Obstacle {
    static std::string_view file(const FileRef& ref) {
        return ref.id.empty() ? kNoFile : std::string_view{};
    }

    std::string_view operator()(const MmapCall& c) const {
        // An event without a file is anonymous by that alone.
        return (c.flags & kMapAnonymous) != 0 ? std::string_view{} : file(c.file);
    }
    std::string_view operator()(const ShmgetCall&) const {
        return "shmget has no event; shmat names its segment";
    }
    std::string_view operator()(const ShmatCall& c) const {
        return c.segment.empty() ? "the segment is of no known file" : std::string_view{};
    }
    std::string_view operator()(const ExitCall& c) const {
        return c.group ? std::string_view{} : "the end of a thread has no event";
    }
    std::string_view operator()(const OpenCall& c) const { return file(c.file); }
    std::string_view operator()(const CloseCall& c) const {
        return c.last_fd ? "a range of descriptors has no event" : file(c.file);
    }
    std::string_view operator()(const DupCall& c) const { return file(c.file); }
    std::string_view operator()(const UnlinkCall&) const { return "files keep their names"; }
    std::string_view operator()(const ChdirCall&) const { return "paths are whole"; }
    std::string_view operator()(const SealCall& c) const { return file(c.file); }
    std::string_view operator()(const UffdCall& c) const { return file(c.file); }
    template <typename Call>
    std::string_view operator()(const Call&) const {
        return {};
    }
};

// Writes op and keys.
class CallWriter {
public:
    CallWriter(JsonObject& object, const TraceRecord& record) : o_(object), record_(record) {}

    void operator()(const MmapCall& c) {
        range("mmap", c);
        o_.abi("prot", AbiFamily::prot, c.prot);
        o_.abi("flags", AbiFamily::map, c.flags);
        if (!c.file.id.empty()) o_.text("file", c.file.id);
        if (!c.file.id.empty() || c.offset != 0) o_.size("offset", c.offset);
    }
    void operator()(const MunmapCall& c) { range("munmap", c); }
    void operator()(const MprotectCall& c) {
        range(c.pkey ? "pkey_mprotect" : "mprotect", c);
        o_.abi("prot", AbiFamily::prot, c.prot);
        if (c.pkey) o_.raw("pkey", std::to_string(*c.pkey));
    }
    void operator()(const MremapCall& c) {
        op("mremap");
        o_.address("addr", c.addr);
        o_.size("old_length", c.old_length);
        o_.size("length", c.length);
        flags(AbiFamily::mremap, c.flags);
        if (c.new_addr != 0) o_.address("new_addr", c.new_addr);
    }
    void operator()(const BrkCall& c) {
        op("brk");
        o_.address("addr", c.addr);
    }
    void operator()(const MadviseCall& c) {
        range(c.process ? "process_madvise" : "madvise", c);
        o_.abi("advice", AbiFamily::madv, c.advice);
    }
    void operator()(const MlockCall& c) {
        const bool second = c.kind == MlockKind::mlock2;
        range(c.kind == MlockKind::munlock ? "munlock" : second ? "mlock2" : "mlock", c);
        if (second) flags(AbiFamily::mlock, c.flags);
    }
    void operator()(const MlockallCall& c) {
        op("mlockall");
        o_.abi("flags", AbiFamily::mcl, c.flags);
    }
    void operator()(const MunlockallCall&) { op("munlockall"); }
    void operator()(const MsealCall& c) {
        range("mseal", c);
        if (c.flags != 0) o_.size("flags", c.flags);
    }
    void operator()(const PrctlSetVmaCall& c) {
        range("prctl_set_vma", c);
        c.name ? o_.text("name", *c.name) : o_.raw("name", "null");
    }
    void operator()(const SetSwitchCall& c) {
        op(switch_op(c.which));
        o_.boolean("enable", c.enable);
    }
    void operator()(const MbindCall& c) {
        range("mbind", c);
        o_.abi("mode", AbiFamily::mpol, c.mode);
        if (c.nodes != 0) o_.address("nodes", c.nodes);
        flags(AbiFamily::mpol_mf, c.flags);
    }
    void operator()(const ShmgetCall&) {}
    void operator()(const ShmatCall& c) {
        op("shmat");
        o_.text("id", c.segment);
        o_.address("addr", c.addr);
        flags(AbiFamily::shm, c.flags);
    }
    void operator()(const ShmdtCall& c) {
        op("shmdt");
        o_.address("addr", c.addr);
    }
    void operator()(const RemapFilePagesCall& c) {
        range("remap_file_pages", c);
        o_.abi("prot", AbiFamily::prot, c.prot);
        o_.size("pgoff", c.pgoff);
        flags(AbiFamily::map, c.flags);
    }
    void operator()(const ShadowStackCall& c) {
        range("map_shadow_stack", c);
        flags(AbiFamily::shadow_stack, c.flags);
    }
    void operator()(const CloneCall& c) {
        // vfork is a clone with two flags, and the record has them.
        op(c.kind == CloneKind::fork ? "fork" : "clone");
        if (c.child) o_.raw("child", std::to_string(*c.child));
        flags(AbiFamily::clone, c.flags);
    }
    void operator()(const ExecveCall& c) {
        op("execve");
        if (!c.program.empty()) o_.text("program", c.program);
        if (c.maps.empty()) return;
        std::string& out = o_.key("maps");
        out += '[';
        for (const std::string_view& line : c.maps) {
            if (&line != &c.maps.front()) out += ", ";
            append_json_string(out, line);
        }
        out += ']';
    }
    void operator()(const ExitCall&) { op("exit"); }
    void operator()(const OpenCall& c) { file("open", c.file); }
    void operator()(const CloseCall& c) { file("close", c.file); }
    void operator()(const DupCall& c) { file("dup", c.file); }
    void operator()(const UnlinkCall&) {}
    void operator()(const ChdirCall&) {}
    void operator()(const SealCall& c) {
        file("seal", c.file);
        o_.abi("seals", AbiFamily::seal, c.seals);
    }
    void operator()(const UffdCall& c) {
        file(uffd_op(c.request), c.file);
        const bool api = c.request == UffdRequest::api;
        if (!api) {
            o_.address("addr", c.addr);
            o_.size("length", c.length);
        }
        if (c.request == UffdRequest::register_range) {
            o_.abi("flags", AbiFamily::uffd_mode, c.flags);
        } else {
            flags(AbiFamily::uffd_feature, c.flags);
        }
    }
    void operator()(const SetrlimitCall& c) {
        op("setrlimit");
        o_.abi("limit", AbiFamily::rlimit, c.resource);
        c.value ? o_.size("value", *c.value) : o_.raw("value", "null");
    }
    void operator()(const TouchCall& c) {
        range("touch", c);
        o_.boolean("write", c.write);
        if (c.fault_at) o_.address("fault_at", *c.fault_at);
    }

private:
    void op(std::string_view name) {
        o_.text("op", name);
        if (record_.pid != 1) o_.raw("pid", std::to_string(record_.pid));
        if (record_.tid != 0) o_.raw("tid", std::to_string(record_.tid));
    }
    template <typename Call>
    void range(std::string_view name, const Call& call) {
        op(name);
        o_.address("addr", call.addr);
        o_.size("length", call.length);
    }
    void file(std::string_view name, const FileRef& ref) {
        op(name);
        o_.text("file", ref.id);
    }
    void flags(AbiFamily family, std::uint64_t value) {
        if (value != 0) o_.abi("flags", family, value);
    }

    JsonObject& o_;
    const TraceRecord& record_;
};

std::string errno_text(Errno error) {
    const std::string_view name = errno_name(error);
    if (!name.empty()) return std::string(name);
    return "errno " + std::to_string(static_cast<unsigned>(error));
}

void write_result(JsonObject& object, const TraceRecord& record) {
    const Recorded& recorded = record.recorded;
    if (!recorded.known) return;
    const auto value = static_cast<std::uint64_t>(recorded.value);
    if (recorded.error != Errno::ok) {
        object.text("result", errno_text(recorded.error));
    } else if (returns_address(record.call)) {
        object.address("result", value);
    } else {
        object.size("result", value);
    }
}

void write_fail(JsonObject& object, const RecordFail& fail) {
    JsonObject inner{object.key("fail")};
    inner.text("point", fail.point);
    if (fail.n != 1) inner.raw("n", std::to_string(fail.n));
    if (fail.error != Errno::ok) inner.text("errno", errno_text(fail.error));
    inner.end();
}

}  // namespace

std::string_view json_obstacle(const TraceRecord& record) {
    if (record.injected) return "strace injected the result, the kernel never saw the call";
    if (record.pid <= 0) return "the process is not known";
    const auto* const clone = std::get_if<CloneCall>(&record.call);
    if (clone != nullptr && !clone->child && !record.recorded.known) {
        return "the pid of the child is not known";
    }
    return std::visit(Obstacle{}, record.call);
}

void append_json_event(std::string& out, const TraceRecord& record) {
    JsonObject object{out};
    std::visit(CallWriter{object, record}, record.call);
    write_result(object, record);
    if (record.fail) write_fail(object, *record.fail);
    object.end();
}

}  // namespace mmsim
