// SPDX-License-Identifier: GPL-2.0-or-later
// Lines of an input, unpacked on the fly, in constant memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace mmsim {

// Bytes from somewhere. read() fills at most `size` bytes and returns how many, 0 at the end.
class ByteSource {
public:
    virtual ~ByteSource() = default;
    // Throws InputError when the input breaks (a truncated gzip member, a read error).
    virtual std::size_t read(char* data, std::size_t size) = 0;
};

// Opens a path or standard input ("-"); sees gzip and zstd by their magic and unpacks them.
// Throws InputError with the path in front.
std::unique_ptr<ByteSource> open_bytes(const std::string& path);

// Bytes that are already in memory, for tests and fuzzing.
std::unique_ptr<ByteSource> memory_bytes(std::string bytes);

// Cuts bytes into lines. A line is a view into the buffer, good until the next call; its '\n' is
// cut off, '\r' stays. Lines longer than `longest` are an InputError for JSON and are cut for
// strace text: the caller decides by asking `too_long()`.
class LineSource {
public:
    LineSource(std::unique_ptr<ByteSource> bytes, std::string name,
               std::size_t longest = std::size_t{64} << 20);

    // The next line into `line`; false at the end. The last line needs no '\n'.
    bool next(std::string_view& line);

    // The bytes that come next, without taking them; for telling formats apart. May be shorter
    // than `size` at the end of the input.
    std::string_view peek(std::size_t size);

    std::uint64_t line_number() const { return line_number_; }  // of the line last returned
    bool too_long() const { return too_long_; }       // the line last returned was cut
    bool ended_with_newline() const { return ended_with_newline_; }
    const std::string& name() const { return name_; }

private:
    bool fill();

    std::unique_ptr<ByteSource> bytes_;
    std::string name_;
    std::size_t longest_;
    std::string buffer_;
    std::size_t begin_ = 0;  // of what has not been returned
    std::size_t end_ = 0;    // of what has been read
    std::uint64_t line_number_ = 0;
    bool too_long_ = false;
    bool ended_with_newline_ = true;
    bool at_end_ = false;
};

}  // namespace mmsim
