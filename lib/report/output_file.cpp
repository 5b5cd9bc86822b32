// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/output_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "base/input_error.h"

namespace mmsim {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTemporary = ".mmsim-tmp";

[[noreturn]] void fail(const std::string& path, int error) {
    throw InputError("cannot write '" + path + "': " + std::strerror(error));
}

std::string behind_links(const std::string& path) {
    std::error_code error;
    const fs::path target = fs::canonical(path, error);
    return error ? path : target.string();
}

std::string directory_of(const std::string& path) {
    const std::string parent = fs::path(path).parent_path().string();
    return parent.empty() ? "." : parent;
}

}  // namespace

void OutputFile::require_possible(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0) {
        if (S_ISDIR(status.st_mode)) fail(path, EISDIR);
        if (!S_ISREG(status.st_mode)) return;
    }
    if (::access(directory_of(behind_links(path)).c_str(), W_OK | X_OK) != 0) fail(path, errno);
}

bool OutputFile::is_temporary(std::string_view name) {
    return name.find(kTemporary) != std::string_view::npos;
}

OutputFile::OutputFile(std::string path) : path_(behind_links(path)) {
    struct stat old {};
    const bool exists = ::stat(path_.c_str(), &old) == 0;
    if (exists && !S_ISREG(old.st_mode)) {
        stream_.open(path_, std::ios::binary);
        if (!stream_) fail(path_, errno);
        return;
    }
    // Others may be writing the same file, in this process or another.
    std::string stem = path_;
    stem.append(kTemporary).append(std::to_string(::getpid()));
    std::string name = stem;
    int fd = -1;
    for (int n = 1; fd < 0; ++n) {
        fd = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && errno != EEXIST) fail(path_, errno);
        if (fd < 0) name = stem + "." + std::to_string(n);
    }
    temporary_ = name;
    if (exists) static_cast<void>(::fchmod(fd, old.st_mode & 07777));
    ::close(fd);
    stream_.open(temporary_, std::ios::binary);
    if (!stream_) fail(path_, errno);
}

OutputFile::~OutputFile() {
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void OutputFile::commit() {
    errno = 0;
    stream_.flush();
    if (!stream_) fail(path_, errno != 0 ? errno : EIO);
    stream_.close();
    if (!stream_) fail(path_, errno != 0 ? errno : EIO);
    if (temporary_.empty()) return;
    // On the disk before it takes the place of the old file, or a crash could leave neither.
    const int fd = ::open(temporary_.c_str(), O_WRONLY | O_CLOEXEC);
    const bool synced = fd >= 0 && ::fsync(fd) == 0;
    const int error = errno;
    if (fd >= 0) ::close(fd);
    if (!synced) fail(path_, error);
    if (std::rename(temporary_.c_str(), path_.c_str()) != 0) fail(path_, errno);
    temporary_.clear();
}

}  // namespace mmsim
