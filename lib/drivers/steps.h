// SPDX-License-Identifier: GPL-2.0-or-later
// The steps a declared driver's hooks are made of, and what runs them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/errno.h"
#include "base/result.h"
#include "drivers/expression.h"
#include "mm/driver.h"

namespace mmsim {

class DeclaredParams;

// Goes on only where the condition is not 0.
struct RequireStep {
    Expression condition;
    Errno error;
};

struct FlagsStep {
    VmFlags set;
    VmFlags clear;
};

struct PageProtStep {
    PageProt prot;
};

struct PgoffStep {
    Expression pgoff;
};

// A declared file: by its id, or by the param in which the file that is mapped says it.
struct NamedFile {
    std::string name;
    bool param = false;
};

// Stores another declared file, with a fresh reference that goes with it.
struct FileStep {
    NamedFile file;
};

struct PrivateDataStep {
    enum class From : std::uint8_t { number, per_call, per_file };
    From from;
    Expression number;
};

struct OpsStep {
    enum class To : std::uint8_t { own, anonymous, same };
    To to;
};

// Takes (or drops) a named reference of the driver; or adds a user to the object that private_data
// stands for (or drops one), whose first user takes the reference, and whose last one drops it.
struct ReferenceStep {
    std::string name;
    bool take;
    bool per_object = false;
};

// Whether this call of the hook is one that is told to fail: the calls `every`, twice that ...,
// by the driver's count of that hook.
struct Every {
    std::uint64_t calls = 1;

    bool due(const HookCall& call) const { return call.nth() % calls == 0; }
};

struct FailStep {
    Errno error;
    Every every;
};

// Hands the mapping to the driver of another declared file.
struct InnerStep {
    NamedFile file;
};

// How page table work goes wrong.
struct WorkFailure {
    Errno error = Errno::ok;         // ok with a page: the errno that running out of memory has
    std::optional<Expression> page;  // after so many pages
    Every every;

    bool possible() const { return error != Errno::ok || page.has_value(); }
};

// Addresses of an action and a helper: relative to the mapping, in bytes.
struct ActionStep {
    ActionType type = ActionType::nothing;
    bool full = false;
    std::optional<Expression> start, pfn, size, phys, pages;
    WorkFailure failure;
    std::optional<std::int64_t> error_override;
    std::optional<Errno> error_hook;
    bool success_hook = false;  // its steps are the driver's
    bool hide_from_rmap = false;
};

// The helpers of an old `.mmap` hook.
struct HelperStep {
    enum class Helper : std::uint8_t { remap_pfn_range, vm_iomap_memory, vm_insert_pages };
    Helper helper;
    bool full = false;
    std::optional<Expression> start, pfn, size, phys, pages;
    WorkFailure failure;
};

struct HookStep {
    std::string place;  // "widget.json:4:7: driver 'widget', mmap_prepare step 3"
    std::variant<RequireStep, FlagsStep, PageProtStep, PgoffStep, FileStep, PrivateDataStep,
                 OpsStep, ReferenceStep, FailStep, InnerStep, ActionStep, HelperStep>
        what;
};
using Steps = std::vector<HookStep>;

// What the steps of one hook may read and write. Which of it a hook really has was checked when
// the driver was declared.
struct StepTarget {
    VmRange range;
    Pgoff& pgoff;
    VmFlags& flags;
    std::uint64_t& private_data;
    VmOps* ops = nullptr;
    VmAreaDesc* desc = nullptr;    // in mmap_prepare
    HalfBuiltVma* half = nullptr;  // in mmap
};

// Runs them in order; the first that fails ends the hook with its errno. Throws InputError where a
// step divides by zero or names a file that is not declared.
Result<> run_steps(const Steps& steps, const DeclaredParams& params, HookCall& call,
                   StepTarget& target);

}  // namespace mmsim
