// SPDX-License-Identifier: GPL-2.0-or-later
// An address space drawn as text: one character a page, a letter a VMA, '.' a hole.
//
//   MapPicture map{"AA.B"};
//   CHECK(map.mmap("AA*B"));        // the operand is drawn over the layout as it is now
//   CHECK_EQ(map.now(), "AAAA");    // A survived
//
// Letters stand for identity: a picture says who lives on. New VMAs get the next free letter.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/linux_abi.h"
#include "mm/syscalls.h"

namespace mmsim::test {

// Keeps what a run told.
class EventLog final : public EventSink {
public:
    void on_event(MmId, MmOp, const Event& event) override { events.push_back(event); }
    template <typename E>
    std::size_t count() const {
        std::size_t n = 0;
        for (const Event& event : events) n += std::holds_alternative<E>(event);
        return n;
    }
    std::vector<Event> events;
};

// What the VMAs of one letter are; private anonymous read-write where nothing else is said.
struct Letter {
    std::uint64_t prot = kProtRead | kProtWrite;
    VmFlags extra = {};
    FileId file = {};
    Pgoff pgoff = {};      // of page 0 of the picture; only with a file
    bool touched = false;  // has an anon_vma of its own
};

class MapPicture {
public:
    explicit MapPicture(std::string_view picture, const std::map<char, Letter>& letters = {},
                        const Profile& profile = newest_profile());

    // The operand of each call is the run of '*' in a picture of the layout; the rest of the
    // picture must be the layout as it is, or the test is wrong and aborts. '*' may cover letters.
    Result<std::uint64_t> mmap(std::string_view picture,
                               std::uint64_t prot = kProtRead | kProtWrite,
                               std::uint64_t flags = kMapPrivate | kMapAnonymous, FileId file = {},
                               std::uint64_t pgoff = 0);
    Result<> munmap(std::string_view picture);
    Result<> mprotect(std::string_view picture, std::uint64_t prot);
    Result<> madvise(std::string_view picture, Madv advice);
    Result<> mlock(std::string_view picture, std::uint64_t flags = 0);
    Result<> munlock(std::string_view picture);
    Result<> mseal(std::string_view picture);
    void touch(std::string_view picture, bool write = true);
    // Moves, grows or shrinks the run of '*' to `pages` pages; `to`: page index for FIXED.
    Result<std::uint64_t> mremap(std::string_view picture, std::uint64_t pages,
                                 std::uint64_t flags = 0, std::uint64_t to = 0);

    // The layout now, as wide as the first picture or the last VMA.
    std::string now() const;
    // "rw-p", with the smaps codes that are not read/write/may behind: of the VMA at a page.
    const Vma& at(std::size_t page) const;
    // Empty when all invariants hold.
    std::string broken() const { return validate_mm(world, mm_id); }

    World world;
    MmId mm_id;
    EventLog log;
    FaultInjector faults;

    static constexpr std::uint64_t kBase = 0x100000000000;
    static std::uint64_t address(std::size_t page) { return kBase + page * kPageSize; }

private:
    struct Operand {
        std::uint64_t addr, length;
    };
    Operand operand(std::string_view picture);
    Current current() { return {world, mm_id, log, faults}; }
    // Names VMAs that have no letter yet.
    void name_new();

    std::map<std::uint32_t, char> names_;  // by VmaId
    std::size_t width_;
};

}  // namespace mmsim::test
