// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/strace_values.h"

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "trace/strace_args.h"
#include "trace/strace_names.h"

using namespace mmsim;

namespace {

// "a|b|c then rest": the arguments, and what follows the ')'.
std::string args_of(std::string_view text) {
    StraceArgs args;
    if (!split_args(text, args)) return "torn";
    std::string out;
    for (std::size_t i = 0; i < args.count; ++i) {
        out += (i == 0 ? "" : "|") + std::string(args.at[i]);
    }
    return out + " then" + std::string(text.substr(args.end));
}

std::string number_of(std::string_view text) {
    const auto number = parse_number(text);
    return number ? std::to_string(*number) : "none";
}

std::string fd_of(std::string text) {
    const FileRef file = parse_fd(text, std::string_view{text});
    return std::to_string(file.fd) + "|" + std::string(file.path) + (file.deleted ? "|gone" : "");
}

std::string string_of(std::string text) {
    const auto string = parse_string(text, std::string_view{text});
    return string ? std::string(*string) : "none";
}

std::string result_of(std::string_view text) {
    static const char* const kStates[] = {"missing", "unknown", "restarted", "success", "failure"};
    const StraceResult result = parse_result(text);
    std::string out = kStates[static_cast<std::size_t>(result.state)];
    if (result.state == StraceResult::State::success) out += " " + std::to_string(result.value);
    if (result.state == StraceResult::State::failure) {
        out += " " + std::to_string(static_cast<int>(result.error));
    }
    if (result.injected) out += " injected";
    if (result.pid) out += " pid " + std::to_string(*result.pid);
    return out;
}

}  // namespace

