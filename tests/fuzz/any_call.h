// SPDX-License-Identifier: GPL-2.0-or-later
// Bytes as one call of a process: most of them in a small window, so that they meet.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "fuzz/any_driver.h"
#include "mm/syscalls.h"

namespace mmsim {

class AnyCall {
public:
    static constexpr std::uint64_t kKinds = 24;

    // `segment`: a file that stands for one.
    AnyCall(Bytes& bytes, const std::vector<FileId>& files, FileId segment)
        : bytes_(bytes), files_(files), segment_(segment) {}

    void make(Current& current, std::uint64_t kind) {
        if (kind < 6) {
            static_cast<void>(sys_mmap(current, mmap_args()));
        } else if (kind < 16) {
            call_on_range(current, kind);
        } else {
            call_rarely(current, kind);
        }
    }

private:
    static constexpr std::uint64_t kWindow = 0x10000000;

    std::uint64_t place() {
        const std::uint64_t page = bytes_.byte();
        if (page == 255) return bytes_.word();
        if (page > 247) return 0x800000 + (page - 247) * 2 * kPageSize;
        if (page > 240) return 0x40000000 + (page - 240) * 0x200000;
        return kWindow + page % 48 * kPageSize + (bytes_.one_in(32) ? 1 : 0);
    }
    std::uint64_t length() {
        const std::uint64_t pages = bytes_.byte();
        if (pages == 255) return bytes_.word();
        if (pages > 250) return (pages - 250) * 0x200000;
        return pages % 13 * kPageSize - (pages % 13 != 0 && bytes_.one_in(16) ? 7 : 0);
    }
    std::uint64_t prot() { return bytes_.below(8) | (bytes_.one_in(24) ? kProtGrowsDown : 0); }
    FileId file() { return files_[bytes_.below(files_.size())]; }

    // What a trace may say: a page of user space, with room for the mapping.
    std::optional<std::uint64_t> recorded_place(std::uint64_t size) {
        if (!bytes_.one_in(40) || size > kTaskSize.bytes() / 2) return std::nullopt;
        const std::uint64_t at = place() & ~kPageMask;
        if (at > kTaskSize.bytes() / 2) return std::nullopt;
        return at;
    }

    MmapArgs mmap_args() {
        constexpr std::uint64_t kTypes[] = {kMapPrivate,        kMapPrivate, kMapShared,
                                            kMapSharedValidate, 0,           kMapDroppable};
        constexpr std::uint64_t kPlaces[] = {0, kMapFixed, kMapFixed, kMapFixedNoReplace};
        constexpr std::uint64_t kMore[] = {0,
                                           0,
                                           0,
                                           0,
                                           kMapGrowsDown,
                                           kMapLocked,
                                           kMapNoReserve,
                                           kMapPopulate,
                                           kMapStack,
                                           kMapHugetlb,
                                           kMap32Bit,
                                           kMapSync,
                                           kMapAbove4G,
                                           kMapNonBlock | kMapPopulate};
        MmapArgs args;
        args.addr = place();
        args.length = length();
        args.prot = prot();
        args.flags = bytes_.pick(kTypes) | bytes_.pick(kPlaces) | bytes_.pick(kMore);
        if (bytes_.one_in(3)) {
            args.file = file();
            args.offset = bytes_.below(20) * kPageSize;
        } else {
            args.flags |= kMapAnonymous;
        }
        args.placed_at = recorded_place(args.length);
        return args;
    }

