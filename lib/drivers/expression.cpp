// SPDX-License-Identifier: GPL-2.0-or-later
#include "drivers/expression.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <utility>

#include "base/assert.h"
#include "base/input_error.h"
#include "base/text.h"
#include "trace/c_number.h"

namespace mmsim {
namespace {

using Op = Expression::Op;
using Instruction = Expression::Instruction;

constexpr int kExpressionNesting = 64;
constexpr std::size_t kStack = 128;

struct BinaryOperator {
    std::string_view text;
    Op op;
    int precedence;  // higher binds tighter
};

// Of two that begin alike the longer one comes first. `&&` and `||` compile to jumps.
constexpr BinaryOperator kBinary[] = {
    {"||", Op::or_jump, 1},     {"&&", Op::and_jump, 2},   {"<<", Op::shift_left, 8},
    {">>", Op::shift_right, 8}, {"<=", Op::less_equal, 7}, {">=", Op::greater_equal, 7},
    {"==", Op::equal, 6},       {"!=", Op::not_equal, 6},  {"|", Op::bit_or, 3},
    {"^", Op::bit_xor, 4},      {"&", Op::bit_and, 5},     {"<", Op::less, 7},
    {">", Op::greater, 7},      {"+", Op::add, 9},         {"-", Op::subtract, 9},
    {"*", Op::multiply, 10},    {"/", Op::divide, 10},     {"%", Op::remainder, 10},
};

constexpr std::pair<std::string_view, Op> kNames[] = {
    {"pages", Op::pages}, {"length", Op::length}, {"pgoff", Op::pgoff},
    {"start", Op::start}, {"end", Op::end},
};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Recursive descent with precedence climbing, straight to instructions.
class Compiler {
public:
    Compiler(std::string_view text, std::span<const ParamSpec> params)
        : text_(text), params_(params) {}

    std::vector<Instruction> run() {
        conditional();
        if (skip_blanks() < text_.size()) fail("an operator is missing");
        return std::move(code_);
    }

private:
    [[noreturn]] void fail(const std::string& what) const { fail(what, at_); }
    [[noreturn]] void fail(const std::string& what, std::size_t at) const {
        throw InputError("column " + std::to_string(at + 1) + " of '" + std::string(text_) +
                         "': " + what);
    }

    std::size_t skip_blanks() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
        return at_;
    }

    bool take(std::string_view token) {
        if (!text_.substr(skip_blanks()).starts_with(token)) return false;
        at_ += token.size();
        return true;
    }

    // Each way into a deeper level of the text passes here, so recursion is bounded.
    class Level {
    public:
        explicit Level(Compiler& compiler) : depth_(compiler.depth_) {
            if (++depth_ > kExpressionNesting) compiler.fail("it is nested too deeply");
        }
        ~Level() { --depth_; }
        Level(const Level&) = delete;
        Level& operator=(const Level&) = delete;

    private:
        int& depth_;
    };

    std::size_t emit(Op op, std::uint64_t operand = 0) {
        code_.push_back({op, operand});
        return code_.size() - 1;
    }
    void emit_value(Op op, std::uint64_t operand = 0) {
        if (++stacked_ > kStack) fail("it is nested too deeply");
        emit(op, operand);
    }
    void land(std::size_t jump) { code_[jump].operand = code_.size(); }

    void conditional() {
        const Level level(*this);
        binary(1);
        if (!take("?")) return;
        --stacked_;
        const std::size_t to_else = emit(Op::jump_if_zero);
        conditional();
        if (!take(":")) fail("a ':' is missing");
        const std::size_t to_end = emit(Op::jump);
        land(to_else);
        --stacked_;
        conditional();
        land(to_end);
    }

    const BinaryOperator* peek_operator() {
        skip_blanks();
        for (const BinaryOperator& candidate : kBinary) {
            if (text_.substr(at_).starts_with(candidate.text)) return &candidate;
        }
        return nullptr;
    }

    void binary(int lowest) {
        unary();
        for (;;) {
            const BinaryOperator* const found = peek_operator();
            if (found == nullptr || found->precedence < lowest) return;
            const std::size_t place = at_;
            at_ += found->text.size();
            if (found->op == Op::and_jump || found->op == Op::or_jump) {
                --stacked_;
                const std::size_t jump = emit(found->op);
                binary(found->precedence + 1);
                emit(Op::to_bool);
                land(jump);
                continue;
            }
            const std::size_t right = code_.size();
            binary(found->precedence + 1);
            check_divisor(*found, right, place);
            --stacked_;
            emit(found->op);
        }
    }

    // A divisor that is written as 0 is wrong whatever the mapping.
    void check_divisor(const BinaryOperator& found, std::size_t right, std::size_t place) const {
        if (found.op != Op::divide && found.op != Op::remainder) return;
        const bool literal = code_.size() == right + 1 && code_[right].op == Op::push;
        if (literal && code_[right].operand == 0) fail("division by zero", place);
    }

    void unary() {
        const Level level(*this);
        skip_blanks();
        const char c = at_ < text_.size() ? text_[at_] : '\0';
        if (c != '-' && c != '~' && c != '!' && c != '+') return primary();
        ++at_;
        unary();
        if (c == '-') emit(Op::negate);
        if (c == '~') emit(Op::complement);
        if (c == '!') emit(Op::logical_not);
    }

