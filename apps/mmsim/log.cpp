// SPDX-License-Identifier: GPL-2.0-or-later
#include "log.h"

#include <memory>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace mmsim {

namespace {

// "warning: " before a warning; errors and plain information need no word.
class LevelWord final : public spdlog::custom_flag_formatter {
public:
    void format(const spdlog::details::log_msg& message, const std::tm&,
                spdlog::memory_buf_t& out) override {
        constexpr std::string_view kWord = "warning: ";
        if (message.level == spdlog::level::warn) out.append(kWord.begin(), kWord.end());
    }
    std::unique_ptr<custom_flag_formatter> clone() const override {
        return std::make_unique<LevelWord>();
    }
};

}  // namespace

void log_to_stderr() {
    auto formatter = std::make_unique<spdlog::pattern_formatter>();
    formatter->add_flag<LevelWord>('*').set_pattern("mmsim: %*%v");
    auto logger = std::make_shared<spdlog::logger>(
        "mmsim", std::make_shared<spdlog::sinks::stderr_sink_st>());
    logger->set_formatter(std::move(formatter));
    spdlog::set_default_logger(std::move(logger));
}

}  // namespace mmsim
