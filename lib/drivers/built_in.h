// SPDX-License-Identifier: GPL-2.0-or-later
// What the built-in drivers have in common: facts about each as data beside its code, params of
// its files, and the makers for the table of them. One file each.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/errno.h"
#include "mm/driver.h"

namespace mmsim {

struct DriverCheck {
    std::string_view what;  // refuses the mapping when it is so
    Errno error;
};
struct DriverChange {
    std::string_view version;  // the first of the profiles that has it
    std::string_view what;
};

// What `mmsim drivers NAME` shows of a driver besides what its hooks say themselves. An empty text
// stands for "none".
struct DriverFacts {
    std::string_view name;
    std::string_view summary;
    std::span<const DriverCheck> checks = {};  // in order
    std::string_view flags = {};
    std::string_view page_prot = {};
    std::string_view action = {};
    std::string_view vm_ops = {};
    std::span<const ParamSpec> params = {};
    std::span<const DriverChange> changes = {};  // oldest first
    std::string_view reference = {};             // what its hooks count
};

class BuiltIn : public Driver {
public:
    explicit BuiltIn(const DriverFacts& facts);

    const DriverFacts& facts() const { return facts_; }
    std::string_view name() const override { return facts_.name; }
    std::string_view summary() const override { return facts_.summary; }
    std::span<const ParamSpec> params() const override { return facts_.params; }
    std::vector<std::string_view> references() const override;

protected:
    // Of the file that the hook was called for.
    const DriverParams& params_of(const HookCall& call) const;

private:
    const DriverFacts& facts_;
    std::shared_ptr<const DriverParams> fallbacks_;
};

std::shared_ptr<const Driver> make_afs();
std::shared_ptr<const Driver> make_aio();
std::shared_ptr<const Driver> make_bpf_map();
std::shared_ptr<const Driver> make_dev_mem();
std::shared_ptr<const Driver> make_ext4();
std::shared_ptr<const Driver> make_ext4_dax();
std::shared_ptr<const Driver> make_hpet();
std::shared_ptr<const Driver> make_hugetlbfs();
std::shared_ptr<const Driver> make_hv_ring();
std::shared_ptr<const Driver> make_io_uring();
std::shared_ptr<const Driver> make_mtdchar();
std::shared_ptr<const Driver> make_open_dice();
std::shared_ptr<const Driver> make_overlay();
std::shared_ptr<const Driver> make_packet();
std::shared_ptr<const Driver> make_perf_event();
std::shared_ptr<const Driver> make_secretmem();
std::shared_ptr<const Driver> make_socket();
std::shared_ptr<const Driver> make_stm();
std::shared_ptr<const Driver> make_sysv_shm();
std::shared_ptr<const Driver> make_tcmu();
std::shared_ptr<const Driver> make_tcp();
std::shared_ptr<const Driver> make_tmpfs();
std::shared_ptr<const Driver> make_uio();
std::shared_ptr<const Driver> make_vme_user();
std::shared_ptr<const Driver> make_zero();

// The mmap hook of a driver that has had both forms. `converted`: in that version it had
// `.mmap_prepare`; `either`: that version could carry both, so --hook decides.
constexpr HookSet mmap_hook(HookChoice choice, bool converted, bool either) {
    const bool prepare =
        either && choice != HookChoice::declared ? choice == HookChoice::prepare : converted;
    return HookSet{}.with(prepare ? Hook::mmap_prepare : Hook::mmap);
}

}  // namespace mmsim
