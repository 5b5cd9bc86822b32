// SPDX-License-Identifier: GPL-2.0-or-later
#include "drivers/steps.h"

#include "base/input_error.h"
#include "drivers/declared_params.h"
#include "mm/mmap_action.h"
#include "mm/remap.h"
#include "mm/vfs_mmap.h"
#include "mm/world.h"

namespace mmsim {
namespace {

class Runner {
public:
    Runner(const DeclaredParams& params, HookCall& call, StepTarget& target)
        : params_(params), values_(params.numbers(call)), call_(call), target_(target) {}

    Result<> run(const HookStep& step) {
        step_ = &step;
        return std::visit(*this, step.what);
    }

    Result<> operator()(const RequireStep& step) {
        if (number(step.condition) == 0) return step.error;
        return {};
    }

    Result<> operator()(const FlagsStep& step) {
        target_.flags = target_.flags.with(step.set).without(step.clear);
        return {};
    }

    Result<> operator()(const PageProtStep& step) {
        (target_.desc != nullptr ? target_.desc->page_prot : target_.half->page_prot) = step.prot;
        return {};
    }

    Result<> operator()(const PgoffStep& step) {
        target_.pgoff = Pgoff{number(step.pgoff)};
        return {};
    }

    // The reference of a `.mmap_prepare` hook is handed over, that of its last such step; an old
    // hook swaps its own.
    Result<> operator()(const FileStep& step) {
        const FileId file = declared_file(step.file);
        World& world = call_.world();
        world.get_file(file);
        if (target_.desc != nullptr) {
            if (stored_ && target_.desc->vm_file == stored_) world.put_file(stored_);
            target_.desc->vm_file = file;
            stored_ = file;
        } else {
            world.put_file(target_.half->file);
            target_.half->file = file;
        }
        return {};
    }

    Result<> operator()(const PrivateDataStep& step) {
        switch (step.from) {
            case PrivateDataStep::From::number:
                target_.private_data = number(step.number);
                break;
            case PrivateDataStep::From::per_call:
                target_.private_data = call_.per_call_cookie();
                break;
            case PrivateDataStep::From::per_file:
                target_.private_data = call_.file().cookie;
                break;
        }
        return {};
    }

    Result<> operator()(const OpsStep& step) {
        if (step.to == OpsStep::To::own) *target_.ops = call_.own_ops();
        if (step.to == OpsStep::To::anonymous) *target_.ops = kVmOpsAnonymous;
        return {};
    }

    Result<> operator()(const ReferenceStep& step) {
        if (step.per_object) {
            count_user(step);
        } else if (step.take) {
            call_.get(step.name);
        } else {
            call_.put(step.name);
        }
        return {};
    }

    Result<> operator()(const FailStep& step) {
        if (!step.every.due(call_)) return {};
        call_.count_failure();
        return step.error;
    }

    Result<> operator()(const InnerStep& step) {
        const FileId inner = declared_file(step.file);
        return target_.desc != nullptr ? vfs_mmap_prepare(call_, inner, *target_.desc)
                                       : vfs_mmap(call_, inner, *target_.half);
    }

    Result<> operator()(const ActionStep& step) {
        VmAreaDesc& desc = *target_.desc;
        // Another action replaces what an earlier one carried as well.
        desc.action = {};
        ask(step, desc);
        MmapAction& action = desc.action;
        if (step.failure.possible() && step.failure.every.due(call_)) {
            action.fail = step.failure.error;
            action.fail_page.reset();
            if (step.failure.page) action.fail_page = number(*step.failure.page);
        }
        action.success_hook = step.success_hook;
        action.error_hook = step.error_hook.value_or(Errno::ok);
        action.error_override = step.error_override.value_or(0);
        action.hide_from_rmap = step.hide_from_rmap;
        return {};
    }

