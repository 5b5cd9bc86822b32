// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/line_source.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/assert.h"
#include "base/input_error.h"

namespace mmsim {
namespace {

// Large enough that read(2) is rare, small enough to stay in a second-level cache.
constexpr std::size_t kBufferSize = std::size_t{256} << 10;

// How much of what stands before a word is shown.
constexpr std::size_t kContext = 128;

// Whether the word is in what `bytes` still gives, at a place that is accepted.
bool find_word(ByteSource& bytes, std::string_view word, LineSource::AcceptPlace accept) {
    std::string chunk(kBufferSize, 0);
    std::size_t kept = 0;  // the end of the chunk before: a word may lie across
    while (true) {
        std::size_t got = 0;
        try {
            got = bytes.read(chunk.data() + kept, chunk.size() - kept);
        } catch (const InputError&) {
            return false;  // whoever reads on gets there, and says so
        }
        if (got == 0) return false;
        const std::string_view text(chunk.data(), kept + got);
        for (std::size_t at = 0; (at = text.find(word, at)) != text.npos; ++at) {
            const std::size_t from = at - std::min(at, kContext);
            const bool seen = at + word.size() <= kept;
            if (!seen && accept(text.substr(from, at - from))) return true;
        }
        kept = std::min(kContext + word.size(), text.size());
        std::memmove(chunk.data(), text.data() + text.size() - kept, kept);
    }
}

}  // namespace

LineSource::LineSource(std::unique_ptr<ByteSource> bytes, std::string name, std::size_t longest)
    : bytes_(std::move(bytes)),
      name_(std::move(name)),
      longest_(longest),
      buffer_(kBufferSize, 0) {}

bool LineSource::grow() {
    if (at_end_) return false;
    if (begin_ > 0) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (end_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
    std::size_t got = 0;
    try {
        got = bytes_->read(buffer_.data() + end_, buffer_.size() - end_);
    } catch (const InputError& error) {
        // What came before is still good: the place is where the reader gets to the end of it.
        broken_ = error.what();
    }
    end_ += got;
    read_ += got;
    at_end_ = got == 0;
    return got > 0;
}

std::size_t LineSource::find_newline(std::size_t from) const {
    const char* const begin = buffer_.data() + begin_;
    const void* const found = std::memchr(begin + from, '\n', end_ - begin_ - from);
    if (found == nullptr) return std::string_view::npos;
    return static_cast<std::size_t>(static_cast<const char*>(found) - begin);
}

bool LineSource::next(std::string_view& line) {
    if (too_long_) drop_rest_of_line();
    too_long_ = false;
    std::size_t searched = 0;  // bytes of the line that are known to hold no newline
    bool complete = false;
    while (true) {
        const std::size_t length = find_newline(searched);
        complete = length != std::string_view::npos;
        searched = complete ? length : end_ - begin_;
        if (complete || searched > longest_) break;
        if (grow()) continue;
        if (!broken_.empty()) {
            throw InputError(name_ + ':' + std::to_string(line_number_ + 1) + ':' +
                             std::to_string(searched + 1) + ": " + broken_);
        }
        if (searched == 0) return false;
        break;
    }
    too_long_ = searched > longest_;
    ended_with_newline_ = complete && !too_long_;
    line = window().substr(0, std::min(searched, longest_));
    // Of a line that was cut the newline stays, for drop_rest_of_line() to find.
    begin_ += line.size() + (ended_with_newline_ ? 1 : 0);
    ++line_number_;
    return true;
}

void LineSource::drop_rest_of_line() {
    do {
        const std::size_t length = find_newline(0);
        if (length != std::string_view::npos) {
            begin_ += length + 1;
            return;
        }
        begin_ = end_;
    } while (grow());
}

std::string_view LineSource::peek(std::size_t size) {
    while (end_ - begin_ < size && grow()) {
    }
    return window().substr(0, size);
}

void LineSource::make_rewindable() {
    MMSIM_ASSERT(begin_ == 0 && line_number_ == 0);
    // Going back costs nothing where it works, and what was read is then read again.
    const std::string_view seen = window();
    if (bytes_->rewind()) {
        end_ = 0;
        read_ = 0;
        at_end_ = false;
        broken_.clear();
        return;
    }
    try {
        bytes_ = spooled_bytes(std::move(bytes_), seen);
    } catch (const InputError& error) {
        throw InputError(name_ + ": " + error.what());
    }
}

bool LineSource::mentions(std::string_view word, AcceptPlace accept) {
    std::uint64_t taken = read_ - (end_ - begin_);
    if (!bytes_->rewind()) {
        try {
            bytes_ = spooled_bytes(std::move(bytes_), window());
        } catch (const InputError& error) {
            throw InputError(name_ + ": " + error.what());
        }
        bytes_->rewind();  // what the window holds is to be searched as well
        taken = 0;
    }
    const bool found = find_word(*bytes_, word, accept);
    return_to(taken);
    return found;
}

// The next byte is the one at `offset` of bytes_.
void LineSource::return_to(std::uint64_t offset) {
    const bool done = bytes_->rewind();
    MMSIM_ASSERT(done);
    begin_ = 0;
    end_ = 0;
    read_ = 0;
    at_end_ = false;
    broken_.clear();
    while (read_ < offset) {
        begin_ = end_ = 0;
        if (!grow()) return;
    }
    begin_ = end_ - static_cast<std::size_t>(read_ - offset);
}

void LineSource::rewind() {
    const bool done = bytes_->rewind();
    MMSIM_ASSERT(done);
    begin_ = 0;
    end_ = 0;
    read_ = 0;
    line_number_ = 0;
    broken_.clear();
    too_long_ = false;
    ended_with_newline_ = true;
    at_end_ = false;
}

}  // namespace mmsim
