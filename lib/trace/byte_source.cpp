// SPDX-License-Identifier: GPL-2.0-or-later
// Where the bytes of a LineSource come from: files, gzip, zstd, memory.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <zlib.h>
#include <zstd.h>

#include "base/input_error.h"
#include "trace/line_source.h"

namespace mmsim {
namespace {

constexpr std::size_t kPackedBufferSize = std::size_t{128} << 10;

std::string errno_message(int number) { return std::generic_category().message(number); }

// A file descriptor. The first bytes may be looked at before they are read.
class FileBytes : public ByteSource {
public:
    FileBytes(int fd, bool owned) : fd_(fd), owned_(owned) {
        struct stat status {};
        if (::fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) start_ = ::lseek(fd, 0, SEEK_CUR);
    }
    FileBytes(const FileBytes&) = delete;
    FileBytes& operator=(const FileBytes&) = delete;
    ~FileBytes() override {
        if (owned_) ::close(fd_);
    }

    std::string_view head() {
        while (head_.size() < 4) {
            char more[4];
            const std::size_t got = read_fd(more, 4 - head_.size());
            if (got == 0) break;
            head_.append(more, got);
        }
        return head_;
    }

    std::size_t read(char* data, std::size_t size) override {
        if (head_.empty()) return read_fd(data, size);
        const std::size_t got = std::min(size, head_.size());
        std::memcpy(data, head_.data(), got);
        head_.erase(0, got);
        return got;
    }

    bool rewind() override {
        if (start_ < 0 || ::lseek(fd_, start_, SEEK_SET) < 0) return false;
        head_.clear();
        return true;
    }

private:
    std::size_t read_fd(char* data, std::size_t size) const {
        ssize_t got = 0;
        do {
            got = ::read(fd_, data, size);
        } while (got < 0 && errno == EINTR);
        if (got < 0) throw InputError("cannot be read: " + errno_message(errno));
        return static_cast<std::size_t>(got);
    }

    int fd_;
    bool owned_;
    off_t start_ = -1;  // -1: cannot seek
    std::string head_;
};

// The packed bytes in front of a decoder.
struct Packed {
    explicit Packed(std::unique_ptr<ByteSource> from)
        : bytes(std::move(from)), buffer(kPackedBufferSize, 0) {}

    // Reads more where all has been used up; false at the end of the file.
    bool refill() {
        if (begin == end) {
            begin = 0;
            end = bytes->read(buffer.data(), buffer.size());
        }
        return begin < end;
    }
    bool rewind() {
        if (!bytes->rewind()) return false;
        begin = end = 0;
        return true;
    }

    std::unique_ptr<ByteSource> bytes;
    std::string buffer;
    std::size_t begin = 0, end = 0;
};

class GzipBytes : public ByteSource {
public:
    explicit GzipBytes(std::unique_ptr<ByteSource> bytes) : packed_(std::move(bytes)) {
        if (::inflateInit2(&stream_, kGzipOnly) != Z_OK) throw InputError("zlib does not start");
    }
    GzipBytes(const GzipBytes&) = delete;
    GzipBytes& operator=(const GzipBytes&) = delete;
    ~GzipBytes() override { ::inflateEnd(&stream_); }

    std::size_t read(char* data, std::size_t size) override {
        stream_.next_out = reinterpret_cast<Bytef*>(data);
        stream_.avail_out = static_cast<uInt>(std::min<std::size_t>(size, 1U << 30));
        const uInt room = stream_.avail_out;
        while (stream_.avail_out == room) {
            if (!packed_.refill()) {
                if (inside_member_) throw InputError("the gzip data ends too soon");
                return 0;
            }
            if (!inside_member_ && !next_member()) return 0;
            inflate_some();
        }
        return room - stream_.avail_out;
    }

    bool rewind() override {
        if (!packed_.rewind()) return false;
        ::inflateReset(&stream_);
        inside_member_ = true;
        return true;
    }

private:
    static constexpr int kGzipOnly = 15 + 16;  // zlib.h: the largest window, with gzip's header

    void inflate_some() {
        stream_.next_in = reinterpret_cast<Bytef*>(packed_.buffer.data() + packed_.begin);
        stream_.avail_in = static_cast<uInt>(packed_.end - packed_.begin);
        const int status = ::inflate(&stream_, Z_NO_FLUSH);
        packed_.begin = packed_.end - stream_.avail_in;
        if (status == Z_STREAM_END) {
            inside_member_ = false;
        } else if (status != Z_OK && status != Z_BUF_ERROR) {
            const char* const why = stream_.msg != nullptr ? stream_.msg : "not a gzip stream";
            throw InputError("the gzip data is broken: " + std::string(why));
        }
    }

    // gzip files may be joined end to end, and tapes pad them with zeros.
    bool next_member() {
        while (packed_.refill() && packed_.buffer[packed_.begin] == 0) ++packed_.begin;
        if (!packed_.refill()) return false;
        ::inflateReset(&stream_);
        inside_member_ = true;
        return true;
    }

