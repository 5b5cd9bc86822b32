// SPDX-License-Identifier: GPL-2.0-or-later
// The steps that fill page tables: actions, and the helpers of old hooks.
#include <algorithm>

#include "drivers/step_reader.h"

namespace mmsim {
namespace {

using Kind = JsonValue::Kind;

}  // namespace

const std::vector<StepReader::ActionForm>& StepReader::action_forms() {
    static const std::vector<ActionForm> kForms = {
        {"remap", ActionType::remap, false, {"start", "pfn", "size"}, {}},
        {"remap_full", ActionType::remap, true, {"pfn"}, {}},
        {"ioremap", ActionType::ioremap, false, {"start", "pfn", "size"}, {}},
        {"ioremap_full", ActionType::ioremap, true, {"pfn"}, {}},
        {"simple_ioremap", ActionType::simple_ioremap, true, {"phys", "size"}, {}},
        {"map_kernel_pages", ActionType::map_kernel_pages, false, {"start", "pages"}, {}},
        {"map_kernel_pages_full", ActionType::map_kernel_pages, true, {}, {"pages"}},
    };
    return kForms;
}

StepReader::Body StepReader::action() {
    const std::string name = string("action");
    const auto form = std::ranges::find(action_forms(), name, &ActionForm::name);
    if (form == action_forms().end()) fail_key("action", "unknown action '" + name + "'");
    for (const std::string_view key : {"start", "pfn", "size", "phys", "pages"}) {
        const bool needed = std::ranges::count(form->needs, key) != 0;
        if (needed) need(key);
        if (!needed && std::ranges::count(form->takes, key) == 0) {
            forbid({key}, "is no argument of '" + name + "'");
        }
    }
    ActionStep step;
    step.type = form->type;
    step.full = form->full;
    step.start = number_if("start");
    step.pfn = number_if("pfn");
    step.size = number_if("size");
    step.phys = number_if("phys");
    step.pages = number_if("pages");
    step.failure = work_failure();
    if (has("error_override")) step.error_override = override_value();
    if (has("error_hook")) step.error_hook = error("error_hook");
    step.success_hook = has("success_hook");
    step.hide_from_rmap = boolean("hide_from_rmap");
    return step;
}

StepReader::Body StepReader::helper() {
    HelperStep step{};
    std::string_view key = "vm_insert_pages";
    step.helper = HelperStep::Helper::vm_insert_pages;
    if (has("vm_insert_page")) {
        key = "vm_insert_page";
        step.pages = Expression::constant(1);
    } else if (has("remap_pfn_range")) {
        key = "remap_pfn_range";
        step.helper = HelperStep::Helper::remap_pfn_range;
        need("pfn");
    } else if (has("vm_iomap_memory")) {
        key = "vm_iomap_memory";
        step.helper = HelperStep::Helper::vm_iomap_memory;
        need("phys");
        need("size");
    }
    read_helper_arguments(step, key);
    return step;
}

void StepReader::read_helper_arguments(HelperStep& step, std::string_view key) {
    const JsonValue& value = need(key);
    step.full = value.kind == Kind::string && value.text == "full";
    if (!step.full && !(value.kind == Kind::boolean && value.boolean)) {
        fail_key(key, "expected \"full\", or true and where it begins");
    }
    if (step.full && key == "remap_pfn_range") {
        forbid({"start", "size"}, "the whole mapping has no 'start' and no 'size'");
    } else if (step.full) {
        forbid({"start", "pages"}, "the whole mapping has no 'start' and no 'pages'");
    } else if (key == "remap_pfn_range") {
        need("start");
        need("size");
    } else if (key == "vm_insert_pages") {
        need("start");
        need("pages");
    }
    step.start = number_if("start");
    step.pfn = number_if("pfn");
    step.size = number_if("size");
    step.phys = number_if("phys");
    if (has("pages")) step.pages = number("pages");
    step.failure = work_failure();
}

}  // namespace mmsim
