// SPDX-License-Identifier: GPL-2.0-or-later
// Which driver serves a file: the user's bindings, then what the trace says, then the path.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mm/world.h"
#include "trace/trace_header.h"

namespace mmsim {

class DeclaredDriver;
enum class Isolation : std::uint8_t;
struct DriverBinding;
struct FileTraits;
struct ReplayOptions;

class DriverChoice {
public:
    // Drivers of the trace and of files go before built-in ones of the same name. Throws InputError
    // for a declaration that makes no sense and for a binding to a driver that does not exist.
    // `trace` is its name in messages.
    DriverChoice(World& world, const std::vector<TraceDriver>& declared, const std::string& trace,
                 const ReplayOptions& options);

    // The driver for a file that is about to be opened; none for one that can't be mapped at all.
    // `named`: what the trace says, may be empty. Throws InputError, which begins with `place`, if
    // there is no driver of that name.
    DriverId choose(std::string_view path, FileType type, std::string_view named = {},
                    const std::string& place = {});

    // Whether --bind decides about files of that path.
    bool bound(std::string_view path) const { return binding_of(path) != nullptr; }

private:
    const DriverBinding* binding_of(std::string_view path) const;
    void add(std::shared_ptr<const DeclaredDriver> driver);
    void add_plugin(const std::string& path, Isolation isolation);
    DriverId driver(std::string_view name, const std::string& place = {});

    World& world_;
    const std::vector<DriverBinding>& bindings_;
    std::map<std::string, DriverId, std::less<>> known_;
};

// What kind of file a path is of when nothing but the path is known, and whether it is on a file
// system whose files can't be executed.
FileType file_type_of_path(std::string_view path);
bool noexec_path(std::string_view path);

FileType file_type_of(const FileTraits& traits);

}  // namespace mmsim
