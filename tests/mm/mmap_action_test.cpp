// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/mmap_action.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "mm/remap.h"

using namespace mmsim;

namespace {

constexpr std::uint64_t kStart = 0x10000;
constexpr std::uint64_t kMapped = 4;
constexpr std::uint64_t kLength = kMapped * kPageSize;
constexpr Pgoff kPgoff{2};

constexpr VmFlags kSharedFile = kVmRead | kVmWrite | kVmShared | kVmMayWrite | kVmMayShare;
constexpr VmFlags kCow = kVmRead | kVmMayRead | kVmMayWrite;

using enum KernelVersion;

VmAreaDesc desc_of(VmFlags flags, PageProt prot = PageProt::normal) {
    return {.range = {vpn_of(kStart), Pages{kMapped}},
            .file = {},
            .pgoff = kPgoff,
            .vm_file = {},
            .flags = flags,
            .page_prot = prot,
            .ops = kVmOpsDummy,
            .private_data = 0,
            .action = {}};
}

HalfBuiltVma half_of(VmFlags flags) {
    return {.range = {vpn_of(kStart), Pages{kMapped}}, .file = {}, .pgoff = kPgoff, .flags = flags};
}

MmapAction action_of(ActionType type, std::uint64_t start = kStart, std::uint64_t size = kLength) {
    MmapAction action;
    action.type = type;
    action.start = start;
    action.size = size;
    return action;
}

std::string name(const Result<>& result) {
    return result ? "ok" : std::string(errno_name(result.error()));
}

std::string complete(const Profile& profile, const MmapAction& action) {
    return name(mmap_action_complete(profile, action, Vma{}));
}

std::string warnings(const Profile& profile, const VmAreaDesc& desc) {
    std::string ids;
    for (const auto id : mmap_action_warnings(profile, desc)) ids += std::string(id) + " ";
    return ids;
}

}  // namespace

TEST_SUITE("mm/mmap_action helpers") {
    TEST_CASE("rule 6.5: the full forms cover the mapping") {
        VmAreaDesc desc = desc_of(kSharedFile);
        mmap_action_remap_full(desc, Pfn{9});
        CHECK_EQ(desc.action.type, ActionType::remap);
        CHECK_EQ(desc.action.start, kStart);
        CHECK_EQ(desc.action.size, kLength);
        CHECK_EQ(desc.action.pfn, Pfn{9});

        mmap_action_ioremap_full(desc, Pfn{8});
        CHECK_EQ(desc.action.type, ActionType::ioremap);
        CHECK_EQ(desc.action.pfn, Pfn{8});

        mmap_action_map_kernel_pages_full(desc);
        CHECK_EQ(desc.action.type, ActionType::map_kernel_pages);
        CHECK_EQ(desc.action.start, kStart);
        CHECK_EQ(desc.action.size, kLength);
    }

    TEST_CASE("rule 6.5: the page protection is the one of the moment of the call") {
        VmAreaDesc desc = desc_of(kSharedFile, PageProt::noncached);
        mmap_action_remap_full(desc, Pfn{9});
        desc.page_prot = PageProt::writecombine;
        CHECK_EQ(desc.action.page_prot, PageProt::noncached);
    }

    TEST_CASE("rule 6.5: what a version does not know, it does not have") {
        const auto known = [](const Profile& profile) {
            std::string bits;
            for (const auto type : {ActionType::nothing, ActionType::remap, ActionType::ioremap,
                                    ActionType::simple_ioremap, ActionType::map_kernel_pages}) {
                bits += mmap_action_exists(profile, type) ? '1' : '0';
            }
            return bits;
        };
        CHECK_EQ(known(profile_of(v6_18)), "10000");
        CHECK_EQ(known(profile_of(v7_0)), "11100");
        CHECK_EQ(known(profile_of(v7_1)), "11111");
        CHECK_EQ(known(newest_profile()), "11111");
    }
}

