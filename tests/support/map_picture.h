// SPDX-License-Identifier: GPL-2.0-or-later
// An address space drawn as text: one character a page, a letter a VMA, '.' a hole.
//
//   MapPicture map{"AA.B"};
//   CHECK(map.mmap("AA*B"));        // the operand is drawn over the layout as it is now
//   CHECK_EQ(map.now(), "AAAA");    // A survived
//
// Letters stand for identity: a picture says who lives on. New VMAs get the next free letter.
// Every invariant of rules 9 is checked after every call.
#pragma once

#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "base/linux_abi.h"
#include "mm/syscalls.h"
#include "mm/unmapped_area.h"

namespace mmsim {

// So that a failed check names errors.
inline std::ostream& operator<<(std::ostream& out, Errno error) { return out << errno_name(error); }

}  // namespace mmsim

namespace mmsim::test {

// "ok" or "ENOMEM": for tables.
template <typename T>
std::string outcome(const Result<T>& result) {
    return result ? "ok" : std::string(errno_name(result.error()));
}

inline constexpr std::uint64_t kRw = kProtRead | kProtWrite;
inline constexpr std::uint64_t kR = kProtRead;
inline constexpr std::uint64_t kRwx = kProtRead | kProtWrite | kProtExec;
inline constexpr std::uint64_t kAnon = kMapPrivate | kMapAnonymous;
inline constexpr std::uint64_t kShared = kMapShared | kMapAnonymous;
inline constexpr std::uint64_t kFixed = kMremapMayMove | kMremapFixed;
inline constexpr std::uint64_t kDont = kFixed | kMremapDontUnmap;
inline constexpr std::uint64_t kHalfGuard = kStackGuardGap.count / 2;

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
    std::uint64_t prot = kRw;
    VmFlags extra = {};
    bool touched = false;  // has an anon_vma of its own
};
inline const Letter kReadOnly{.prot = kR};
inline const Letter kTouched{.touched = true};
inline const Letter kStack{.extra = kVmGrowsDown};

class MapPicture {
public:
    // `pages_per_column`: a column may stand for many pages, so that guard gaps and huge pages
    // can be drawn.
    explicit MapPicture(std::string_view picture, const std::map<char, Letter>& letters = {},
                        const Profile& profile = newest_profile(),
                        std::uint64_t pages_per_column = 1);

    // The operand of each call is the run of '*' in a picture of the layout; the rest of the
    // picture must be the layout as it is, or the test is wrong and aborts. '*' may cover letters.
    Result<std::uint64_t> mmap(std::string_view picture, std::uint64_t prot = kRw,
                               std::uint64_t flags = kAnon, FileId file = {},
                               std::uint64_t pgoff = 0);
    Result<> munmap(std::string_view picture);
    Result<> mprotect(std::string_view picture, std::uint64_t prot);
    Result<> madvise(std::string_view picture, Madv advice);
    Result<> mlock(std::string_view picture, std::uint64_t flags = 0);
    Result<> munlock(std::string_view picture);
    Result<> mseal(std::string_view picture);
    Result<> set_name(std::string_view picture, std::optional<std::string_view> name);
    Result<> mbind(std::string_view picture, std::uint64_t mode, std::uint64_t nodes);
    // `flags`: the modes of a registration.
    Result<> uffdio(std::string_view picture, UffdId uffd, UffdRequest request,
                    std::uint64_t flags = 0);
    void touch(std::string_view picture, bool write = true);
    // Moves, grows or shrinks the run of '*' to `columns`; `to`: a column, for FIXED or as a hint.
    Result<std::uint64_t> mremap(std::string_view picture, std::uint64_t columns,
                                 std::uint64_t flags = 0, std::uint64_t to = 0);

    // Any other call: map.call([](Current& c) { return sys_brk(c, 0); })
    template <typename F>
    auto call(F&& run) {
        Current current{world, mm_id, log, faults};
        const After after{*this};
        return run(current);
    }

    // The child's VMAs get the letters of the parent's. The picture goes on to show the parent.
    Result<MmId> fork();
    void show(MmId mm) { mm_id = mm; }

    // A file of a driver, open for reading and writing unless `file` says otherwise.
    FileId open(const std::shared_ptr<const Driver>& driver);
    FileId open(const std::shared_ptr<const Driver>& driver, File file);
    // A userfaultfd of the address space, after UFFDIO_API unless it is not `ready`.
    FileId open_uffd(std::uint64_t features = 0, bool ready = true);
    const DriverState& state_of(FileId file) const;
    std::uint64_t calls(FileId file, Hook hook) const {
        return state_of(file).calls[static_cast<std::size_t>(hook)];
    }

    // The layout now, as wide as the widest picture so far or the last VMA.
    std::string now() const;
    // The same picture of other things: '-' none, 'r', 'w' for rw, 'x' for rx, 'X' for rwx;
    std::string access() const;
    // '-' never faulted, else a letter for each anon_vma in order of address;
    std::string anon_vmas() const;
    // '#' where the VMA has one of the flags, '-' where not.
    std::string marks(VmFlags flags) const;

    // Of the VMA at a column: the record, and its flags as smaps prints them.
    const Vma& at(std::size_t column) const;
    std::string codes(std::size_t column) const;
    // The page offset at a column; of anonymous memory counted in columns of the picture, so that
    // memory that never moved is at home: home(3) == 3.
    std::uint64_t pgoff(std::size_t column) const;
    std::int64_t home(std::size_t column) const;

    Mm& mm() { return world.mms.edit(mm_id.index); }
    const Mm& mm() const { return world.mms[mm_id.index]; }
    ProcessLimits& limits() { return mm().limits; }
    // Takes all capabilities away.
    void unprivileged() { limits().capabilities = 0; }

    // Empty when all invariants hold in every address space.
    std::string broken() const;

    World world;
    MmId mm_id;
    EventLog log;
    FaultInjector faults;

    static constexpr std::uint64_t kBase = 0x100000000000;
    std::uint64_t address(std::uint64_t column) const {
        return kBase + column * pages_per_column_ * kPageSize;
    }

private:
    struct Operand {
        std::uint64_t addr, length;
    };
    // Names what is new and checks the invariants.
    struct After {
        MapPicture& picture;
        ~After() { picture.settle(); }
    };
    Operand operand(std::string_view picture);
    void settle();
    void name_new();
    template <typename Symbol>
    std::string draw(Symbol symbol) const;

    std::map<std::uint32_t, char> names_;  // by VmaId
    std::size_t width_;
    std::uint64_t pages_per_column_;
};

}  // namespace mmsim::test
