// SPDX-License-Identifier: GPL-2.0-or-later
// Runs the program under test as a user would.
#pragma once

#include <csignal>
#include <string>
#include <vector>

namespace mmsim::test {

struct Finished {
    int status = 0;  // exit status; 128 + N for signal N
    std::string out, err;
};

struct ProgramInput {
    std::string text = {};      // on standard input
    bool interrupt = false;     // standard input stays open; SIGINT follows once it has been read
    std::string out_file = {};  // standard output goes here instead
    // Once the program has printed this, on either output, it gets the signal.
    std::string signal_after = {};
    int signal = SIGINT;
};

// mmsim with these arguments, in the root of the repository so that names in messages are the same
// everywhere.
Finished run_mmsim(const std::vector<std::string>& arguments, const ProgramInput& input = {});

// A command of the shell, in the same place; `mmsim` is the program.
Finished run_shell(const std::string& command);

// "$ LINE" and the complaint of a command line that has to be refused: exit status 2, nothing on
// standard output, one line on the other.
std::string refusal_of(const std::string& line, const Finished& run);

// Fails the test where the program is missing: `./dev test` installs what the tests need.
void require_program(const std::string& name);

}  // namespace mmsim::test
