// SPDX-License-Identifier: GPL-2.0-or-later
// A fake driver: the kernel's file_operations and vm_operations_struct in one object.
//
// A driver never sees an Mm. It may only edit what it is handed, exactly as the kernel's hooks
// may; so it can misbehave only in ways a real driver can. It holds no state of its own: state
// lives in the World (DriverState), so that a World can be copied.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "mm/driver_params.h"
#include "mm/file.h"
#include "mm/profile.h"
#include "mm/vm_area_desc.h"
#include "mm/vma.h"

namespace mmsim {

class HookCall;
struct Current;

enum class Hook : std::uint8_t {
    mmap_prepare,
    mmap,
    mapped,
    open,
    close,
    may_split,
    mprotect,
    mremap,
    success_hook,
};
inline constexpr std::size_t kHooks = static_cast<std::size_t>(Hook::success_hook) + 1;

// "mmap_prepare", as drivers are declared and reports count.
std::string_view hook_name(Hook hook);

// Which hooks are set, a bit each.
struct HookSet {
    std::uint16_t bits = 0;

    constexpr bool has(Hook hook) const { return ((bits >> static_cast<unsigned>(hook)) & 1) != 0; }
    constexpr HookSet with(Hook hook) const {
        return {static_cast<std::uint16_t>(bits | 1U << static_cast<unsigned>(hook))};
    }
    constexpr HookSet without(Hook hook) const {
        return {static_cast<std::uint16_t>(bits & ~(1U << static_cast<unsigned>(hook)))};
    }
};

// --hook: which of its forms a driver with two shows.
enum class HookChoice : std::uint8_t { declared, legacy, prepare };

class Driver {
public:
    virtual ~Driver() = default;

    virtual std::string_view name() const = 0;
    virtual std::string_view summary() const = 0;

    // The hooks that are set in a kernel of that version under that choice; vm_ops hooks included.
    virtual HookSet hooks(const Profile& profile, HookChoice choice) const = 0;
    // What its files may say about the device; a file that says nothing has the fallbacks.
    virtual std::span<const ParamSpec> params() const { return {}; }
    // Names of the references that its hooks count, as far as it can tell beforehand.
    virtual std::vector<std::string_view> references() const { return {}; }
    virtual UnmappedArea unmapped_area() const { return UnmappedArea::plain; }
    // Flags that all its VMAs have: for a layout that shows the path of the file alone.
    virtual VmFlags usual_flags(const Profile&) const { return {}; }
    virtual bool dax() const { return false; }       // mlock leaves its VMAs alone
    virtual bool secret() const { return false; }    // so it does, and the kernel reaches no page
    virtual bool map_sync() const { return false; }  // MAP_SYNC is supported

    // It stands for one that comes with the kernel: what is wrong with it is known.
    virtual bool in_tree() const { return true; }
    // Somebody can be told to write it otherwise: nobody where it has the name of one that comes
    // with the kernel.
    virtual bool takes_advice() const { return false; }
    // Its hooks are code that really runs: what they cannot cope with is seen when it happens.
    virtual bool real() const { return false; }
    // Its `.mmap` could be a `.mmap_prepare`, and its author ought to know.
    virtual bool mmap_is_deprecated() const { return false; }

    // Its `mapped` does something that can fail. If not, a failure there shows what cannot be.
    virtual bool mapped_can_fail() const { return true; }

    // f_op. Errors reach the caller of mmap(2) as the pipeline documents (rules 3.3).
    virtual Result<> mmap_prepare(HookCall&, VmAreaDesc&) const { return Errno::enodev; }
    virtual Result<> mmap(HookCall&, HalfBuiltVma&) const { return Errno::enodev; }
    virtual Result<> success_hook(HookCall&, Vma&) const { return {}; }

