// SPDX-License-Identifier: GPL-2.0-or-later
// A file that appears whole or not at all, so that what was there survives whatever goes wrong.
#pragma once

#include <fstream>
#include <string>
#include <string_view>

namespace mmsim {

class OutputFile {
public:
    // Throws InputError, now rather than after a long run, when nothing could be written there.
    static void require_possible(const std::string& path);

    // Whether a file of that name is one that is being written, by this process or another.
    static bool is_temporary(std::string_view name);

    // Opens a temporary file beside `path`; what is no regular file (a device, a pipe) is written
    // directly. Throws InputError.
    explicit OutputFile(std::string path);
    ~OutputFile();
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;

    std::ostream& stream() { return stream_; }
    // Where the text goes until then; empty when it is written directly.
    const std::string& temporary() const { return temporary_; }
    // Puts the file in its place. Throws InputError when not all of it could be written.
    void commit();

private:
    std::string path_;       // symbolic links followed
    std::string temporary_;  // empty once it is gone, or when there is none
    std::ofstream stream_;
};

}  // namespace mmsim
