// SPDX-License-Identifier: GPL-2.0-or-later
#include "sweep/mappings.h"

#include <algorithm>
#include <optional>

namespace mmsim {

namespace {

bool goes_on_as(const Vma& a, const Vma& b) {
    return a.end == b.start && a.flags == b.flags && a.file == b.file && a.ops == b.ops &&
           a.attr() == b.attr() && a.prot == b.prot && a.pgoff + a.pages() == b.pgoff;
}

bool same_piece(const Vma& a, const Vma& b) {
    return a.start == b.start && a.end == b.end && a.flags == b.flags && a.file == b.file &&
           a.ops == b.ops && a.attr() == b.attr() && a.prot == b.prot && a.pgoff == b.pgoff;
}

// A file that came later is none of those that were there.
FileId known_file(const World& before, FileId file) {
    constexpr FileId kFresh{~std::uint32_t{0}};
    const bool known =
        !file || (file.index < before.files.bound() && before.files[file.index].refs > 0);
    return known ? file : kFresh;
}

// The mappings in ascending order, each as long as it goes on in the same way.
class Pieces {
public:
    Pieces(const World& before, const VmaTree& vmas, std::span<const VmRange> without,
           VmFlags but_for)
        : before_(before), at_(vmas.first()), without_(without), but_for_(but_for) {
        part_ = next_part();
    }

    std::optional<Vma> next() {
        std::optional<Vma> piece = part_;
        if (!piece) return piece;
        while ((part_ = next_part()) && goes_on_as(*piece, *part_)) piece->end = part_->end;
        return piece;
    }

private:
    // The next VMA, or what is left of it outside of `without_`.
    std::optional<Vma> next_part() {
        for (; at_; at_.next(), done_ = Vpn{0}) {
            Vma part = *at_;
            part.file = known_file(before_, part.file);
            part.flags = part.flags.without(but_for_);
            part.move_start(std::max(part.start, done_));
            while (!without_.empty() && without_.front().end() <= part.start) {
                without_ = without_.subspan(1);
            }
            if (!without_.empty() && without_.front().start() <= part.start) {
                done_ = std::min(without_.front().end(), part.end);
                if (done_ == part.end) continue;
                part.move_start(done_);
                without_ = without_.subspan(1);
            }
            if (!without_.empty() && without_.front().start() < part.end) {
                part.end = without_.front().start();
                done_ = part.end;
                return part;
            }
            at_.next();
            done_ = Vpn{0};
            return part;
        }
        return std::nullopt;
    }

    const World& before_;
    VmaTree::Cursor at_;
    std::span<const VmRange> without_;
    VmFlags but_for_;
    Vpn done_{0};  // what was given of the VMA under the cursor ends here
    std::optional<Vma> part_;
};

}  // namespace

bool same_mappings(const World& before, const VmaTree& a, const VmaTree& b,
                   std::span<const VmRange> without, VmFlags but_for) {
    Pieces left(before, a, {}, but_for);
    Pieces right(before, b, without, but_for);
    while (true) {
        const auto x = left.next();
        const auto y = right.next();
        if (!x || !y) return !x && !y;
        if (!same_piece(*x, *y)) return false;
    }
}

}  // namespace mmsim
