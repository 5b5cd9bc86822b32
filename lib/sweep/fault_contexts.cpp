// SPDX-License-Identifier: GPL-2.0-or-later
#include "sweep/fault_contexts.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <sstream>
#include <utility>

#include <spdlog/fmt/fmt.h>

#include "base/linux_abi.h"
#include "base/page.h"
#include "trace/trace_writer.h"

namespace mmsim {

namespace {

constexpr std::array<std::string_view, kNeighbours> kNeighbourNames = {
    "none", "left", "right", "both", "both_faulted", "closing"};
constexpr std::array<std::string_view, kPlacements> kPlacementNames = {"fresh", "over_one",
                                                                       "over_part", "over_three"};
constexpr std::array<std::string_view, kRoutes> kRouteNames = {"direct", "compat", "stacked",
                                                               "behind", "wraps"};
constexpr std::array<std::string_view, kAccesses> kAccessNames = {"shared", "private", "read_only",
                                                                  "closed"};
constexpr std::array<std::string_view, 5> kOpNames = {"mmap", "munmap", "mprotect", "mremap",
                                                      "fork"};

constexpr RequestShape kShapes[] = {{4, 4}, {4, 0}, {1, 1}, {1, 0}, {16, 0}, {512, 512}, {512, 0}};

// The file that a request is made of, by route.
constexpr std::array<std::string_view, kRoutes> kFiles = {"dev", "outer", "stack", "behind",
                                                          "wraps"};

// Far from everything, at a boundary of huge pages.
constexpr std::uint64_t kScene = 0x100000000000;

constexpr std::string_view kOuterDriver =
    R"({"name": "passes_on", "summary": "an old hook that hands the mapping to dev",)"
    R"( "mmap": [{"inner": "dev"}]})";
// Two pages from the last one on come to the first one.
constexpr std::string_view kBehindDriver =
    R"({"name": "passes_on_behind", "summary": "hands the mapping to dev, from 4 TiB on",)"
    R"( "mmap": [{"pgoff": "0x40000000"}, {"inner": "dev"}]})";
constexpr std::string_view kWrapsDriver =
    R"({"name": "passes_on_wraps", "summary": "hands the mapping to dev, from the last page on",)"
    R"( "mmap": [{"pgoff": "0xfffffffffffff"}, {"inner": "dev"}]})";
constexpr std::string_view kClosingDriver =
    R"({"name": "closing", "summary": "wants to hear of the end", "mmap": [{"vm_ops": true}],)"
    R"( "vm_ops": {"open": [], "close": []}})";

// Writes the records of one context.
class Script {
public:
    explicit Script(const FaultContext& context)
        : context_(context),
          file_(kFiles[static_cast<std::size_t>(context.route)]),
          pages_(context.shape.pages) {}

    ContextScript write() {
        if (context_.op == SweptOp::mmap) {
            lay_out();
            return {std::move(records_), map_file(0, pages_, context_.shape.offset)};
        }
        add(map_file(0, pages_, context_.shape.offset));
        return {std::move(records_), call_on_mapping()};
    }

private:
    // Addresses are counted in pages from the start of the request.
    static std::uint64_t address(std::int64_t page) {
        const std::uint64_t request = kScene + (std::uint64_t{8} << 21);
        return request + static_cast<std::uint64_t>(page) * kPageSize;
    }
    static std::uint64_t bytes(std::uint64_t pages) { return pages * kPageSize; }
    std::int64_t end() const { return static_cast<std::int64_t>(pages_); }

    static TraceRecord record(TraceCall call) {
        TraceRecord made;
        made.pid = 1;
        made.call = std::move(call);
        return made;
    }
    void add(TraceRecord made) { records_.push_back(std::move(made)); }

    std::uint64_t prot() const {
        const bool reads =
            context_.access == Access::read_only || context_.access == Access::closed;
        return reads ? kProtRead : kProtRead | kProtWrite;
    }
    TraceRecord map_file(std::int64_t page, std::uint64_t pages, std::uint64_t offset) const {
        const bool is_private = context_.access == Access::private_;
        return record(MmapCall{.addr = address(page),
                               .length = bytes(pages),
                               .prot = prot(),
                               .flags = kMapFixed | (is_private ? kMapPrivate : kMapShared),
                               .file = {.fd = -1, .path = {}, .deleted = false, .id = file_},
                               .offset = bytes(offset)});
    }
    static TraceRecord map_closing(std::int64_t page, std::uint64_t pages) {
        return record(MmapCall{.addr = address(page),
                               .length = bytes(pages),
                               .prot = kProtRead,
                               .flags = kMapFixed | kMapShared,
                               .file = {.fd = -1, .path = {}, .deleted = false, .id = "closing"},
                               .offset = 0});
    }
    static TraceRecord map_memory(std::int64_t page, std::uint64_t pages) {
        return record(MmapCall{.addr = address(page),
                               .length = bytes(pages),
                               .prot = kProtRead | kProtWrite,
                               .flags = kMapFixed | kMapPrivate | kMapAnonymous,
                               .file = {},
                               .offset = 0});
    }
    static TraceRecord touch(std::int64_t page) {
        return record(TouchCall{
            .addr = address(page), .length = kPageSize, .write = true, .fault_at = std::nullopt});
    }

