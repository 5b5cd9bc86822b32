// SPDX-License-Identifier: GPL-2.0-or-later
// What the outside world got wrong: a bad trace, a missing file, an unknown driver name.
#pragma once

#include <stdexcept>
#include <string>

namespace mmsim {

// One line for the user, already complete: "trace.json:17:4: unknown key 'adr'". Caught only by
// main(), which prints it and exits 2, and by readers that put file, line and column before it.
class InputError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace mmsim