    void call_on_range(Current& current, std::uint64_t kind) {
        const std::uint64_t addr = place();
        const std::uint64_t size = length();
        constexpr std::uint64_t kAdvice[] = {0,  1,  2,  3,  4,  8,  9,  10, 11, 12, 13,  14,  15,
                                             16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 102, 103, 7};
        switch (kind) {
            case 6:
            case 7:
                static_cast<void>(sys_munmap(current, addr, size));
                break;
            case 8:
            case 9:
                static_cast<void>(sys_mprotect(current, addr, size, prot()));
                break;
            case 10:
            case 11: {
                MremapArgs args{.addr = addr,
                                .old_length = size,
                                .length = length(),
                                .flags = bytes_.below(8),
                                .new_addr = place(),
                                .placed_at = {}};
                if (bytes_.one_in(3)) args.length = size;
                args.placed_at = recorded_place(args.length);
                static_cast<void>(sys_mremap(current, args));
                break;
            }
            case 12:
                static_cast<void>(sys_madvise(current, addr, size, bytes_.pick(kAdvice)));
                break;
            case 13:
                static_cast<void>(sys_mlock(current, addr, size, bytes_.below(3)));
                break;
            case 14:
                static_cast<void>(sys_munlock(current, addr, size));
                break;
            default: {
                const bool faults = bytes_.one_in(2);
                touch(current, addr, size % (kPageSize << 12), bytes_.one_in(2),
                      faults ? std::optional(addr + 2 * kPageSize) : std::nullopt);
                break;
            }
        }
    }

    void call_rarely(Current& current, std::uint64_t kind) {
        switch (kind) {
            case 16:
                static_cast<void>(sys_brk(current, 0x800000 + bytes_.word() % 0x40000));
                break;
            case 17:
                if (bytes_.one_in(2)) {
                    static_cast<void>(sys_mlockall(current, bytes_.below(8)));
                } else {
                    static_cast<void>(sys_munlockall(current));
                }
                break;
            case 18:
                static_cast<void>(
                    sys_mbind(current, place(), length(), bytes_.below(8), bytes_.below(3), 0));
                break;
            case 19:
                if (bytes_.one_in(4)) {
                    static_cast<void>(sys_mseal(current, place(), length(), 0));
                } else {
                    static_cast<void>(sys_set_vma_name(
                        current, place(), length(),
                        bytes_.one_in(3) ? std::nullopt : std::optional<std::string_view>("n")));
                }
                break;
            case 20:
                if (bytes_.one_in(3)) {
                    static_cast<void>(sys_shmdt(current, place()));
                } else {
                    static_cast<void>(sys_shmat(current, {.segment = segment_,
                                                          .addr = bytes_.one_in(3) ? 0 : place(),
                                                          .flags = bytes_.below(16) << 12,
                                                          .placed_at = {}}));
                }
                break;
            case 21:
                static_cast<void>(
                    sys_remap_file_pages(current, place(), length(), 0, bytes_.below(30), 0));
                break;
            case 22:
                static_cast<void>(add_seals(current, file(), bytes_.below(64)));
                break;
            default:
                ask_uffd(current);
                break;
        }
    }

    // The file of the process's userfaultfd; none if there is none.
    static FileId uffd_of(const Current& current) {
        const World& world = current.world;
        for (std::uint32_t i = 1; i < world.files.bound(); ++i) {
            const UffdId uffd = world.files[i].uffd;
            if (uffd && world.uffds[uffd.index].mm == current.mm_id) return {i};
        }
        return {};
    }

    void ask_uffd(Current& current) {
        World& world = current.world;
        FileId file = uffd_of(current);
        if (!file) {
            file = world.open_file({});
            make_uffd(world, file, current.mm_id);
        }
        const UffdId uffd = world.files[file.index].uffd;
        if (bytes_.one_in(8)) {
            uffd_release(current, uffd);
            return world.close_file(file);
        }
        UffdArgs args;
        args.request = static_cast<UffdRequest>(bytes_.below(5));
        args.addr = place();
        args.length = length();
        const bool api = args.request == UffdRequest::api;
        args.flags = api ? bytes_.word() & kUffdFeatures : bytes_.below(9);
        static_cast<void>(sys_uffdio(current, uffd, args));
    }

    Bytes& bytes_;
    const std::vector<FileId>& files_;
    FileId segment_;
};

}  // namespace mmsim
