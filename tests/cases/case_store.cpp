// SPDX-License-Identifier: GPL-2.0-or-later
#include "case_store.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <utility>

#include "base/input_error.h"
#include "trace/line_source.h"

namespace mmsim::cases {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongest = std::size_t{256} << 20;
using Files = std::map<std::string, std::string>;  // by path with '/'

bool cut_end(std::string& text, std::string_view end) {
    if (!text.ends_with(end)) return false;
    text.resize(text.size() - end.size());
    return true;
}

// Adds the members of a tar archive (ustar, regular files).
void unpack_tar(std::string_view tar, const std::string& prefix, Files& files) {
    constexpr std::size_t kBlock = 512;
    const auto field = [&](std::size_t at, std::size_t size) {
        const std::string_view text = tar.substr(at, size);
        return text.substr(0, text.find('\0'));
    };
    for (std::size_t at = 0; at + kBlock <= tar.size() && tar[at] != '\0';) {
        std::string path(field(at, 100));
        if (field(at + 257, 5) == "ustar") {
            if (const auto folder = field(at + 345, 155); !folder.empty()) {
                path = std::string(folder) + '/' + path;
            }
        }
        if (path.starts_with("./")) path.erase(0, 2);
        const std::string_view digits = field(at + 124, 12);
        std::size_t size = 0;
        std::from_chars(digits.data(), digits.data() + digits.size(), size, 8);
        const char type = tar[at + 156];
        at += kBlock;
        if (size > tar.size() - at) throw InputError(prefix + ": the archive ends too soon");
        if (type == '0' || type == '\0') files[prefix + path] = tar.substr(at, size);
        at += (size + kBlock - 1) / kBlock * kBlock;
    }
}

Files load_files(const fs::path& folder) {
    Files files;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file()) continue;
        std::string path = fs::relative(entry.path(), folder).generic_string();
        const bool packed = cut_end(path, ".zst") || cut_end(path, ".gz");
        if (!packed && (path.ends_with(".cpp") || path.ends_with(".h"))) continue;
        std::string text = read_whole(entry.path().string(), kLongest);
        if (cut_end(path, ".tar")) {
            unpack_tar(text, path + '/', files);
        } else {
            files[path] = std::move(text);
        }
    }
    return files;
}

// "live/cat_maps/trace.strace" -> "live/cat_maps", "trace.strace".
std::pair<std::string, std::string> split(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return {"", path};
    return {path.substr(0, slash), path.substr(slash + 1)};
}

// The last part of the path of a folder that holds cases: the name of their group.
std::string group_of(const std::string& folder, const std::string& root) {
    const std::string name = split(folder).second;
    return name.empty() ? fs::path(root).filename().string() : name;
}

Case live_case(const Files& files, const std::string& folder, const std::string& root) {
    Case found;
    const std::string above = split(folder).first;
    found.name = split(folder).second;
    found.group = group_of(above, root);
    for (auto it = files.lower_bound(folder + '/'); it != files.end(); ++it) {
        const auto [in, name] = split(it->first);
        if (in == folder) found.files[name] = it->second;
        if (!it->first.starts_with(folder + '/')) break;
    }
    const auto limits = files.find(above.empty() ? "limits.json" : above + "/limits.json");
    if (limits != files.end()) found.files["limits.json"] = limits->second;
    return found;
}

}  // namespace

std::string_view Case::file(const std::string& name_in) const {
    const auto found = files.find(name_in);
    return found == files.end() ? std::string_view{} : std::string_view{found->second};
}

std::vector<Case> load_cases(const std::string& root) {
    if (!fs::is_directory(root)) throw InputError(root + ": is no folder");
    const std::string folder = fs::weakly_canonical(root).string();
    const Files files = load_files(folder);
    std::vector<Case> cases;
    for (const auto& [path, text] : files) {
        const auto [in, name] = split(path);
        if (name == "trace.strace") cases.push_back(live_case(files, in, folder));
        if (!name.ends_with(".json")) continue;
        const std::string stem = path.substr(0, path.size() - 5);
        const auto out = files.find(stem + ".out");
        if (out == files.end()) continue;
        cases.push_back({group_of(in, folder),
                         split(stem).second,
                         {{"trace.json", text}, {"out", out->second}}});
    }
    return cases;
}

}  // namespace mmsim::cases
