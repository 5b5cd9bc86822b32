// SPDX-License-Identifier: GPL-2.0-or-later
#include <CLI/CLI.hpp>

int main(int argc, char** argv) {
    CLI::App app("Replays memory-mapping traces against the kernel's own mmap rules", "mmsim");
    app.set_version_flag("--version", std::string("mmsim ") + MMSIM_VERSION);
    CLI11_PARSE(app, argc, argv);
    return 0;
}