    Packed packed_;
    z_stream stream_{};
    bool inside_member_ = true;
};

class ZstdBytes : public ByteSource {
public:
    explicit ZstdBytes(std::unique_ptr<ByteSource> bytes)
        : packed_(std::move(bytes)), stream_(::ZSTD_createDStream()) {
        if (!stream_) throw InputError("zstd does not start");
    }

    std::size_t read(char* data, std::size_t size) override {
        ZSTD_outBuffer out{data, size, 0};
        while (out.pos == 0) {
            // zstd may hold back output that needs no more input.
            if (!packed_.refill() && !flushing_) {
                if (inside_frame_) throw InputError("the zstd data ends too soon");
                return 0;
            }
            ZSTD_inBuffer in{packed_.buffer.data(), packed_.end, packed_.begin};
            const std::size_t status = ::ZSTD_decompressStream(stream_.get(), &out, &in);
            if (::ZSTD_isError(status) != 0) {
                throw InputError("the zstd data is broken: " +
                                 std::string(::ZSTD_getErrorName(status)));
            }
            packed_.begin = in.pos;
            inside_frame_ = status != 0;
            flushing_ = inside_frame_ && out.pos == out.size;
        }
        return out.pos;
    }

    bool rewind() override {
        if (!packed_.rewind()) return false;
        ::ZSTD_DCtx_reset(stream_.get(), ZSTD_reset_session_only);
        inside_frame_ = true;
        flushing_ = false;
        return true;
    }

private:
    struct Free {
        void operator()(ZSTD_DStream* stream) const { ::ZSTD_freeDStream(stream); }
    };

    Packed packed_;
    std::unique_ptr<ZSTD_DStream, Free> stream_;
    bool inside_frame_ = true;
    bool flushing_ = false;
};

class MemoryBytes : public ByteSource {
public:
    explicit MemoryBytes(std::string bytes) : bytes_(std::move(bytes)) {}

    std::size_t read(char* data, std::size_t size) override {
        const std::size_t got = bytes_.copy(data, size, position_);
        position_ += got;
        return got;
    }
    bool rewind() override {
        position_ = 0;
        return true;
    }

private:
    std::string bytes_;
    std::size_t position_ = 0;
};

// Writes what it reads into a temporary file, and after rewind() reads that first.
class SpooledBytes : public ByteSource {
public:
    SpooledBytes(std::unique_ptr<ByteSource> bytes, std::string_view already)
        : bytes_(std::move(bytes)), copy_(std::tmpfile()) {
        if (!copy_) throw InputError("no temporary file: " + errno_message(errno));
        keep(already.data(), already.size());
    }

    std::size_t read(char* data, std::size_t size) override {
        if (replaying_) {
            const std::size_t got = std::fread(data, 1, size, copy_.get());
            if (got > 0) return got;
            if (std::ferror(copy_.get()) != 0) throw InputError("the temporary file is unreadable");
            replaying_ = false;
            std::fseek(copy_.get(), 0, SEEK_END);
        }
        const std::size_t got = bytes_->read(data, size);
        keep(data, got);
        return got;
    }

    bool rewind() override {
        std::rewind(copy_.get());
        replaying_ = true;
        return true;
    }

private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };

    void keep(const char* data, std::size_t size) {
        if (std::fwrite(data, 1, size, copy_.get()) != size) {
            throw InputError("cannot be kept in a temporary file: " + errno_message(errno));
        }
    }

    std::unique_ptr<ByteSource> bytes_;
    std::unique_ptr<std::FILE, Close> copy_;
    bool replaying_ = false;
};

int open_file(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) throw InputError(path + ": cannot be opened: " + errno_message(errno));
    struct stat status {};
    if (::fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
        ::close(fd);
        throw InputError(path + ":1:1: is a directory");
    }
    return fd;
}

}  // namespace

std::string input_name(const std::string& path) { return path == "-" ? "<stdin>" : path; }

std::unique_ptr<ByteSource> open_bytes(const std::string& path) {
    const bool standard_input = path == "-";
    const int fd = standard_input ? STDIN_FILENO : open_file(path);
    auto file = std::make_unique<FileBytes>(fd, !standard_input);
    try {
        const std::string_view head = file->head();
        if (head.starts_with("\x1f\x8b")) return std::make_unique<GzipBytes>(std::move(file));
        if (head == "\x28\xb5\x2f\xfd") return std::make_unique<ZstdBytes>(std::move(file));
    } catch (const InputError& error) {
        throw InputError(input_name(path) + ": " + error.what());
    }
    return file;
}

std::unique_ptr<ByteSource> memory_bytes(std::string bytes) {
    return std::make_unique<MemoryBytes>(std::move(bytes));
}

std::unique_ptr<ByteSource> spooled_bytes(std::unique_ptr<ByteSource> bytes,
                                          std::string_view already) {
    return std::make_unique<SpooledBytes>(std::move(bytes), already);
}

std::string read_whole(const std::string& path, std::size_t longest) {
    LineSource source{open_bytes(path), input_name(path)};
    while (source.grow()) {
        if (source.window().size() > longest) {
            throw InputError(source.name() + ": is larger than " + std::to_string(longest) +
                             " bytes");
        }
    }
    if (!source.broken().empty()) throw InputError(source.name() + ": " + source.broken());
    return std::string(source.window());
}

}  // namespace mmsim
