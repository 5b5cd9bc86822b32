// SPDX-License-Identifier: GPL-2.0-or-later
// Files and folders that go away with their owner.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdlib.h>
#include <string>
#include <vector>

namespace mmsim::test {

class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "mmsim-XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    std::string path(const std::string& name) const { return (path_ / name).string(); }
    void write(const std::string& name, const std::string& text) const {
        std::filesystem::create_directories((path_ / name).parent_path());
        std::ofstream(path_ / name, std::ios::binary) << text;
    }
    std::string read(const std::string& name) const {
        std::ifstream in(path_ / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    // What is in it, "a b c".
    std::string names() const {
        std::vector<std::string> all;
        for (const auto& entry : std::filesystem::directory_iterator(path_)) {
            all.push_back(entry.path().filename().string());
        }
        std::ranges::sort(all);
        std::string text;
        for (const std::string& name : all) text += (text.empty() ? "" : " ") + name;
        return text;
    }

private:
    std::filesystem::path path_;
};

class TemporaryFile {
public:
    explicit TemporaryFile(const std::string& content) { folder_.write("file", content); }
    std::string path() const { return folder_.path("file"); }

private:
    TemporaryFolder folder_;
};

}  // namespace mmsim::test
