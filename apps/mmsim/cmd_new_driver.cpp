// SPDX-License-Identifier: GPL-2.0-or-later
// A starting point for a driver in C: source, trace, and the commands that bring them together.
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>
#include <spdlog/fmt/fmt.h>

#include "base/input_error.h"
#include "commands.h"
#include "outputs.h"

namespace mmsim {

// apps/mmsim/new_driver, with NAME for the name.
std::span<const std::string_view> new_driver_source();
std::span<const std::string_view> new_driver_trace();

namespace {

constexpr std::string_view kName = "NAME";

// It becomes a part of names in C.
void require_identifier(const std::string& name) {
    const auto usable = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
    const bool identifier = !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0;
    if (identifier && std::ranges::all_of(name, usable)) return;
    throw InputError("new-driver " + name + ": expected a name in C: letters, digits and _");
}

std::string named(std::span<const std::string_view> pieces, const std::string& name) {
    std::string text;
    for (const std::string_view piece : pieces) text += piece;
    for (auto at = text.find(kName); at != std::string::npos; at = text.find(kName, at)) {
        text.replace(at, kName.size(), name);
        at += name.size();
    }
    return text;
}

void write_new(const std::string& path, const std::string& text) {
    if (std::filesystem::exists(path)) throw InputError("'" + path + "' is there already");
    std::ofstream out(path, std::ios::binary);
    out << text;
    if (!out.flush()) throw InputError("cannot write '" + path + "'");
}

ExitStatus new_driver(const std::string& name) {
    require_identifier(name);
    const std::string source = name + ".c";
    const std::string trace = name + ".json";
    for (const std::string& path : {source, trace}) {
        if (std::filesystem::exists(path)) throw InputError("'" + path + "' is there already");
    }
    write_new(source, named(new_driver_source(), name));
    write_new(trace, named(new_driver_trace(), name));
    print(
        fmt::format("{0}.c     the driver, in both forms of its hook\n"
                    "{0}.json  calls that exercise it\n"
                    "\n"
                    "compile    cc -shared -fPIC $(pkg-config --cflags mmsim-driver) -o {0}.so "
                    "{0}.c\n"
                    "run        mmsim replay {0}.json --driver ./{0}.so\n"
                    "old form   mmsim replay {0}.json --driver ./{0}.so --hook legacy\n"
                    "compare    mmsim diff {0}.json --driver ./{0}.so\n"
                    "fail       mmsim replay {0}.json --driver ./{0}.so --fail kmalloc@1\n",
                    name));
    return ExitStatus::ok;
}

}  // namespace

void add_new_driver_command(CLI::App& app, ExitStatus& status) {
    auto name = std::make_shared<std::string>();
    CLI::App* cmd = app.add_subcommand("new-driver", "Write a starting point for a plug-in driver");
    cmd->add_option("name", *name, "of the driver")->type_name("NAME")->required();
    cmd->callback([name, &status] { status = new_driver(*name); });
}

}  // namespace mmsim