    // vm_ops. `mapped` may change private_data; it is stored on success only.
    virtual Result<> mapped(HookCall&, const Vma&, std::uint64_t& private_data) const {
        static_cast<void>(private_data);
        return {};
    }
    virtual void open(HookCall&, const Vma&) const {}
    virtual void close(HookCall&, const Vma&) const {}
    virtual Result<> may_split(HookCall&, const Vma&, Vpn) const { return {}; }
    virtual Result<> mprotect(HookCall&, const Vma&, VmFlags) const { return {}; }
    virtual Result<> mremap(HookCall&, const Vma&) const { return {}; }
};

// State that a driver keeps outside of the World, as a plug-in's own process does. Copies of a
// World share it: whoever is about to change it first asks how many do.
class OutsideState {
public:
    virtual ~OutsideState() = default;
};

// What a driver has done and holds, in one World.
struct DriverState {
    std::uint64_t calls[kHooks] = {};  // by Hook
    std::uint64_t failures = 0;        // injected ones and failed actions
    std::vector<std::pair<std::string, std::int64_t>> references;  // named, in order of first use
    std::vector<std::pair<std::string, std::int64_t>> leaked;      // of them: told as leaked
    // VMAs with its vm_ops that its hooks know of: by `mapped` or an old `.mmap`, by `open`, and no
    // longer by `close`. Counted where it has both of the last two.
    std::int64_t known_vmas = 0;
    // Users of the objects that private_data points at, by that value; those without are gone.
    std::vector<std::pair<std::uint64_t, std::int64_t>> users;
    std::vector<std::string_view> told;     // ids of diagnostics that are told once
    std::vector<std::string> remarked;      // what hooks have said: see HookCall::remark()
    bool asked_to_write = false;            // whether it refuses to: see driver_rules.h
    bool followed_null = false;             // see HookCall::follow_null()
    std::int64_t allocated = 0;             // pieces of memory that its hooks hold
    std::int64_t allocated_leaked = 0;      // of them: told as leaked
    std::shared_ptr<OutsideState> outside;  // null for most
};

struct World;

// What a hook may reach besides its argument. Lives for one call of one hook.
class HookCall {
public:
    // On behalf of a call: its failure points are passed, and its recorded success overrules
    // refuses(). Without one neither happens.
    HookCall(Current& current, DriverId driver, Hook hook, FileId file);
    HookCall(World& world, DriverId driver, Hook hook, FileId file);
    // What `outer` asks of another driver.
    HookCall(const HookCall& outer, DriverId driver, Hook hook, FileId file);

    const Profile& profile() const;
    // Which call of this hook of this driver it is, over all files and processes, from 1.
    std::uint64_t nth() const { return nth_; }
    // The file the hook was called for, and any other declared file by id.
    const File& file() const;
    FileId file_id() const { return file_; }
    FileId find_file(std::string_view id) const;
    DriverId driver_id() const { return driver_; }
    // The address space at work; none outside of a call.
    MmId mm() const;

    // Takes or drops a named reference of the driver, or several.
    void get(std::string_view reference) { count(reference, 1); }
    void put(std::string_view reference) { count(reference, -1); }
    void count(std::string_view reference, std::int64_t by);
    // Takes a piece of memory, or gives some back. Taking may fail: false. Linux: kmalloc().
    bool allocate();
    void allocated(std::int64_t by);
    // Something about the driver that only the hook itself could notice, in its own words; the
    // same again is not told.
    void remark(std::string_view diagnostic, VmRange range, std::string detail);
    // `close` of a VMA that no `mapped` has set up: see driver_rules.h
    bool closes_unmapped() const;
    // There it has followed the null pointer that it found. In the kernel that is a crash.
    void follow_null();
    // A value that no other call gets: what a driver that allocates per mapping would store.
    std::uint64_t per_call_cookie() const;
    // Adds users to an object of the driver's (or drops them), and tells how many it has then.
    std::int64_t count_user(std::uint64_t object, std::int64_t by);
    // Whether so much more may be locked in that address space. Linux: mlock_future_ok().
    bool mlock_future_ok(MmId mm, Pages pages) const;
    // For a refusal that depends on what traces do not show. See Current::refuses()
    bool refuses(bool refused);
    // The driver's own vm_ops table, for desc.ops.
    VmOps own_ops() const { return VmOps::of(driver_); }
    // A failure that the driver was told to produce (counted in DriverState::failures).
    void count_failure();
    // Hands the reference of a fresh internal shmem file to the caller; ENOMEM where there is not
    // that much memory, which with NORESERVE is not asked. Linux: shmem_zero_setup().
    Result<FileId> new_shmem_file(std::uint64_t size_bytes, VmFlags flags = kVmNoReserve);

    World& world() { return world_; }

private:
    void note_change(std::string_view reference, bool memory, std::int64_t by);

    World& world_;
    DriverId driver_;
    FileId file_;
    Current* caller_ = nullptr;
    std::uint64_t nth_;
};

}  // namespace mmsim
