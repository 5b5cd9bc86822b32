// SPDX-License-Identifier: GPL-2.0-or-later
#include "support/golden.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <doctest/doctest.h>

namespace mmsim::test {

void check_golden(const std::string& name, const std::string& actual) {
    const auto path = std::filesystem::path(MMSIM_SOURCE_DIR) / "tests" / name;
    if (std::getenv("MMSIM_UPDATE_GOLDEN") != nullptr) {
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << actual;
        return;
    }
    std::ifstream in(path, std::ios::binary);
    const std::string golden(std::istreambuf_iterator<char>(in), {});
    INFO("golden file: " << path.string() << " (MMSIM_UPDATE_GOLDEN=1 rewrites it)");
    CHECK_EQ(golden, actual);
}

}  // namespace mmsim::test
