// SPDX-License-Identifier: GPL-2.0-or-later
#include "analysis/call_text.h"

#include <type_traits>
#include <variant>
#include <vector>

#include <spdlog/fmt/fmt.h>

#include "analysis/names.h"
#include "base/linux_abi.h"
#include "trace/abi_names.h"

namespace mmsim {
namespace {

std::string address(std::uint64_t value) {
    return value == 0 ? "NULL" : fmt::format("{:#x}", value);
}

std::string file_text(const FileRef& file) {
    if (!file.id.empty()) return std::string(file.id);
    if (file.path.empty()) return std::to_string(file.fd);
    return fmt::format("{}<{}>", file.fd, file.path);
}

// Fills in the arguments, in the order of the call.
class Arguments {
public:
    void operator()(const MmapCall& c) {
        range(c);
        abi(AbiFamily::prot, c.prot);
        abi(AbiFamily::map, c.flags);
        if ((c.flags & kMapAnonymous) != 0) return;
        add(file_text(c.file));
        add(fmt::format("{:#x}", c.offset));
    }
    void operator()(const MunmapCall& c) { range(c); }
    void operator()(const MprotectCall& c) {
        range(c);
        abi(AbiFamily::prot, c.prot);
        if (c.pkey) add(std::to_string(*c.pkey));
    }
    void operator()(const MremapCall& c) {
        add(address(c.addr));
        add(std::to_string(c.old_length));
        add(std::to_string(c.length));
        abi(AbiFamily::mremap, c.flags);
        if ((c.flags & (kMremapFixed | kMremapDontUnmap)) != 0) add(address(c.new_addr));
    }
    void operator()(const BrkCall& c) { add(address(c.addr)); }
    void operator()(const MadviseCall& c) {
        range(c);
        abi(AbiFamily::madv, c.advice);
    }
    void operator()(const MlockCall& c) {
        range(c);
        if (c.kind == MlockKind::mlock2) abi(AbiFamily::mlock, c.flags);
    }
    void operator()(const MlockallCall& c) { abi(AbiFamily::mcl, c.flags); }
    void operator()(const MsealCall& c) {
        range(c);
        add(fmt::format("{:#x}", c.flags));
    }
    void operator()(const PrctlSetVmaCall& c) {
        range(c);
        add(c.name ? fmt::format("\"{}\"", *c.name) : "NULL");
    }
    void operator()(const SetSwitchCall& c) { add(c.enable ? "1" : "0"); }
    void operator()(const MbindCall& c) {
        range(c);
        abi(AbiFamily::mpol, c.mode);
        add(fmt::format("{:#x}", c.nodes));
        abi(AbiFamily::mpol_mf, c.flags);
    }
    void operator()(const ShmgetCall& c) {
        add(fmt::format("{:#x}", c.key));
        add(std::to_string(c.size));
        abi(AbiFamily::shm, c.flags);
    }
    void operator()(const ShmatCall& c) {
        add(c.segment.empty() ? std::to_string(c.shmid) : std::string(c.segment));
        add(address(c.addr));
        abi(AbiFamily::shm, c.flags);
    }
    void operator()(const ShmdtCall& c) { add(address(c.addr)); }
    void operator()(const RemapFilePagesCall& c) {
        range(c);
        abi(AbiFamily::prot, c.prot);
        add(fmt::format("{:#x}", c.pgoff));
        abi(AbiFamily::map, c.flags);
    }
    void operator()(const ShadowStackCall& c) {
        range(c);
        abi(AbiFamily::shadow_stack, c.flags);
    }
    void operator()(const CloneCall& c) {
        if (c.kind == CloneKind::clone) abi(AbiFamily::clone, c.flags);
    }
    void operator()(const ExecveCall& c) {
        if (!c.program.empty()) add(fmt::format("\"{}\"", c.program));
    }
    void operator()(const OpenCall& c) { add(file_text(c.file)); }
    void operator()(const CloseCall& c) { add(file_text(c.file)); }
    void operator()(const DupCall& c) { add(file_text(c.file)); }
    void operator()(const UnlinkCall& c) {
        add(fmt::format("\"{}\"", c.path));
        if (!c.now.empty()) add(fmt::format("\"{}\"", c.now));
    }
    void operator()(const ChdirCall& c) {
        add(c.path == "." ? file_text(c.at) : fmt::format("\"{}\"", c.path));
    }
    void operator()(const SealCall& c) {
        add(file_text(c.file));
        abi(AbiFamily::seal, c.seals);
    }
    void operator()(const UffdCall& c) {
        add(file_text(c.file));
        if (c.request == UffdRequest::api) return abi(AbiFamily::uffd_feature, c.flags);
        range(c);
        if (c.request == UffdRequest::register_range) abi(AbiFamily::uffd_mode, c.flags);
    }
    void operator()(const SetrlimitCall& c) {
        abi(AbiFamily::rlimit, c.resource);
        add(c.value ? std::to_string(*c.value) : "RLIM64_INFINITY");
    }
    void operator()(const TouchCall& c) {
        range(c);
        add(c.write ? "w" : "r");
    }
    void operator()(const MunlockallCall&) {}
    void operator()(const ExitCall&) {}

    std::string joined() const { return fmt::format("{}", fmt::join(all_, ", ")); }

private:
    void add(std::string argument) { all_.push_back(std::move(argument)); }
    void abi(AbiFamily family, std::uint64_t value) { add(abi_text(family, value)); }
    template <typename Call>
    void range(const Call& call) {
        add(address(call.addr));
        add(std::to_string(call.length));
    }

    std::vector<std::string> all_;
};

}  // namespace

std::string call_text(const TraceCall& call) {
    Arguments arguments;
    std::visit(arguments, call);
    return fmt::format("{}({})", call_name(call), arguments.joined());
}

std::string brief_call_text(const TraceCall& call) {
    const std::string arguments = std::visit(
        [](const auto& of) -> std::string {
            if constexpr (requires { of.addr, of.length; }) {
                return fmt::format("{:#x}, {}", of.addr, of.length);
            } else if constexpr (requires { of.addr; }) {
                return fmt::format("{:#x}", of.addr);
            } else {
                return {};
            }
        },
        call);
    return fmt::format("{}({})", call_name(call), arguments);
}

}  // namespace mmsim