    bool has_left() const {
        const Neighbours n = context_.neighbours;
        return n == Neighbours::left || n == Neighbours::both || n == Neighbours::both_faulted;
    }
    bool has_right() const {
        const Neighbours n = context_.neighbours;
        return n == Neighbours::right || n == Neighbours::both || n == Neighbours::both_faulted;
    }
    // Where the file goes on to both sides; from its start where there is nothing before it.
    std::uint64_t offset_of_left() const {
        return context_.shape.offset < pages_ ? context_.shape.offset
                                              : context_.shape.offset - pages_;
    }

    void lay_out() {
        const bool both = has_left() && has_right();
        if (context_.placement == Placement::over_part && both) {
            // One mapping of the file: what the request leaves of it are the neighbours.
            add(map_file(-end(), 3 * pages_, offset_of_left()));
        } else {
            if (has_left()) add(map_file(-end(), pages_, offset_of_left()));
            if (has_right()) add(map_file(end(), pages_, context_.shape.offset + pages_));
            if (context_.neighbours == Neighbours::closing) add(map_closing(end(), pages_));
            lay_under();
        }
        if (context_.neighbours != Neighbours::both_faulted) return;
        add(touch(-end()));
        add(touch(end()));
    }

    // What the request replaces.
    void lay_under() {
        const bool free_left = !has_left();
        const bool free_right = !has_right() && context_.neighbours != Neighbours::closing;
        switch (context_.placement) {
            case Placement::fresh:
                break;
            case Placement::over_one:
                add(map_memory(0, pages_));
                break;
            case Placement::over_part:
                add(map_memory(free_left ? -end() : 0, pages_ * (1 + std::uint64_t{free_left} +
                                                                 std::uint64_t{free_right})));
                break;
            case Placement::over_three:
                add(map_memory(0, 1));
                add(map_closing(1, 1));
                add(map_memory(2, pages_ - 2));
                break;
        }
    }

    // On the second half of the mapping, or on all of it where it is too short to be cut.
    TraceRecord call_on_mapping() const {
        const std::uint64_t part = std::max<std::uint64_t>(pages_ / 2, 1);
        const std::uint64_t addr = address(end() - static_cast<std::int64_t>(part));
        switch (context_.op) {
            case SweptOp::munmap:
                return record(MunmapCall{.addr = addr, .length = bytes(part)});
            case SweptOp::mprotect:
                return record(MprotectCall{
                    .addr = addr, .length = bytes(part), .prot = 0, .pkey = std::nullopt});
            case SweptOp::mremap:
                return record(MremapCall{.addr = addr,
                                         .old_length = bytes(part),
                                         .length = bytes(part),
                                         .flags = kMremapMayMove | kMremapFixed,
                                         .new_addr = address(4 * end())});
            case SweptOp::fork:
            case SweptOp::mmap:
                break;
        }
        return record(CloneCall{.kind = CloneKind::fork, .flags = 0, .child = 2});
    }

