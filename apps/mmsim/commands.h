// SPDX-License-Identifier: GPL-2.0-or-later
// The subcommands. Each adds itself with its options; what it does runs when it was chosen.
#pragma once

#include "exit_status.h"

namespace CLI {
class App;
}

namespace mmsim {

void add_replay_command(CLI::App& app, ExitStatus& status);
void add_diff_command(CLI::App& app, ExitStatus& status);
void add_faults_command(CLI::App& app, ExitStatus& status);
void add_check_command(CLI::App& app, ExitStatus& status);
void add_reduce_command(CLI::App& app, ExitStatus& status);
void add_convert_command(CLI::App& app, ExitStatus& status);
void add_drivers_command(CLI::App& app, ExitStatus& status);
void add_explain_command(CLI::App& app, ExitStatus& status);
void add_new_driver_command(CLI::App& app, ExitStatus& status);

}  // namespace mmsim