TEST_SUITE("mm/mmap_action prepare") {
    TEST_CASE("rule 6.5: nothing asked for, nothing changed") {
        VmAreaDesc desc = desc_of(kSharedFile);
        CHECK(mmap_action_prepare(newest_profile(), desc));
        CHECK_EQ(desc.flags, kSharedFile);
        CHECK_EQ(desc.pgoff, kPgoff);
    }

    TEST_CASE("rule 6.5: a remap makes the mapping special, and the frame its offset under COW") {
        for (const Profile* profile : {&profile_of(v7_0), &profile_of(v7_1), &profile_of(v7_2)}) {
            CAPTURE(profile->name);
            VmAreaDesc shared = desc_of(kSharedFile);
            mmap_action_remap_full(shared, Pfn{99});
            CHECK(mmap_action_prepare(*profile, shared));
            CHECK_EQ(shared.flags, (kSharedFile | kVmRemap));
            CHECK_EQ(shared.pgoff, kPgoff);

            VmAreaDesc cow = desc_of(kCow);
            mmap_action_remap_full(cow, Pfn{99});
            CHECK(mmap_action_prepare(*profile, cow));
            CHECK_EQ(cow.flags, (kCow | kVmRemap));
            CHECK_EQ(cow.pgoff, Pgoff{99});
        }
    }

    TEST_CASE("rule 6.5: a range outside the mapping is EFAULT from 7.1 on, part of a COW EINVAL") {
        struct Row {
            VmFlags flags;
            std::uint64_t start, size;
            const char* since_7_1;
            bool warns;
        };
        const std::uint64_t kHuge = ~std::uint64_t{0} - kPageMask;
        const std::vector<Row> rows = {
            {kSharedFile, kStart, kLength, "ok", false},
            {kSharedFile, kStart + kPageSize, kPageSize, "ok", false},
            {kSharedFile, kStart, kLength + 1, "EFAULT", true},
            {kSharedFile, kStart - kPageSize, kPageSize, "EFAULT", true},
            {kSharedFile, kStart + kLength, kPageSize, "EFAULT", true},
            {kSharedFile, kStart, kHuge, "EFAULT", true},
            {kCow, kStart, kLength, "ok", false},
            {kCow, kStart, kLength - kPageSize, "EINVAL", false},
            {kCow, kStart + kPageSize, kLength - kPageSize, "EINVAL", false},
            {kCow, kStart, kLength + kPageSize, "EFAULT", true},
        };
        for (const Row& row : rows) {
            CAPTURE(row.start);
            CAPTURE(row.size);
            for (const auto type : {ActionType::remap, ActionType::ioremap}) {
                VmAreaDesc desc = desc_of(row.flags);
                const auto ask =
                    type == ActionType::remap ? mmap_action_remap : mmap_action_ioremap;
                ask(desc, row.start, Pfn{99}, row.size);
                CHECK_EQ(warnings(profile_of(v7_0), desc), row.warns ? "action-range " : "");
                VmAreaDesc old = desc;

                const auto result = mmap_action_prepare(profile_of(v7_1), desc);
                CHECK_EQ(name(result), row.since_7_1);
                CHECK_EQ(desc.flags, (result ? row.flags | kVmRemap : row.flags));
                CHECK_EQ(desc.pgoff, (result && row.flags == kCow ? Pgoff{99} : kPgoff));
                CHECK_EQ(desc.action.type, (result ? ActionType::remap : type));

                CHECK(mmap_action_prepare(profile_of(v7_0), old));
                CHECK_EQ(old.flags, (row.flags | kVmRemap));
                CHECK_EQ(old.pgoff, (row.flags == kCow ? Pgoff{99} : kPgoff));
                CHECK_EQ(old.action.type, type);
            }
        }
    }

    TEST_CASE("rule 6.5: an I/O remap decrypts, unless the hook chose otherwise") {
        VmAreaDesc plain = desc_of(kSharedFile);
        mmap_action_ioremap_full(plain, Pfn{9});
        CHECK(mmap_action_prepare(profile_of(v7_1), plain));
        CHECK_EQ(plain.action.page_prot, PageProt::decrypted);

        VmAreaDesc noncached = desc_of(kSharedFile, PageProt::noncached);
        mmap_action_ioremap_full(noncached, Pfn{9});
        CHECK(mmap_action_prepare(profile_of(v7_1), noncached));
        CHECK_EQ(noncached.action.page_prot, PageProt::noncached);
    }

    TEST_CASE("rule 6.5: a simple ioremap becomes a remap of the frames at the offset") {
        VmAreaDesc desc = desc_of(kSharedFile, PageProt::noncached);
        mmap_action_simple_ioremap(desc, 0xfed00000, 6 * kPageSize);
        desc.action.fail = Errno::eio;
        CHECK(mmap_action_prepare(profile_of(v7_1), desc));
        CHECK_EQ(desc.action.type, ActionType::remap);
        CHECK_EQ(desc.action.start, kStart);
        CHECK_EQ(desc.action.size, kLength);
        CHECK_EQ(desc.action.pfn, Pfn{0xfed02});
        CHECK_EQ(desc.action.page_prot, PageProt::noncached);
        CHECK_EQ(desc.flags, (kSharedFile | kVmRemap));
        CHECK_EQ(complete(profile_of(v7_1), desc.action), "EIO");

        VmAreaDesc small = desc_of(kSharedFile);
        mmap_action_simple_ioremap(small, 0xfed00000, 5 * kPageSize);
        CHECK_EQ(name(mmap_action_prepare(profile_of(v7_1), small)), "EINVAL");
        CHECK_EQ(small.flags, kSharedFile);
    }

    TEST_CASE("DELTA 2.5: kernel pages set MIXEDMAP before their range is looked at") {
        VmAreaDesc desc = desc_of(kSharedFile);
        mmap_action_map_kernel_pages(desc, kStart + kPageSize, 3);
        CHECK(mmap_action_prepare(profile_of(v7_1), desc));
        CHECK_EQ(desc.flags, (kSharedFile | kVmMixedMap));
        CHECK_EQ(desc.pgoff, kPgoff);

        VmAreaDesc outside = desc_of(kSharedFile);
        mmap_action_map_kernel_pages(outside, kStart + kPageSize, 4);
        CHECK_EQ(warnings(profile_of(v7_1), outside), "action-range ");
        CHECK_EQ(name(mmap_action_prepare(profile_of(v7_1), outside)), "EFAULT");
        CHECK_EQ(outside.flags, (kSharedFile | kVmMixedMap));
    }

    TEST_CASE("DELTA 2.3: an override that is no negative errno is EINVAL, whatever the action") {
        struct Row {
            std::int64_t value;
            bool valid;
        };
        for (const Row& row : std::vector<Row>{
                 {0, true}, {-1, true}, {-11, true}, {-4095, true}, {-4096, false}, {1, false}}) {
            CAPTURE(row.value);
            VmAreaDesc desc = desc_of(kSharedFile);
            desc.action.error_override = row.value;
            CHECK_EQ(warnings(profile_of(v7_2), desc), row.valid ? "" : "action-by-hand ");
            CHECK_EQ(name(mmap_action_prepare(profile_of(v7_2), desc)),
                     row.valid ? "ok" : "EINVAL");
            CHECK_EQ(name(mmap_action_prepare(profile_of(v7_1), desc)), "ok");
            CHECK_EQ(warnings(profile_of(v7_1), desc), "");
        }
    }
}