    Result<> operator()(const HelperStep& step) {
        HalfBuiltVma& vma = *target_.half;
        TRY(help(step, vma));
        if (!step.failure.possible() || !step.failure.every.due(call_)) return {};
        if (step.failure.page && number(*step.failure.page) >= vma.range.pages().count) return {};
        call_.count_failure();
        return step.failure.error == Errno::ok ? Errno::enomem : step.failure.error;
    }

private:
    std::uint64_t number(const Expression& expression) const {
        const auto value =
            expression.evaluate({target_.range, target_.pgoff, target_.flags, values_});
        if (!value) throw InputError(step_->place + ": division by zero");
        return *value;
    }
    std::uint64_t number(const std::optional<Expression>& expression, std::uint64_t absent) const {
        return expression ? number(*expression) : absent;
    }
    // An address that the step gives relative to the mapping.
    std::uint64_t address(const std::optional<Expression>& expression) const {
        return target_.range.start().bytes() + number(expression, 0);
    }

    // A hook that runs without an object leaves the counts alone.
    void count_user(const ReferenceStep& step) {
        if (target_.private_data == 0) return;
        const std::int64_t users = call_.count_user(target_.private_data, step.take ? 1 : -1);
        if (step.take && users == 1) call_.get(step.name);
        if (!step.take && users == 0) call_.put(step.name);
    }

    FileId declared_file(const NamedFile& named) const {
        const std::string& id = named.param ? params_.file(call_, named.name) : named.name;
        const FileId file = call_.find_file(id);
        if (!file) throw InputError(step_->place + ": there is no file '" + id + "'");
        return file;
    }

    void ask(const ActionStep& step, VmAreaDesc& desc) {
        const std::uint64_t start = address(step.start);
        const std::uint64_t size = number(step.size, desc.range.pages().bytes());
        const Pfn pfn{number(step.pfn, 0)};
        switch (step.type) {
            case ActionType::nothing:
                break;
            case ActionType::remap:
                mmap_action_remap(desc, start, pfn, size);
                break;
            case ActionType::ioremap:
                mmap_action_ioremap(desc, start, pfn, size);
                break;
            case ActionType::simple_ioremap:
                mmap_action_simple_ioremap(desc, number(step.phys, 0), size);
                break;
            case ActionType::map_kernel_pages:
                ask_for_kernel_pages(step, desc, start);
                break;
        }
    }

    // The full form takes as many pages as the mapping has: an array that is shorter ends in pages
    // that are none.
    void ask_for_kernel_pages(const ActionStep& step, VmAreaDesc& desc, std::uint64_t start) {
        const std::uint64_t all = desc.range.pages().count;
        const std::uint64_t given = number(step.pages, all);
        if (!step.full) return mmap_action_map_kernel_pages(desc, start, given);
        mmap_action_map_kernel_pages_full(desc);
        if (given >= all) return;
        desc.action.fail_page = given;
        desc.action.fail = Errno::einval;
    }

    Result<> help(const HelperStep& step, HalfBuiltVma& vma) {
        const std::uint64_t start = address(step.start);
        switch (step.helper) {
            case HelperStep::Helper::remap_pfn_range:
                return remap_pfn_range(vma, start, Pfn{number(step.pfn, 0)},
                                       number(step.size, vma.range.pages().bytes()));
            case HelperStep::Helper::vm_iomap_memory:
                return vm_iomap_memory(vma, number(step.phys, 0), number(step.size, 0));
            case HelperStep::Helper::vm_insert_pages:
                return vm_insert_pages(vma, start, number(step.pages, vma.range.pages().count));
        }
        return {};
    }

    const DeclaredParams& params_;
    std::vector<std::uint64_t> values_;  // of params_
    HookCall& call_;
    StepTarget& target_;
    const HookStep* step_ = nullptr;
    FileId stored_;  // by an earlier step, and not handed over yet
};

}  // namespace

Result<> run_steps(const Steps& steps, const DeclaredParams& params, HookCall& call,
                   StepTarget& target) {
    Runner runner(params, call, target);
    for (const HookStep& step : steps) TRY(runner.run(step));
    return {};
}

}  // namespace mmsim
