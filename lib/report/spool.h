// SPDX-License-Identifier: GPL-2.0-or-later
// Text that grows with the trace and is wanted only when the run has ended well: kept in a
// temporary file that has no name, so that it goes away whatever happens.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "report/layout_text.h"

namespace mmsim {

class Spool {
public:
    // Throws InputError when there is no room for temporary files.
    Spool();

    void append(std::string_view text);
    // Hands the text over line by line, '\n' included.
    void replay(const TextSink& sink);

private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    void flush();

    std::unique_ptr<std::FILE, Close> file_;
    std::string buffer_;
};

}  // namespace mmsim
