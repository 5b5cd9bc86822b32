// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/record_text.h"

#include <memory>
#include <sstream>
#include <utility>
#include <variant>

#include "trace/abi_names.h"
#include "trace/strace_reader.h"

namespace mmsim::test {
namespace {

// Prints "name(a, b" argument by argument.
class Printer {
public:
    explicit Printer(std::string name) : text_(std::move(name)) { text_ += '('; }

    Printer& hex(std::uint64_t value) {
        std::ostringstream out;
        out << "0x" << std::hex << value;
        return word(out.str());
    }
    Printer& number(std::uint64_t value) { return word(std::to_string(value)); }
    Printer& flags(AbiFamily family, std::uint64_t value) { return word(abi_text(family, value)); }
    Printer& octal(std::uint64_t value) {
        std::ostringstream out;
        out << "0" << std::oct << value;
        return word(out.str());
    }
    Printer& file(const FileRef& file) {
        std::string out = std::to_string(file.fd);
        if (!file.path.empty()) out += "<" + std::string(file.path) + ">";
        if (file.deleted) out += "(deleted)";
        return word(out);
    }
    Printer& word_if(bool condition, const char* text) { return condition ? word(text) : *this; }
    Printer& word(std::string_view text) {
        if (text_.back() != '(') text_ += ", ";
        text_ += text;
        return *this;
    }
    std::string done() const { return text_ + ")"; }

private:
    std::string text_;
};

std::string call_text(const MmapCall& c) {
    return Printer("mmap")
        .hex(c.addr)
        .number(c.length)
        .flags(AbiFamily::prot, c.prot)
        .flags(AbiFamily::map, c.flags)
        .file(c.file)
        .hex(c.offset)
        .done();
}
std::string call_text(const MunmapCall& c) {
    return Printer("munmap").hex(c.addr).number(c.length).done();
}
std::string call_text(const MprotectCall& c) {
    Printer print(c.pkey ? "pkey_mprotect" : "mprotect");
    print.hex(c.addr).number(c.length).flags(AbiFamily::prot, c.prot);
    return c.pkey ? print.word(std::to_string(*c.pkey)).done() : print.done();
}
std::string call_text(const MremapCall& c) {
    return Printer("mremap")
        .hex(c.addr)
        .number(c.old_length)
        .number(c.length)
        .flags(AbiFamily::mremap, c.flags)
        .hex(c.new_addr)
        .done();
}
std::string call_text(const BrkCall& c) { return Printer("brk").hex(c.addr).done(); }
std::string call_text(const MadviseCall& c) {
    return Printer(c.process ? "process_madvise" : "madvise")
        .hex(c.addr)
        .number(c.length)
        .flags(AbiFamily::madv, c.advice)
        .done();
}
std::string call_text(const MlockCall& c) {
    static const char* const kNames[] = {"mlock", "mlock2", "munlock"};
    Printer print(kNames[static_cast<std::size_t>(c.kind)]);
    print.hex(c.addr).number(c.length);
    return c.kind == MlockKind::mlock2 ? print.flags(AbiFamily::mlock, c.flags).done()
                                       : print.done();
}
std::string call_text(const MlockallCall& c) {
    return Printer("mlockall").flags(AbiFamily::mcl, c.flags).done();
}
std::string call_text(const MunlockallCall&) { return "munlockall()"; }
std::string call_text(const MsealCall& c) {
    return Printer("mseal").hex(c.addr).number(c.length).number(c.flags).done();
}
std::string call_text(const PrctlSetVmaCall& c) {
    const std::string name = c.name ? "'" + std::string(*c.name) + "'" : "null";
    return Printer("prctl_set_vma").hex(c.addr).number(c.length).word(name).done();
}
std::string call_text(const SetSwitchCall& c) {
    return Printer(std::string(switch_op(c.which))).word(c.enable ? "true" : "false").done();
}
std::string call_text(const MbindCall& c) {
    return Printer("mbind")
        .hex(c.addr)
        .number(c.length)
        .flags(AbiFamily::mpol, c.mode)
        .hex(c.nodes)
        .flags(AbiFamily::mpol_mf, c.flags)
        .done();
}
std::string call_text(const ShmgetCall& c) {
    return Printer("shmget").hex(c.key).number(c.size).octal(c.flags).done();
}
std::string call_text(const ShmatCall& c) {
    return Printer("shmat")
        .word(std::to_string(c.shmid))
        .hex(c.addr)
        .flags(AbiFamily::shm, c.flags)
        .done();
}
std::string call_text(const ShmdtCall& c) { return Printer("shmdt").hex(c.addr).done(); }
std::string call_text(const RemapFilePagesCall& c) {
    return Printer("remap_file_pages")
        .hex(c.addr)
        .number(c.length)
        .flags(AbiFamily::prot, c.prot)
        .number(c.pgoff)
        .flags(AbiFamily::map, c.flags)
        .done();
}
std::string call_text(const ShadowStackCall& c) {
    return Printer("map_shadow_stack")
        .hex(c.addr)
        .number(c.length)
        .flags(AbiFamily::shadow_stack, c.flags)
        .done();
}
std::string call_text(const CloneCall& c) {
    static const char* const kNames[] = {"fork", "vfork", "clone"};
    Printer print(kNames[static_cast<std::size_t>(c.kind)]);
    print.flags(AbiFamily::clone, c.flags);
    return c.child ? print.word("child " + std::to_string(*c.child)).done() : print.done();
}
std::string call_text(const ExecveCall& c) { return Printer("execve").word(c.program).done(); }
std::string call_text(const ExitCall& c) { return c.group ? "exit_group()" : "exit()"; }
std::string call_text(const OpenCall& c) {
    return Printer("open")
        .file(c.file)
        .octal(c.flags)
        .word_if(c.memfd, "memfd")
        .word_if(c.sealable, "sealable")
        .word_if(c.noexec_seal, "noexec")
        .word_if(c.huge_page != 0, ("huge " + std::to_string(c.huge_page)).c_str())
        .word_if(c.cloexec, "cloexec")
        .word_if(!c.driver.empty(), std::string(c.driver).c_str())
        .done();
}
std::string call_text(const CloseCall& c) {
    Printer print("close");
    print.file(c.file);
    return c.last_fd ? print.number(*c.last_fd).done() : print.done();
}
std::string call_text(const DupCall& c) {
    return Printer("dup")
        .file(c.file)
        .word(std::to_string(c.new_fd))
        .word_if(c.cloexec, "cloexec")
        .done();
}
// A path behind the directory in which it begins: "5</d>:a", ":a" in the current one.
std::string path_text(const FileRef& at, std::string_view path) {
    const std::string fd = at.fd == kAtFdCwd ? "" : std::to_string(at.fd);
    const std::string directory = at.path.empty() ? "" : "<" + std::string(at.path) + ">";
    return fd + directory + ":" + std::string(path);
}
std::string call_text(const UnlinkCall& c) {
    return Printer("unlink")
        .word(path_text(c.at, c.path))
        .word_if(!c.now.empty(), path_text(c.now_at, c.now).c_str())
        .done();
}
std::string call_text(const ChdirCall& c) {
    return Printer("chdir").word(path_text(c.at, c.path)).done();
}
std::string call_text(const SealCall& c) {
    return Printer("seal").file(c.file).flags(AbiFamily::seal, c.seals).done();
}
std::string call_text(const UffdCall& c) {
    Printer print{std::string(uffd_op(c.request))};
    print.file(c.file);
    if (c.request == UffdRequest::api) return print.flags(AbiFamily::uffd_feature, c.flags).done();
    print.hex(c.addr).number(c.length);
    if (c.request == UffdRequest::register_range) print.flags(AbiFamily::uffd_mode, c.flags);
    return print.done();
}
std::string call_text(const SetrlimitCall& c) {
    const std::string value = c.value ? std::to_string(*c.value) : "unlimited";
    return Printer("setrlimit").flags(AbiFamily::rlimit, c.resource).word(value).done();
}
std::string call_text(const TouchCall& c) {
    Printer print("touch");
    print.hex(c.addr).number(c.length).word(c.write ? "w" : "r");
    return c.fault_at ? print.hex(*c.fault_at).done() : print.done();
}

}  // namespace

std::string record_text(const TraceRecord& record) {
    std::string text =
        std::visit([](const auto& call) { return call_text(call); }, record.call) + " = ";
    if (!record.recorded.known) {
        text += '?';
    } else if (record.recorded.error != Errno::ok) {
        const std::string_view name = errno_name(record.recorded.error);
        const auto number = static_cast<unsigned>(record.recorded.error);
        text += name.empty() ? "errno " + std::to_string(number) : std::string(name);
    } else {
        std::ostringstream out;
        out << "0x" << std::hex << record.recorded.value;
        text += out.str();
    }
    if (record.injected) text += " injected";
    return text;
}

std::string record_text_with_place(const TraceRecord& record) {
    std::string text = std::to_string(record.tid) + ": " + record_text(record) + " @ ";
    if (record.start_line != record.line) text += std::to_string(record.start_line) + "-";
    return text + std::to_string(record.line);
}

StraceRun run_strace(std::string text, std::string (*print)(const TraceRecord&)) {
    const auto reader =
        make_strace_reader(std::make_unique<LineSource>(memory_bytes(std::move(text)), "test"));
    StraceRun run;
    while (const TraceRecord* record = reader->next()) run.records.push_back(print(*record));
    run.summary = reader->summary();
    return run;
}

std::string strace_warnings(std::string text) {
    std::string joined;
    for (const ReadWarning& warning : run_strace(std::move(text)).summary.first_warnings) {
        joined += std::to_string(warning.line) + ": " + warning.message + "\n";
    }
    return joined;
}

std::unique_ptr<TraceReader> open_text(const std::string& text) {
    return open_trace(std::make_unique<LineSource>(memory_bytes(text), "t.json"));
}

std::string strace_records(std::string text) {
    std::string joined;
    for (const std::string& record : run_strace(std::move(text)).records) joined += record + "\n";
    return joined;
}

}  // namespace mmsim::test
