// SPDX-License-Identifier: GPL-2.0-or-later
// A socket: a hook that is there and refuses. Linux: net/socket.c:sock_mmap(). Rule 3.3
#include "drivers/built_in.h"

namespace mmsim {
namespace {

constexpr DriverCheck kSocketChecks[] = {
    {"always, but for a protocol that maps its rings", Errno::enodev}};
constexpr DriverFacts kSocketFacts{
    .name = "socket",
    .summary = "a socket: refuses every mapping, too late for what was mapped there",
    .checks = kSocketChecks,
};

class Socket final : public BuiltIn {
public:
    Socket() : BuiltIn(kSocketFacts) {}

    HookSet hooks(const Profile&, HookChoice) const override { return HookSet{}.with(Hook::mmap); }
    Result<> mmap(HookCall& call, HalfBuiltVma& vma) const override {
        if (call.refuses(true)) return Errno::enodev;
        // A trace that shows the mapping has such a protocol. All of them insert pages.
        vma.flags = vma.flags | kVmMixedMap;
        return {};
    }
};

}  // namespace

std::shared_ptr<const Driver> make_socket() { return std::make_shared<const Socket>(); }

}  // namespace mmsim
