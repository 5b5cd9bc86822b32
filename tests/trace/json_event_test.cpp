// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/json_event.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/linux_abi.h"
#include "trace/record_text.h"
#include "trace/trace_reader.h"

namespace mmsim {
namespace {

// The only event of a trace, taken apart by `look` while its text is good.
void one_event(const std::string& event, const std::function<void(const TraceRecord&)>& look) {
    const auto reader = test::open_text(
        R"({"mmsim_trace": 1, "files": [{"id": "f", "path": "/f"}], "events": [)" + event + "]}");
    const TraceRecord* record = reader->next();
    REQUIRE(record != nullptr);
    look(*record);
    CHECK(reader->next() == nullptr);
}

template <typename Call>
void one_call(const std::string& event, const std::function<void(const Call&)>& look) {
    one_event(event, [&](const TraceRecord& record) {
        const Call* call = std::get_if<Call>(&record.call);
        REQUIRE(call != nullptr);
        look(*call);
    });
}

}  // namespace

TEST_SUITE("trace/json event") {
    TEST_CASE("an mmap has its operands, its file, its result and its failure") {
        one_event(R"({"op": "mmap", "pid": 7, "tid": 8, "addr": "0x7f0000000000", "length": 8192,
                      "prot": "PROT_READ|PROT_WRITE", "flags": "MAP_SHARED|MAP_FIXED",
                      "file": "f", "offset": 4096, "result": "ENODEV",
                      "fail": {"point": "vma_alloc", "n": 2, "errno": "ENOMEM"}})",
                  [](const TraceRecord& record) {
                      CHECK_EQ(record.start_line, 1);
                      CHECK_EQ(record.line, 4);
                      CHECK_EQ(record.pid, 7);
                      CHECK_EQ(record.tid, 8);
                      const auto& call = std::get<MmapCall>(record.call);
                      CHECK_EQ(call.addr, 0x7f0000000000);
                      CHECK_EQ(call.length, 8192);
                      CHECK_EQ(call.prot, kProtRead | kProtWrite);
                      CHECK_EQ(call.flags, kMapShared | kMapFixed);
                      CHECK_EQ(call.file.id, "f");
                      CHECK_EQ(call.offset, 4096);
                      CHECK(record.recorded == Recorded{true, -1, Errno::enodev});
                      REQUIRE(record.fail);
                      CHECK_EQ(record.fail->point, "vma_alloc");
                      CHECK_EQ(record.fail->n, 2);
                      CHECK_EQ(record.fail->error, Errno::enomem);
                  });
    }

    TEST_CASE("what an event leaves out has its default") {
        one_event(R"({"op": "mmap", "length": 1, "prot": 0, "flags": 2, "fail": {"point": "x"}})",
                  [](const TraceRecord& record) {
                      CHECK_EQ(record.pid, 1);
                      CHECK_EQ(record.tid, 0);
                      CHECK_FALSE(record.recorded.known);
                      CHECK_EQ(record.fail->n, 1);
                      CHECK_EQ(record.fail->error, Errno::ok);
                      CHECK_EQ(std::get<MmapCall>(record.call).addr, 0);
                      CHECK_EQ(std::get<MmapCall>(record.call).offset, 0);
                  });
    }

    TEST_CASE("an mmap without a file is anonymous, one with a file only if it says so") {
        one_call<MmapCall>(
            R"({"op": "mmap", "length": 1, "prot": 0, "flags": "MAP_PRIVATE"})",
            [](const MmapCall& c) { CHECK_EQ(c.flags, kMapPrivate | kMapAnonymous); });
        one_call<MmapCall>(
            R"({"op": "mmap", "length": 1, "prot": 0, "flags": "MAP_PRIVATE", "file": "f"})",
            [](const MmapCall& c) { CHECK_EQ(c.flags, kMapPrivate); });
    }

    TEST_CASE("an event inherits nothing from the one before it") {
        const auto reader =
            test::open_text(R"({"mmsim_trace": 1, "files": [{"id": "f"}], "events": [
            {"op": "mmap", "pid": 2, "tid": 3, "addr": 1, "length": 1, "prot": 1, "flags": 2,
             "file": "f", "offset": 1, "result": 1, "fail": {"point": "x"}},
            {"op": "mmap", "length": 2, "prot": 0, "flags": 0}]})");
        reader->next();
        const TraceRecord* record = reader->next();
        REQUIRE(record != nullptr);
        CHECK_EQ(record->pid, 1);
        CHECK_EQ(record->tid, 0);
        CHECK_FALSE(record->recorded.known);
        CHECK_FALSE(record->fail);
        const auto& call = std::get<MmapCall>(record->call);
        CHECK_EQ(call.addr, 0);
        CHECK_EQ(call.file.id, "");
        CHECK_EQ(call.offset, 0);
    }

    TEST_CASE("results are numbers, addresses in C notation, or errnos") {
        const auto result = [](const std::string& text) {
            Recorded recorded;
            one_event(R"({"op": "munlockall", "result": )" + text + "}",
                      [&](const TraceRecord& record) { recorded = record.recorded; });
            return recorded;
        };
        CHECK(result("0") == Recorded{true, 0, Errno::ok});
        CHECK(result("\"0x7f0000000000\"") == Recorded{true, 0x7f0000000000, Errno::ok});
        CHECK(result("\"0xfffffffffffff000\"") == Recorded{true, -4096, Errno::ok});
        CHECK(result("\"EPERM\"") == Recorded{true, -1, Errno::eperm});
        CHECK(result("\"errno 600\"") == Recorded{true, -1, static_cast<Errno>(600)});
    }

    TEST_CASE("the calls on ranges have their operands") {
        const std::string range = R"("addr": "0x1000", "length": 8192)";
        one_call<MunmapCall>(R"({"op": "munmap", )" + range + "}", [](const MunmapCall& c) {
            CHECK_EQ(c.addr, 0x1000);
            CHECK_EQ(c.length, 8192);
        });
        one_call<MprotectCall>(R"({"op": "mprotect", "prot": "PROT_NONE", )" + range + "}",
                               [](const MprotectCall& c) { CHECK_FALSE(c.pkey); });
        one_call<MprotectCall>(R"({"op": "pkey_mprotect", "prot": 4, "pkey": -1, )" + range + "}",
                               [](const MprotectCall& c) {
                                   CHECK_EQ(c.prot, kProtExec);
                                   CHECK_EQ(c.pkey, -1);
                               });
        one_call<MremapCall>(R"({"op": "mremap", "old_length": 1, "new_addr": 2, )" + range +
                                 R"(, "flags": "MREMAP_MAYMOVE|MREMAP_FIXED"})",
                             [](const MremapCall& c) {
                                 CHECK_EQ(c.old_length, 1);
                                 CHECK_EQ(c.length, 8192);
                                 CHECK_EQ(c.new_addr, 2);
                                 CHECK_EQ(c.flags, kMremapMayMove | kMremapFixed);
                             });
        one_call<MadviseCall>(R"({"op": "madvise", "advice": "MADV_DONTNEED", )" + range + "}",
                              [](const MadviseCall& c) {
                                  CHECK_EQ(c.advice, 4);
                                  CHECK_FALSE(c.process);
                              });
        one_call<MadviseCall>(R"({"op": "process_madvise", "advice": 20, )" + range + "}",
                              [](const MadviseCall& c) { CHECK(c.process); });
        one_call<MlockCall>(R"({"op": "mlock2", "flags": "MLOCK_ONFAULT", )" + range + "}",
                            [](const MlockCall& c) {
                                CHECK_EQ(c.kind, MlockKind::mlock2);
                                CHECK_EQ(c.flags, kMlockOnFault);
                            });
        one_call<MlockCall>(R"({"op": "munlock", )" + range + "}",
                            [](const MlockCall& c) { CHECK_EQ(c.kind, MlockKind::munlock); });
        one_call<MsealCall>(R"({"op": "mseal", )" + range + "}",
                            [](const MsealCall& c) { CHECK_EQ(c.flags, 0); });
        one_call<MbindCall>(R"({"op": "mbind", "mode": "MPOL_BIND|MPOL_F_STATIC_NODES",
                                "nodes": 3, "flags": "MPOL_MF_MOVE", )" +
                                range + "}",
                            [](const MbindCall& c) {
                                CHECK_EQ(c.mode, 0x8002);
                                CHECK_EQ(c.nodes, 3);
                                CHECK_EQ(c.flags, kMpolMfMove);
                            });
        one_call<RemapFilePagesCall>(
            R"({"op": "remap_file_pages", "prot": 0, "pgoff": 5, "flags": 1, )" + range + "}",
            [](const RemapFilePagesCall& c) {
                CHECK_EQ(c.pgoff, 5);
                CHECK_EQ(c.flags, kMapShared);
            });
        one_call<TouchCall>(
            R"({"op": "touch", "write": true, "fault_at": "0x2000", )" + range + "}",
            [](const TouchCall& c) {
                CHECK(c.write);
                CHECK_EQ(c.fault_at, 0x2000);
            });
        one_call<TouchCall>(R"({"op": "touch", )" + range + "}", [](const TouchCall& c) {
            CHECK_FALSE(c.write);
            CHECK_FALSE(c.fault_at);
        });
    }

    TEST_CASE("a name is set, cleared by null, and may be empty") {
        const std::string head = R"({"op": "prctl_set_vma", "addr": 0, "length": 1)";
        one_call<PrctlSetVmaCall>(head + R"(, "name": "h\"eap"})",
                                  [](const PrctlSetVmaCall& c) { CHECK_EQ(c.name, "h\"eap"); });
        one_call<PrctlSetVmaCall>(head + R"(, "name": ""})",
                                  [](const PrctlSetVmaCall& c) { CHECK_EQ(c.name, ""); });
        one_call<PrctlSetVmaCall>(head + R"(, "name": null})",
                                  [](const PrctlSetVmaCall& c) { CHECK_FALSE(c.name); });
    }

    TEST_CASE("a switch of the process is on or off") {
        one_call<SetSwitchCall>(R"({"op": "prctl_set_memory_merge", "enable": true})",
                                [](const SetSwitchCall& c) {
                                    CHECK_EQ(c.which, ProcessSwitch::memory_merge);
                                    CHECK(c.enable);
                                });
        one_call<SetSwitchCall>(R"({"op": "read_implies_exec", "enable": false})",
                                [](const SetSwitchCall& c) {
                                    CHECK_EQ(c.which, ProcessSwitch::read_implies_exec);
                                    CHECK_FALSE(c.enable);
                                });
    }

    TEST_CASE("the calls on files name them") {
        one_call<OpenCall>(R"({"op": "open", "file": "f"})",
                           [](const OpenCall& c) { CHECK_EQ(c.file.id, "f"); });
        one_call<CloseCall>(R"({"op": "close", "file": "f"})",
                            [](const CloseCall& c) { CHECK_EQ(c.file.id, "f"); });
        one_call<DupCall>(R"({"op": "dup", "file": "f"})",
                          [](const DupCall& c) { CHECK_EQ(c.file.id, "f"); });
        one_call<SealCall>(R"({"op": "seal", "file": "f", "seals": "F_SEAL_WRITE|F_SEAL_SEAL"})",
                           [](const SealCall& c) {
                               CHECK_EQ(c.file.id, "f");
                               CHECK_EQ(c.seals, kSealWrite | kSealSeal);
                           });
        one_call<ShmatCall>(R"({"op": "shmat", "id": "f", "addr": 1, "flags": "SHM_RDONLY"})",
                            [](const ShmatCall& c) {
                                CHECK_EQ(c.segment, "f");
                                CHECK_EQ(c.addr, 1);
                                CHECK_EQ(c.flags, kShmRdonly);
                            });
        one_call<ShmdtCall>(R"({"op": "shmdt", "addr": 1})",
                            [](const ShmdtCall& c) { CHECK_EQ(c.addr, 1); });
    }

    TEST_CASE("the calls on processes have their operands") {
        one_call<CloneCall>(R"({"op": "fork", "child": 2})", [](const CloneCall& c) {
            CHECK_EQ(c.kind, CloneKind::fork);
            CHECK_EQ(c.child, 2);
        });
        one_call<CloneCall>(R"({"op": "clone", "flags": "CLONE_VM|SIGCHLD", "result": 3})",
                            [](const CloneCall& c) {
                                CHECK_EQ(c.kind, CloneKind::clone);
                                CHECK_EQ(c.flags, kCloneVm | 17);
                                CHECK_FALSE(c.child);
                            });
        one_call<ExecveCall>(
            R"({"op": "execve", "maps": ["1000-2000 r--p 0 00:00 0", "2000-3000 rw-s 0 0:0 0"]})",
            [](const ExecveCall& c) {
                REQUIRE_EQ(c.maps.size(), 2);
                CHECK_EQ(c.maps[1], "2000-3000 rw-s 0 0:0 0");
            });
        one_call<ExitCall>(R"({"op": "exit"})", [](const ExitCall& c) { CHECK(c.group); });
        one_call<SetrlimitCall>(R"({"op": "setrlimit", "limit": "RLIMIT_AS", "value": null})",
                                [](const SetrlimitCall& c) {
                                    CHECK_EQ(c.resource, 9);
                                    CHECK_FALSE(c.value);
                                });
        one_call<MlockallCall>(R"({"op": "mlockall", "flags": "MCL_CURRENT|MCL_FUTURE"})",
                               [](const MlockallCall& c) { CHECK_EQ(c.flags, 3); });
    }

    TEST_CASE("numbers reach to 64 bits in each notation") {
        for (const char* text : {"18446744073709551615", "\"18446744073709551615\"",
                                 "\"0xffffffffffffffff\"", "\"01777777777777777777777\""}) {
            CAPTURE(text);
            one_call<BrkCall>(R"({"op": "brk", "addr": )" + std::string(text) + "}",
                              [](const BrkCall& c) { CHECK_EQ(c.addr, ~std::uint64_t{0}); });
        }
    }
}

}  // namespace mmsim
