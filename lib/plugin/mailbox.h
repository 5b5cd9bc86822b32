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
    std::atomic<std::uint32_t> asleep[2];  // by Turn
    std::uint32_t text_size;
    Message message;
    char text[4096];
};

// Writes a message, and gives the turn to the other side. A longer text is cut.
void post(Mailbox& mailbox, Turn to, const Message& message, const std::string& text);
// Reads what was posted. The other side may have written anything.
void fetch(const Mailbox& mailbox, Message& message, std::string& text);

// How long one side looks before it goes to sleep. Where the other side has a processor to itself
// looking is by far the faster way; where it has to wait for one, looking keeps it waiting.
class Patience {
public:
    // How often to look this time.
    unsigned looks();
    // The other side came while we looked, or did not.
    void learn(bool came);

private:
    static constexpr unsigned kMost = 4000;  // longer than a sleeper takes to wake
    static constexpr unsigned kLeast = 100;
    static constexpr unsigned kTryAgainAfter = 64;  // waits without a look

    unsigned looks_ = kMost;
    unsigned without_ = 0;
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