TEST_SUITE("mm/mmap_action complete") {
    TEST_CASE("rule 6.5: which types can be completed depends on the version") {
        struct Row {
            ActionType type;
            const char* v7_0;
            const char* v7_1;
        };
        for (const Row& row : std::vector<Row>{{ActionType::nothing, "ok", "ok"},
                                               {ActionType::remap, "ok", "ok"},
                                               {ActionType::ioremap, "ok", "EINVAL"},
                                               {ActionType::simple_ioremap, "EINVAL", "EINVAL"},
                                               {ActionType::map_kernel_pages, "ok", "ok"}}) {
            const MmapAction action = action_of(row.type);
            CHECK_EQ(complete(profile_of(v7_0), action), row.v7_0);
            CHECK_EQ(complete(profile_of(v7_1), action), row.v7_1);
        }
    }

    TEST_CASE("rule 6.5: a remap that begins inside a page or is empty is EINVAL") {
        MmapAction action = action_of(ActionType::remap, kStart + 1, kPageSize);
        CHECK_EQ(complete(profile_of(v7_1), action), "EINVAL");
        action.start = kStart;
        action.size = 0;
        CHECK_EQ(complete(profile_of(v7_1), action), "EINVAL");
        action.size = 1;
        CHECK_EQ(complete(profile_of(v7_1), action), "ok");
    }

    TEST_CASE("rule 6.5: page tables fail as told: at once, or after so many pages") {
        for (const auto type : {ActionType::remap, ActionType::map_kernel_pages}) {
            MmapAction action = action_of(type);
            action.fail = Errno::eio;
            CHECK_EQ(complete(profile_of(v7_1), action), "EIO");
            action.fail_page = 3;
            CHECK_EQ(complete(profile_of(v7_1), action), "EIO");
            action.fail_page = 4;
            CHECK_EQ(complete(profile_of(v7_1), action), "ok");
            action.fail = Errno::ok;
            action.fail_page = 0;
            CHECK_EQ(complete(profile_of(v7_1), action), "ENOMEM");
        }
    }
}

