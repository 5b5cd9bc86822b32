// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/plugin_driver.h"

#include <array>
#include <csignal>

#include "base/input_error.h"
#include "drivers/params.h"
#include "drivers/registry.h"
#include "mm/mmap_action.h"
#include "mm/world.h"
#include "plugin/answers.h"
#include "plugin/session.h"

namespace mmsim {
namespace {

std::string signal_name(int signal) {
    constexpr std::array<std::pair<int, const char*>, 7> kNames = {{{SIGSEGV, "SIGSEGV"},
                                                                    {SIGBUS, "SIGBUS"},
                                                                    {SIGILL, "SIGILL"},
                                                                    {SIGFPE, "SIGFPE"},
                                                                    {SIGABRT, "SIGABRT"},
                                                                    {SIGTRAP, "SIGTRAP"},
                                                                    {SIGKILL, "SIGKILL"}}};
    for (const auto& [number, name] : kNames) {
        if (number == signal) return name;
    }
    return "signal " + std::to_string(signal);
}

bool followed_null(const Message& message) {
    constexpr std::uint64_t kNearNull = 0x10000;
    const bool memory = message.error == SIGSEGV || message.error == SIGBUS;
    return message.ask == Ask::died &&
           message.number == static_cast<std::uint64_t>(Death::signal) && memory &&
           message.area.start < kNearNull;
}

// Addresses differ from run to run, but for those near zero.
std::string signal_text(const Message& message) {
    std::string text = " crashed with " + signal_name(message.error);
    if (!followed_null(message)) return text;
    if (message.area.start == 0) return text + " at a null pointer";
    return text + " " + std::to_string(message.area.start) + " bytes behind a null pointer";
}

std::string death_text(const Message& message, const std::string& text) {
    switch (static_cast<Death>(message.number)) {
        case Death::signal:
            return signal_text(message);
        case Death::exit:
            return " ended its process";
        case Death::exception:
            return " threw an exception" + (text.empty() ? "" : ": " + text);
        case Death::memory:
            return " asked for more than " + std::to_string(kPluginMemory >> 20) + " MiB of memory";
        case Death::no_return:
            return " did not return";
        case Death::mailbox:
            break;
    }
    return " wrote over memory that is not its own";
}

std::string_view written_name(Written what) {
    constexpr std::array<std::string_view, kWritten> kNames = {
        "mm", "file", "start", "end", "pgoff", "vm_flags", "vm_ops", "vm_private_data"};
    return kNames[static_cast<std::size_t>(what)];
}

}  // namespace

PluginDriver::PluginDriver(std::shared_ptr<const PluginSet> set, std::uint32_t position)
    : set_(std::move(set)), position_(position), facts_(set_->facts[position]) {
    fallbacks_ = read_params(*this, "{}", facts_.name);
}

bool PluginDriver::both() const {
    return facts_.hooks.has(Hook::mmap) && facts_.hooks.has(Hook::mmap_prepare);
}

HookSet PluginDriver::hooks(const Profile& profile, HookChoice choice) const {
    HookSet set = facts_.hooks;
    if (!profile.mmap_prepare) set = set.without(Hook::mmap_prepare);
    const bool old = choice == HookChoice::legacy || !profile.mmap_prepare;
    return facts_.old_hooks.bits != 0 && old ? facts_.old_hooks : set;
}

bool PluginDriver::takes_advice() const { return make_driver(facts_.name) == nullptr; }

bool PluginDriver::mmap_is_deprecated() const {
    return !facts_.hooks.has(Hook::mmap_prepare) && !hands_on_;
}

// The plug-in's process, which copies of a World share until one of them is about to change it.
Session& PluginDriver::session(HookCall& call) const {
    auto& outside = call.world().drivers.edit(set_->home().index).state.outside;
    if (outside.use_count() > 1) {
        auto own = static_cast<Session&>(*outside).split_off();
        if (own) outside = std::move(own);
    }
    return static_cast<Session&>(*outside);
}

bool PluginDriver::run_untold(HookCall& call, Hook hook, VmRange range, Message& message,
                              std::string& text) const {
    Session& used = session(call);
    if (used.dead()) return false;
    const File* const file = call.file_id() ? &call.file() : nullptr;
    message.ask = Ask::run_hook;
    message.hook = static_cast<std::uint32_t>(hook);
    message.driver = position_;
    message.own_ops = call.own_ops().value;
    message.file = call.file_id().index;
    message.number = file == nullptr ? 0 : file->serial * 2 + (file->internal ? 1 : 0);
    const Asking asking{call, *set_, range, &hands_on_};
    used.ask(message, text, &asking);
    if (message.ask == Ask::died) return false;
    tell_written(call, hook, range, message.written);
    return true;
}

bool PluginDriver::run(HookCall& call, Hook hook, VmRange range, Message& message) const {
    std::string text;
    if (run_untold(call, hook, range, message, text)) return true;
    if (message.ask == Ask::died) tell_death(call, hook, range, message, text);
    return false;
}

void PluginDriver::tell_death(HookCall& call, Hook hook, VmRange range, const Message& message,
                              const std::string& text) const {
    call.remark("driver-crashed", range, std::string(hook_name(hook)) + death_text(message, text));
}

void PluginDriver::tell_written(HookCall& call, Hook hook, VmRange range,
                                std::uint32_t written) const {
    for (std::size_t i = 0; i < kWritten; ++i) {
        if ((written >> i & 1) == 0) continue;
        call.remark("const-field-written", range,
                    std::string(hook_name(hook)) + " wrote to " +
                        std::string(written_name(static_cast<Written>(i))));
    }
}

Result<> PluginDriver::result_of(HookCall& call, Hook hook, VmRange range,
                                 std::int32_t returned) const {
    if (returned == 0) return {};
    constexpr std::int32_t kLargestErrno = 4095;
    if (returned < 0 && returned >= -kLargestErrno) {
        const auto error = static_cast<Errno>(-returned);
        if (!errno_name(error).empty()) return error;
    }
    call.remark("driver-warned", range,
                std::string(hook_name(hook)) + " returned " + std::to_string(returned) +
                    ", which user space knows no name for; taken as EINVAL");
    return Errno::einval;
}

// The hooks of a table are known once a mapping has it.
void PluginDriver::learn_hooks(HookCall& call, VmOps ops, std::uint32_t hooks) const {
    if (ops != call.own_ops()) return;
    HookSet more{static_cast<std::uint16_t>(hooks)};
    if (!call.profile().mapped_hook) more = more.without(Hook::mapped);
    auto& drivers = call.world().drivers;
    const HookSet known = drivers[call.driver_id().index].hooks;
    const auto all = static_cast<std::uint16_t>(known.bits | more.bits);
    if (all != known.bits) drivers.edit(call.driver_id().index).hooks = HookSet{all};
}

Result<> PluginDriver::mmap_prepare(HookCall& call, VmAreaDesc& desc) const {
    Message message;
    message.area = area_of(desc);
    if (!run(call, Hook::mmap_prepare, desc.range, message)) return Errno::eio;
    if (!take_over(call.world(), message.area, desc)) {
        message.number = static_cast<std::uint64_t>(Death::mailbox);
        tell_death(call, Hook::mmap_prepare, desc.range, message, {});
        return Errno::eio;
    }
    learn_hooks(call, desc.ops, message.hooks);
    const auto type = desc.action.type;
    const bool known = type <= ActionType::map_kernel_pages;
    if (message.error == 0 && known && !mmap_action_exists(call.profile(), type)) {
        throw InputError("driver '" + facts_.name + "': its action is not in kernel " +
                         std::string(call.profile().name));
    }
    return result_of(call, Hook::mmap_prepare, desc.range, message.error);
}

Result<> PluginDriver::mmap(HookCall& call, HalfBuiltVma& vma) const {
    Message message;
    message.area = area_of(vma);
    if (!run(call, Hook::mmap, vma.range, message)) return Errno::eio;
    if (!take_over(call.world(), message.area, vma)) {
        message.number = static_cast<std::uint64_t>(Death::mailbox);
        tell_death(call, Hook::mmap, vma.range, message, {});
        return Errno::eio;
    }
    learn_hooks(call, vma.ops, message.hooks);
    return result_of(call, Hook::mmap, vma.range, message.error);
}

Result<> PluginDriver::success_hook(HookCall& call, Vma& vma) const {
    Message message;
    message.area = area_of(vma, call.mm());
    if (!run(call, Hook::success_hook, vma.range(), message)) return Errno::eio;
    HalfBuiltVma left{.range = vma.range(), .file = {}, .pgoff = {}, .flags = {}};
    if (take_over(call.world(), message.area, left)) {
        vma.ops = left.ops;
        vma.private_data = left.private_data;
    }
    return result_of(call, Hook::success_hook, vma.range(), message.error);
}

Result<> PluginDriver::mapped(HookCall& call, const Vma& vma, std::uint64_t& private_data) const {
    Message message;
    message.area = area_of(vma, call.mm());
    if (!run(call, Hook::mapped, vma.range(), message)) return Errno::eio;
    private_data = message.area.private_data;
    return result_of(call, Hook::mapped, vma.range(), message.error);
}

Result<> PluginDriver::run_on(HookCall& call, Hook hook, const Vma& vma,
                              std::uint64_t extra) const {
    Message message;
    message.area = area_of(vma, call.mm());
    message.extra = extra;
    if (!run(call, hook, vma.range(), message)) return {};
    return result_of(call, hook, vma.range(), message.error);
}

void PluginDriver::open(HookCall& call, const Vma& vma) const {
    static_cast<void>(run_on(call, Hook::open, vma, 0));
}

// A close that follows the null pointer of a mapping that was never set up breaks a rule which has
// a name. The run then goes on as if it had not begun, as after those of drivers that only keep
// the books.
void PluginDriver::close(HookCall& call, const Vma& vma) const {
    std::shared_ptr<Session> before;
    if (call.closes_unmapped() && vma.private_data == 0) before = session(call).split_off();
    Message message;
    message.area = area_of(vma, call.mm());
    std::string text;
    if (run_untold(call, Hook::close, vma.range(), message, text)) return;
    if (before && followed_null(message)) {
        call.world().drivers.edit(set_->home().index).state.outside = std::move(before);
        call.follow_null();
    } else if (message.ask == Ask::died) {
        tell_death(call, Hook::close, vma.range(), message, text);
    }
}

Result<> PluginDriver::may_split(HookCall& call, const Vma& vma, Vpn at) const {
    return run_on(call, Hook::may_split, vma, at.bytes());
}

Result<> PluginDriver::mprotect(HookCall& call, const Vma& vma, VmFlags flags) const {
    return run_on(call, Hook::mprotect, vma, flags.bits);
}

Result<> PluginDriver::mremap(HookCall& call, const Vma& vma) const {
    return run_on(call, Hook::mremap, vma, 0);
}

}  // namespace mmsim
