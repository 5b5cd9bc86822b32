// SPDX-License-Identifier: GPL-2.0-or-later
// Rule 5.5.
#include "mm/syscalls.h"

namespace mmsim {

Result<> sys_set_switch(Current& current, ProcessSwitch which, bool enable) {
    current.op = MmOp::prctl;
    switch (which) {
        case ProcessSwitch::memory_merge:
            return sys_set_memory_merge(current, enable);
        case ProcessSwitch::mdwe:
        case ProcessSwitch::mdwe_no_inherit:
            current.mm.mdwe = enable;
            current.mm.mdwe_no_inherit = enable && which == ProcessSwitch::mdwe_no_inherit;
            break;
        case ProcessSwitch::thp_disable:
            current.mm.thp_disabled = enable;
            break;
        case ProcessSwitch::read_implies_exec:
            current.mm.read_implies_exec = enable;
            break;
    }
    return {};
}

}  // namespace mmsim
