// SPDX-License-Identifier: GPL-2.0-or-later
#include <csignal>
#include <new>
#include <string>

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include "base/input_error.h"
#include "commands.h"
#include "interrupt.h"
#include "log.h"

namespace {

constexpr const char* kFooter =
    "Exit status: 0 fine, 1 something that was to hold does not, 2 unusable arguments or input,\n"
    "130 interrupted. Results go to standard output, everything else to standard error.";

// --help and --version are answered here; anything else that CLI11 throws is one line.
mmsim::ExitStatus answer(const CLI::App& app, const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
        app.exit(error);
        return mmsim::ExitStatus::ok;
    }
    spdlog::error("{} (--help shows what there is)", error.what());
    return mmsim::ExitStatus::unusable;
}

mmsim::ExitStatus run(int argc, char** argv) {
    CLI::App app("Replays memory-mapping traces against the kernel's own mmap rules.", "mmsim");
    app.set_version_flag("--version", std::string("mmsim ") + MMSIM_VERSION);
    app.require_subcommand(1);
    app.footer(kFooter);
    auto status = mmsim::ExitStatus::ok;
    mmsim::add_replay_command(app, status);
    mmsim::add_diff_command(app, status);
    mmsim::add_faults_command(app, status);
    mmsim::add_check_command(app, status);
    mmsim::add_reduce_command(app, status);
    mmsim::add_convert_command(app, status);
    mmsim::add_drivers_command(app, status);
    mmsim::add_explain_command(app, status);
    mmsim::add_new_driver_command(app, status);
    try {
        app.parse(argc, argv);
        return status;
    } catch (const CLI::ParseError& error) {
        return answer(app, error);
    } catch (const mmsim::InputError& error) {
        spdlog::error("{}", error.what());
        return mmsim::ExitStatus::unusable;
    } catch (const std::bad_alloc&) {
        spdlog::error("out of memory");
        return mmsim::ExitStatus::unusable;
    }
}

}  // namespace

int main(int argc, char** argv) {
    mmsim::log_to_stderr();
    mmsim::exit_when_interrupted();
    // A limit on the size of files is an error like a full disk, not the end.
    std::signal(SIGXFSZ, SIG_IGN);
    return static_cast<int>(run(argc, argv));
}