    const FaultContext& context_;
    std::string_view file_;
    std::uint64_t pages_;
    std::vector<TraceRecord> records_;
};

// Fewer than three pages have no room for three VMAs under them.
bool has_room(const FaultContext& context) {
    return context.placement != Placement::over_three || context.shape.pages >= 3;
}

// Of which there is every context.
constexpr std::size_t kSweptRoutes = static_cast<std::size_t>(Route::stacked) + 1;

template <typename Enum>
Enum nth(std::size_t i) {
    return static_cast<Enum>(i);
}

void add_main_contexts(std::vector<FaultContext>& all, const RequestShape (&main)[kAccesses]) {
    for (std::size_t r = 0; r < kSweptRoutes; ++r) {
        for (std::size_t p = 0; p < kPlacements; ++p) {
            for (std::size_t n = 0; n < kNeighbours; ++n) {
                for (std::size_t a = 0; a < static_cast<std::size_t>(Access::closed); ++a) {
                    const FaultContext context{.op = SweptOp::mmap,
                                               .neighbours = nth<Neighbours>(n),
                                               .placement = nth<Placement>(p),
                                               .route = nth<Route>(r),
                                               .access = nth<Access>(a),
                                               .shape = main[a]};
                    if (has_room(context)) all.push_back(context);
                }
            }
        }
    }
}

}  // namespace

std::span<const RequestShape> request_shapes() { return kShapes; }

std::vector<FaultContext> all_contexts(const RequestShape (&main)[kAccesses]) {
    std::vector<FaultContext> all;
    add_main_contexts(all, main);
    for (std::size_t a = 0; a < kAccesses; ++a) {
        const auto access = nth<Access>(a);
        for (const RequestShape& shape : kShapes) {
            if (shape == main[a] && access != Access::closed) continue;
            for (const Placement placement : {Placement::fresh, Placement::over_one}) {
                all.push_back({.op = SweptOp::mmap,
                               .neighbours = Neighbours::none,
                               .placement = placement,
                               .route = Route::direct,
                               .access = access,
                               .shape = shape});
            }
        }
        for (const SweptOp op :
             {SweptOp::munmap, SweptOp::mprotect, SweptOp::mremap, SweptOp::fork}) {
            for (std::size_t r = 0; r < kSweptRoutes; ++r) {
                all.push_back({.op = op,
                               .neighbours = Neighbours::none,
                               .placement = Placement::fresh,
                               .route = nth<Route>(r),
                               .access = access,
                               .shape = main[a]});
            }
        }
        all.push_back(offset_context(Route::wraps, access));
    }
    return all;
}

FaultContext offset_context(Route route, Access access) {
    return {.op = SweptOp::mmap,
            .neighbours = Neighbours::none,
            .placement = Placement::fresh,
            .route = route,
            .access = access,
            .shape = {2, 0}};
}

std::string FaultContext::name() const {
    const std::string_view by = kRouteNames[static_cast<std::size_t>(route)];
    const std::string_view how = kAccessNames[static_cast<std::size_t>(access)];
    if (op != SweptOp::mmap) {
        return fmt::format("{},{},{},{}@{}", kOpNames[static_cast<std::size_t>(op)], by, how,
                           shape.pages, shape.offset);
    }
    return fmt::format("{},{},{},{},{}@{}", kNeighbourNames[static_cast<std::size_t>(neighbours)],
                       kPlacementNames[static_cast<std::size_t>(placement)], by, how, shape.pages,
                       shape.offset);
}

std::string_view FaultContext::group() const {
    return op == SweptOp::mmap ? kPlacementNames[static_cast<std::size_t>(placement)]
                               : kOpNames[static_cast<std::size_t>(op)];
}

ContextScript script_of(const FaultContext& context) { return Script(context).write(); }

bool is_helper_driver(std::string_view name, std::string_view swept) {
    return name != swept &&
           (name.starts_with("passes_on") || name == "closing" || name == "overlay");
}

TraceHeader context_header(std::string_view driver, std::string_view kernel, Access access) {
    TraceHeader header;
    header.kernel = std::string(kernel);
    header.limits.hugepages = 64;
    const auto file = [&](std::string id, std::string path, std::string by, std::string params) {
        TraceFile made;
        made.id = std::move(id);
        made.path = std::move(path);
        made.driver = std::move(by);
        made.mode = access == Access::closed ? "r" : "rw";
        made.params = std::move(params);
        header.files.push_back(std::move(made));
    };
    const bool stacks = driver == "overlay";
    file("dev", "/swept/dev", std::string(driver), stacks ? R"({"backing": "under"})" : "");
    if (driver == "hugetlbfs") header.files.back().type = "hugetlbfs";
    if (stacks) file("under", "/swept/under", "ext4", "");
    file("outer", "/swept/outer", "passes_on", "");
    file("stack", "/swept/stack", "overlay", R"({"backing": "dev"})");
    file("behind", "/swept/behind", "passes_on_behind", "");
    file("wraps", "/swept/wraps", "passes_on_wraps", "");
    file("closing", "/swept/closing", "closing", "");
    const auto add_driver = [&](std::string_view name, std::string_view json) {
        TraceDriver& added = header.drivers.emplace_back();
        added.name = name;
        added.json = json;
    };
    add_driver("passes_on", kOuterDriver);
    add_driver("passes_on_behind", kBehindDriver);
    add_driver("passes_on_wraps", kWrapsDriver);
    add_driver("closing", kClosingDriver);
    return header;
}

namespace {

// The scene's files and drivers that this context has nothing to do with go.
void keep_what_is_used(TraceHeader& header, const ContextScript& script) {
    std::vector<std::string_view> used = {"dev", "under"};
    const auto use = [&](const TraceRecord& record) {
        const auto* mmap = std::get_if<MmapCall>(&record.call);
        if (mmap != nullptr) used.push_back(mmap->file.id);
    };
    std::ranges::for_each(script.scene, use);
    use(script.call);
    std::erase_if(header.files,
                  [&](const TraceFile& file) { return std::ranges::count(used, file.id) == 0; });
    std::erase_if(header.drivers, [&](const TraceDriver& driver) {
        return std::ranges::find(header.files, driver.name, &TraceFile::driver) ==
               header.files.end();
    });
    if (header.files.front().type != "hugetlbfs") header.limits.hugepages.reset();
}

}  // namespace

std::string context_trace(const FaultContext& context, const TraceHeader& header,
                          const std::optional<RecordFail>& fail) {
    ContextScript script = script_of(context);
    script.call.fail = fail;
    TraceHeader used = header;
    keep_what_is_used(used, script);
    std::ostringstream out;
    TraceWriter writer(out, TraceFormat::json, used);
    for (const TraceRecord& record : script.scene) writer.write(record);
    writer.write(script.call);
    writer.finish();
    return out.str();
}

}  // namespace mmsim
