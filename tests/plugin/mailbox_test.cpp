// SPDX-License-Identifier: GPL-2.0-or-later
// What mmsim and a plug-in's process share: messages, turns, and how long one waits for the other.
#include "plugin/mailbox.h"

#include <algorithm>
#include <new>
#include <string>
#include <thread>

#include <doctest/doctest.h>

using namespace mmsim;

namespace {

// Of so many waits on two processors: how often it looks at least, and at most.
unsigned shortest(Patience& patience, unsigned waits) {
    unsigned least = Patience::kMost;
    for (unsigned i = 0; i < waits; ++i) least = std::min(least, patience.looks(false));
    return least;
}

unsigned longest(Patience& patience, unsigned waits) {
    unsigned most = 0;
    for (unsigned i = 0; i < waits; ++i) most = std::max(most, patience.looks(false));
    return most;
}

Patience given_up() {
    Patience patience;
    for (unsigned i = 0; i < Patience::kGiveUpAfter; ++i) patience.learn(false);
    return patience;
}

Mailbox* open_new(MailboxRoom& room, std::uint64_t& number) {
    number = room.take();
    Mailbox* const mailbox = room.open(number);
    REQUIRE_NE(mailbox, nullptr);
    return new (mailbox) Mailbox{};
}

}  // namespace

TEST_SUITE("plugin/mailbox") {
    TEST_CASE("one that waits looks long while the other side comes") {
        Patience patience;
        for (int i = 0; i < 1000; ++i) {
            CHECK_EQ(patience.looks(false), Patience::kMost);
            patience.learn(true);
        }
    }

    TEST_CASE("a few looks in vain are not enough to give up") {
        Patience patience;
        for (unsigned i = 1; i < Patience::kGiveUpAfter; ++i) patience.learn(false);
        CHECK_EQ(shortest(patience, 1), Patience::kMost);
        patience.learn(true);
        for (unsigned i = 1; i < Patience::kGiveUpAfter; ++i) patience.learn(false);
        CHECK_EQ(shortest(patience, 1), Patience::kMost);
    }

    TEST_CASE("after looks in vain it looks shortly, and tries a long one now and then") {
        Patience patience = given_up();
        CHECK_EQ(longest(patience, Patience::kTryAgainAfter - 1), Patience::kLeast);
        CHECK_EQ(shortest(patience, 1), Patience::kMost);
        CHECK_EQ(longest(patience, Patience::kTryAgainAfter - 1), Patience::kLeast);
    }

    TEST_CASE("one look that was not in vain makes it patient again") {
        Patience patience = given_up();
        CHECK_EQ(longest(patience, 1), Patience::kLeast);
        patience.learn(true);
        CHECK_EQ(shortest(patience, Patience::kTryAgainAfter), Patience::kMost);
    }

    TEST_CASE("on one processor it does not look, and moves now and then") {
        Patience patience;
        for (int round = 0; round < 3; ++round) {
            for (unsigned i = 1; i < Patience::kTooOften; ++i) {
                CHECK_EQ(patience.looks(true), 0);
                CHECK_FALSE(patience.crowded());
            }
            CHECK_EQ(patience.looks(true), 0);
            CHECK(patience.crowded());
            CHECK_EQ(patience.looks(false), Patience::kMost);
            CHECK_FALSE(patience.crowded());
        }
    }

    TEST_CASE("what one side posts the other fetches, and a long text is cut") {
        MailboxRoom room;
        std::uint64_t number = 0;
        Mailbox* const mailbox = open_new(room, number);
        Message sent;
        sent.ask = Ask::remark;
        sent.number = 7;
        post(*mailbox, Turn::plugin, sent, std::string(2 * sizeof mailbox->text, 'x'));
        Message got;
        std::string text;
        fetch(*mailbox, got, text);
        CHECK_EQ(got.ask, Ask::remark);
        CHECK_EQ(got.number, 7);
        CHECK_EQ(text, std::string(sizeof mailbox->text, 'x'));
        // The other side may write any size.
        mailbox->text_size = 1U << 31;
        fetch(*mailbox, got, text);
        CHECK_EQ(text.size(), sizeof mailbox->text);
        MailboxRoom::close(mailbox);
    }

    TEST_CASE("a wait ends with its turn or its time") {
        MailboxRoom room;
        std::uint64_t number = 0;
        Mailbox* const mailbox = open_new(room, number);
        Patience patience;
        CHECK(wait_for(*mailbox, Turn::mmsim, 1, patience));
        CHECK_FALSE(wait_for(*mailbox, Turn::plugin, 1, patience));
        MailboxRoom::close(mailbox);
    }

    TEST_CASE("two sides that answer each other thousands of times lose no turn") {
        MailboxRoom room;
        std::uint64_t number = 0;
        Mailbox* const mailbox = open_new(room, number);
        constexpr std::uint64_t kRounds = 5000;
        std::thread other([&] {
            Mailbox* const same = room.open(number);
            Patience patience;
            Message message;
            std::string text;
            for (std::uint64_t i = 0; i < kRounds; ++i) {
                wait_for(*same, Turn::plugin, 0, patience);
                fetch(*same, message, text);
                ++message.number;
                post(*same, Turn::mmsim, message, text);
            }
            MailboxRoom::close(same);
        });
        Patience patience;
        Message message;
        std::string text;
        for (std::uint64_t i = 0; i < kRounds; ++i) {
            post(*mailbox, Turn::plugin, message, text);
            wait_for(*mailbox, Turn::mmsim, 0, patience);
            fetch(*mailbox, message, text);
        }
        other.join();
        CHECK_EQ(message.number, kRounds);
        MailboxRoom::close(mailbox);
    }

    TEST_CASE("a mailbox that was given back is handed out again") {
        MailboxRoom room;
        const std::uint64_t first = room.take();
        CHECK_NE(room.take(), first);
        room.give_back(first);
        CHECK_EQ(room.take(), first);
    }
}
