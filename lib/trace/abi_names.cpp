// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/abi_names.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/linux_abi.h"
#include "trace/c_number.h"

namespace mmsim {
namespace {

struct Name {
    std::string_view name;
    std::uint64_t value;
};

// Tables are in the order of printing. Of several names for one number the first is printed.
// A name of 0 is printed only where nothing else is.
constexpr Name kProt[] = {
    {"PROT_NONE", 0},
    {"PROT_READ", kProtRead},
    {"PROT_WRITE", kProtWrite},
    {"PROT_EXEC", kProtExec},
    {"PROT_SEM", kProtSem},
    {"PROT_GROWSDOWN", kProtGrowsDown},
    {"PROT_GROWSUP", kProtGrowsUp},
};

constexpr Name kMap[] = {
    {"MAP_FIXED", kMapFixed},         {"MAP_ANONYMOUS", kMapAnonymous},
    {"MAP_ANON", kMapAnonymous},      {"MAP_32BIT", kMap32Bit},
    {"MAP_ABOVE4G", kMapAbove4G},     {"MAP_GROWSDOWN", kMapGrowsDown},
    {"MAP_DENYWRITE", kMapDenyWrite}, {"MAP_EXECUTABLE", kMapExecutable},
    {"MAP_LOCKED", kMapLocked},       {"MAP_NORESERVE", kMapNoReserve},
    {"MAP_POPULATE", kMapPopulate},   {"MAP_NONBLOCK", kMapNonBlock},
    {"MAP_STACK", kMapStack},         {"MAP_HUGETLB", kMapHugetlb},
    {"MAP_SYNC", kMapSync},           {"MAP_FIXED_NOREPLACE", kMapFixedNoReplace},
};

// The lowest four bits are a number, not a set.
constexpr Name kMapTypes[] = {
    {"MAP_FILE", 0},
    {"MAP_SHARED", kMapShared},
    {"MAP_PRIVATE", kMapPrivate},
    {"MAP_SHARED_VALIDATE", kMapSharedValidate},
    {"MAP_DROPPABLE", kMapDroppable},
};

// Understood, printed as N<<MAP_HUGE_SHIFT.
constexpr Name kMapHugeSizes[] = {
    {"MAP_HUGE_16KB", std::uint64_t{14} << kMapHugeShift},
    {"MAP_HUGE_64KB", std::uint64_t{16} << kMapHugeShift},
    {"MAP_HUGE_512KB", std::uint64_t{19} << kMapHugeShift},
    {"MAP_HUGE_1MB", std::uint64_t{20} << kMapHugeShift},
    {"MAP_HUGE_2MB", std::uint64_t{21} << kMapHugeShift},
    {"MAP_HUGE_8MB", std::uint64_t{23} << kMapHugeShift},
    {"MAP_HUGE_16MB", std::uint64_t{24} << kMapHugeShift},
    {"MAP_HUGE_32MB", std::uint64_t{25} << kMapHugeShift},
    {"MAP_HUGE_256MB", std::uint64_t{28} << kMapHugeShift},
    {"MAP_HUGE_512MB", std::uint64_t{29} << kMapHugeShift},
    {"MAP_HUGE_1GB", std::uint64_t{30} << kMapHugeShift},
    {"MAP_HUGE_2GB", std::uint64_t{31} << kMapHugeShift},
    {"MAP_HUGE_16GB", std::uint64_t{34} << kMapHugeShift},
};

constexpr Name kMremap[] = {
    {"MREMAP_MAYMOVE", kMremapMayMove},
    {"MREMAP_FIXED", kMremapFixed},
    {"MREMAP_DONTUNMAP", kMremapDontUnmap},
};

constexpr Name kMadv[] = {
    {"MADV_NORMAL", 0},           {"MADV_RANDOM", 1},          {"MADV_SEQUENTIAL", 2},
    {"MADV_WILLNEED", 3},         {"MADV_DONTNEED", 4},        {"MADV_FREE", 8},
    {"MADV_REMOVE", 9},           {"MADV_DONTFORK", 10},       {"MADV_DOFORK", 11},
    {"MADV_MERGEABLE", 12},       {"MADV_UNMERGEABLE", 13},    {"MADV_HUGEPAGE", 14},
    {"MADV_NOHUGEPAGE", 15},      {"MADV_DONTDUMP", 16},       {"MADV_DODUMP", 17},
    {"MADV_WIPEONFORK", 18},      {"MADV_KEEPONFORK", 19},     {"MADV_COLD", 20},
    {"MADV_PAGEOUT", 21},         {"MADV_POPULATE_READ", 22},  {"MADV_POPULATE_WRITE", 23},
    {"MADV_DONTNEED_LOCKED", 24}, {"MADV_COLLAPSE", 25},       {"MADV_HWPOISON", 100},
    {"MADV_SOFT_OFFLINE", 101},   {"MADV_GUARD_INSTALL", 102}, {"MADV_GUARD_REMOVE", 103},
};

constexpr Name kMlock[] = {{"MLOCK_ONFAULT", kMlockOnFault}};

constexpr Name kMcl[] = {
    {"MCL_CURRENT", kMclCurrent},
    {"MCL_FUTURE", kMclFuture},
    {"MCL_ONFAULT", kMclOnFault},
};

constexpr Name kShm[] = {
    {"SHM_RDONLY", kShmRdonly}, {"SHM_RND", kShmRnd},   {"SHM_REMAP", kShmRemap},
    {"SHM_EXEC", kShmExec},     {"IPC_CREAT", 01000},   {"IPC_EXCL", 02000},
    {"IPC_NOWAIT", 04000},      {"SHM_HUGETLB", 04000}, {"SHM_NORESERVE", 010000},
};

constexpr Name kMpolModes[] = {
    {"MPOL_DEFAULT", kMpolDefault},
    {"MPOL_PREFERRED", kMpolPreferred},
    {"MPOL_BIND", kMpolBind},
    {"MPOL_INTERLEAVE", kMpolInterleave},
    {"MPOL_LOCAL", kMpolLocal},
    {"MPOL_PREFERRED_MANY", kMpolPreferredMany},
    {"MPOL_WEIGHTED_INTERLEAVE", kMpolWeightedInterleave},
};

constexpr Name kMpol[] = {
    {"MPOL_F_STATIC_NODES", 0x8000},
    {"MPOL_F_RELATIVE_NODES", 0x4000},
    {"MPOL_F_NUMA_BALANCING", 0x2000},
};

constexpr Name kMpolMf[] = {
    {"MPOL_MF_STRICT", kMpolMfStrict},
    {"MPOL_MF_MOVE", kMpolMfMove},
    {"MPOL_MF_MOVE_ALL", kMpolMfMoveAll},
};

constexpr Name kClone[] = {
    {"CLONE_VM", kCloneVm},
    {"CLONE_FS", 0x200},
    {"CLONE_FILES", kCloneFiles},
    {"CLONE_SIGHAND", 0x800},
    {"CLONE_PIDFD", 0x1000},
    {"CLONE_PTRACE", 0x2000},
    {"CLONE_VFORK", kCloneVfork},
    {"CLONE_PARENT", 0x8000},
    {"CLONE_THREAD", kCloneThread},
    {"CLONE_NEWNS", 0x20000},
    {"CLONE_SYSVSEM", 0x40000},
    {"CLONE_SETTLS", 0x80000},
    {"CLONE_PARENT_SETTID", 0x100000},
    {"CLONE_CHILD_CLEARTID", 0x200000},
    {"CLONE_DETACHED", 0x400000},
    {"CLONE_UNTRACED", 0x800000},
    {"CLONE_CHILD_SETTID", 0x1000000},
    {"CLONE_NEWCGROUP", 0x2000000},
    {"CLONE_NEWUTS", 0x4000000},
    {"CLONE_NEWIPC", 0x8000000},
    {"CLONE_NEWUSER", 0x10000000},
    {"CLONE_NEWPID", 0x20000000},
    {"CLONE_NEWNET", 0x40000000},
    {"CLONE_IO", 0x80000000},
    {"CLONE_CLEAR_SIGHAND", 0x100000000},
    {"CLONE_INTO_CGROUP", 0x200000000},
};

constexpr Name kCloneSignals[] = {
    {"SIGHUP", 1},     {"SIGINT", 2},           {"SIGQUIT", 3},   {"SIGILL", 4},   {"SIGTRAP", 5},
    {"SIGABRT", 6},    {"SIGBUS", 7},           {"SIGFPE", 8},    {"SIGKILL", 9},  {"SIGUSR1", 10},
    {"SIGSEGV", 11},   {"SIGUSR2", 12},         {"SIGPIPE", 13},  {"SIGALRM", 14}, {"SIGTERM", 15},
    {"SIGSTKFLT", 16}, {"SIGCHLD", 17},         {"SIGCONT", 18},  {"SIGSTOP", 19}, {"SIGTSTP", 20},
    {"SIGTTIN", 21},   {"SIGTTOU", 22},         {"SIGURG", 23},   {"SIGXCPU", 24}, {"SIGXFSZ", 25},
    {"SIGVTALRM", 26}, {"SIGPROF", 27},         {"SIGWINCH", 28}, {"SIGIO", 29},   {"SIGPWR", 30},
    {"SIGSYS", 31},    {"CLONE_NEWTIME", 0x80},  // clone3 has it where clone has the signal
};

constexpr Name kSeal[] = {
    {"F_SEAL_SEAL", kSealSeal},
    {"F_SEAL_SHRINK", kSealShrink},
    {"F_SEAL_GROW", kSealGrow},
    {"F_SEAL_WRITE", kSealWrite},
    {"F_SEAL_FUTURE_WRITE", kSealFutureWrite},
    {"F_SEAL_EXEC", kSealExec},
};

constexpr Name kRlimit[] = {
    {"RLIMIT_CPU", 0},       {"RLIMIT_FSIZE", 1}, {"RLIMIT_DATA", 2},    {"RLIMIT_STACK", 3},
    {"RLIMIT_CORE", 4},      {"RLIMIT_RSS", 5},   {"RLIMIT_NPROC", 6},   {"RLIMIT_NOFILE", 7},
    {"RLIMIT_MEMLOCK", 8},   {"RLIMIT_AS", 9},    {"RLIMIT_LOCKS", 10},  {"RLIMIT_SIGPENDING", 11},
    {"RLIMIT_MSGQUEUE", 12}, {"RLIMIT_NICE", 13}, {"RLIMIT_RTPRIO", 14}, {"RLIMIT_RTTIME", 15},
};

constexpr Name kCap[] = {
    {"CAP_CHOWN", 0},
    {"CAP_DAC_OVERRIDE", 1},
    {"CAP_DAC_READ_SEARCH", 2},
    {"CAP_FOWNER", 3},
    {"CAP_FSETID", 4},
    {"CAP_KILL", 5},
    {"CAP_SETGID", 6},
    {"CAP_SETUID", 7},
    {"CAP_SETPCAP", 8},
    {"CAP_LINUX_IMMUTABLE", 9},
    {"CAP_NET_BIND_SERVICE", 10},
    {"CAP_NET_BROADCAST", 11},
    {"CAP_NET_ADMIN", 12},
    {"CAP_NET_RAW", 13},
    {"CAP_IPC_LOCK", 14},
    {"CAP_IPC_OWNER", 15},
    {"CAP_SYS_MODULE", 16},
    {"CAP_SYS_RAWIO", 17},
    {"CAP_SYS_CHROOT", 18},
    {"CAP_SYS_PTRACE", 19},
    {"CAP_SYS_PACCT", 20},
    {"CAP_SYS_ADMIN", 21},
    {"CAP_SYS_BOOT", 22},
    {"CAP_SYS_NICE", 23},
    {"CAP_SYS_RESOURCE", 24},
    {"CAP_SYS_TIME", 25},
    {"CAP_SYS_TTY_CONFIG", 26},
    {"CAP_MKNOD", 27},
    {"CAP_LEASE", 28},
    {"CAP_AUDIT_WRITE", 29},
    {"CAP_AUDIT_CONTROL", 30},
    {"CAP_SETFCAP", 31},
    {"CAP_MAC_OVERRIDE", 32},
    {"CAP_MAC_ADMIN", 33},
    {"CAP_SYSLOG", 34},
    {"CAP_WAKE_ALARM", 35},
    {"CAP_BLOCK_SUSPEND", 36},
    {"CAP_AUDIT_READ", 37},
    {"CAP_PERFMON", 38},
    {"CAP_BPF", 39},
    {"CAP_CHECKPOINT_RESTORE", 40},
};

constexpr Name kUffdMode[] = {
    {"UFFDIO_REGISTER_MODE_MISSING", kUffdModeMissing},
    {"UFFDIO_REGISTER_MODE_WP", kUffdModeWp},
    {"UFFDIO_REGISTER_MODE_MINOR", kUffdModeMinor},
};

constexpr Name kUffdFeature[] = {
    {"UFFD_FEATURE_PAGEFAULT_FLAG_WP", 1 << 0},
    {"UFFD_FEATURE_EVENT_FORK", kUffdEventFork},
    {"UFFD_FEATURE_EVENT_REMAP", kUffdEventRemap},
    {"UFFD_FEATURE_EVENT_REMOVE", 1 << 3},
    {"UFFD_FEATURE_MISSING_HUGETLBFS", 1 << 4},
    {"UFFD_FEATURE_MISSING_SHMEM", 1 << 5},
    {"UFFD_FEATURE_EVENT_UNMAP", 1 << 6},
    {"UFFD_FEATURE_SIGBUS", 1 << 7},
    {"UFFD_FEATURE_THREAD_ID", 1 << 8},
    {"UFFD_FEATURE_MINOR_HUGETLBFS", 1 << 9},
    {"UFFD_FEATURE_MINOR_SHMEM", 1 << 10},
    {"UFFD_FEATURE_EXACT_ADDRESS", 1 << 11},
    {"UFFD_FEATURE_WP_HUGETLBFS_SHMEM", 1 << 12},
    {"UFFD_FEATURE_WP_UNPOPULATED", 1 << 13},
    {"UFFD_FEATURE_POISON", 1 << 14},
    {"UFFD_FEATURE_WP_ASYNC", kUffdWpAsync},
    {"UFFD_FEATURE_MOVE", 1 << 16},
};

constexpr Name kShadowStack[] = {{"SHADOW_STACK_SET_TOKEN", kShadowStackSetToken},
                                 {"SHADOW_STACK_SET_MARKER", 1 << 1}};

// How a family is put together: an enumerated number under `mask`, and flags.
struct Family {
    std::span<const Name> choices{};  // of the bits in `mask`
    std::uint64_t mask = 0;
    std::span<const Name> flags{};
    std::span<const Name> also{};  // understood, never printed
    bool choice_first = true;      // where the choice stands in what strace prints
    bool set = true;               // names may be joined by '|'
};

constexpr std::uint64_t kAll = ~std::uint64_t{0};

constexpr std::array<Family, 17> kFamilies = {{
    {.flags = kProt},
    {.choices = kMapTypes, .mask = kMapType, .flags = kMap, .also = kMapHugeSizes},
    {.flags = kMremap},
    {.choices = kMadv, .mask = kAll, .set = false},
    {.flags = kMlock},
    {.flags = kMcl},
    {.flags = std::span{kShm}.first(4), .also = std::span{kShm}.subspan(4)},
    {.choices = kMpolModes, .mask = kAll & ~kMpolModeFlags, .flags = kMpol},
    {.flags = kMpolMf},
    {.choices = kCloneSignals, .mask = 0xff, .flags = kClone, .choice_first = false},
    {.flags = kSeal},
    {.choices = kRlimit, .mask = kAll, .set = false},
    {.choices = kCap, .mask = kAll, .set = false},
    {.flags = kUffdMode},
    {.flags = kUffdFeature},
    {.flags = kShadowStack},
    {},
}};

const Family& family_of(AbiFamily family) { return kFamilies[static_cast<std::size_t>(family)]; }

const Name* find(std::span<const Name> names, std::string_view name) {
    const auto found = std::ranges::find(names, name, &Name::name);
    return found == names.end() ? nullptr : &*found;
}

std::string_view trim(std::string_view text) {
    const std::size_t first = text.find_first_not_of(' ');
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// A name, a number, or "21<<MAP_HUGE_SHIFT".
std::optional<std::uint64_t> parse_term(AbiFamily family, std::string_view term) {
    if (term.empty()) return std::nullopt;
    if (term[0] < '0' || term[0] > '9') return abi_constant(family, term);
    const std::size_t shift = term.find("<<");
    if (family != AbiFamily::map || shift == std::string_view::npos) return parse_c_number(term);
    const auto size = parse_c_number(term.substr(0, shift));
    if (!size || *size > kMapHugeMask || term.substr(shift + 2) != "MAP_HUGE_SHIFT") return {};
    return *size << kMapHugeShift;
}

// Joins terms by '|'.
class Joiner {
public:
    explicit Joiner(std::string& out) : out_(out), begin_(out.size()) {}
    std::string& next() {
        if (!empty()) out_ += '|';
        return out_;
    }
    bool empty() const { return out_.size() == begin_; }

private:
    std::string& out_;
    std::size_t begin_;
};

// The enumerated part; nothing where it is 0 and 0 has no name.
void append_choice(Joiner& terms, const Family& row, std::uint64_t value) {
    if (row.choices.empty()) return;
    const auto found = std::ranges::find(row.choices, value, &Name::value);
    if (found != row.choices.end()) {
        terms.next() += found->name;
    } else if (value != 0) {
        append_hex(terms.next(), value);
    }
}

}  // namespace

std::optional<std::uint64_t> abi_constant(AbiFamily family, std::string_view name) {
    const Family& row = family_of(family);
    for (const auto names : {row.choices, row.flags, row.also}) {
        if (const Name* found = find(names, name)) return found->value;
    }
    return std::nullopt;
}

std::optional<std::uint64_t> parse_abi_text(AbiFamily family, std::string_view text,
                                            std::string_view* bad) {
    std::uint64_t value = 0;
    const bool set = family_of(family).set;
    while (true) {
        const std::size_t bar = set ? text.find('|') : std::string_view::npos;
        const std::string_view term = trim(text.substr(0, bar));
        const auto part = parse_term(family, term);
        if (!part) {
            if (bad != nullptr) *bad = term;
            return std::nullopt;
        }
        value |= *part;
        if (bar == std::string_view::npos) return value;
        text.remove_prefix(bar + 1);
    }
}

void append_abi_text(std::string& out, AbiFamily family, std::uint64_t value) {
    const Family& row = family_of(family);
    Joiner terms{out};
    const std::uint64_t choice = value & row.mask;
    std::uint64_t rest = value & ~row.mask;
    std::uint64_t huge = 0;
    if (family == AbiFamily::map) {
        huge = (rest >> kMapHugeShift) & kMapHugeMask;
        rest &= ~(kMapHugeMask << kMapHugeShift);
    }
    if (row.choice_first) append_choice(terms, row, choice);
    for (const Name& flag : row.flags) {
        if (flag.value == 0 || (rest & flag.value) != flag.value) continue;
        terms.next() += flag.name;
        rest &= ~flag.value;
    }
    if (huge != 0) {
        append_decimal(terms.next(), huge);
        out += "<<MAP_HUGE_SHIFT";
    }
    if (rest != 0) append_hex(terms.next(), rest);
    if (!row.choice_first) append_choice(terms, row, choice);
    if (!terms.empty()) return;
    const auto zero = std::ranges::find(row.flags, std::uint64_t{0}, &Name::value);
    terms.next() += zero == row.flags.end() ? std::string_view{"0"} : zero->name;
}

std::string abi_text(AbiFamily family, std::uint64_t value) {
    std::string out;
    append_abi_text(out, family, value);
    return out;
}

}  // namespace mmsim
