// SPDX-License-Identifier: GPL-2.0-or-later
// Every failure point of the mmap pipeline in every context, as one table of pictures. Each point
// is made to fail at each of its passings until none is left, so a point without a row fails the
// test, and so does a row that nothing reaches. Rules 3.1 to 3.3, DELTA 1.2.
#include <algorithm>
#include <array>
#include <set>

#include <doctest/doctest.h>

#include "mm/mmap_action.h"
#include "support/map_picture.h"
#include "support/scripted_driver.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

using enum KernelVersion;
using P = FailPoint;
using E = Errno;

// ---- where the request goes: columns 2 to 5 of eight

constexpr std::size_t kContexts = 7;
struct RequestContext {
    std::string_view name;
    std::string_view anonymous;  // private, writable, accounted
    std::string_view device;     // then mapped of the device, so lettered last
    std::string_view before;
    std::uint64_t accounted;  // pages under the request that are
    bool device_below;        // a VMA of the device lies under the request
};
// The letters of the device's VMAs follow those of anonymous memory.
constexpr std::array<RequestContext, kContexts> kContext = {{
    {"nothing there", "........", "", "........", 0, false},
    {"left neighbour", "........", "**......", "AA......", 0, false},
    {"right neighbour", "........", "......**", "......AA", 0, false},
    {"both neighbours", "........", "**....**", "AA....BB", 0, false},
    {"over one", "..AAAA..", "", "..AAAA..", 4, false},
    {"over part of one", ".AAAAAA.", "", ".AAAAAA.", 4, false},
    {"over three", ".AA..BB.", ".AA**BB.", ".AACCBB.", 2, true},
}};

// ---- what is left, whatever was to be mapped

struct Left {
    FailPoint point;
    std::uint32_t nth;                              // passing of the point
    Errno error;                                    // what it returns by itself
    std::array<std::string_view, kContexts> after;  // "": not passed so often there
};

constexpr std::string_view kNo = "";
// Passed only where something lies under the request.
constexpr std::array<std::string_view, kContexts> old(std::string_view one, std::string_view part,
                                                      std::string_view three) {
    return {kNo, kNo, kNo, kNo, one, part, three};
}
// After the old mappings are gone: a hole of the size of the request, edges cut.
constexpr std::array<std::string_view, kContexts> kGapLeft = {
    "........", "AA......", "......AA", "AA....BB", "........", ".B....C.", ".D....E."};
// Before: all is there, edges cut.
constexpr std::array<std::string_view, kContexts> kCutLeft = {
    "........", "AA......", "......AA", "AA....BB", "..AAAA..", ".BAAAAC.", ".DACCBE."};
constexpr std::array<std::string_view, kContexts> kUntouched = {
    "........", "AA......", "......AA", "AA....BB", "..AAAA..", ".AAAAAA.", ".AACCBB."};

// clang-format off
const std::vector<Left> kLeft = {
    //                                      over one    over part   over three
        {P::mdwe,            1, E::eacces, kUntouched},
    {P::arch_flags,      1, E::einval, kUntouched},
    {P::map_writable,    1, E::eperm,  kUntouched},
    // F1. The cuts made so far stay.
    {P::gather_limit,    1, E::enomem,old(kNo,     ".AAAAAA.", kNo)},
    {P::gather_sealed,   1, E::eperm, old("..AAAA..", ".AAAAAA.", ".AACCBB.")},
    {P::gather_sealed,   2, E::eperm, old(kNo,     ".BAAAAA.", ".DACCBB.")},
    {P::gather_sealed,   3, E::eperm, old(kNo,     kNo,     ".DACCBB.")},
    {P::gather_sealed,   4, E::eperm, old(kNo,     kNo,     ".DACCBB.")},
    {P::split_may_split, 1, E::einval,old(kNo,     ".AAAAAA.", ".AACCBB.")},
    {P::split_may_split, 2, E::einval,old(kNo,     ".BAAAAA.", ".DACCBB.")},
    {P::split_alloc,     1, E::enomem,old(kNo,     ".AAAAAA.", ".AACCBB.")},
    {P::split_alloc,     2, E::enomem,old(kNo,     ".BAAAAA.", ".DACCBB.")},
    {P::split_prealloc,  1, E::enomem,old(kNo,     ".AAAAAA.", ".AACCBB.")},
    {P::split_prealloc,  2, E::enomem,old(kNo,     ".BAAAAA.", ".DACCBB.")},
    // F2, F3. All cuts stay.
    {P::may_expand,      1, E::enomem, kCutLeft},
    {P::charge,          1, E::enomem, kCutLeft},
    // F4 to F10. No way back.
    {P::mmap_prepare,    1, E::enomem, kGapLeft},
    {P::action_prepare,  1, E::einval, kGapLeft},
    {P::vma_alloc,       1, E::enomem, kGapLeft},
    {P::vma_prealloc,    1, E::enomem, kGapLeft},
    {P::mmap,            1, E::enomem, kGapLeft},
    {P::shmem_setup,     1, E::enomem, kGapLeft},
    {P::action_complete, 1, E::enomem, kGapLeft},
    {P::mapped,          1, E::enomem, kGapLeft},
};
// clang-format on

