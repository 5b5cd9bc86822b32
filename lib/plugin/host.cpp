// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/host.h"

#include <array>
#include <climits>
#include <cstdlib>
#include <fstream>
#include <string_view>

#include "base/input_error.h"
#include "mm/world.h"
#include "plugin/plugin_driver.h"
#include "plugin/plugin_set.h"
#include "plugin/session.h"
#include "trace/c_number.h"

namespace mmsim {
namespace {

constexpr std::string_view kElf = "\177ELF";

std::string first_bytes(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::array<char, kElf.size()> bytes{};
    in.read(bytes.data(), bytes.size());
    return {bytes.data(), static_cast<std::size_t>(in.gcount())};
}

// The strings of a text that ends each with a NUL.
std::vector<std::string> parts_of(const std::string& text) {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text.find('\0', at);
        parts.push_back(text.substr(at, end - at));
        at = end == std::string::npos ? text.size() : end + 1;
    }
    return parts;
}

// A question before any hook runs.
void ask(Session& session, Message& message, std::string& text, const std::string& path) {
    session.ask(message, text, nullptr);
    if (message.ask != Ask::died) return;
    throw InputError(path + ": failed while it was loaded" + (text.empty() ? "" : ": " + text));
}

// Texts first: the specs point into them.
void read_params(Session& session, PluginFacts& facts, std::uint32_t driver,
                 const std::string& path) {
    constexpr std::size_t kParts = 4;
    for (std::uint64_t i = 0;; ++i) {
        Message message;
        message.ask = Ask::describe_param;
        message.driver = driver;
        message.number = i;
        std::string text;
        ask(session, message, text, path);
        if (message.error != 0) break;
        auto parts = parts_of(text);
        parts.resize(kParts);
        const bool number = message.hooks == 0;
        if (number && !parse_c_number(parts[1])) {
            throw InputError(path + ": driver '" + facts.name + "', param '" + parts[0] +
                             "': its fallback '" + parts[1] + "' is no number");
        }
        parts[1] = '"' + parts[1] + '"';
        parts.emplace_back(number ? "n" : "");
        for (std::string& part : parts) facts.texts.push_back(std::move(part));
    }
    for (std::size_t i = 0; i < facts.texts.size(); i += kParts + 1) {
        const bool number = !facts.texts[i + kParts].empty();
        const bool file = !number && facts.texts[i + 3].empty();
        facts.params.push_back({facts.texts[i],
                                number ? ParamKind::number
                                : file ? ParamKind::file
                                       : ParamKind::word,
                                facts.texts[i + 1], facts.texts[i + 2], facts.texts[i + 3]});
    }
}

PluginFacts read_facts(Session& session, std::uint32_t driver, const std::string& path) {
    Message message;
    message.ask = Ask::describe;
    message.driver = driver;
    std::string text;
    ask(session, message, text, path);
    auto parts = parts_of(text);
    constexpr std::size_t kNameAndSummary = 2;
    if (parts.size() < kNameAndSummary) parts.resize(kNameAndSummary);
    PluginFacts facts;
    facts.name = parts[0];
    facts.summary = parts[1];
    facts.references.assign(parts.begin() + kNameAndSummary, parts.end());
    facts.hooks = HookSet{static_cast<std::uint16_t>(message.hooks)};
    facts.old_hooks = HookSet{static_cast<std::uint16_t>(message.number)};
    facts.unmapped_area = message.error == 0   ? UnmappedArea::plain
                          : message.error == 1 ? UnmappedArea::thp
                                               : UnmappedArea::own_plain;
    read_params(session, facts, driver, path);
    return facts;
}

// dlopen(3) looks for a name without a slash elsewhere.
std::string whole_path(const std::string& path) {
    std::array<char, PATH_MAX> whole{};
    return realpath(path.c_str(), whole.data()) == nullptr ? path : whole.data();
}

}  // namespace

bool is_plugin(const std::string& path) {
    return first_bytes(path) == kElf || std::string_view(path).ends_with(".so");
}

std::vector<DriverId> load_plugin(World& world, const std::string& path, Isolation isolation) {
    const std::string bytes = first_bytes(path);
    if (bytes.empty() && !std::ifstream(path)) throw InputError("cannot read '" + path + "'");
    if (bytes != kElf) throw InputError(path + ": is not a shared object");
    std::shared_ptr<Session> session = isolation == Isolation::own_process
                                           ? open_isolated()
                                           : open_in_process(isolation == Isolation::repeatable);

    Message message;
    message.ask = Ask::load;
    const std::string whole = whole_path(path);
    std::string text = whole;
    ask(*session, message, text, path);
    if (!text.empty()) {
        // As the user wrote it.
        if (text.starts_with(whole)) text.replace(0, whole.size(), path);
        throw InputError(text);
    }
    auto set = std::make_shared<PluginSet>();
    for (std::uint32_t i = 0; i < message.number; ++i) {
        set->facts.push_back(read_facts(*session, i, path));
    }
    for (std::uint32_t i = 0; i < message.number; ++i) {
        auto driver = std::make_shared<const PluginDriver>(set, i);
        const bool both = driver->both() && world.profile->mmap_prepare;
        set->ids.push_back(world.add_driver(std::move(driver), both));
    }
    world.drivers.edit(set->home().index).state.outside = std::move(session);
    return set->ids;
}

}  // namespace mmsim
