// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/layout_diff.h"

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <vector>

#include <spdlog/fmt/fmt.h>

#include "check/layout_rows.h"
#include "check/side_by_side.h"
#include "trace/maps_text.h"

namespace mmsim {

namespace {

bool device_known(const MapsEntry& entry) { return entry.device != "00:00" || entry.inode != 0; }

bool equal(const MapsEntry& a, const MapsEntry& b) {
    if (device_known(a) && device_known(b) && (a.device != b.device || a.inode != b.inode)) {
        return false;
    }
    const auto rest = [](const MapsEntry& e) {
        return std::tie(e.start, e.end, e.readable, e.writable, e.executable, e.shared, e.offset,
                        e.path, e.deleted);
    };
    return rest(a) == rest(b);
}

std::string text_of(const MapsEntry& entry, bool with_device) {
    std::string text =
        fmt::format("{:08x}-{:08x} {}{}{}{} {:08x}", entry.start, entry.end,
                    entry.readable ? 'r' : '-', entry.writable ? 'w' : '-',
                    entry.executable ? 'x' : '-', entry.shared ? 's' : 'p', entry.offset);
    if (with_device) text += fmt::format(" {} {}", entry.device, entry.inode);
    if (!entry.path.empty()) text += " " + entry.path;
    if (entry.deleted) text += " (deleted)";
    return text;
}

using Row = PairedMapping<MapsEntry>;

std::vector<const MapsEntry*> pointers(const std::vector<MapsEntry>& entries) {
    std::vector<const MapsEntry*> all;
    all.reserve(entries.size());
    for (const MapsEntry& entry : entries) all.push_back(&entry);
    return all;
}

std::vector<Row> align(const std::vector<MapsEntry>& expected, const std::vector<MapsEntry>& got) {
    return pair_mappings(pointers(expected), pointers(got), equal);
}

bool is_vsyscall(const MapsEntry& entry) { return entry.path == "[vsyscall]"; }

void drop_lonely_vsyscall(std::vector<MapsEntry>& a, std::vector<MapsEntry>& b) {
    if (std::ranges::any_of(a, is_vsyscall) && std::ranges::any_of(b, is_vsyscall)) return;
    std::erase_if(a, is_vsyscall);
    std::erase_if(b, is_vsyscall);
}

// Gives a mapping without a name the path of the one it is compared with.
void take_path_over(const Row& row, std::vector<MapsEntry>& got) {
    if (row.left == nullptr || row.right == nullptr || !row.right->path.empty()) return;
    if (!row.left->path.starts_with('/')) return;
    MapsEntry& entry = got[static_cast<std::size_t>(row.right - got.data())];
    entry.path = row.left->path;
    entry.deleted = row.left->deleted;
}

std::vector<SideRow> as_text(const std::vector<Row>& rows) {
    const auto text = [](const MapsEntry* entry, const MapsEntry* other) {
        if (entry == nullptr) return std::string();
        const bool devices = other != nullptr && device_known(*entry) && device_known(*other) &&
                             (entry->device != other->device || entry->inode != other->inode);
        return text_of(*entry, devices);
    };
    std::vector<SideRow> texts;
    texts.reserve(rows.size());
    for (const Row& row : rows) {
        texts.push_back({text(row.left, row.right), text(row.right, row.left), row.same});
    }
    return texts;
}

std::string pid_text(const std::optional<std::int64_t>& pid) {
    return pid ? fmt::format(" of pid {}", *pid) : "";
}

}  // namespace

std::optional<std::string> compare_layouts(const NamedLayout& expected, const NamedLayout& got,
                                           const LayoutDiffOptions& options) {
    std::vector<MapsBlock> theirs = parse_maps_blocks(expected.text, std::string(expected.name));
    std::vector<MapsBlock> ours = parse_maps_blocks(got.text, std::string(got.name));
    if (theirs.size() == 1 && !theirs[0].pid) {
        ours.resize(1);
        ours[0].pid.reset();
    }
    std::string out;
    for (std::size_t i = 0; i < std::max(theirs.size(), ours.size()); ++i) {
        MapsBlock nothing;
        MapsBlock& their = i < theirs.size() ? theirs[i] : nothing;
        MapsBlock& our = i < ours.size() ? ours[i] : nothing;
        drop_lonely_vsyscall(their.entries, our.entries);
        auto rows = align(their.entries, our.entries);
        if (options.paths_unknown) {
            for (const Row& row : rows) take_path_over(row, our.entries);
            rows = align(their.entries, our.entries);
        }
        const auto differing =
            std::ranges::count_if(rows, [](const Row& row) { return !row.same; });
        if (differing == 0 && their.pid == our.pid) continue;
        out += fmt::format("layout{} differs from {}: {} of {} lines\n", pid_text(our.pid),
                           expected.name, differing, rows.size());
        if (their.pid != our.pid) {
            out += fmt::format("  expected a layout{}\n", pid_text(their.pid));
        }
        out += side_by_side(as_text(rows));
    }
    if (out.empty()) return std::nullopt;
    return out;
}

}  // namespace mmsim
