// SPDX-License-Identifier: GPL-2.0-or-later
// ioctl(2), as far as it concerns memory: what is asked of a userfaultfd.
#include <algorithm>

#include "base/linux_abi.h"
#include "trace/strace_builders.h"

namespace mmsim {
namespace {

struct Request {
    std::string_view name;
    std::uint64_t number;
    UffdRequest request;
};

constexpr Request kRequests[] = {
    {"UFFDIO_API", 0xc018aa3f, UffdRequest::api},
    {"UFFDIO_REGISTER", 0xc020aa00, UffdRequest::register_range},
    {"UFFDIO_UNREGISTER", 0x8010aa01, UffdRequest::unregister},
    {"UFFDIO_COPY", 0xc028aa03, UffdRequest::copy},
    {"UFFDIO_ZEROPAGE", 0xc020aa04, UffdRequest::zeropage},
    {"UFFDIO_MOVE", 0xc028aa05, UffdRequest::move},
    {"UFFDIO_CONTINUE", 0xc020aa07, UffdRequest::resume},
    {"UFFDIO_POISON", 0xc020aa08, UffdRequest::poison},
};

// The ioctl of /dev/userfaultfd: another way to have one.
constexpr std::string_view kNewName = "USERFAULTFD_IOC_NEW";
constexpr std::uint64_t kNewNumber = 0xaa00;

// What was passed: "0 => features=0x1ffff" also has what came back.
std::string_view passed(std::string_view field) { return field.substr(0, field.find(" =>")); }

// Names and numbers; nothing where strace prints an address instead of the structure.
std::uint64_t flags_in(StraceCall& call, std::string_view name, AbiFamily family) {
    const std::string_view field = passed(struct_field(call.arg(2), name));
    return field.empty() ? 0 : call.flags_of(parse_flags(field, family));
}

void read_range(StraceCall& call, UffdCall& uffd, std::string_view range, std::string_view start) {
    uffd.addr = call.number_of(struct_field(range, start));
    uffd.length = call.number_of(struct_field(range, "len"));
}

}  // namespace

bool build_ioctl(StraceCall& call, TraceCall& out) {
    const std::string_view printed = call.arg(1);
    if (is_constant(printed, kNewName, kNewNumber)) {
        return build_new_userfaultfd(call, out, call.arg(2));
    }
    const auto* const known = std::ranges::find_if(
        kRequests, [&](const Request& r) { return is_constant(printed, r.name, r.number); });
    if (known == std::ranges::end(kRequests)) return false;
    const std::string_view argument = call.arg(2);
    UffdCall uffd{.request = known->request, .file = call.fd(0)};
    if (known->request == UffdRequest::api) {
        uffd.flags = flags_in(call, "features", AbiFamily::uffd_feature);
    } else if (!argument.starts_with('{')) {
        if (!call.succeeded()) return false;
        call.complain("the range of a userfaultfd is not shown:", argument);
        call.unreadable = true;
    } else if (known->request == UffdRequest::unregister) {
        read_range(call, uffd, argument, "start");
    } else if (const auto range = struct_field(argument, "range"); !range.empty()) {
        read_range(call, uffd, range, "start");
    } else {
        read_range(call, uffd, argument, "dst");
    }
    if (known->request == UffdRequest::register_range) {
        uffd.flags = flags_in(call, "mode", AbiFamily::uffd_mode);
    }
    out = uffd;
    return true;
}

}  // namespace mmsim