const Left* left_of(FailPoint point, std::uint32_t nth) {
    const auto found = std::ranges::find_if(
        kLeft, [&](const Left& left) { return left.point == point && left.nth == nth; });
    return found == kLeft.end() ? nullptr : &*found;
}

// ---- what is to be mapped, and which late points it passes

// The commit counter keeps, of an accountable request: nothing, what it destroyed, or all of it.
enum class Keeps : std::uint8_t { nothing, destroyed, all };

Keeps keeps(FailPoint point, const Profile& profile) {
    switch (point) {
        case P::mmap_prepare:
        case P::action_prepare:
            return profile.version < v7_3 ? Keeps::all : Keeps::destroyed;
        case P::vma_alloc:
        case P::vma_prealloc:
        case P::mmap:
        case P::shmem_setup:
            return Keeps::destroyed;
        default:
            return Keeps::nothing;
    }
}

enum class RequestKind : std::uint8_t {
    anonymous,
    shared_anonymous,
    legacy,
    prepare,
    prepare_shared
};

struct FailureRequest {
    std::string_view name;
    RequestKind kind;
    KernelVersion since;
    bool accountable;
};
constexpr FailureRequest kRequests[] = {
    {"private anonymous", RequestKind::anonymous, v6_12, true},
    {"shared anonymous", RequestKind::shared_anonymous, v6_12, false},
    {"private, by .mmap", RequestKind::legacy, v6_12, true},
    {"private, by .mmap_prepare with an action", RequestKind::prepare, v6_16, true},
    {"shared, by .mmap_prepare with an action", RequestKind::prepare_shared, v6_16, false},
};

// The points behind the commit charge that a request passes where it merges with nobody.
std::vector<FailPoint> late_points(RequestKind kind, const Profile& profile) {
    std::vector<FailPoint> points;
    const bool prepare = kind == RequestKind::prepare || kind == RequestKind::prepare_shared;
    if (prepare) points.push_back(P::mmap_prepare);
    if (prepare && profile.version >= v7_1) points.push_back(P::action_prepare);
    points.insert(points.end(), {P::vma_alloc, P::vma_prealloc});
    if (kind == RequestKind::legacy) points.push_back(P::mmap);
    if (kind == RequestKind::shared_anonymous) points.push_back(P::shmem_setup);
    if (prepare && profile.version >= v7_0) points.push_back(P::action_complete);
    if (prepare && profile.version >= v7_1) points.push_back(P::mapped);
    return points;
}

class FailureScene {
public:
    FailureScene(const Profile& profile, const FailureRequest& request,
                 const RequestContext& context)
        : map(context.anonymous, {}, profile), request_(request), context_(context) {
        HookSet hooks = HookSet{}.with(Hook::open).with(Hook::close).with(Hook::mapped);
        const bool prepare =
            request.kind == RequestKind::prepare || request.kind == RequestKind::prepare_shared;
        const auto driver = scripted(hooks.with(prepare ? Hook::mmap_prepare : Hook::mmap));
        driver->on_mmap_prepare = [](HookCall& call, VmAreaDesc& desc) -> Result<> {
            if (call.profile().actions) mmap_action_remap_full(desc, Pfn{desc.pgoff.index});
            return {};
        };
        device = map.open(driver);
        // Neighbours and victims of the device, at offsets that nothing continues.
        std::string layout(map.now());
        for (std::size_t at = 0; (at = context.device.find('*', at)) != std::string_view::npos;) {
            const std::size_t end =
                std::min(context.device.find_first_not_of('*', at), context.device.size());
            layout.replace(at, end - at, end - at, '*');
            REQUIRE(map.mmap(layout, kRw, kMapShared, device, 100 * at + 50));
            layout = map.now();
            at = end;
        }
        REQUIRE_EQ(map.now(), context.before);
        committed = map.world.committed.count;
        closes = map.calls(device, Hook::close);
        opens = map.calls(device, Hook::open);
        refs = map.world.files[device.index].refs;
        writable = map.world.files[device.index].writable_vmas;
    }

