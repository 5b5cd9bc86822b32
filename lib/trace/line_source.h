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
    // Throws InputError when the input breaks (a truncated gzip member, a read error). The message
    // says what is wrong but not where: LineSource knows the name and the line.
    virtual std::size_t read(char* data, std::size_t size) = 0;

    // Goes back to the first byte. False, and nothing happens, where that cannot be: a pipe.
    virtual bool rewind() { return false; }
};

// Opens a path or standard input ("-"); sees gzip and zstd by their magic and unpacks them.
// Throws InputError with the path in front.
std::unique_ptr<ByteSource> open_bytes(const std::string& path);

// Bytes that are already in memory, for tests and fuzzing.
std::unique_ptr<ByteSource> memory_bytes(std::string bytes);

// A source that can be rewound whatever `bytes` is: it keeps `already`, which was read before, and
// all that follows in an unnamed temporary file. Throws InputError if there can be none.
std::unique_ptr<ByteSource> spooled_bytes(std::unique_ptr<ByteSource> bytes,
                                          std::string_view already);

// How an input is called in messages: "<stdin>" for "-".
std::string input_name(const std::string& path);

// The whole of a small input (a file of limits, of maps), or InputError with the path in front.
std::string read_whole(const std::string& path, std::size_t longest = std::size_t{64} << 20);

// Cuts bytes into lines. A line is a view into the buffer, good until the next call; its '\n' is
// cut off, '\r' stays. Lines longer than `longest` are an InputError for JSON and are cut for
// strace text: the caller decides by asking `too_long()`.
//
// A reader that does not think in lines uses window(), take() and grow() instead of next().
class LineSource {
public:
    LineSource(std::unique_ptr<ByteSource> bytes, std::string name,
               std::size_t longest = std::size_t{64} << 20);

    // The next line into `line`; false at the end. The last line needs no '\n'.
    // Throws InputError with name, line and column where the input breaks.
    bool next(std::string_view& line);

    // The bytes that come next, without taking them; for telling formats apart. May be shorter
    // than `size` at the end of the input.
    std::string_view peek(std::size_t size);

    std::uint64_t line_number() const { return line_number_; }  // of the line last returned
    bool too_long() const { return too_long_; }                 // the line last returned was cut
    bool ended_with_newline() const { return ended_with_newline_; }
    const std::string& name() const { return name_; }

    // What has been read and not taken. grow() makes it longer at its end, invalidating views, and
    // returns false at the end of the input; take() drops bytes in front.
    std::string_view window() const { return {buffer_.data() + begin_, end_ - begin_}; }
    void take(std::size_t size) { begin_ += size; }
    bool grow();
    // Why the input ended early ("the gzip data ends too soon"); empty: it did not.
    const std::string& broken() const { return broken_; }

    void set_longest(std::size_t longest) { longest_ = longest; }

    // Makes sure that rewind() will work, if need be by keeping a copy on disk.
    // REQUIRES: nothing has been taken yet
    void make_rewindable();
    // Back to the first byte of the input. REQUIRES: make_rewindable() was called
    void rewind();

    // Whether the word comes anywhere in the input, or, of a pipe, in what has not been taken, at a
    // place that is accepted: one is shown the last hundred bytes before it, or all there are.
    // Nothing is taken; views end.
    using AcceptPlace = bool (*)(std::string_view before);
    bool mentions(std::string_view word, AcceptPlace accept);

private:
    std::size_t find_newline(std::size_t from) const;  // both relative to begin_; npos: none yet
    void drop_rest_of_line();
    void return_to(std::uint64_t offset);

    std::unique_ptr<ByteSource> bytes_;
    std::string name_;
    std::size_t longest_;
    std::string buffer_;
    std::size_t begin_ = 0;  // of what has not been returned
    std::size_t end_ = 0;    // of what has been read
    std::uint64_t line_number_ = 0;
    std::uint64_t read_ = 0;  // bytes that bytes_ has given since its first
    std::string broken_;
    bool too_long_ = false;
    bool ended_with_newline_ = true;
    bool at_end_ = false;
};

}  // namespace mmsim
