// SPDX-License-Identifier: GPL-2.0-or-later
// One target and one simulation side by side, compared after every call.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "live/host.h"
#include "live/op_source.h"
#include "live/simulation.h"
#include "live/target_process.h"

namespace mmsim::live {

struct Settings {
    std::string program;    // the target
    std::string directory;  // for regular files; empty: anywhere that fits
    bool verbose = false;   // tell every call
};

struct Difference {
    std::string what;
    std::string picture;  // both layouts, where they differ
};

class Session {
public:
    Session(const Settings& settings, std::uint64_t seed);

    const std::vector<std::string>& notes() const { return host_.notes; }
    OpSource source() const { return {seed_, host_, possible_}; }
    const Simulation& simulation() const { return *simulation_; }

    // Does it on both sides. Nothing returned: they agree.
    std::optional<Difference> step(const Op& op);
    // Few more VMAs may be made: such runs are slow, and short.
    bool crowded() const { return crowded_; }
    // What the last step returned, as strace prints it.
    const std::string& last_outcome() const { return last_outcome_; }
    int last_error() const { return last_error_; }  // errno, or the signal of a touch
    // Every process once more.
    std::optional<Difference> compare_all();

private:
    void learn_files();
    void learn_possible();
    void learn_uffd();
    TargetReply open_uffd(const Op& op);
    StartState start_state();
    bool is_randomized() const;
    void crowd();
    void drop_kinds(std::initializer_list<OpKind> kinds, const std::string& why);
    TargetReply run_on_kernel(const Op& op);
    std::optional<Difference> compare(int slot);
    std::string unexpected_access(const Op& op, const TargetReply& reply) const;

    Settings settings_;
    std::uint64_t seed_;
    Start start_;
    Host host_;
    TargetProcess target_;
    Possible possible_;
    std::optional<Simulation> simulation_;
    bool crowded_ = false;
    std::string last_outcome_;
    int last_error_ = 0;
};

}  // namespace mmsim::live