    void primary() {
        if (take("(")) {
            conditional();
            if (!take(")")) fail("a ')' is missing");
            return;
        }
        if (at_ == text_.size()) fail("a value is missing");
        if (!is_word(text_[at_])) fail("a value was expected");
        const std::size_t begin = at_;
        while (at_ < text_.size() && is_word(text_[at_])) ++at_;
        const std::string_view word = text_.substr(begin, at_ - begin);
        if (is_digit(word[0])) {
            number(word, begin);
        } else {
            name(word, begin);
        }
    }

    void number(std::string_view word, std::size_t begin) {
        std::string_view digits = word;
        while (digits.size() > 1 &&
               std::string_view("uUlL").find(digits.back()) != std::string_view::npos) {
            digits.remove_suffix(1);
        }
        CNumberFault fault{};
        const auto value = parse_c_number(digits, &fault);
        if (!value) {
            const bool large = fault == CNumberFault::too_large;
            fail("'" + std::string(word) + (large ? "' needs more than 64 bits" : "' is no number"),
                 begin);
        }
        emit_value(Op::push, *value);
    }

    void name(std::string_view word, std::size_t begin) {
        if (word == "params" && take(".")) return param(begin);
        for (const auto& [text, op] : kNames) {
            if (text == word) return emit_value(op);
        }
        const auto bit = vma_bit_from_name(word);
        if (!bit) {
            fail("unknown name '" + std::string(word) +
                     "'; known are pages, length, pgoff, start, end and flags as VMA_IO_BIT",
                 begin);
        }
        emit_value(Op::flag, static_cast<std::uint64_t>(*bit));
    }

    void param(std::size_t begin) {
        const std::size_t name = at_;
        while (at_ < text_.size() && is_word(text_[at_])) ++at_;
        const auto found =
            std::ranges::find(params_, text_.substr(name, at_ - name), &ParamSpec::name);
        if (found == params_.end()) {
            fail("the driver has no param '" + std::string(text_.substr(name, at_ - name)) + "'",
                 begin);
        }
        emit_value(Op::param, static_cast<std::uint64_t>(found - params_.begin()));
    }

    std::string_view text_;
    std::span<const ParamSpec> params_;
    std::size_t at_ = 0;
    int depth_ = 0;
    std::size_t stacked_ = 0;
    std::vector<Instruction> code_;
};

// One value onto the stack.
std::uint64_t value_of(const Instruction& in, const MappingValues& values) {
    switch (in.op) {
        case Op::pages:
            return values.range.pages().count;
        case Op::length:
            return values.range.pages().bytes();
        case Op::pgoff:
            return values.pgoff.index;
        case Op::start:
            return values.range.start().bytes();
        case Op::end:
            return values.range.end().bytes();
        case Op::flag:
            return values.flags.bits >> in.operand & 1;
        case Op::param:
            return values.params[in.operand];
        default:
            return in.operand;
    }
}

std::uint64_t unary_result(Op op, std::uint64_t a) {
    switch (op) {
        case Op::negate:
            return std::uint64_t{0} - a;
        case Op::complement:
            return ~a;
        case Op::logical_not:
            return a == 0;
        default:
            return a != 0;
    }
}

std::optional<std::uint64_t> binary_result(Op op, std::uint64_t a, std::uint64_t b) {
    switch (op) {
        case Op::multiply:
            return a * b;
        case Op::divide:
            return b == 0 ? std::nullopt : std::optional(a / b);
        case Op::remainder:
            return b == 0 ? std::nullopt : std::optional(a % b);
        case Op::add:
            return a + b;
        case Op::subtract:
            return a - b;
        case Op::shift_left:
            return b < 64 ? a << b : 0;
        case Op::shift_right:
            return b < 64 ? a >> b : 0;
        case Op::less:
            return a < b;
        case Op::less_equal:
            return a <= b;
        case Op::greater:
            return a > b;
        case Op::greater_equal:
            return a >= b;
        case Op::equal:
            return a == b;
        case Op::not_equal:
            return a != b;
        case Op::bit_and:
            return a & b;
        case Op::bit_xor:
            return a ^ b;
        default:
            return a | b;
    }
}

}  // namespace

Expression Expression::parse(std::string_view text, std::span<const ParamSpec> params) {
    return Expression(Compiler(text, params).run());
}

Expression Expression::constant(std::uint64_t value) {
    return Expression({Instruction{Op::push, value}});
}

std::optional<std::uint64_t> Expression::evaluate(const MappingValues& values) const {
    if (code_.size() == 1) return value_of(code_[0], values);
    std::array<std::uint64_t, kStack> stack;
    std::size_t top = 0;  // values on the stack
    for (std::size_t at = 0; at < code_.size(); ++at) {
        const Instruction& in = code_[at];
        if (in.op <= Op::param) {
            stack[top++] = value_of(in, values);
        } else if (in.op <= Op::to_bool) {
            stack[top - 1] = unary_result(in.op, stack[top - 1]);
        } else if (in.op <= Op::bit_or) {
            const auto result = binary_result(in.op, stack[top - 2], stack[top - 1]);
            if (!result) return std::nullopt;
            stack[--top - 1] = *result;
        } else if (in.op == Op::jump) {
            at = in.operand - 1;
        } else {
            const bool truth = stack[--top] != 0;
            if (truth != (in.op == Op::or_jump)) continue;
            if (in.op != Op::jump_if_zero) stack[top++] = truth;
            at = in.operand - 1;
        }
    }
    MMSIM_ASSERT(top == 1);
    return stack[0];
}

}  // namespace mmsim
