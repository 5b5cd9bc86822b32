// SPDX-License-Identifier: GPL-2.0-or-later
// What `mmsim drivers NAME` says of each built-in driver, held against what the driver does.
#include <algorithm>
#include <cctype>
#include <optional>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "drivers/built_in.h"
#include "drivers/built_in_scene.h"
#include "drivers/registry.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

const DriverFacts& facts_of(const Driver& driver) {
    const auto* const built_in = dynamic_cast<const BuiltIn*>(&driver);
    REQUIRE_MESSAGE(built_in != nullptr, std::string(driver.name()), " has no facts");
    return built_in->facts();
}

// The text has the word, and not only as a part of another.
bool has_word(std::string_view text, std::string_view word) {
    const auto part = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
    };
    for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
        const std::size_t end = at + word.size();
        if ((at == 0 || !part(text[at - 1])) && (end == text.size() || !part(text[end]))) {
            return true;
        }
    }
    return false;
}

template <typename Visit>
void each_driver(Visit visit) {
    for (const BuiltInDriver& entry : built_in_drivers()) {
        CAPTURE(std::string(entry.name));
        const auto driver = entry.make();
        visit(*driver, facts_of(*driver));
    }
}

// What a mapping hook did to what it was handed.
struct Done {
    VmFlags flags;  // changed
    bool page_prot = false;
    bool filled = false;  // an action, or page tables at once
};

// One call of the mapping hook for a shared, read-only mapping that most devices take; nullopt
// where this one refuses it.
std::optional<Done> call_hook(const std::string& name, const Profile& profile, VmFlags asked) {
    constexpr std::uint64_t kHugePages = 512;
    const bool huge = name == "hugetlbfs";
    BuiltInScene scene(name, ".", profile.version);
    scene.map.world.system.hugepages = 8;
    if (huge) {
        File& file = scene.map.world.files.edit(scene.file.index);
        file.type = FileType::hugetlbfs;
        file.huge_page = Pages{kHugePages};
    }
    const VmRange range{Vpn{kHugePages}, Pages{huge ? kHugePages : 1}};
    const auto driver = make_driver(name);
    const HookSet hooks = driver->hooks(profile, HookChoice::declared);
    if (hooks.has(Hook::mmap_prepare)) {
        VmAreaDesc desc{.range = range,
                        .file = scene.file,
                        .pgoff = {},
                        .vm_file = scene.file,
                        .flags = asked,
                        .mm = scene.map.mm_id};
        HookCall call(scene.map.world, scene.id, Hook::mmap_prepare, scene.file);
        if (!driver->mmap_prepare(call, desc)) return std::nullopt;
        return Done{desc.flags ^ asked, desc.page_prot != PageProt::normal,
                    desc.action.type != ActionType::nothing};
    }
    HalfBuiltVma vma{
        .range = range, .file = scene.file, .pgoff = {}, .flags = asked, .mm = scene.map.mm_id};
    HookCall call(scene.map.world, scene.id, Hook::mmap, scene.file);
    if (!driver->mmap(call, vma)) return std::nullopt;
    return Done{vma.flags ^ asked, vma.page_prot != PageProt::normal, vma.pages_mapped};
}

}  // namespace

