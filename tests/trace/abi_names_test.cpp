// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/abi_names.h"

#include <sched.h>
#include <string>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>

#include <doctest/doctest.h>

#include "trace/c_number.h"

namespace mmsim {

TEST_SUITE("trace/abi names") {
    TEST_CASE("the numbers are those of the system's own headers") {
        const auto constant = [](AbiFamily family, const char* name) {
            return abi_constant(family, name).value_or(~std::uint64_t{0});
        };
        CHECK_EQ(constant(AbiFamily::prot, "PROT_EXEC"), PROT_EXEC);
        CHECK_EQ(constant(AbiFamily::prot, "PROT_GROWSUP"), PROT_GROWSUP);
        CHECK_EQ(constant(AbiFamily::map, "MAP_ANONYMOUS"), MAP_ANONYMOUS);
        CHECK_EQ(constant(AbiFamily::map, "MAP_STACK"), MAP_STACK);
        CHECK_EQ(constant(AbiFamily::map, "MAP_FIXED_NOREPLACE"), MAP_FIXED_NOREPLACE);
        CHECK_EQ(constant(AbiFamily::map, "MAP_SHARED_VALIDATE"), MAP_SHARED_VALIDATE);
        CHECK_EQ(constant(AbiFamily::mremap, "MREMAP_FIXED"), MREMAP_FIXED);
        CHECK_EQ(constant(AbiFamily::madv, "MADV_DODUMP"), MADV_DODUMP);
        CHECK_EQ(constant(AbiFamily::mcl, "MCL_ONFAULT"), MCL_ONFAULT);
        CHECK_EQ(constant(AbiFamily::shm, "SHM_REMAP"), SHM_REMAP);
        CHECK_EQ(constant(AbiFamily::clone, "CLONE_THREAD"), CLONE_THREAD);
        CHECK_EQ(constant(AbiFamily::rlimit, "RLIMIT_MEMLOCK"), RLIMIT_MEMLOCK);
    }

    TEST_CASE("sets print as strace prints them") {
        CHECK_EQ(abi_text(AbiFamily::prot, 0), "PROT_NONE");
        CHECK_EQ(abi_text(AbiFamily::prot, 3), "PROT_READ|PROT_WRITE");
        CHECK_EQ(abi_text(AbiFamily::prot, 0x100001), "PROT_READ|0x100000");
        CHECK_EQ(abi_text(AbiFamily::map, 0), "MAP_FILE");
        CHECK_EQ(abi_text(AbiFamily::map, 0x22), "MAP_PRIVATE|MAP_ANONYMOUS");
        CHECK_EQ(abi_text(AbiFamily::map, 0x80003), "MAP_SHARED_VALIDATE|MAP_SYNC");
        CHECK_EQ(abi_text(AbiFamily::map, 0x54040022),
                 "MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB|21<<MAP_HUGE_SHIFT");
        CHECK_EQ(abi_text(AbiFamily::map, 0x200004), "0x4|0x200000");
        CHECK_EQ(abi_text(AbiFamily::mremap, 0), "0");
        CHECK_EQ(abi_text(AbiFamily::clone, 0x4111), "CLONE_VM|CLONE_VFORK|SIGCHLD");
        CHECK_EQ(abi_text(AbiFamily::clone, 0), "0");
        CHECK_EQ(abi_text(AbiFamily::mpol, 0x8002), "MPOL_BIND|MPOL_F_STATIC_NODES");
        CHECK_EQ(abi_text(AbiFamily::mpol, 0), "MPOL_DEFAULT");
        CHECK_EQ(abi_text(AbiFamily::seal, 0x3f),
                 "F_SEAL_SEAL|F_SEAL_SHRINK|F_SEAL_GROW|F_SEAL_WRITE|F_SEAL_FUTURE_WRITE|"
                 "F_SEAL_EXEC");
    }

    TEST_CASE("a single choice prints by name, or in hex where it has none") {
        CHECK_EQ(abi_text(AbiFamily::madv, 4), "MADV_DONTNEED");
        CHECK_EQ(abi_text(AbiFamily::madv, 102), "MADV_GUARD_INSTALL");
        CHECK_EQ(abi_text(AbiFamily::madv, 77), "0x4d");
        CHECK_EQ(abi_text(AbiFamily::rlimit, 9), "RLIMIT_AS");
    }

    TEST_CASE("what is printed reads back as the same number") {
        constexpr AbiFamily kAll[] = {AbiFamily::prot,  AbiFamily::map,   AbiFamily::mremap,
                                      AbiFamily::madv,  AbiFamily::mlock, AbiFamily::mcl,
                                      AbiFamily::shm,   AbiFamily::mpol,  AbiFamily::mpol_mf,
                                      AbiFamily::clone, AbiFamily::seal,  AbiFamily::rlimit,
                                      AbiFamily::cap,   AbiFamily::none};
        std::uint64_t random = 1;
        for (const AbiFamily family : kAll) {
            const auto same = [family](std::uint64_t value) {
                return parse_abi_text(family, abi_text(family, value)) == value;
            };
            for (std::uint64_t value = 0; value < 0x1000; ++value) REQUIRE(same(value));
            for (int i = 0; i < 2000; ++i) {
                random = random * 6364136223846793005 + 1442695040888963407;
                REQUIRE(same(random));
                REQUIRE(same(random >> 40));
            }
        }
    }

    TEST_CASE("names and numbers mix, with blanks around the bars") {
        CHECK_EQ(parse_abi_text(AbiFamily::map, "MAP_PRIVATE | 0x20|020"), 0x32);
        CHECK_EQ(parse_abi_text(AbiFamily::map, "MAP_ANON|MAP_HUGE_2MB"), 0x54000020);
        CHECK_EQ(parse_abi_text(AbiFamily::madv, "MADV_COLD"), 20);
        CHECK_EQ(parse_abi_text(AbiFamily::none, "0x3"), 3);
    }

    TEST_CASE("the term that is not understood is told") {
        const auto bad = [](AbiFamily family, std::string_view text) {
            std::string_view term = "none";
            CHECK_FALSE(parse_abi_text(family, text, &term));
            return std::string(term);
        };
        CHECK_EQ(bad(AbiFamily::map, "MAP_PRIVATE|MAP_X|MAP_Y"), "MAP_X");
        CHECK_EQ(bad(AbiFamily::map, "MAP_PRIVATE|"), "");
        CHECK_EQ(bad(AbiFamily::prot, ""), "");
        CHECK_EQ(bad(AbiFamily::prot, "MAP_PRIVATE"), "MAP_PRIVATE");
        CHECK_EQ(bad(AbiFamily::map, "64<<MAP_HUGE_SHIFT"), "64<<MAP_HUGE_SHIFT");
        CHECK_EQ(bad(AbiFamily::map, "09"), "09");
        CHECK_EQ(bad(AbiFamily::madv, "MADV_COLD|MADV_FREE"), "MADV_COLD|MADV_FREE");
    }
}

TEST_SUITE("trace/c number") {
    TEST_CASE("decimal, hex and octal are read to their last digit") {
        CHECK_EQ(parse_c_number("0"), 0);
        CHECK_EQ(parse_c_number("4096"), 4096);
        CHECK_EQ(parse_c_number("0x1fF"), 0x1ff);
        CHECK_EQ(parse_c_number("0X10"), 16);
        CHECK_EQ(parse_c_number("010"), 8);
        CHECK_EQ(parse_c_number("0xffffffffffffffff"), ~std::uint64_t{0});
    }

    TEST_CASE("what is malformed and what is too large are two faults") {
        for (const char* text : {"", "0x", "x", "-1", "+1", " 1", "1 ", "08", "1u", "0x1g"}) {
            CNumberFault fault{};
            CHECK_FALSE(parse_c_number(text, &fault));
            CHECK_EQ(fault, CNumberFault::malformed);
        }
        for (const char* text : {"18446744073709551616", "0x10000000000000000"}) {
            CNumberFault fault{};
            CHECK_FALSE(parse_c_number(text, &fault));
            CHECK_EQ(fault, CNumberFault::too_large);
        }
    }
}

}  // namespace mmsim
