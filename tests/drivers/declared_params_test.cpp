// SPDX-License-Identifier: GPL-2.0-or-later
// What files say to a declared driver, and what its steps make of it.
#include "drivers/declared_params.h"

#include <string>

#include <doctest/doctest.h>

#include "base/input_error.h"
#include "drivers/driver_bench.h"
#include "drivers/params.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

std::string driver(const std::string& params, const std::string& steps,
                   const std::string& vm_ops = "") {
    return R"({"name": "w", "params": {)" + params + R"(}, "vm_ops": {)" + vm_ops +
           R"(}, "mmap_prepare": [)" + steps + "]}";
}

std::string prepared(DriverBench& bench, const std::string& said = "") {
    if (!said.empty()) {
        bench.world.files.edit(bench.file.index).params = read_params(*bench.driver, said, "f");
    }
    VmAreaDesc desc = bench.desc();
    return name(bench.prepare(desc));
}

std::string refusal(const std::string& params, const std::string& steps = "") {
    try {
        parse_declared_driver(driver(params, steps), "d.json");
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_SUITE("drivers/declared params") {
    TEST_CASE("a number holds as the driver has it until a file says another") {
        DriverBench bench(driver(R"("limit": 4, "base": "0x1000")",
                                 R"({"require": "pages <= params.limit && params.base == 4096",
                                     "errno": "EPERM"})"));
        CHECK_EQ(prepared(bench), "ok");
        CHECK_EQ(prepared(bench, R"({"limit": 3})"), "EPERM");
        CHECK_EQ(prepared(bench, R"({"limit": 3, "base": "0x1000"})"), "EPERM");
        CHECK_EQ(prepared(bench, R"({"limit": 5})"), "ok");
    }

    TEST_CASE("a word counts as its place in the list, the first holds without a file's") {
        DriverBench bench(driver(R"("kind": ["slow", "fast", "odd"])",
                                 R"({"require": "params.kind == 0", "errno": "EPERM"},
                                    {"require": "params.kind != 2", "errno": "EIO"})"));
        CHECK_EQ(prepared(bench), "ok");
        CHECK_EQ(prepared(bench, R"({"kind": "fast"})"), "EPERM");
        CHECK_THROWS_WITH_AS(prepared(bench, R"({"kind": "wild"})"),
                             "f: param 'kind' of driver 'w' must be one of: slow fast odd",
                             InputError);
    }

    TEST_CASE("a file that a param names can be stored and asked") {
        DriverBench bench(driver(R"("behind": null)",
                                 R"({"require": "params.behind", "errno": "EIO"},
                                    {"vm_file": {"param": "behind"}})"));
        const FileId other = bench.add_file("other", bench.id);
        CHECK_EQ(prepared(bench), "EIO");
        CHECK_EQ(prepared(bench, R"({"behind": "other"})"), "ok");
        CHECK_EQ(bench.world.files[other.index].refs, 2);
    }

    TEST_CASE("what cannot be a param, or is none, is refused where it stands") {
        CHECK_EQ(refusal(R"("a b": 1)"),
                 "d.json:1:26: driver 'w', param 'a b': a name is made of letters, digits and '_'");
        CHECK_EQ(refusal(R"("a": "many")"),
                 "d.json:1:31: driver 'w', param 'a': expected a number, a list of words, or null "
                 "for a file");
        CHECK_EQ(refusal(R"("a": [])"),
                 "d.json:1:31: driver 'w', param 'a': expected a list of words");
        CHECK_EQ(refusal(R"("a": 1)", R"({"pgoff": "params.b"})"),
                 "d.json:1:76: driver 'w', mmap_prepare step 1: 'pgoff': column 1 of 'params.b': "
                 "the driver has no param 'b'");
        CHECK_EQ(refusal(R"("a": 1)", R"({"inner": {"param": "a"}})"),
                 "d.json:1:76: driver 'w', mmap_prepare step 1: 'inner': the driver has no param "
                 "'a' that is a file");
    }

    TEST_CASE("a count per object goes with the first and the last user of the object") {
        const std::string get = R"({"get": "users", "per": "object"})";
        const std::string put = R"({"put": "users", "per": "object"})";
        DriverBench bench(driver("", R"({"private_data": 7}, )" + get,
                                 R"("open": [)" + get + R"(], "close": [)" + put + "]"));
        Vma vma = bench.vma();
        CHECK_EQ(prepared(bench), "ok");
        vma.private_data = 7;
        HookCall opening = bench.call(Hook::open);
        bench.driver->open(opening, vma);
        CHECK_EQ(bench.references(), "users 1");
        HookCall closing = bench.call(Hook::close);
        bench.driver->close(closing, vma);
        CHECK_EQ(bench.references(), "users 1");
        bench.driver->close(closing, vma);
        CHECK_EQ(bench.references(), "users 0");
        // Without an object nothing is counted.
        vma.private_data = 0;
        bench.driver->close(closing, vma);
        CHECK_EQ(bench.references(), "users 0");
    }
}
