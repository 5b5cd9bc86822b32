// SPDX-License-Identifier: GPL-2.0-or-later
// One event of a trace, as recorded. Numbers are raw: the kernel judges them, not the reader.
//
// Text is held as views into the reader's memory: a record is good until the reader's next().
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "base/errno.h"
#include "base/linux_abi.h"

namespace mmsim {

// The file operand of a call. strace names a descriptor (with -y also its path), JSON a file id.
struct FileRef {
    std::int64_t fd = -1;   // strace; sign-extended from 32 bits ("0xffffffff" of -e raw is -1)
    std::string_view path;  // strace -y/-yy, unescaped, nested <...> and "(deleted)" removed
    bool deleted = false;   // strace -y printed "(deleted)" behind the path
    std::string_view id;    // JSON: the id of an entry of "files"; empty: no file
    friend bool operator==(const FileRef&, const FileRef&) = default;
};

// Stands for the current directory: AT_FDCWD. No descriptor has it.
inline constexpr std::int64_t kAtFdCwd = -100;
inline constexpr FileRef kCurrentDirectory = {kAtFdCwd, {}, false, {}};

// From here on: not descriptors, but files that the kernel opens to map them itself.
inline constexpr std::int64_t kKernelFiles = std::int64_t{1} << 32;

struct MmapCall {
    std::uint64_t addr = 0, length = 0, prot = 0, flags = 0;
    FileRef file;              // meaningless with MAP_ANONYMOUS
    std::uint64_t offset = 0;  // bytes, also for mmap2 and mmap_pgoff
};
struct MunmapCall {
    std::uint64_t addr = 0, length = 0;
};
struct MprotectCall {
    std::uint64_t addr = 0, length = 0, prot = 0;
    std::optional<std::int64_t> pkey;  // set: pkey_mprotect
};
struct MremapCall {
    std::uint64_t addr = 0, old_length = 0, length = 0, flags = 0, new_addr = 0;
};
struct BrkCall {
    std::uint64_t addr = 0;
};
struct MadviseCall {
    std::uint64_t addr = 0, length = 0, advice = 0;
    bool process = false;  // process_madvise; one record for each range of its vector
};
enum class MlockKind : std::uint8_t { mlock, mlock2, munlock };
struct MlockCall {
    MlockKind kind = MlockKind::mlock;
    std::uint64_t addr = 0, length = 0, flags = 0;
};
struct MlockallCall {
    std::uint64_t flags = 0;
};
struct MunlockallCall {};
struct MsealCall {
    std::uint64_t addr = 0, length = 0, flags = 0;
};
struct PrctlSetVmaCall {  // prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, ...)
    std::uint64_t addr = 0, length = 0;
    std::optional<std::string_view> name;  // nullopt: NULL, clears
};
struct SetSwitchCall {  // prctl(PR_SET_MEMORY_MERGE), personality() and the like
    ProcessSwitch which{};
    bool enable = false;
};
struct MbindCall {
    std::uint64_t addr = 0, length = 0, mode = 0, nodes = 0, flags = 0;  // nodes: bit mask
};
struct ShmgetCall {  // strace only: what shmat's id means. The result is the id.
    std::uint64_t key = 0, size = 0, flags = 0;
};
struct ShmatCall {
    std::int64_t shmid = 0;    // strace
    std::string_view segment;  // JSON: the id of an entry of "files" (its driver: sysv_shm)
    std::uint64_t addr = 0, flags = 0;
};
struct ShmdtCall {
    std::uint64_t addr = 0;
};
struct RemapFilePagesCall {
    std::uint64_t addr = 0, length = 0, prot = 0, pgoff = 0, flags = 0;
};
struct ShadowStackCall {  // map_shadow_stack
    std::uint64_t addr = 0, length = 0, flags = 0;
};
enum class CloneKind : std::uint8_t { fork, vfork, clone };
struct CloneCall {  // fork, vfork, clone, clone3; the result is the child's pid
    CloneKind kind = CloneKind::clone;
    std::uint64_t flags = 0;            // CLONE_* as passed; vfork: CLONE_VM|CLONE_VFORK
    std::optional<std::int64_t> child;  // JSON names it; strace's is the recorded result
    bool hidden = false;                // strace does not show `flags`: they are a guess
};
struct ExecveCall {
    std::vector<std::string_view> maps;  // JSON: the layout afterwards, /proc/PID/maps lines
    std::string_view program;            // the path; may be empty
};
struct ExitCall {
    bool group = true;  // exit_group(2), a fatal signal or the end of the last thread
};
struct OpenCall {  // open, openat, creat, memfd_create, socket...: whatever yields a new descriptor
    FileRef file;  // strace: fd = the result; JSON: id
    std::uint64_t flags = 0;  // O_*; memfd_create and socket: O_RDWR
    bool memfd = false;
    bool sealable = false;        // memfd_create with MFD_ALLOW_SEALING or MFD_NOEXEC_SEAL
    bool noexec_seal = false;     // with the latter
    std::uint64_t huge_page = 0;  // with MFD_HUGETLB: the size of its pages, bytes
    bool cloexec = false;
    std::string_view driver = {};  // that serves it, where the call shows what its path does not
    FileRef at = {};               // strace: the directory in which a relative path begins
    bool whole = true;             // the path does not depend on it
};
struct CloseCall {  // close and close_range
    FileRef file;
    std::optional<std::uint64_t> last_fd;  // close_range: up to this descriptor
};
struct DupCall {  // dup, dup2, dup3, fcntl(F_DUPFD...)
    FileRef file;
    std::int64_t new_fd = -1;  // strace: the result
    bool cloexec = false;
};
struct UnlinkCall {  // unlink, unlinkat, rename...: strace only
    std::string_view path;
    std::string_view now;                // what it is called from here on; empty: it has no name
    FileRef at = kCurrentDirectory;      // where a relative path begins
    FileRef now_at = kCurrentDirectory;  // where a relative new one does
};
struct ChdirCall {  // chdir, fchdir, getcwd: strace only
    std::string_view path;
    FileRef at = kCurrentDirectory;  // fchdir: the directory itself
};
struct SealCall {  // fcntl(F_ADD_SEALS)
    FileRef file;
    std::uint64_t seals = 0;
};
struct UffdCall {  // ioctl of a userfaultfd
    UffdRequest request{};
    FileRef file;
    std::uint64_t addr = 0, length = 0;  // of copy and move: the destination
    std::uint64_t flags = 0;             // api: features; register: modes
};
struct SetrlimitCall {  // setrlimit, prlimit64 on oneself with a new value
    std::uint64_t resource = 0;
    std::optional<std::uint64_t> value;  // nullopt: unlimited
};
struct TouchCall {  // a page fault: JSON op "touch", or the comment "# touch" in strace text
    std::uint64_t addr = 0, length = 0;
    bool write = false;
    std::optional<std::uint64_t> fault_at;  // the access there ended in SIGSEGV or SIGBUS
};

using TraceCall =
    std::variant<MmapCall, MunmapCall, MprotectCall, MremapCall, BrkCall, MadviseCall, MlockCall,
                 MlockallCall, MunlockallCall, MsealCall, PrctlSetVmaCall, SetSwitchCall, MbindCall,
                 ShmgetCall, ShmatCall, ShmdtCall, RemapFilePagesCall, ShadowStackCall, CloneCall,
                 ExecveCall, ExitCall, OpenCall, CloseCall, DupCall, UnlinkCall, ChdirCall,
                 SealCall, UffdCall, SetrlimitCall, TouchCall>;

// The op under which JSON has a switch.
constexpr std::string_view switch_op(ProcessSwitch which) {
    switch (which) {
        case ProcessSwitch::memory_merge:
            return "prctl_set_memory_merge";
        case ProcessSwitch::mdwe:
            return "prctl_set_mdwe";
        case ProcessSwitch::mdwe_no_inherit:
            return "prctl_set_mdwe_no_inherit";
        case ProcessSwitch::thp_disable:
            return "prctl_set_thp_disable";
        case ProcessSwitch::read_implies_exec:
            return "read_implies_exec";
    }
    return {};
}

// The op under which JSON has a request to a userfaultfd.
constexpr std::string_view uffd_op(UffdRequest request) {
    switch (request) {
        case UffdRequest::api:
            return "uffdio_api";
        case UffdRequest::register_range:
            return "uffdio_register";
        case UffdRequest::unregister:
            return "uffdio_unregister";
        case UffdRequest::copy:
            return "uffdio_copy";
        case UffdRequest::zeropage:
            return "uffdio_zeropage";
        case UffdRequest::move:
            return "uffdio_move";
        case UffdRequest::resume:
            return "uffdio_continue";
        case UffdRequest::poison:
            return "uffdio_poison";
    }
    return {};
}

// Calls that return an address; brk returns the break, which is one too.
inline bool returns_address(const TraceCall& call) {
    return std::holds_alternative<MmapCall>(call) || std::holds_alternative<MremapCall>(call) ||
           std::holds_alternative<BrkCall>(call) || std::holds_alternative<ShmatCall>(call) ||
           std::holds_alternative<ShadowStackCall>(call);
}

// What the traced kernel returned.
struct Recorded {
    bool known = false;       // false: "= ?", or a JSON event without "result"
    std::int64_t value = 0;   // success: the value, as signed 64 bits
    Errno error = Errno::ok;  // failure (value is then -1)
    friend bool operator==(const Recorded&, const Recorded&) = default;
};

// "fail" of a JSON event: the n-th passing of a failure point inside this event fails.
struct RecordFail {
    std::string_view point;
    std::uint32_t n = 1;
    Errno error = Errno::ok;  // ok: the point's own errno
};

struct TraceRecord {
    std::uint64_t line = 0;        // the input line on which the call finishes, from 1
    std::uint64_t start_line = 0;  // where it begins (unfinished ... resumed)
    // JSON: the process (default 1). strace: 0, the engine finds it from the thread.
    std::int64_t pid = 0;
    // strace: the thread that made the call; a file without pids has just kInitialTid.
    // JSON: optional, 0 where absent.
    std::int64_t tid = 0;
    TraceCall call;
    Recorded recorded;
    bool injected = false;  // strace's (INJECTED): the kernel never saw the call
    std::optional<RecordFail> fail;
    // Frames of `strace -k`, innermost first, as printed without the leading " > ".
    std::vector<std::string_view> stack;
};

// The thread that strace text begins with, until a line names it.
inline constexpr std::int64_t kInitialTid = 1;

}  // namespace mmsim
