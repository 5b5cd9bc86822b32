// SPDX-License-Identifier: GPL-2.0-or-later
// A plug-in in a process of its own.
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "base/input_error.h"
#include "plugin/answers.h"
#include "plugin/child.h"
#include "plugin/mailbox.h"
#include "plugin/session.h"

namespace mmsim {
namespace {

// How often a silent process is looked at, how much of the processor it may use for one hook, and
// how long it may sleep in one. Where a hook did not come back before, as in the runs of a sweep,
// others are not given that much.
constexpr unsigned kLookEvery = 50;  // milliseconds
constexpr double kMostProcessorSeconds = 1;
constexpr double kMostAfterOne = 0.2;
constexpr unsigned kMostLooks = 30 * 1000 / kLookEvery;
// A hook may also ask without end: so often it does before it is looked at.
constexpr unsigned kQuestions = 4096;

double processor_seconds(pid_t process) {
    clockid_t clock{};
    timespec used{};
    if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &used) != 0) return 0;
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

void set_dead(Message& message, Death death, int signal = 0) {
    message.ask = Ask::died;
    message.number = static_cast<std::uint64_t>(death);
    message.error = signal;
    message.area.start = ~std::uint64_t{0};
}

// What the processes of one plug-in have in common.
struct Family {
    MailboxRoom room;
    bool looped = false;  // a hook did not come back
};

class ChildSession final : public Session {
public:
    ChildSession(std::shared_ptr<Family> family, std::uint64_t number, Mailbox* mailbox,
                 pid_t process)
        : family_(std::move(family)), number_(number), mailbox_(mailbox), process_(process) {}

    ~ChildSession() override {
        end();
        MailboxRoom::close(mailbox_);
        family_->room.give_back(number_);
    }
    ChildSession(const ChildSession&) = delete;
    ChildSession& operator=(const ChildSession&) = delete;

    void ask(Message& message, std::string& text, const Asking* asking) override {
        since_ = -1;
        for (unsigned questions = 1;; ++questions) {
            post(*mailbox_, Turn::plugin, message, text);
            if (!wait(message)) break;
            if (questions % kQuestions == 0 && spent()) {
                set_dead(message, Death::no_return);
                break;
            }
            fetch(*mailbox_, message, text);
            if (message.ask == Ask::answer) return;
            if (message.ask == Ask::died) break;
            if (asking == nullptr || !mmsim::answer(*asking, message, text)) {
                set_dead(message, Death::mailbox);
                break;
            }
            // A hook that ran in between may have been the end of it.
            if (dead()) {
                set_dead(message, Death::mailbox);
                return;
            }
        }
        end();
    }
    bool dead() const override { return process_ <= 0; }

    std::shared_ptr<Session> split_off() override {
        if (dead()) return nullptr;
        const std::uint64_t number = family_->room.take();
        Mailbox* const mailbox = family_->room.open(number);
        if (mailbox == nullptr) throw InputError("no shared memory for a plug-in");
        new (mailbox) Mailbox{};
        Message message;
        message.ask = Ask::split_off;
        message.number = number;
        std::string none;
        ask(message, none, nullptr);
        const auto process = static_cast<pid_t>(message.number);
        const bool made = message.ask == Ask::answer && process > 0;
        return std::make_shared<ChildSession>(family_, number, mailbox, made ? process : -1);
    }

private:
    // For the process to say something. False when it will not: the message says why.
    bool wait(Message& message) {
        for (unsigned looks = 0; !wait_for(*mailbox_, Turn::mmsim, kLookEvery, patience_);
             ++looks) {
            siginfo_t how{};
            const auto id = static_cast<id_t>(process_);
            if (waitid(P_PID, id, &how, WEXITED | WNOHANG | WNOWAIT) == 0 && how.si_pid != 0) {
                // Its last words may have come in meanwhile.
                if (wait_for(*mailbox_, Turn::mmsim, 1, patience_)) return true;
                const bool killed = how.si_code == CLD_KILLED || how.si_code == CLD_DUMPED;
                set_dead(message, killed ? Death::signal : Death::exit, killed ? how.si_status : 0);
                return false;
            }
            if (!spent() && looks < kMostLooks) continue;
            set_dead(message, Death::no_return);
            return false;
        }
        return true;
    }

    // The hook has had its share of the processor, from the first time that this was asked.
    bool spent() {
        const double used = processor_seconds(process_);
        if (since_ < 0) since_ = used;
        if (used - since_ < (family_->looped ? kMostAfterOne : kMostProcessorSeconds)) return false;
        family_->looped = true;
        return true;
    }

    void end() {
        const pid_t process = std::exchange(process_, -1);
        if (process <= 0) return;
        kill(process, SIGKILL);
        while (waitpid(process, nullptr, 0) < 0 && errno == EINTR) {
        }
    }

    std::shared_ptr<Family> family_;
    std::uint64_t number_;
    Mailbox* mailbox_;
    Patience patience_;
    pid_t process_;
    double since_ = -1;  // what the process had used when its hook was first looked at
};

}  // namespace

std::shared_ptr<Session> open_isolated() {
    auto family = std::make_shared<Family>();
    const std::uint64_t number = family->room.take();
    Mailbox* const mailbox = family->room.open(number);
    if (mailbox == nullptr) throw InputError("no shared memory for a plug-in");
    new (mailbox) Mailbox{};
    const pid_t mmsim = getpid();
    const pid_t process = fork();
    if (process == 0) serve_in_child(family->room, mailbox, mmsim);
    if (process < 0) {
        throw InputError(std::string("no process for a plug-in: ") + std::strerror(errno));
    }
    return std::make_shared<ChildSession>(std::move(family), number, mailbox, process);
}

}  // namespace mmsim
