// SPDX-License-Identifier: GPL-2.0-or-later
// A plug-in in this very process: what a debugger wants, and fast. It can take mmsim down with it.
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/input_error.h"
#include "plugin/answers.h"
#include "plugin/runtime.h"
#include "plugin/session.h"

namespace mmsim {
namespace {

// A shared object under a name that nothing was loaded by yet, so that its data is fresh too.
class FreshCopy {
public:
    explicit FreshCopy(const std::string& path) {
        std::string name = (std::filesystem::temp_directory_path() / "mmsim-XXXXXX").string();
        const int file = mkstemp(name.data());
        std::error_code failed(file < 0 ? errno : 0, std::generic_category());
        if (file >= 0) {
            ::close(file);
            name_ = name;
            const auto over = std::filesystem::copy_options::overwrite_existing;
            std::filesystem::copy_file(path, name_, over, failed);
        }
        if (!failed) return;
        ::unlink(name_.c_str());
        throw InputError("no copy of " + path + ": " + failed.message());
    }
    ~FreshCopy() { ::unlink(name_.c_str()); }
    FreshCopy(const FreshCopy&) = delete;
    FreshCopy& operator=(const FreshCopy&) = delete;

    const std::string& name() const { return name_; }

private:
    std::string name_;
};

class DirectSession final : public Session, private Upcalls {
public:
    explicit DirectSession(bool repeatable) : repeatable_(repeatable) {}

    void ask(Message& message, std::string& text, const Asking* asking) override {
        const Asking* const outer = std::exchange(asking_, asking);
        note(false, message, text);
        runtime_.serve(message, text);
        if (message.ask == Ask::died) dead_ = true;
        asking_ = outer;
    }
    bool dead() const override { return dead_; }

    // A process cannot be in two states: the copy is a second plug-in that is asked all that the
    // first one was.
    std::shared_ptr<Session> split_off() override {
        if (!repeatable_) return nullptr;
        auto other = std::make_shared<DirectSession>(true);
        other->said_ = said_;
        while (other->next_ < other->said_.size()) other->repeat();
        other->repeating_ = false;
        return other;
    }

private:
    // A question of mmsim, or an answer to one of the plug-in's.
    struct Said {
        bool answer;
        Message message;
        std::string text;
    };

    void note(bool answer, const Message& message, const std::string& text) {
        if (repeatable_ && !repeating_) said_.push_back({answer, message, text});
    }

    void repeat() {
        repeating_ = true;
        const Said said = said_[next_++];
        MMSIM_ASSERT(!said.answer);
        Message message = said.message;
        std::string text = said.text;
        if (message.ask == Ask::load) {
            const FreshCopy copy(text);
            text = copy.name();
            runtime_.serve(message, text);
            if (!text.empty()) throw InputError(text);
        } else {
            runtime_.serve(message, text);
        }
        if (message.ask == Ask::died) dead_ = true;
    }

    void ask(Message& message, std::string& text) override {
        if (repeating_) {
            // Hooks that ran before the answer came run again.
            while (!said_[next_].answer) repeat();
            message = said_[next_].message;
            text = said_[next_++].text;
            return;
        }
        if (asking_ != nullptr) answer(*asking_, message, text);
        note(true, message, text);
    }
    void give_up(Death) override {}

    Runtime runtime_{*this};
    const Asking* asking_ = nullptr;
    bool dead_ = false;

    bool repeatable_;
    bool repeating_ = false;
    std::vector<Said> said_;  // from the start
    std::size_t next_ = 0;    // to be repeated
};

}  // namespace

std::shared_ptr<Session> open_in_process(bool repeatable) {
    return std::make_shared<DirectSession>(repeatable);
}

}  // namespace mmsim
