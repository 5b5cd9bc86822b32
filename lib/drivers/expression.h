// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers that a declared driver computes from the mapping it is asked about.
//
// C operators with C's precedence and short circuits on unsigned 64-bit values that wrap, over the
// names below, the driver's params, and numbers in C notation. A shift by 64 or more gives 0. No
// calls, no assignment.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/page.h"
#include "mm/driver_params.h"
#include "mm/vm_flags.h"

namespace mmsim {

// What the names of an expression stand for: `pages`, `length` (bytes), `pgoff` (pages), `start`
// and `end` (addresses), and a flag by its VMA_X_BIT name (0 or 1). `params.x` is what the file
// says to its driver.
struct MappingValues {
    VmRange range;
    Pgoff pgoff;
    VmFlags flags;
    std::span<const std::uint64_t> params = {};  // by position
};

// Compiled once, when the driver is declared; evaluating it allocates nothing.
class Expression {
public:
    // Throws InputError, "column 9 of 'pages <= ': a value is missing".
    static Expression parse(std::string_view text, std::span<const ParamSpec> params = {});
    static Expression constant(std::uint64_t value);

    // nullopt where it divides by zero.
    std::optional<std::uint64_t> evaluate(const MappingValues& values) const;

    // What the compiler emits and evaluate() runs: a stack machine.
    enum class Op : std::uint8_t {
        push,
        pages,
        length,
        pgoff,
        start,
        end,
        flag,
        param,
        negate,
        complement,
        logical_not,
        to_bool,
        multiply,
        divide,
        remainder,
        add,
        subtract,
        shift_left,
        shift_right,
        less,
        less_equal,
        greater,
        greater_equal,
        equal,
        not_equal,
        bit_and,
        bit_xor,
        bit_or,
        jump,          // to instruction `operand`
        jump_if_zero,  // pops
        and_jump,      // pops; on zero pushes 0 and jumps
        or_jump,       // pops; on anything else pushes 1 and jumps
    };
    struct Instruction {
        Op op{};
        std::uint64_t operand = 0;  // push: the value; flag: the bit; param: its position;
                                    // jumps: the target
    };

private:
    explicit Expression(std::vector<Instruction> code) : code_(std::move(code)) {}

    std::vector<Instruction> code_;
};

}  // namespace mmsim
