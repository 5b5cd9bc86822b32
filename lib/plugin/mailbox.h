// SPDX-License-Identifier: GPL-2.0-or-later
// Memory that mmsim shares with a plug-in's process: one message, and whose turn it is.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "plugin/message.h"

namespace mmsim {

enum class Turn : std::uint32_t { mmsim, plugin };

struct Mailbox {
    std::atomic<std::uint32_t> turn;
    std::atomic<std::uint32_t> asleep[2];     // by Turn
    std::atomic<std::uint32_t> processor[2];  // by Turn: where it was last
    std::uint32_t text_size;
    Message message;
    char text[4096];
};

// Writes a message, and gives the turn to the other side. A longer text is cut.
void post(Mailbox& mailbox, Turn to, const Message& message, const std::string& text);
// Reads what was posted. The other side may have written anything.
void fetch(const Mailbox& mailbox, Message& message, std::string& text);

// How long one side looks for its turn before it goes to sleep. With a processor for each side
// looking is by far the faster way; where both are on one, it keeps the other side waiting.
class Patience {
public:
    static constexpr unsigned kMost = 2000;  // longer than it takes to wake a sleeper
    static constexpr unsigned kLeast = 60;
    static constexpr unsigned kGiveUpAfter = 5;     // in vain, one after the other
    static constexpr unsigned kTryAgainAfter = 64;  // waits with the least
    static constexpr unsigned kTooOften = 16;       // on one processor

    // How often to look this time.
    unsigned looks(bool on_one_processor);
    // The other side came while we looked, or did not.
    void learn(bool came) { in_vain_ = came ? 0 : in_vain_ + 1; }
    // They have been on one processor too often, and one of them had better move: where others want
    // the processors too, the scheduler does not part them.
    bool crowded() const { return crowded_; }

private:
    unsigned in_vain_ = 0;
    unsigned with_least_ = 0;
    unsigned together_ = 0;
    bool crowded_ = false;
};

// Waits for a turn, first awake and then asleep. False when so many milliseconds have passed;
// 0 waits for ever.
bool wait_for(Mailbox& mailbox, Turn turn, unsigned milliseconds, Patience& patience);

// An array of mailboxes that processes made later can find: in a file without a name.
class MailboxRoom {
public:
    MailboxRoom();  // throws InputError
    ~MailboxRoom();
    MailboxRoom(const MailboxRoom&) = delete;
    MailboxRoom& operator=(const MailboxRoom&) = delete;

    // The number of a mailbox that is nobody's, and back.
    std::uint64_t take();
    void give_back(std::uint64_t number) { free_.push_back(number); }

    // In this process's memory. Null where there is no room.
    Mailbox* open(std::uint64_t number) const;
    static void close(Mailbox* mailbox);

private:
    int file_ = -1;
    std::uint64_t taken_ = 0;
    std::vector<std::uint64_t> free_;
};

}  // namespace mmsim