TEST_SUITE("mm/remap") {
    TEST_CASE("rule 6.5: device memory must reach from the offset to the end of the mapping") {
        struct Row {
            std::uint64_t phys, size, pgoff, pages;
            std::uint64_t pfn;  // 0: EINVAL
        };
        const std::uint64_t kTop = ~std::uint64_t{0};
        for (const Row& row : std::vector<Row>{
                 {0xfed00000, 0x4000, 0, 4, 0xfed00},
                 {0xfed00000, 0x4000, 0, 5, 0},
                 {0xfed00000, 0x4000, 1, 3, 0xfed01},
                 {0xfed00000, 0x4000, 1, 4, 0},
                 {0xfed00000, 0x4000, 4, 1, 0},
                 {0xfed00000, 0x4000, 5, 1, 0},
                 {0xfed00800, 0x1000, 0, 2, 0xfed00},  // the offset in the page makes it two
                 {0xfed00000, 1, 0, 1, 0xfed00},
                 {kTop, 2, 0, 1, 0},  // the end wraps
                 {kTop - 0xfff, 0xfff, 0, 1, kTop >> 12},
             }) {
            CAPTURE(row.phys);
            CAPTURE(row.size);
            CAPTURE(row.pgoff);
            const auto window =
                io_memory_window(row.phys, row.size, Pgoff{row.pgoff}, Pages{row.pages});
            CHECK_EQ(bool(window), row.pfn != 0);
            if (window) CHECK_EQ(window->pfn, Pfn{row.pfn});
            if (!window) CHECK_EQ(window.error(), Errno::einval);
        }
    }

    TEST_CASE(
        "rule 3.4: remap_pfn_range makes the VMA special; a COW one gets the frame as offset") {
        HalfBuiltVma shared = half_of(kSharedFile);
        CHECK(remap_pfn_range(shared, kStart, Pfn{99}, kLength));
        CHECK_EQ(shared.flags, (kSharedFile | kVmRemap));
        CHECK_EQ(shared.pgoff, kPgoff);
        CHECK(shared.pages_mapped);

        HalfBuiltVma cow = half_of(kCow);
        CHECK(remap_pfn_range(cow, kStart, Pfn{99}, kLength));
        CHECK_EQ(cow.pgoff, Pgoff{99});

        HalfBuiltVma part = half_of(kCow);
        CHECK_EQ(name(remap_pfn_range(part, kStart, Pfn{99}, kPageSize)), "EINVAL");
        CHECK_EQ(part.pgoff, kPgoff);
        CHECK_FALSE(part.pages_mapped);

        HalfBuiltVma off = half_of(kSharedFile);
        CHECK_EQ(name(remap_pfn_range(off, kStart + 1, Pfn{99}, kPageSize)), "EINVAL");
        CHECK_EQ(off.flags, kSharedFile);
    }

    TEST_CASE("rule 6.5: vm_iomap_memory maps the whole VMA or nothing") {
        HalfBuiltVma vma = half_of(kCow);
        CHECK(vm_iomap_memory(vma, 0xfed00000, 6 * kPageSize));
        CHECK_EQ(vma.pgoff, Pgoff{0xfed02});
        CHECK(vma.pages_mapped);

        HalfBuiltVma small = half_of(kCow);
        CHECK_EQ(name(vm_iomap_memory(small, 0xfed00000, 5 * kPageSize)), "EINVAL");
        CHECK_EQ(small.flags, kCow);
    }

    TEST_CASE("rule 6.5: kernel pages go inside the VMA and make it mixed") {
        HalfBuiltVma vma = half_of(kSharedFile);
        CHECK(vm_insert_pages(vma, kStart + kPageSize, 3));
        CHECK_EQ(vma.flags, (kSharedFile | kVmMixedMap));
        CHECK(vma.pages_mapped);

        HalfBuiltVma outside = half_of(kSharedFile);
        CHECK_EQ(name(vm_insert_pages(outside, kStart + kPageSize, 4)), "EFAULT");
        CHECK_EQ(name(vm_insert_page(outside, kStart + kLength)), "EFAULT");
        CHECK_EQ(name(vm_insert_page(outside, kStart - kPageSize)), "EFAULT");
        CHECK_EQ(outside.flags, kSharedFile);
    }
}
