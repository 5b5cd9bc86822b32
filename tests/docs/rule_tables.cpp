// SPDX-License-Identifier: GPL-2.0-or-later
#include "docs/rule_tables.h"

#include "mm/failure_table.h"
#include "mm/profile.h"
#include "mm/profile_rows.h"
#include "mm/vm_flags.h"

namespace mmsim::test {
namespace {

using Cells = std::vector<std::string>;

std::string row(const Cells& cells) {
    std::string line = "|";
    for (const std::string& cell : cells) line += " " + cell + " |";
    return line + "\n";
}

std::string head(const Cells& cells) {
    std::string text = row(cells);
    text += "|";
    for (std::size_t i = 0; i < cells.size(); ++i) text += "---|";
    return text + "\n";
}

std::string code(std::string_view text) { return "`" + std::string(text) + "`"; }

std::string versions(KernelVersion since, KernelVersion until) {
    const bool from_first = since == all_profiles().front().version;
    const bool to_last = until == newest_profile().version;
    const std::string first(profile_of(since).name);
    const std::string last(profile_of(until).name);
    if (from_first && to_last) return "all";
    if (since == until) return to_last ? first + "+" : first;
    return to_last ? first + "+" : first + "–" + last;
}

std::string text_of(OldMappings value) {
    switch (value) {
        case OldMappings::kept:
            return "kept";
        case OldMappings::lost:
            return "**lost**";
        case OldMappings::replaced:
            return "replaced";
    }
    return {};
}

std::string text_of(ChargeLeft value) {
    switch (value) {
        case ChargeLeft::nothing:
            return "–";
        case ChargeLeft::gathered:
            return "what the lost ones had charged";
        case ChargeLeft::pages:
            return "all pages of the request";
    }
    return {};
}

std::string text_of(FileReference value) {
    switch (value) {
        case FileReference::none_taken:
            return "–";
        case FileReference::put:
            return "put";
        case FileReference::by_unmap:
            return "put by the unmap";
        case FileReference::kept:
            return "kept";
    }
    return {};
}

std::string text_of(ReplacedFile value) {
    switch (value) {
        case ReplacedFile::none:
            return "–";
        case ReplacedFile::leaks:
            return "**leaks**";
        case ReplacedFile::put:
            return "put";
        case ReplacedFile::put_twice:
            return "**put twice**";
        case ReplacedFile::by_unmap:
            return "put by the unmap";
    }
    return {};
}

std::string failures() {
    std::string text =
        head({"stage", "point", "versions", "errno", "old mappings", "charge that stays", "file",
              "file the hook stored", "new VMA closed", "from"});
    for (const FailureRow& failure : failure_table()) {
        const bool hooks = failure.usual == Errno::ok;
        text += row({failure.stage.empty() ? "–" : std::string(failure.stage),
                     code(fail_point_name(failure.point)), versions(failure.since, failure.until),
                     hooks ? "the hook's" : std::string(errno_name(failure.usual)),
                     text_of(failure.old_mappings), text_of(failure.charge), text_of(failure.file),
                     text_of(failure.replaced), failure.closes_new_vma ? "yes" : "–",
                     std::string(failure.source)});
    }
    return text;
}

std::string version_matrix() {
    Cells titles = {"behaviour", "rule"};
    for (const Profile& profile : all_profiles()) titles.emplace_back(profile.name);
    std::string text = head(titles);
    for (const ProfileRow& behaviour : profile_rows()) {
        Cells cells = {std::string(behaviour.what), std::string(behaviour.rule)};
        for (const Profile& profile : all_profiles()) cells.push_back(behaviour.cell(profile));
        text += row(cells);
    }
    return text;
}

std::string sets_of(VmaBit bit) {
    const struct {
        const char* name;
        VmFlags set;
    } sets[] = {
        {"special", kVmSpecial}, {"remap", kVmRemap},       {"sticky", kVmSticky},
        {"access", kVmAccess},   {"locked", kVmLockedMask},
    };
    std::string names;
    for (const auto& [name, set] : sets) {
        if (set.any(bit)) names += (names.empty() ? "" : ", ") + std::string(name);
    }
    return names.empty() ? "–" : names;
}

std::string flags() {
    std::string text = head({"bit", "name", "smaps", "sets"});
    for (int i = 0; i <= static_cast<int>(VmaBit::sealed); ++i) {
        const auto bit = static_cast<VmaBit>(i);
        const std::string_view smaps = vma_bit_code(bit);
        text += row({std::to_string(i), code(vma_bit_name(bit)), smaps.empty() ? "–" : code(smaps),
                     sets_of(bit)});
    }
    return text;
}

}  // namespace

std::vector<Table> rule_tables() {
    return {{"failures", failures()}, {"versions", version_matrix()}, {"flags", flags()}};
}

}  // namespace mmsim::test