TEST_SUITE("trace/strace values") {
    TEST_CASE("arguments are cut at the commas that separate them") {
        CHECK_EQ(args_of(") = 0"), " then = 0");
        CHECK_EQ(args_of("NULL, 8192, PROT_READ) = 0x1"), "NULL|8192|PROT_READ then = 0x1");
        CHECK_EQ(args_of("addr=NULL, length=8192)"), "NULL|8192 then");
        CHECK_EQ(args_of("addr: NULL, length: 8192)"), "NULL|8192 then");
        CHECK_EQ(args_of("\"a,b)\\\"c\", [1, 2], {a=1, b={2, 3}}, ~[RT_1])"),
                 "\"a,b)\\\"c\"|[1, 2]|{a=1, b={2, 3}}|~[RT_1] then");
        CHECK_EQ(args_of("0x66 /* MADV_???, ) */, 1)"), "0x66 /* MADV_???, ) */|1 then");
        CHECK_EQ(args_of("MAP_PRIVATE|21<<MAP_HUGE_SHIFT, -1)"),
                 "MAP_PRIVATE|21<<MAP_HUGE_SHIFT|-1 then");
        CHECK_EQ(args_of("0x1 <unfinished ...>) = ?"), "0x1 then = ?");
        CHECK_EQ(args_of("0x1, <unfinished ...>) = ?"), "0x1| then = ?");
        CHECK_EQ(args_of("0 )             = 0"), "0 then             = 0");
    }

    TEST_CASE("what strace prints behind a descriptor is no separator") {
        CHECK_EQ(args_of("5</memfd:mm,f\\\"o\\n>(deleted), 0x1000) = 0"),
                 "5</memfd:mm,f\\\"o\\n>(deleted)|0x1000 then = 0");
        CHECK_EQ(args_of("4</dev/zero<char 1:5>>, 0)"), "4</dev/zero<char 1:5>>|0 then");
        CHECK_EQ(args_of("3<TCP:[1.2.3.4:5->6.7.8.9:10]>, 0)"),
                 "3<TCP:[1.2.3.4:5->6.7.8.9:10]>|0 then");
        CHECK_EQ(args_of("3<UNIX-STREAM:[1->2,\"/a, b> c\"]>)"),
                 "3<UNIX-STREAM:[1->2,\"/a, b> c\"]> then");
        CHECK_EQ(args_of("3</a(b,c>d>, 1)"), "3</a(b,c>d>|1 then");
        CHECK_EQ(args_of("AT_FDCWD</srv/a, b>, \"x\")"), "AT_FDCWD</srv/a, b>|\"x\" then");
        CHECK_EQ(args_of("3</etc/passwd> [system_u:object_r:etc_t:s0], 0)"),
                 "3</etc/passwd> [system_u:object_r:etc_t:s0]|0 then");
    }

    TEST_CASE("arguments that do not end are torn") {
        for (const std::string_view text : {"", "NULL, 8192", "\"abc", "0x1 /* A", "3</etc/pas",
                                            "{a=1", "[1, 2)", "1 <unfinished"}) {
            CHECK_EQ(args_of(text), "torn");
        }
    }

    TEST_CASE("more arguments than any call has do no harm") {
        CHECK_EQ(args_of("1,2,3,4,5,6,7,8,9,10,11,12) = 0"), "1|2|3|4|5|6|7|8|9|10 then = 0");
    }

    TEST_CASE("a field of a struct is found by its name") {
        const std::string_view text = "{flags=A|B, set={flags=C}, size=88} => {parent=[7]}";
        CHECK_EQ(struct_field(text, "flags"), "A|B");
        CHECK_EQ(struct_field(text, "size"), "88");
        CHECK_EQ(struct_field(text, "set"), "{flags=C}");
        CHECK_EQ(struct_field(text, "parent"), "");
        CHECK_EQ(struct_field("flags=1", "flags"), "");
        CHECK_EQ(struct_field("{flags=1", "flags"), "");
    }

    TEST_CASE("numbers are read in every form") {
        CHECK_EQ(number_of("NULL"), "0");
        CHECK_EQ(number_of("8192"), "8192");
        CHECK_EQ(number_of("0x7f00"), "32512");
        CHECK_EQ(number_of("0XfF"), "255");
        CHECK_EQ(number_of("0600"), "384");
        CHECK_EQ(number_of("0"), "0");
        CHECK_EQ(number_of("-1"), "18446744073709551615");
        CHECK_EQ(number_of("~0"), "18446744073709551615");
        CHECK_EQ(number_of("18446744073709551615"), "18446744073709551615");
        CHECK_EQ(number_of("0xffffffffffffffff"), "18446744073709551615");
        CHECK_EQ(number_of("8192*1024"), "8388608");
        CHECK_EQ(number_of("1<<20"), "1048576");
        CHECK_EQ(number_of("0x22 /* MAP_PRIVATE|MAP_ANONYMOUS */"), "34");
        for (const std::string_view text :
             {"", "x", "0x", "08", "12x", "1 2", "18446744073709551616", "0x10000000000000000",
              "NULLX", "-", "1*", "1<<", "1<<64", "1<<X", "[1]"}) {
            CHECK_EQ(number_of(text), "none");
        }
    }

    TEST_CASE("flags are read by name, by number and between comments") {
        const auto value = [](std::string_view text, AbiFamily family) {
            const FlagsValue flags = parse_flags(text, family);
            return std::to_string(flags.value) + std::string(flags.unknown);
        };
        CHECK_EQ(value("PROT_READ|PROT_WRITE", AbiFamily::prot), "3");
        CHECK_EQ(value("PROT_NONE", AbiFamily::prot), "0");
        CHECK_EQ(value("PROT_READ|PROT_GROWSDOWN|0x100000", AbiFamily::prot), "17825793");
        CHECK_EQ(value("0x3 /* PROT_READ|PROT_WRITE */", AbiFamily::prot), "3");
        CHECK_EQ(value("0", AbiFamily::prot), "0");
        CHECK_EQ(value("MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB|21<<MAP_HUGE_SHIFT", AbiFamily::map),
                 std::to_string(0x54040022));
        CHECK_EQ(value("MAP_FILE", AbiFamily::map), "0");
        CHECK_EQ(value("0x4 /* MAP_??? */|MAP_FIXED", AbiFamily::map), "20");
        CHECK_EQ(value("0x14 /* 0x4 /* MAP_??? */|MAP_FIXED */", AbiFamily::map), "20");
        CHECK_EQ(value("MAP_SHARED_VALIDATE|MAP_SYNC", AbiFamily::map), std::to_string(0x80003));
        CHECK_EQ(value("0x66 /* MADV_??? */", AbiFamily::madv), "102");
        CHECK_EQ(value("MPOL_BIND|MPOL_F_STATIC_NODES", AbiFamily::mpol), "32770");
        CHECK_EQ(value("SHM_HUGETLB|21<<SHM_HUGE_SHIFT|0600", AbiFamily::shm),
                 std::to_string(04000 | (21U << 26) | 0600));
        CHECK_EQ(value("CLONE_VM|SIGRT_9", AbiFamily::clone), "256");
        CHECK_EQ(value("0x1200000 /* CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID */|17 /* SIGCHLD */",
                       AbiFamily::clone),
                 std::to_string(0x1200011));
    }

    TEST_CASE("a name that nobody knows has no bits, and is told") {
        const FlagsValue flags = parse_flags("MAP_PRIVATE|MAP_NEW|MAP_NEWER", AbiFamily::map);
        CHECK_EQ(flags.value, 2);
        CHECK_EQ(flags.unknown, "MAP_NEW");
        CHECK_EQ(parse_flags("MAP_PRIVATE|1<<", AbiFamily::map).value, 2);
        CHECK_FALSE(parse_flags("MAP_PRIVATE|1<<", AbiFamily::map).unknown.empty());
    }

    TEST_CASE("flags of descriptors are read") {
        CHECK_EQ(parse_open_flags("O_RDWR|O_CREAT|O_CLOEXEC").value, 02000102);
        CHECK_EQ(parse_open_flags("O_WRONLY|O_TMPFILE").value, 020200001);
        CHECK_EQ(parse_memfd_flags("MFD_CLOEXEC|MFD_ALLOW_SEALING|21<<MFD_HUGE_SHIFT").value,
                 3 | (21U << 26));
    }

    TEST_CASE("descriptors are read with and without their path") {
        CHECK_EQ(fd_of("3"), "3|");
        CHECK_EQ(fd_of("-1"), "-1|");
        CHECK_EQ(fd_of("0xffffffff"), "-1|");
        CHECK_EQ(fd_of("AT_FDCWD"), "-1|");
        CHECK_EQ(fd_of("3</etc/passwd>"), "3|/etc/passwd");
        CHECK_EQ(fd_of("5</memfd:mm,f\\\"o\\n>(deleted)"), "5|/memfd:mm,f\"o\n|gone");
        CHECK_EQ(fd_of("5</tmp/x (deleted)>"), "5|/tmp/x|gone");
        CHECK_EQ(fd_of("4</dev/zero<char 1:5>>"), "4|/dev/zero");
        CHECK_EQ(fd_of("4</dev/ptmx<char 5:2 @/dev/pts/3>>"), "4|/dev/ptmx");
        CHECK_EQ(fd_of("3<socket:[123]>"), "3|socket:[123]");
        CHECK_EQ(fd_of("6<anon_inode:[eventfd]>"), "6|anon_inode:[eventfd]");
        CHECK_EQ(fd_of("3</a\\74b\\76c>"), "3|/a<b>c");
        CHECK_EQ(fd_of("3</a> [system_u:object_r:etc_t:s0]"), "3|/a");
        CHECK_EQ(fd_of("3</a"), "3|");
    }

    TEST_CASE("strings are unescaped") {
        CHECK_EQ(string_of("\"plain\""), "plain");
        CHECK_EQ(string_of("\"cut\"..."), "cut");
        CHECK_EQ(string_of("\"\""), "");
        CHECK_EQ(string_of(R"("a\"b\\c\td\n\r\v\f")"), "a\"b\\c\td\n\r\v\f");
        CHECK_EQ(string_of(R"("\1\0012\177ELF\x2f\x2Fz")"),
                 "\1\1"
                 "2\177ELF//z");
        CHECK_EQ(string_of("NULL"), "none");
        CHECK_EQ(string_of("0x7ffe"), "none");
        CHECK_EQ(string_of("\"open"), "none");
    }

    TEST_CASE("results are read in every form") {
        CHECK_EQ(result_of(" = 0"), "success 0");
        CHECK_EQ(result_of("                      = 0x1000"), "success 4096");
        CHECK_EQ(result_of(" = 3</etc/passwd>"), "success 3");
        CHECK_EQ(result_of(" = 13249<t> <0.000017>"), "success 13249");
        CHECK_EQ(result_of(" = 0x8000 (flags O_RDONLY|O_LARGEFILE)"), "success 32768");
        CHECK_EQ(result_of(" = 7 /* 13155 in strace's PID NS */"), "success 7 pid 13155");
        CHECK_EQ(result_of(" = -1 ENOMEM (Cannot allocate memory)"), "failure 12");
        CHECK_EQ(result_of(" = -1 ENOTSUPP (Unknown error 524)"), "failure 524");
        CHECK_EQ(result_of(" = -1 (errno 524)"), "failure 524");
        CHECK_EQ(result_of(" = -1 ENOMEM (Cannot allocate memory) <0.1>"), "failure 12");
        CHECK_EQ(result_of(" = ?"), "unknown");
        CHECK_EQ(result_of(" = ? <unavailable>"), "unknown");
        CHECK_EQ(result_of(" = -1 ENEWNAME (Something new)"), "unknown");
        for (const char* name :
             {"ERESTARTSYS", "ERESTARTNOINTR", "ERESTARTNOHAND", "ERESTART_RESTARTBLOCK"}) {
            CHECK_EQ(result_of(std::string(" = ? ") + name + " (To be restarted)"), "restarted");
        }
    }

    TEST_CASE("a call is injected only where the kernel never saw it") {
        CHECK_EQ(result_of(" = -1 ENOMEM (Cannot allocate memory) (INJECTED)"),
                 "failure 12 injected");
        CHECK_EQ(result_of(" = 0x5000 (INJECTED)"), "success 20480 injected");
        CHECK_EQ(result_of(" = -1 (INJECTED)"), "success -1 injected");
        CHECK_EQ(result_of(" = 0 (INJECTED: args, retval)"), "success 0 injected");
        CHECK_EQ(result_of(" = 0 (INJECTED: args)"), "success 0");
        CHECK_EQ(result_of(" = 0 (DELAYED) <0.1>"), "success 0");
        CHECK_EQ(result_of(" = -1 EPERM (Operation not permitted) (INJECTED) (DELAYED)"),
                 "failure 1 injected");
    }

    TEST_CASE("a result that is cut off is missing") {
        for (const std::string_view text : {"", "   ", " =", " = ", " = -", " = -1", " = -1 ",
                                            " = -1 ENOM", " = 0x", " = 12q", " 0"}) {
            CHECK_EQ(result_of(text), "missing");
        }
    }

    TEST_CASE("calls that strace knows by number only are found") {
        CHECK_EQ(numbered_call("syscall_0x1ce"), "mseal");
        CHECK_EQ(numbered_call("syscall_462"), "mseal");
        CHECK_EQ(numbered_call("SYS_9"), "mmap");
        CHECK_EQ(numbered_call("syscall_0x1b3"), "clone3");
        CHECK_EQ(numbered_call("syscall_0x0"), "");
        CHECK_EQ(numbered_call("syscall_0xffff"), "");
        CHECK_EQ(numbered_call("syscall_0x"), "");
        CHECK_EQ(numbered_call("mmap"), "");
    }
}
