// SPDX-License-Identifier: GPL-2.0-or-later
// A plug-in in this very process: what a debugger wants, and fast. It can take mmsim down with it.
#include <utility>

#include "plugin/answers.h"
#include "plugin/runtime.h"
#include "plugin/session.h"

namespace mmsim {
namespace {

class DirectSession final : public Session, private Upcalls {
public:
    void ask(Message& message, std::string& text, const Asking* asking) override {
        const Asking* const outer = std::exchange(asking_, asking);
        runtime_.serve(message, text);
        if (message.ask == Ask::died) dead_ = true;
        asking_ = outer;
    }
    bool dead() const override { return dead_; }
    std::shared_ptr<Session> split_off() override { return nullptr; }

private:
    void ask(Message& message, std::string& text) override {
        if (asking_ != nullptr) answer(*asking_, message, text);
    }
    void give_up(Death) override {}

    Runtime runtime_{*this};
    const Asking* asking_ = nullptr;
    bool dead_ = false;
};

}  // namespace

std::shared_ptr<Session> open_in_process() { return std::make_shared<DirectSession>(); }

}  // namespace mmsim
