// SPDX-License-Identifier: GPL-2.0-or-later
// Linux error numbers as values of their own type; the macros of <cerrno> own the upper-case names.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace mmsim {

// The numbers are those of x86-64 Linux, whatever machine this runs on.
enum class Errno : std::uint16_t {
    ok = 0,
    eperm = 1,
    enoent = 2,
    esrch = 3,
    eintr = 4,
    eio = 5,
    enxio = 6,
    e2big = 7,
    enoexec = 8,
    ebadf = 9,
    eagain = 11,
    enomem = 12,
    eacces = 13,
    efault = 14,
    ebusy = 16,
    eexist = 17,
    enodev = 19,
    einval = 22,
    enfile = 23,
    enotty = 25,
    etxtbsy = 26,
    enospc = 28,
    erofs = 30,
    erange = 34,
    enosys = 38,
    eidrm = 43,
    eoverflow = 75,
    eopnotsupp = 95,
    etimedout = 110,
    ehwpoison = 133,
};

// "ENOMEM" for any number that Linux names; empty for one it does not.
std::string_view errno_name(Errno error);

// The number behind a name as strace prints it ("ENOMEM", also "ENOTSUPP"); nullopt for a name
// that Linux does not have. Covers all of Linux's numbers, not only the enumerators above.
std::optional<Errno> errno_from_name(std::string_view name);

}  // namespace mmsim
