// SPDX-License-Identifier: GPL-2.0-or-later
#include "diff_sides.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/input_error.h"
#include "base/shell_words.h"
#include "base/text.h"

namespace mmsim {

namespace {

class SideParser {
public:
    SideParser(const std::string& option, const std::string& text, const ReplayArguments& common)
        : option_(option), text_(text), common_(common) {}

    DiffSetting parse() {
        try {
            words_ = split_shell_words(text_);
        } catch (const InputError& error) {
            throw InputError(option_ + " '" + text_ + "': " + error.what());
        }
        ReplayArguments arguments;
        CLI::App app;
        app.set_help_flag();
        app.allow_extras();
        add_replay_options(app, arguments);
        std::vector<std::string> backwards;
        for (const ShellWord& word : words_) backwards.insert(backwards.begin(), word.text);
        try {
            app.parse(backwards);
            if (const auto extras = app.remaining(); !extras.empty()) {
                refuse(column_of_word(extras[0]), "replay has no option '" + extras[0] + "'");
            }
            if (!arguments.input_format.empty()) {
                refuse(column_of("--input-format"),
                       "both sides read one input: give --input-format to diff");
            }
            return {text_, replay_options(combined(common_, arguments))};
        } catch (const CLI::ParseError& error) {
            refuse(column_of(error.what()), error.what());
        } catch (const Refused&) {
            throw;
        } catch (const InputError& error) {
            refuse(column_of(error.what()), error.what());
        }
    }

private:
    struct Refused : InputError {
        using InputError::InputError;
    };

    // Where the option stands that a message is about; of several by its value.
    std::size_t column_of(std::string_view message) const {
        std::size_t column = 0;
        for (std::size_t i = 0; i < words_.size(); ++i) {
            const std::string& text = words_[i].text;
            const auto equals = std::min(text.find('='), text.size());
            const std::string name = text.substr(0, equals);
            if (!name.starts_with("-") || message.find(name) == npos) continue;
            if (column == 0) column = words_[i].column;
            std::string value;
            if (equals < text.size()) {
                value = text.substr(equals + 1);
            } else if (i + 1 < words_.size()) {
                value = words_[i + 1].text;
            }
            std::string setting = name;
            setting.append(" ").append(value);
            if (message.find(setting) != npos) return words_[i].column;
        }
        return std::max<std::size_t>(column, 1);
    }
    std::size_t column_of_word(const std::string& word) const {
        const auto at = std::ranges::find(words_, word, &ShellWord::text);
        return at == words_.end() ? 1 : at->column;
    }

    [[noreturn]] void refuse(std::size_t column, const std::string& what) const {
        throw Refused(option_ + " '" + text_ + "': column " + std::to_string(column) + ": " + what);
    }

    const std::string& option_;
    const std::string& text_;
    const ReplayArguments& common_;
    std::vector<ShellWord> words_;
};

}  // namespace

DiffSetting parse_side(const std::string& option, const std::string& text,
                       const ReplayArguments& common) {
    return SideParser(option, text, common).parse();
}

}  // namespace mmsim