    Result<std::uint64_t> mmap() {
        std::string picture(context_.before);
        picture.replace(2, 4, "****");
        switch (request_.kind) {
            case RequestKind::anonymous:
                // NOHUGEPAGE keeps it apart from what is left beside it.
                return map.mmap(picture, kRw, kAnon | kMapStack);
            case RequestKind::shared_anonymous:
                return map.mmap(picture, kRw, kShared);
            case RequestKind::prepare_shared:
                return map.mmap(picture, kRw, kMapShared, device, 7);
            case RequestKind::legacy:
            case RequestKind::prepare:
                break;
        }
        return map.mmap(picture, kRw, kMapPrivate, device, 7);
    }

    MapPicture map;
    FileId device;
    std::uint64_t committed, closes, opens;
    std::int64_t refs, writable;

private:
    const FailureRequest& request_;
    const RequestContext& context_;
};

std::int64_t vmas_of(const MapPicture& map, FileId file, VmFlags all = {}) {
    std::int64_t vmas = 0;
    for (auto vma = map.mm().vmas.first(); vma; vma.next()) {
        vmas += vma->file == file && vma->flags.all(all);
    }
    return vmas;
}

// Holds what one failure left against its row, to the last count.
void check_left(FailureScene& scene, const Left& left, const Profile& profile,
                const FailureRequest& request, std::size_t where) {
    const RequestContext& context = kContext[where];
    const bool lost = left.after == kGapLeft;
    CHECK_EQ(scene.map.now(), left.after[where]);

    std::uint64_t committed = scene.committed - (lost ? context.accounted : 0);
    const Keeps kept = request.accountable ? keeps(left.point, profile) : Keeps::nothing;
    if (kept == Keeps::all) committed += 4;
    if (kept == Keeps::destroyed) committed += context.accounted;
    CHECK_EQ(scene.map.world.committed.count, committed);

    const bool stood = left.point == P::action_complete || left.point == P::mapped;
    const std::uint64_t closed = (lost && context.device_below ? 1U : 0U) + (stood ? 1U : 0U);
    CHECK_EQ(scene.map.calls(scene.device, Hook::close) - scene.closes, closed);
    CHECK_EQ(scene.map.calls(scene.device, Hook::open), scene.opens);

    const File& file = scene.map.world.files[scene.device.index];
    CHECK_EQ(file.vmas, vmas_of(scene.map, scene.device));
    CHECK_EQ(file.refs, 1 + file.vmas);
    CHECK_EQ(file.writable_vmas, vmas_of(scene.map, scene.device, kVmShared | kVmMayWrite));
    CHECK_EQ(scene.map.world.shmem_live, 0);

    // Nothing is in the way of a second try.
    const std::string now = scene.map.now();
    CHECK(scene.map.mmap(now.substr(0, 2) + "****" + now.substr(6), kRw, kAnon));
    CHECK(scene.map.munmap(scene.map.now().substr(0, 2) + "****" + scene.map.now().substr(6)));
}

std::string point_text(FailPoint point, std::uint32_t nth) {
    return std::string(fail_point_name(point)) + "@" + std::to_string(nth);
}

}  // namespace

TEST_SUITE("mm/failure points") {
    TEST_CASE("rule 3.3: each point, at each passing, in each context leaves what is drawn") {
        std::set<std::string> reached;
        for (const Profile& profile : all_profiles()) {
            for (const FailureRequest& request : kRequests) {
                if (profile.version < request.since) continue;
                for (std::size_t where = 0; where < kContexts; ++where) {
                    std::vector<FailPoint> late;
                    for (std::size_t i = 0; i < kFailPoints; ++i) {
                        const auto point = static_cast<FailPoint>(i);
                        for (std::uint32_t nth = 1;; ++nth) {
                            FailureScene scene(profile, request, kContext[where]);
                            scene.map.faults.arm({.point = point, .n = nth});
                            const auto mapped = scene.mmap();
                            scene.map.faults.disarm();
                            if (scene.map.faults.fired() != point) break;
                            INFO("kernel ", profile.name, ", ", request.name, ", ",
                                 kContext[where].name, ", ", point_text(point, nth));
                            const Left* left = left_of(point, nth);
                            REQUIRE(left != nullptr);
                            REQUIRE_FALSE(left->after[where].empty());
                            CHECK_EQ(mapped.error(), left->error);
                            check_left(scene, *left, profile, request, where);
                            reached.insert(point_text(point, nth) + std::to_string(where));
                            if (point > P::charge) late.push_back(point);
                        }
                    }
                    INFO("kernel ", profile.name, ", ", request.name, ", ", kContext[where].name);
                    CHECK(late == late_points(request.kind, profile));
                }
            }
        }
        for (const Left& left : kLeft) {
            for (std::size_t where = 0; where < kContexts; ++where) {
                INFO(point_text(left.point, left.nth), ", ", kContext[where].name);
                const bool drawn = !left.after[where].empty();
                CHECK_EQ(reached.count(point_text(left.point, left.nth) + std::to_string(where)),
                         drawn ? 1 : 0);
            }
        }
    }
}
