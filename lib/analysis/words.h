// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers for texts that come up again and again: paths, drivers, call sites.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mmsim {

using WordId = std::uint32_t;  // 0: the empty text

class Words {
public:
    Words() { known_[""] = 0; }

    WordId operator[](std::string_view word) {
        if (word.empty()) return 0;
        const auto next = static_cast<WordId>(words_.size());
        const auto [place, added] = known_.try_emplace(std::string(word), next);
        if (added) words_.emplace_back(word);
        return place->second;
    }
    const std::string& text(WordId id) const { return words_[id]; }
    const std::vector<std::string>& all() const { return words_; }

private:
    std::vector<std::string> words_{""};
    std::unordered_map<std::string, WordId> known_;
};

}  // namespace mmsim
