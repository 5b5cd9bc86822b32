// SPDX-License-Identifier: GPL-2.0-or-later
#include "support/program.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

namespace mmsim::test {

namespace {

struct Pipe {
    int read_end = -1, write_end = -1;

    Pipe() {
        std::array<int, 2> ends{};
        REQUIRE_EQ(::pipe(ends.data()), 0);
        read_end = ends[0];
        write_end = ends[1];
    }
    ~Pipe() {
        close_read();
        close_write();
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    void close_read() { close_one(read_end); }
    void close_write() { close_one(write_end); }

private:
    static void close_one(int& fd) {
        if (fd >= 0) ::close(fd);
        fd = -1;
    }
};

[[noreturn]] void become(const std::string& program, const std::vector<std::string>& arguments,
                         Pipe& in, Pipe& out, Pipe& err, const std::string& out_file) {
    if (::chdir(MMSIM_SOURCE_DIR) != 0) ::_exit(126);
    ::dup2(in.read_end, STDIN_FILENO);
    const int to = out_file.empty() ? out.write_end : ::open(out_file.c_str(), O_WRONLY);
    ::dup2(to, STDOUT_FILENO);
    ::dup2(err.write_end, STDERR_FILENO);
    for (Pipe* pipe : {&in, &out, &err}) {
        pipe->close_read();
        pipe->close_write();
    }
    std::vector<char*> words = {const_cast<char*>(program.c_str())};
    for (const std::string& argument : arguments)
        words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    ::execv(program.c_str(), words.data());
    ::_exit(127);
}

// Both at once, so that neither pipe fills up.
void read_both(Pipe& out, Pipe& err, Finished& finished, const std::function<void()>& heard) {
    std::array<pollfd, 2> polled = {pollfd{out.read_end, POLLIN, 0},
                                    pollfd{err.read_end, POLLIN, 0}};
    int open = 2;
    while (open > 0 && ::poll(polled.data(), polled.size(), -1) > 0) {
        for (std::size_t i = 0; i < polled.size(); ++i) {
            if (polled[i].revents == 0) continue;
            std::array<char, 65536> chunk{};
            const auto got = ::read(polled[i].fd, chunk.data(), chunk.size());
            if (got > 0) {
                (i == 0 ? finished.out : finished.err)
                    .append(chunk.data(), static_cast<std::size_t>(got));
                heard();
            } else {
                polled[i].fd = -1;
                --open;
            }
        }
    }
}

// Until the program has taken all of its input.
void wait_until_read(const Pipe& in) {
    for (int waiting = 1; waiting > 0;) {
        ::usleep(1000);
        if (::ioctl(in.read_end, FIONREAD, &waiting) != 0) return;
    }
}

Finished run(const std::string& program, const std::vector<std::string>& arguments,
             const ProgramInput& input) {
    Pipe in;
    Pipe out;
    Pipe err;
    const pid_t child = ::fork();
    REQUIRE_GE(child, 0);
    if (child == 0) become(program, arguments, in, out, err, input.out_file);
    out.close_write();
    err.close_write();
    ::signal(SIGPIPE, SIG_IGN);
    REQUIRE_LE(input.text.size(), 65536);  // what a pipe holds
    static_cast<void>(::write(in.write_end, input.text.data(), input.text.size()) < 0);
    if (input.interrupt) {
        wait_until_read(in);
        ::kill(child, SIGINT);
    } else {
        in.close_write();
    }
    Finished finished;
    bool waits = !input.signal_after.empty();
    read_both(out, err, finished, [&] {
        const auto said = [&](const std::string& text) {
            return text.find(input.signal_after) != std::string::npos;
        };
        if (!waits || !(said(finished.out) || said(finished.err))) return;
        ::kill(child, input.signal);
        waits = false;
    });
    int status = 0;
    ::waitpid(child, &status, 0);
    finished.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return finished;
}

}  // namespace

Finished run_mmsim(const std::vector<std::string>& arguments, const ProgramInput& input) {
    return run(MMSIM_PROGRAM, arguments, input);
}

Finished run_shell(const std::string& command) {
    const std::string folder = std::filesystem::path(MMSIM_PROGRAM).parent_path().string();
    return run("/bin/sh", {"-c", "PATH='" + folder + "':$PATH; " + command}, {});
}

std::string refusal_of(const std::string& line, const Finished& run) {
    CAPTURE(line);
    CHECK_EQ(run.status, 2);
    CHECK_EQ(run.out, "");
    CHECK_EQ(std::ranges::count(run.err, '\n'), 1);
    return "$ " + line + "\n" + run.err;
}

void require_program(const std::string& name) {
    REQUIRE_MESSAGE(run_shell("command -v " + name).status == 0, "there is no " << name);
}

}  // namespace mmsim::test
