// SPDX-License-Identifier: GPL-2.0-or-later
// Loading a shared object, and whether it is a plug-in that can be understood.
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>

#include "plugin/objects.h"

namespace mmsim {
namespace {

HookSet hooks_of(const file_operations* fops) {
    HookSet hooks;
    if (fops == nullptr) return hooks;
    if (fops->mmap_prepare != nullptr) hooks = hooks.with(Hook::mmap_prepare);
    if (fops->mmap != nullptr) hooks = hooks.with(Hook::mmap);
    return hooks;
}

std::string_view text_of(const char* text) { return text == nullptr ? "" : text; }

void append(std::string& text, const char* part) {
    text += text_of(part);
    text += '\0';
}

// What is wrong with a driver, or nothing.
std::string complaint(const mmsim_driver& driver) {
    if (text_of(driver.name).empty()) return "a driver has no name";
    const std::string who = "driver '" + std::string(driver.name) + "'";
    if (driver.fops == nullptr) return who + " has no file_operations";
    if (driver.old_fops == nullptr) return {};
    const bool converted = driver.fops->mmap_prepare != nullptr && driver.fops->mmap == nullptr;
    const bool old = driver.old_fops->mmap != nullptr && driver.old_fops->mmap_prepare == nullptr;
    if (converted && old) return {};
    return who +
           ": of its two forms the first has to set mmap_prepare alone, the second mmap alone";
}

}  // namespace

std::string Runtime::refuse(const std::string& path) const {
    if (plugin_ == nullptr) {
        return path +
               ": is no plug-in: it has no MMSIM_DRIVER (the symbol 'mmsim_plugin' is "
               "missing)";
    }
    if (plugin_->abi != MMSIM_ABI) {
        return path + ": was compiled against another <mmsim/driver.h> (ABI " +
               std::to_string(plugin_->abi) + ", this mmsim has " + std::to_string(MMSIM_ABI) +
               "): compile it again";
    }
    if (plugin_->drivers == nullptr) return path + ": has no MMSIM_DRIVER";
    for (const auto* driver = plugin_->drivers; driver != nullptr; driver = driver->next) {
        const std::string wrong = complaint(*driver);
        if (wrong.empty()) continue;
        std::string text = path + ": ";
        text += wrong;
        return text;
    }
    return {};
}

std::string Runtime::load(const std::string& path) {
    // Every function at once: a missing one is found here and not when it is called.
    library_ = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library_ == nullptr) {
        const std::string why = text_of(dlerror()).data();
        return why.starts_with(path) ? why : path + ": " + why;
    }
    plugin_ = static_cast<mmsim_plugin*>(dlsym(library_, "mmsim_plugin"));
    if (std::string wrong = refuse(path); !wrong.empty()) return wrong;
    plugin_->host = &services();
    for (const auto* driver = plugin_->drivers; driver != nullptr; driver = driver->next) {
        drivers_.push_back(driver);
    }
    for (const auto* r = plugin_->references; r != nullptr; r = r->next) {
        std::int64_t now = 0;
        std::memcpy(&now, r->counter, r->size < sizeof now ? r->size : sizeof now);
        if (r->size == sizeof(std::int32_t)) now = static_cast<std::int32_t>(now);
        watch(r->name, r->counter, r->size, now);
    }
    return {};
}

void Runtime::describe(Message& message, std::string& text) const {
    const mmsim_driver& asked = driver(message.driver);
    message.hooks = hooks_of(asked.fops).bits;
    message.number = hooks_of(asked.old_fops).bits;
    const auto own = asked.fops->get_unmapped_area;
    message.error = own == nullptr ? 0 : own == plugin_->thp_get_unmapped_area ? 1 : 2;
    text.clear();
    append(text, asked.name);
    append(text, asked.summary);
    for (const auto* r = plugin_->references; r != nullptr; r = r->next) append(text, r->name);
}

void Runtime::describe_param(Message& message, std::string& text) const {
    const mmsim_param* param = driver(message.driver).params;
    for (std::uint64_t i = 0; param != nullptr && param->name != nullptr; ++i, ++param) {
        if (i != message.number) continue;
        text.clear();
        append(text, param->name);
        append(text, param->fallback);
        append(text, param->what);
        append(text, param->choices);
        message.hooks = param->choices == nullptr ? 0 : 1;
        message.error = 0;
        return;
    }
    message.error = -1;
}

Runtime::~Runtime() {
    for (const auto& [memory, kept] : memory_) std::free(const_cast<void*>(memory));
    if (library_ != nullptr) dlclose(library_);
}

}  // namespace mmsim
