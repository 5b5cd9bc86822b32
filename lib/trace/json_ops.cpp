// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/json_ops.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <iterator>

#include "base/linux_abi.h"

namespace mmsim {
namespace {

using Key = JsonEventKey;
using Values = JsonEventValues;

// In the order of JsonEventKey.
constexpr std::array<std::string_view, kJsonEventKeys> kKeyNames = {
    "op",       "pid",    "tid",   "result", "fail",   "addr",     "length", "old_length",
    "new_addr", "offset", "pgoff", "nodes",  "prot",   "flags",    "advice", "mode",
    "limit",    "seals",  "pkey",  "child",  "value",  "fault_at", "write",  "enable",
    "file",     "id",     "name",  "maps",   "program"};

constexpr std::uint32_t keys(std::initializer_list<Key> list) {
    std::uint32_t bits = 0;
    for (const Key key : list) bits |= Values::bit(key);
    return bits;
}

constexpr std::uint32_t kRange = keys({Key::addr, Key::length});

std::uint64_t addr(const Values& v) { return v.number(Key::addr); }
std::uint64_t length(const Values& v) { return v.number(Key::length); }
std::uint64_t prot(const Values& v) { return v.number(Key::prot); }
std::uint64_t flags(const Values& v) { return v.number(Key::flags); }

FileRef file(const Values& v) {
    FileRef ref;
    ref.id = v.file;
    return ref;
}

TraceCall mmap(const Values& v) {
    // Without a file there is nothing else that it could mean.
    const std::uint64_t implied = v.has(Key::file) ? 0 : kMapAnonymous;
    return MmapCall{
        addr(v), length(v), prot(v), flags(v) | implied, file(v), v.number(Key::offset)};
}

TraceCall mprotect(const Values& v) {
    return MprotectCall{addr(v), length(v), prot(v), std::nullopt};
}

TraceCall pkey_mprotect(const Values& v) {
    return MprotectCall{addr(v), length(v), prot(v),
                        static_cast<std::int64_t>(v.number(Key::pkey))};
}

TraceCall mremap(const Values& v) {
    return MremapCall{addr(v), v.number(Key::old_length), length(v), flags(v),
                      v.number(Key::new_addr)};
}

template <bool process>
TraceCall madvise(const Values& v) {
    return MadviseCall{addr(v), length(v), v.number(Key::advice), process};
}

template <MlockKind kind>
TraceCall mlock(const Values& v) {
    return MlockCall{kind, addr(v), length(v), flags(v)};
}

TraceCall prctl_set_vma(const Values& v) {
    PrctlSetVmaCall call{addr(v), length(v), std::nullopt};
    if (v.has(Key::name) && !v.name_is_null) call.name = v.name;
    return call;
}

template <ProcessSwitch which>
constexpr JsonOp set_switch() {
    return {switch_op(which), keys({Key::enable}), 0, AbiFamily::none,
            [](const Values& v) -> TraceCall {
                return SetSwitchCall{which, v.number(Key::enable) != 0};
            }};
}

template <UffdRequest request>
constexpr JsonOp uffdio() {
    const bool ranged = request != UffdRequest::api;
    const bool registers = request == UffdRequest::register_range;
    const std::uint32_t of_file = keys({Key::file});
    const std::uint32_t modes = keys({Key::flags});
    return {uffd_op(request), of_file | (ranged ? kRange : 0) | (registers ? modes : 0),
            ranged ? 0 : modes, registers ? AbiFamily::uffd_mode : AbiFamily::uffd_feature,
            [](const Values& v) -> TraceCall {
                return UffdCall{request, file(v), addr(v), length(v), flags(v)};
            }};
}

TraceCall mbind(const Values& v) {
    return MbindCall{addr(v), length(v), v.number(Key::mode), v.number(Key::nodes), flags(v)};
}

template <CloneKind kind>
TraceCall clone(const Values& v) {
    CloneCall call{kind, flags(v), std::nullopt};
    if (v.has(Key::child)) call.child = static_cast<std::int64_t>(v.number(Key::child));
    return call;
}

TraceCall execve(const Values& v) {
    ExecveCall call;
    if (v.has(Key::maps)) call.maps.assign(v.maps.begin(), v.maps.end());
    if (v.has(Key::program)) call.program = v.program;
    return call;
}

TraceCall open(const Values& v) {
    OpenCall call;
    call.file = file(v);
    return call;
}

TraceCall dup(const Values& v) {
    DupCall call;
    call.file = file(v);
    return call;
}

TraceCall touch(const Values& v) {
    TouchCall call{addr(v), length(v), v.number(Key::write) != 0, std::nullopt};
    if (v.has(Key::fault_at)) call.fault_at = v.number(Key::fault_at);
    return call;
}

// Required keys, then those that may be left out. The commonest ops come first.
constexpr JsonOp kOps[] = {
    {"mmap", keys({Key::length, Key::prot, Key::flags}), keys({Key::addr, Key::file, Key::offset}),
     AbiFamily::map, mmap},
    {"munmap", kRange, 0, AbiFamily::none,
     [](const Values& v) -> TraceCall {
         return MunmapCall{addr(v), length(v)};
     }},
    {"mprotect", kRange | keys({Key::prot}), 0, AbiFamily::none, mprotect},
    {"touch", kRange, keys({Key::write, Key::fault_at}), AbiFamily::none, touch},
    {"madvise", kRange | keys({Key::advice}), 0, AbiFamily::none, madvise<false>},
    {"mremap", kRange | keys({Key::old_length}), keys({Key::flags, Key::new_addr}),
     AbiFamily::mremap, mremap},
    {"brk", keys({Key::addr}), 0, AbiFamily::none,
     [](const Values& v) -> TraceCall { return BrkCall{addr(v)}; }},
    {"pkey_mprotect", kRange | keys({Key::prot, Key::pkey}), 0, AbiFamily::none, pkey_mprotect},
    {"process_madvise", kRange | keys({Key::advice}), 0, AbiFamily::none, madvise<true>},
    {"mlock", kRange, 0, AbiFamily::none, mlock<MlockKind::mlock>},
    {"mlock2", kRange, keys({Key::flags}), AbiFamily::mlock, mlock<MlockKind::mlock2>},
    {"munlock", kRange, 0, AbiFamily::none, mlock<MlockKind::munlock>},
    {"mlockall", keys({Key::flags}), 0, AbiFamily::mcl,
     [](const Values& v) -> TraceCall { return MlockallCall{flags(v)}; }},
    {"munlockall", 0, 0, AbiFamily::none,
     [](const Values&) -> TraceCall { return MunlockallCall{}; }},
    {"mseal", kRange, keys({Key::flags}), AbiFamily::none,
     [](const Values& v) -> TraceCall {
         return MsealCall{addr(v), length(v), flags(v)};
     }},
    {"prctl_set_vma", kRange, keys({Key::name}), AbiFamily::none, prctl_set_vma},
    set_switch<ProcessSwitch::memory_merge>(),
    set_switch<ProcessSwitch::mdwe>(),
    set_switch<ProcessSwitch::mdwe_no_inherit>(),
    set_switch<ProcessSwitch::thp_disable>(),
    set_switch<ProcessSwitch::read_implies_exec>(),
    {"mbind", kRange | keys({Key::mode}), keys({Key::nodes, Key::flags}), AbiFamily::mpol_mf,
     mbind},
    {"shmat", keys({Key::id}), keys({Key::addr, Key::flags}), AbiFamily::shm,
     [](const Values& v) -> TraceCall {
         return ShmatCall{0, v.file, addr(v), flags(v)};
     }},
    {"shmdt", keys({Key::addr}), 0, AbiFamily::none,
     [](const Values& v) -> TraceCall { return ShmdtCall{addr(v)}; }},
    {"remap_file_pages", kRange, keys({Key::prot, Key::pgoff, Key::flags}), AbiFamily::map,
     [](const Values& v) -> TraceCall {
         return RemapFilePagesCall{addr(v), length(v), prot(v), v.number(Key::pgoff), flags(v)};
     }},
    {"map_shadow_stack", keys({Key::length}), keys({Key::addr, Key::flags}),
     AbiFamily::shadow_stack,
     [](const Values& v) -> TraceCall {
         return ShadowStackCall{addr(v), length(v), flags(v)};
     }},
    {"fork", 0, keys({Key::child, Key::flags}), AbiFamily::clone, clone<CloneKind::fork>, true},
    {"clone", 0, keys({Key::child, Key::flags}), AbiFamily::clone, clone<CloneKind::clone>, true},
    {"execve", 0, keys({Key::maps, Key::program}), AbiFamily::none, execve},
    {"exit", 0, 0, AbiFamily::none, [](const Values&) -> TraceCall { return ExitCall{}; }},
    {"open", keys({Key::file}), 0, AbiFamily::none, open},
    {"close", keys({Key::file}), 0, AbiFamily::none,
     [](const Values& v) -> TraceCall {
         return CloseCall{file(v), std::nullopt};
     }},
    {"dup", keys({Key::file}), 0, AbiFamily::none, dup},
    {"setrlimit", keys({Key::limit, Key::value}), 0, AbiFamily::none,
     [](const Values& v) -> TraceCall {
         return SetrlimitCall{v.number(Key::limit), v.limit_value};
     }},
    {"seal", keys({Key::file, Key::seals}), 0, AbiFamily::none,
     [](const Values& v) -> TraceCall {
         return SealCall{file(v), v.number(Key::seals)};
     }},
    uffdio<UffdRequest::api>(),
    uffdio<UffdRequest::register_range>(),
    uffdio<UffdRequest::unregister>(),
    uffdio<UffdRequest::copy>(),
    uffdio<UffdRequest::zeropage>(),
    uffdio<UffdRequest::move>(),
    uffdio<UffdRequest::resume>(),
    uffdio<UffdRequest::poison>(),
};

}  // namespace

std::string_view json_event_key_name(JsonEventKey key) {
    return kKeyNames[static_cast<std::size_t>(key)];
}

std::optional<JsonEventKey> json_event_key(std::string_view name) {
    const auto found = std::ranges::find(kKeyNames, name);
    if (found == kKeyNames.end()) return std::nullopt;
    return static_cast<JsonEventKey>(found - kKeyNames.begin());
}

const JsonOp* json_op(std::string_view name) {
    const auto found = std::ranges::find(kOps, name, &JsonOp::name);
    return found == std::end(kOps) ? nullptr : &*found;
}

std::vector<std::string_view> json_op_names() {
    std::vector<std::string_view> names;
    for (const JsonOp& op : kOps) names.push_back(op.name);
    return names;
}

}  // namespace mmsim
