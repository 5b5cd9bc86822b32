// SPDX-License-Identifier: GPL-2.0-or-later
// The plug-ins that were compiled for the tests.
#pragma once

#include <string>

namespace mmsim::test {

// Of tests/plugin/drivers and traces/plugins, by the name of the source.
inline std::string plugin_path(const std::string& name) {
    return std::string(MMSIM_PLUGINS) + "/" + name + ".so";
}

}  // namespace mmsim::test
