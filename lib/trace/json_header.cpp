// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/json_header.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/linux_abi.h"
#include "trace/abi_names.h"
#include "trace/json_text.h"
#include "trace/json_values.h"

namespace mmsim {
namespace {

constexpr std::array<std::string_view, 10> kTopKeys = {"mmsim_trace", "title", "kernel", "limits",
                                                       "layout",      "maps",  "files",  "events",
                                                       "drivers",     "expect"};
constexpr std::array<std::string_view, 11> kLimitKeys = {
    "max_map_count", "rlimit_as",  "rlimit_data",   "rlimit_stack", "rlimit_memlock", "overcommit",
    "ram_bytes",     "swap_bytes", "mmap_min_addr", "hugepages",    "capabilities"};
constexpr std::array<std::string_view, 4> kLayoutKeys = {"task_size", "mmap_base", "top_down",
                                                         "brk"};
constexpr std::array<std::string_view, 9> kFileKeys = {
    "id", "path", "driver", "mode", "type", "size", "params", "seals", "huge_page"};

constexpr std::array<std::string_view, 3> kOvercommit = {"heuristic", "always", "never"};
constexpr std::array<std::string_view, 3> kModes = {"r", "w", "rw"};
constexpr std::array<std::string_view, 6> kTypes = {"regular", "block", "char",
                                                    "socket",  "shmem", "hugetlbfs"};

// One of a few words.
std::string read_word(JsonTokens& json, std::string_view key,
                      std::span<const std::string_view> words) {
    const std::string_view text = read_text(json, key);
    if (std::ranges::find(words, text) == words.end()) {
        std::string all;
        for (const std::string_view word : words) (all += all.empty() ? "" : ", ") += word;
        json.fail(quoted(key) + " must be one of " + all + ", not " + quoted(text));
    }
    return std::string(text);
}

std::vector<std::string> read_capabilities(JsonTokens& json) {
    std::vector<std::string> names;
    expect_kind(json, "capabilities", JsonKind::array);
    json.begin_array();
    while (json.next_element()) {
        const std::string_view name = read_text(json, "capabilities");
        if (!abi_constant(AbiFamily::cap, name)) json.fail("unknown capability " + quoted(name));
        names.emplace_back(name);
    }
    return names;
}

// The sizes that the kernel has pools of.
std::uint64_t read_huge_page(JsonTokens& json) {
    const std::uint64_t bytes = read_u64(json, "huge_page");
    if (bytes != std::uint64_t{1} << kHuge2M && bytes != std::uint64_t{1} << kHuge1G) {
        json.fail("'huge_page' must be 2097152 or 1073741824");
    }
    return bytes;
}

// "3:65"
std::string place_text(JsonPlace place) {
    return std::to_string(place.line) + ":" + std::to_string(place.column);
}

}  // namespace

TraceLimits read_limits(JsonTokens& json) {
    TraceLimits limits;
    std::uint32_t seen = 0;
    json.begin_object();
    for (std::string_view key_view; json.next_key(key_view);) {
        const std::string key(key_view);
        note_key(json, kLimitKeys, key, " in 'limits'", seen);
        if (key == "rlimit_as") limits.rlimit_as = read_limit(json, key);
        if (key == "rlimit_data") limits.rlimit_data = read_limit(json, key);
        if (key == "rlimit_stack") limits.rlimit_stack = read_limit(json, key);
        if (key == "rlimit_memlock") limits.rlimit_memlock = read_limit(json, key);
        if (key == "max_map_count") limits.max_map_count = read_u64(json, key);
        if (key == "ram_bytes") limits.ram_bytes = read_u64(json, key);
        if (key == "swap_bytes") limits.swap_bytes = read_u64(json, key);
        if (key == "mmap_min_addr") limits.mmap_min_addr = read_u64(json, key);
        if (key == "hugepages") limits.hugepages = read_u64(json, key);
        if (key == "overcommit") limits.overcommit = read_word(json, key, kOvercommit);
        if (key == "capabilities") limits.capabilities = read_capabilities(json);
    }
    return limits;
}

void JsonHeaderParser::note(std::string_view key) { note_key(json_, kTopKeys, key, "", seen_); }

void JsonHeaderParser::read_value(std::string_view key) {
    if (key == "mmsim_trace") {
        read_version();
    } else if (key == "title") {
        header_.title = read_text(json_, key);
    } else if (key == "kernel") {
        header_.kernel = read_text(json_, key);
    } else if (key == "limits") {
        expect_kind(json_, key, JsonKind::object);
        header_.limits = read_limits(json_);
    } else if (key == "layout") {
        read_layout();
    } else if (key == "maps") {
        read_maps(json_, key, header_.maps);
    } else if (key == "files") {
        read_files();
    } else if (key == "drivers") {
        read_drivers();
    } else if (key == "expect") {
        header_.expect = read_object(json_, key);
    }
}

void JsonHeaderParser::finish(JsonPlace where, bool with_events) {
    const auto missing = [this](std::string_view key) {
        const auto index = std::ranges::find(kTopKeys, key) - kTopKeys.begin();
        return (seen_ >> index & 1) == 0;
    };
    if (missing("mmsim_trace")) json_.fail(where, "the key 'mmsim_trace' is missing");
    if (with_events && missing("events")) json_.fail(where, "the key 'events' is missing");
}

void JsonHeaderParser::read_version() {
    const std::uint64_t version = read_u64(json_, "mmsim_trace");
    if (version != 1) {
        json_.fail("'mmsim_trace' is the version of the format, which is 1, not " +
                   std::to_string(version));
    }
}

void JsonHeaderParser::read_layout() {
    std::uint32_t seen = 0;
    expect_kind(json_, "layout", JsonKind::object);
    json_.begin_object();
    for (std::string_view key_view; json_.next_key(key_view);) {
        const std::string key(key_view);
        note_key(json_, kLayoutKeys, key, " in 'layout'", seen);
        if (key == "task_size") header_.layout.task_size = read_u64(json_, key);
        if (key == "mmap_base") header_.layout.mmap_base = read_u64(json_, key);
        if (key == "brk") header_.layout.brk = read_u64(json_, key);
        if (key == "top_down") header_.layout.top_down = read_bool(json_, key);
    }
}

void JsonHeaderParser::read_files() {
    expect_kind(json_, "files", JsonKind::array);
    json_.begin_array();
    while (json_.next_element()) {
        expect_kind(json_, "files", JsonKind::object);
        read_file(header_.files.emplace_back());
    }
}

void JsonHeaderParser::read_file(TraceFile& file) {
    std::uint32_t seen = 0;
    json_.begin_object();
    const JsonPlace where = json_.place();
    file.place = place_text(where);
    for (std::string_view key_view; json_.next_key(key_view);) {
        const std::string key(key_view);
        note_key(json_, kFileKeys, key, " in 'files'", seen);
        if (key == "id") {
            file.id = read_text(json_, key);
            if (file.id.empty()) json_.fail("'id' must not be empty");
            if (!file_ids_.insert(file.id).second) {
                json_.fail("a second file with the id " + quoted(file.id));
            }
        }
        if (key == "path") file.path = read_text(json_, key);
        if (key == "driver") file.driver = read_text(json_, key);
        if (key == "mode") file.mode = read_word(json_, key, kModes);
        if (key == "type") file.type = read_word(json_, key, kTypes);
        if (key == "size") file.size = read_u64(json_, key);
        if (key == "params") {
            expect_kind(json_, key, JsonKind::object);
            file.params_place = place_text(json_.place());
            file.params = read_object(json_, key);
        }
        if (key == "seals") file.seals = read_seals(json_, key);
        if (key == "huge_page") file.huge_page = read_huge_page(json_);
    }
    if (file.id.empty()) json_.fail(where, "a file needs an 'id'");
}

void JsonHeaderParser::read_drivers() {
    expect_kind(json_, "drivers", JsonKind::array);
    json_.begin_array();
    while (json_.next_element()) {
        expect_kind(json_, "drivers", JsonKind::object);
        read_driver(header_.drivers.emplace_back());
    }
}

void JsonHeaderParser::read_driver(TraceDriver& driver) {
    std::set<std::string, std::less<>> keys;
    json_.begin_object();
    const JsonPlace where = json_.place();
    const auto note = [&](JsonPlace place) {
        driver.places.push_back({driver.json.size(), place.line, place.column});
    };
    note(where);
    driver.json = "{";
    for (std::string_view key; json_.next_key(key);) {
        if (!keys.emplace(key).second) fail_twice(json_, key);
        if (keys.size() > 1) driver.json += ',';
        note(json_.place());
        append_json_string(driver.json, key);
        driver.json += ':';
        if (key != "name") {
            json_.copy_value(driver.json, &driver.places);
            continue;
        }
        driver.name = read_text(json_, "name");
        if (driver.name.empty()) json_.fail("'name' must not be empty");
        if (!driver_names_.insert(driver.name).second) {
            json_.fail("a second driver with the name " + quoted(driver.name));
        }
        note(json_.place());
        append_json_string(driver.json, driver.name);
    }
    driver.json += '}';
    if (driver.name.empty()) json_.fail(where, "a driver needs a 'name'");
}

}  // namespace mmsim