TEST_SUITE("drivers/facts") {
    TEST_CASE("the page of each driver is complete") {
        each_driver([](const Driver& driver, const DriverFacts& facts) {
            CHECK_EQ(facts.name, driver.name());
            CHECK_GT(facts.summary.size(), 15);
            for (const DriverCheck& check : facts.checks) CHECK_FALSE(check.what.empty());
            std::set<std::string_view> names;
            for (const ParamSpec& spec : facts.params) {
                CHECK_MESSAGE(names.insert(spec.name).second, std::string(spec.name));
                CHECK_FALSE(spec.what.empty());
                const bool chosen = spec.kind == ParamKind::word || spec.kind == ParamKind::words;
                CHECK_EQ(spec.choices.empty(), !chosen);
            }
        });
    }

    TEST_CASE("each change names a version, in order") {
        each_driver([](const Driver&, const DriverFacts& facts) {
            std::optional<KernelVersion> last;
            for (const DriverChange& change : facts.changes) {
                CAPTURE(std::string(change.version));
                const auto version = kernel_version_from_name(change.version);
                REQUIRE(version);
                CHECK((!last || *last < *version));
                CHECK_FALSE(change.what.empty());
                last = version;
            }
        });
    }

    TEST_CASE("a version that has other hooks than the one before is among the changes") {
        each_driver([](const Driver& driver, const DriverFacts& facts) {
            const auto profiles = all_profiles();
            for (std::size_t i = 1; i < profiles.size(); ++i) {
                const auto before = driver.hooks(profiles[i - 1], HookChoice::declared);
                const auto now = driver.hooks(profiles[i], HookChoice::declared);
                if (before.bits == now.bits) continue;
                CAPTURE(std::string(profiles[i].name));
                CHECK_EQ(
                    std::ranges::count(facts.changes, profiles[i].name, &DriverChange::version), 1);
            }
        });
    }

    TEST_CASE("vm_ops tells of each hook that the driver has in some version, and of no other") {
        each_driver([](const Driver& driver, const DriverFacts& facts) {
            HookSet ever;
            for (const Profile& profile : all_profiles()) {
                ever.bits |= driver.hooks(profile, HookChoice::declared).bits;
            }
            for (const Hook hook : {Hook::open, Hook::close, Hook::mapped, Hook::may_split,
                                    Hook::mprotect, Hook::mremap}) {
                CAPTURE(std::string(hook_name(hook)));
                CHECK_EQ(has_word(facts.vm_ops, hook_name(hook)), ever.has(hook));
            }
        });
    }

    TEST_CASE(
        "mapped and the success hook stand beside .mmap_prepare, where the version has them") {
        each_driver([](const Driver& driver, const DriverFacts&) {
            for (const Profile& profile : all_profiles()) {
                for (const auto choice : {HookChoice::declared, HookChoice::legacy}) {
                    CAPTURE(std::string(profile.name));
                    const HookSet hooks = driver.hooks(profile, choice);
                    const bool prepare = hooks.has(Hook::mmap_prepare);
                    if (hooks.has(Hook::success_hook)) {
                        CHECK((prepare && profile.success_and_error_hooks));
                    }
                    // The old hook of tcmu's files stands before a converted one.
                    const bool hooked = prepare || driver.name() == "tcmu";
                    if (hooks.has(Hook::mapped)) CHECK((hooked && profile.mapped_hook));
                    CHECK_EQ(hooks.has(Hook::mmap), !prepare);
                }
            }
        });
    }

    TEST_CASE("flags, page_prot and action tell what the mapping hook does, in each version") {
        constexpr VmFlags kAsked = kVmRead | kVmMayRead | kVmShared | kVmMayShare | kVmMayWrite;
        std::set<std::string> mapped;
        each_driver([&](const Driver& driver, const DriverFacts& facts) {
            for (const Profile& profile : all_profiles()) {
                CAPTURE(std::string(profile.name));
                const std::string name(driver.name());
                const auto done = call_hook(name, profile, kAsked);
                if (!done) continue;
                mapped.insert(name);
                CHECK_EQ(done->page_prot, !facts.page_prot.empty());
                // An old hook may fail to fill, or leave it to page faults.
                if (done->filled) CHECK_FALSE(facts.action.empty());
                const VmFlags by_action = done->filled ? kVmRemap | kVmMixedMap : VmFlags{};
                for (std::size_t bit = 0; bit < 64; ++bit) {
                    const VmFlags flag{std::uint64_t{1} << bit};
                    if (done->flags.none(flag)) continue;
                    std::string word(vma_bit_name(static_cast<VmaBit>(bit)));
                    word = word.substr(4, word.size() - 8);  // VMA_IO_BIT
                    CAPTURE(word);
                    CHECK((by_action.any(flag) || has_word(facts.flags, word)));
                }
            }
        });
        // The rest want another mapping, or refuse all.
        CHECK_GE(mapped.size(), 28);
    }

    TEST_CASE("whoever has .mmap_prepare where there are actions, and says so, asks for one") {
        each_driver([](const Driver& driver, const DriverFacts& facts) {
            if (facts.action.empty() || facts.action.starts_with("as the file")) return;
            for (const Profile& profile : all_profiles()) {
                const HookSet hooks = driver.hooks(profile, HookChoice::declared);
                if (!hooks.has(Hook::mmap_prepare)) continue;
                CAPTURE(std::string(profile.name));
                const auto done = call_hook(std::string(driver.name()), profile,
                                            kVmRead | kVmMayRead | kVmShared | kVmMayShare);
                if (done) CHECK(done->filled);
            }
        });
    }
}
