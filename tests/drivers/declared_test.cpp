// SPDX-License-Identifier: GPL-2.0-or-later
#include "drivers/declared.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/input_error.h"
#include "drivers/driver_bench.h"
#include "drivers/params.h"
#include "support/temporary_folder.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

constexpr std::string_view kWidget = R"({ "name": "widget", "summary": "64 KiB of registers",
  "mmap_prepare": [
    { "require": "pages <= 16", "errno": "EINVAL" },
    { "set_flags": ["VMA_IO_BIT"] }, { "clear_flags": ["VMA_MAYWRITE_BIT"] },
    { "page_prot": "noncached" }, { "private_data": "per-call" }, { "vm_ops": true },
    { "action": "remap_full", "pfn": "0xfed00" } ],
  "mmap": [ { "set_flags": ["VMA_IO_BIT"] }, { "remap_pfn_range": "full", "pfn": "0xfed00" } ],
  "vm_ops": { "open": [ { "get": "users" } ], "close": [ { "put": "users" } ],
              "mapped": [ { "get": "users" } ], "may_split": [] } })";

std::string error(const std::string& json, const Profile* profile = nullptr,
                  HookChoice choice = HookChoice::declared) {
    try {
        const auto driver = parse_declared_driver(json, "d.json");
        if (profile != nullptr) driver->validate(*profile, choice);
    } catch (const InputError& e) {
        return e.what();
    }
    return "none";
}

// What is wrong with one step of a hook, without the place.
std::string step_error(const std::string& hook, const std::string& step) {
    const bool f_op = hook.starts_with("mmap");
    const std::string list = "\"" + hook + "\": [" + step + "]";
    const std::string text =
        error(R"({"name": "w", )" + (f_op ? list : R"("vm_ops": {)" + list + "}") + "}");
    const auto begin = text.find("step 1: ");
    return begin == std::string::npos ? text : text.substr(begin + 8);
}

std::string hooks(const std::string& json, KernelVersion version,
                  HookChoice choice = HookChoice::declared) {
    const HookSet set = parse_declared_driver(json, "d.json")->hooks(profile_of(version), choice);
    std::string text;
    for (std::size_t i = 0; i < kHooks; ++i) {
        if (!set.has(static_cast<Hook>(i))) continue;
        text += (text.empty() ? "" : " ") + std::string(hook_name(static_cast<Hook>(i)));
    }
    return text;
}

// The names of the drivers in a file, or what is wrong with it, with F for its path.
std::string loaded(const std::string& content) {
    const TemporaryFile file(content);
    std::string text;
    try {
        for (const auto& driver : load_driver_file(file.path())) {
            text += std::string(driver->name()) + " ";
        }
    } catch (const InputError& e) {
        text = e.what();
        text.replace(text.find(file.path()), file.path().size(), "F");
    }
    return text;
}

struct BadStep {
    const char* hook;
    const char* step;
    const char* wrong;
};
const std::vector<BadStep> kBadSteps = {
    {"mmap", "{}", "the step is empty"},
    {"mmap", R"({"frobnicate": 1})", "unknown step 'frobnicate'"},
    {"mmap", R"({"require": 1})", "'errno' is missing"},
    {"mmap", R"({"require": [], "errno": "EIO"})",
     "'require': expected a number or an expression, not an array"},
    {"mmap", R"({"require": 1, "errno": "EFOO"})", "'errno': unknown errno 'EFOO'"},
    {"mmap", R"({"require": 1, "errno": 5})", "'errno': expected a string, not a number"},
    {"mmap", R"({"require": 1, "errno": "EIO", "every": 2})",
     "unknown key 'every' beside 'require'"},
    {"mmap", R"({"require": 1, "errno": "EIO", "get": "x"})", "'require' and 'get' are two steps"},
    {"mmap", R"({"set_flags": "VMA_IO_BIT"})", "'set_flags': expected an array, not a string"},
    {"mmap", R"({"set_flags": ["VM_IO"]})", "unknown flag 'VM_IO'; flags look like VMA_IO_BIT"},
    {"mmap", R"({"clear_flags": [5]})", "'clear_flags': expected names of flags"},
    {"mmap", R"({"page_prot": "cached"})",
     "'page_prot': 'cached' is none of noncached, writecombine, decrypted"},
    {"mmap", R"({"pgoff": -1})", "'pgoff': -1 is negative or not a whole number"},
    {"mmap", R"({"pgoff": 1.5})", "'pgoff': 1.5 is negative or not a whole number"},
    {"mmap", R"({"pgoff": 18446744073709551616})",
     "'pgoff': 18446744073709551616 needs more than 64 bits"},
    {"mmap", R"({"pgoff": "4 / 0"})", "'pgoff': column 3 of '4 / 0': division by zero"},
    {"mmap", R"({"vm_ops": "yes"})", "'vm_ops': expected true or false, not a string"},
    {"mmap", R"({"vm_file": 1})", "'vm_file': expected a string, not a number"},
    {"mmap", R"({"fail": "EIO", "every": 0})", "'every': expected a whole number above 0"},
    {"mmap", R"({"fail": "EIO", "every": "2"})", "'every': expected a number, not a string"},
    {"mmap", R"({"action": "remap_full", "pfn": 1})", "'action' is no step of 'mmap'"},
    {"mmap_prepare", R"({"remap_pfn_range": "full", "pfn": 1})",
     "'remap_pfn_range' is no step of 'mmap_prepare'"},
    {"mmap_prepare", R"({"action": "remap_all"})", "'action': unknown action 'remap_all'"},
    {"mmap_prepare", R"({"action": "remap_full"})", "'pfn' is missing"},
    {"mmap_prepare", R"({"action": "remap", "start": 0, "pfn": 1})", "'size' is missing"},
    {"mmap_prepare", R"({"action": "remap_full", "pfn": 1, "size": 1})",
     "'size': is no argument of 'remap_full'"},
    {"mmap_prepare", R"({"action": "remap_full", "pfn": 1, "every": 2})",
     "'every': goes with 'fail'"},
    {"mmap_prepare", R"({"action": "remap_full", "pfn": 1, "error_override": "EFOO"})",
     "'error_override': expected an errno or a small number"},
    {"mmap_prepare", R"({"action": "remap_full", "pfn": 1, "error_override": 1.5})",
     "'error_override': expected an errno or a small number"},
    {"mmap_prepare", R"({"action": "remap_full", "pfn": 1, "hide_from_rmap": 1})",
     "'hide_from_rmap': expected true or false, not a number"},
    {"mmap", R"({"remap_pfn_range": "full"})", "'pfn' is missing"},
    {"mmap", R"({"remap_pfn_range": "some", "pfn": 1})",
     "'remap_pfn_range': expected \"full\", or true and where it begins"},
    {"mmap", R"({"remap_pfn_range": true, "pfn": 1})", "'start' is missing"},
    {"mmap", R"({"remap_pfn_range": "full", "pfn": 1, "size": 1})",
     "'size': the whole mapping has no 'start' and no 'size'"},
    {"open", R"({"fail": "EIO"})", "'fail' is no step of 'open'"},
    {"close", R"({"require": 1, "errno": "EIO"})", "'require' is no step of 'close'"},
    {"mapped", R"({"set_flags": []})", "'set_flags' is no step of 'mapped'"},
    {"may_split", R"({"private_data": 1})", "'private_data' is no step of 'may_split'"},
};

}  // namespace

TEST_SUITE("drivers/declared") {
    TEST_CASE("a driver is what its object says") {
        const auto driver = parse_declared_driver(kWidget, "d.json");
        CHECK_EQ(driver->name(), "widget");
        CHECK_EQ(driver->summary(), "64 KiB of registers");
        CHECK_EQ(driver->steps(Hook::mmap_prepare)->size(), 7);
        CHECK_EQ(driver->steps(Hook::mmap)->size(), 2);
        CHECK_EQ(driver->steps(Hook::may_split)->size(), 0);
        CHECK_EQ(driver->steps(Hook::mprotect), nullptr);
        CHECK_FALSE(driver->both_on_purpose());
        CHECK_EQ(driver->unmapped_area(), UnmappedArea::plain);
        CHECK_EQ(parse_declared_driver(R"({"name": "t", "get_unmapped_area": "thp"})", "d.json")
                     ->unmapped_area(),
                 UnmappedArea::thp);
    }

    TEST_CASE("the hooks shown follow from the lists, the version and the choice") {
        using enum KernelVersion;
        const std::string both = R"({"name": "w", "mmap": [], "mmap_prepare": []})";
        const std::string prepare = R"({"name": "w", "mmap_prepare": []})";
        const std::string legacy = R"({"name": "w", "mmap": []})";
        const std::string on_purpose = R"({"name": "w", "both": true})";
        struct Row {
            const std::string& json;
            KernelVersion version;
            const char* declared;
            const char* with_legacy;
            const char* with_prepare;
        };
        const char* const kPrepare = "mmap_prepare";
        for (const Row& row : std::vector<Row>{
                 {both, v6_12, "mmap", "mmap", "mmap"},
                 {both, v6_16, kPrepare, "mmap", kPrepare},
                 {both, v7_3, kPrepare, "mmap", kPrepare},
                 {prepare, v6_12, "", "", ""},
                 {prepare, v6_16, kPrepare, kPrepare, kPrepare},
                 {legacy, v6_12, "mmap", "mmap", "mmap"},
                 {legacy, v7_3, "mmap", "mmap", "mmap"},
                 {on_purpose, v6_12, "mmap", "mmap", "mmap"},
                 {on_purpose, v7_3, "mmap_prepare mmap", "mmap_prepare mmap", "mmap_prepare mmap"},
             }) {
            CAPTURE(row.json);
            CAPTURE(profile_of(row.version).name);
            CHECK_EQ(hooks(row.json, row.version), row.declared);
            CHECK_EQ(hooks(row.json, row.version, HookChoice::legacy), row.with_legacy);
            CHECK_EQ(hooks(row.json, row.version, HookChoice::prepare), row.with_prepare);
        }
    }

    TEST_CASE("hooks of vm_ops are set by their keys; mapped where the version has it") {
        const std::string widget(kWidget);
        CHECK_EQ(hooks(widget, KernelVersion::v7_3), "mmap_prepare mapped open close may_split");
        CHECK_EQ(hooks(widget, KernelVersion::v7_3, HookChoice::legacy),
                 "mmap mapped open close may_split");
        CHECK_EQ(hooks(widget, KernelVersion::v7_0), "mmap_prepare open close may_split");
        CHECK_EQ(hooks(R"({"name": "w", "mmap": []})", KernelVersion::v7_3), "mmap");
        CHECK_EQ(hooks(R"({"name": "w", "mmap_prepare": [{"action": "remap_full", "pfn": 1,
                           "success_hook": []}]})",
                       KernelVersion::v7_1),
                 "mmap_prepare success_hook");
    }

    TEST_CASE("what a version does not have is refused where the hook that needs it is shown") {
        using enum KernelVersion;
        const auto refused = [](const std::string& action, KernelVersion version,
                                HookChoice choice = HookChoice::declared) {
            return error(
                R"({"name": "w", "mmap": [], "mmap_prepare": [{"action": )" + action + "}]}",
                &profile_of(version), choice);
        };
        const std::string at = "d.json:1:44: driver 'w', mmap_prepare step 1: ";
        const std::string full = R"("remap_full", "pfn": 1)";
        CHECK_EQ(refused(full, v6_18),
                 at + "this action is not in kernel 6.18, only in 7.0 7.1 7.2 7.3");
        CHECK_EQ(refused(full, v6_12), "none");
        CHECK_EQ(refused(full, v6_18, HookChoice::legacy), "none");
        CHECK_EQ(refused(full, v7_0), "none");
        const std::string pages = R"("map_kernel_pages_full")";
        CHECK_EQ(refused(pages, v7_0),
                 at + "this action is not in kernel 7.0, only in 7.1 7.2 7.3");
        CHECK_EQ(refused(pages, v7_1), "none");
        const std::string over = full + R"(, "error_override": "EIO")";
        CHECK_EQ(refused(over, v7_1),
                 at + "'error_override' is not in kernel 7.1, only in 7.2 7.3");
        CHECK_EQ(refused(over, v7_2), "none");
        const std::string success = full + R"(, "success_hook": [])";
        CHECK_EQ(refused(success, v7_2),
                 at + "'success_hook' is not in kernel 7.2, only in 7.0 7.1");
        CHECK_EQ(refused(success, v7_1), "none");
        const std::string hook = full + R"(, "error_hook": "EIO")";
        CHECK_EQ(refused(hook, v7_3), at + "'error_hook' is not in kernel 7.3, only in 7.0 7.1");
        CHECK_EQ(refused(hook, v7_0), "none");

        const std::string mapped =
            R"({"name": "w", "mmap_prepare": [], "mmap": [], "vm_ops": {"mapped": []}})";
        CHECK_EQ(error(mapped, &profile_of(v7_0)),
                 "d.json:1:58: driver 'w', vm_ops: 'mapped' is not in kernel 7.0, only in 7.1 7.2 "
                 "7.3");
        CHECK_EQ(error(mapped, &profile_of(v7_0), HookChoice::legacy), "none");
        CHECK_EQ(error(mapped, &profile_of(v6_12)), "none");
        CHECK_EQ(error(mapped, &profile_of(v7_1)), "none");
    }

    TEST_CASE("both hooks on purpose reach the world, where the version has both") {
        const std::string json = R"({"name": "w", "both": true})";
        const DriverBench now(json), then(json, profile_of(KernelVersion::v6_12));
        CHECK(now.world.drivers[now.id.index].both_on_purpose);
        CHECK_FALSE(then.world.drivers[then.id.index].both_on_purpose);
    }
}

TEST_SUITE("drivers/declared errors") {
    TEST_CASE("what is no driver is refused with its place") {
        CHECK_EQ(error("[]"), "d.json:1:1: driver: expected an object, not an array");
        CHECK_EQ(error("{}"), "d.json:1:1: driver: 'name' is missing");
        CHECK_EQ(error(R"({"name": 5})"),
                 "d.json:1:10: driver: 'name': expected a string, not a number");
        CHECK_EQ(error(R"({"name": ""})"), "d.json:1:10: driver: 'name' is empty");
        CHECK_EQ(error("{\"name\": \"w\",\n \"mmapp\": []}"),
                 "d.json:2:2: driver 'w': unknown key 'mmapp'");
        CHECK_EQ(error(R"({"name": "w", "summary": null})"),
                 "d.json:1:26: driver 'w', 'summary': expected a string, not null");
        CHECK_EQ(error(R"({"name": "w", "both": 1})"),
                 "d.json:1:23: driver 'w', 'both': expected true or false, not a number");
        CHECK_EQ(error(R"({"name": "w", "get_unmapped_area": "huge"})"),
                 "d.json:1:36: driver 'w': 'get_unmapped_area' is \"plain\" or \"thp\"");
        CHECK_EQ(error(R"({"name": "w", "mmap": {}})"),
                 "d.json:1:23: driver 'w', mmap: expected a list of steps");
        CHECK_EQ(error(R"({"name": "w", "mmap": [1]})"),
                 "d.json:1:24: driver 'w', mmap step 1: expected an object");
        CHECK_EQ(error(R"({"name": "w", "vm_ops": []})"),
                 "d.json:1:25: driver 'w', 'vm_ops': expected an object, not an array");
        CHECK_EQ(error(R"({"name": "w", "vm_ops": {"mmap": []}})"),
                 "d.json:1:26: driver 'w', vm_ops: unknown hook 'mmap'");
        CHECK_EQ(error(R"({"name": "w", "mmap": [], "mmap": []})"),
                 "d.json:1:27: the key 'mmap' is there twice");
    }

    TEST_CASE("what is no JSON is refused with its place") {
        CHECK(error("").starts_with("d.json:1:1: "));
        CHECK(error("{\"name\": \"w\",\n  oops}").starts_with("d.json:2:3: "));
        CHECK(error(R"({"name": "w"} x)").starts_with("d.json:1:15: "));
        CHECK(error(R"({"name": 1e999})").starts_with("d.json:1:1: "));
        CHECK(error("{\"name\": \"\xff\"}").starts_with("d.json:1:11: "));
        CHECK_EQ(error(std::string(100, '[') + std::string(100, ']')),
                 "d.json:1:33: nested too deeply");
        CHECK_EQ(error("\xef\xbb\xbf{\"name\": \"w\"}"), "none");
        CHECK_EQ(error(R"({"na\u006de": "w\"\\"})"), "none");
    }

    TEST_CASE("a message is one line, whatever it quotes") {
        CHECK_EQ(error(R"({"name": "w", "a\nb": 1})"),
                 "d.json:1:15: driver 'w': unknown key 'a b'");
    }

    TEST_CASE("what is wrong in a copy without blanks is placed where it stood") {
        const TraceDriver driver{.name = "w",
                                 .json = R"({"name":"w","x":1})",
                                 .places = {{0, 12, 5}, {1, 12, 7}, {8, 12, 15}, {12, 13, 4}}};
        try {
            static_cast<void>(parse_declared_driver(driver, "t.json"));
            FAIL("accepted");
        } catch (const InputError& e) {
            CHECK_EQ(std::string(e.what()), "t.json:13:4: driver 'w': unknown key 'x'");
        }
    }

    TEST_CASE("a step that means nothing is refused: which, where and why") {
        CHECK_EQ(
            error(R"({"name": "w", "mmap_prepare": [{"vm_ops": true},
                           {"require": "pages <", "errno": "EINVAL"}]})"),
            "d.json:2:40: driver 'w', mmap_prepare step 2: 'require': column 8 of 'pages <': a "
            "value is missing");
        for (const BadStep& row : kBadSteps) {
            CAPTURE(row.step);
            CHECK_EQ(step_error(row.hook, row.step), row.wrong);
        }
    }

    TEST_CASE("a step of a success hook is placed inside it") {
        CHECK_EQ(error(R"({"name": "w", "mmap_prepare": [{"action": "remap_full", "pfn": 1,
                           "success_hook": [{"get": "x"}, {"set_flags": []}]}]})"),
                 "d.json:2:59: driver 'w', success_hook step 2: 'set_flags' is no step of "
                 "'success_hook'");
    }
}

TEST_SUITE("drivers/driver files") {
    TEST_CASE("a file holds a driver, a list of them, or an object with a list") {
        CHECK_EQ(loaded(R"({"name": "a"})"), "a ");
        CHECK_EQ(loaded(R"([{"name": "a"}, {"name": "b"}])"), "a b ");
        CHECK_EQ(loaded(R"({"drivers": [{"name": "a"}, {"name": "b"}]})"), "a b ");
        CHECK_EQ(loaded("[]"), "");
    }

    TEST_CASE("a file that is none is refused with its name") {
        CHECK_EQ(loaded("[{\"name\": \"a\"},\n {\"name\": \"a\"}]"),
                 "F:2:2: driver 'a' is there twice");
        CHECK_EQ(loaded(R"({"drivers": {}})"),
                 "F:1:13: 'drivers': expected an array, not an object");
        CHECK_EQ(loaded(R"({"drivers": [], "name": "a"})"), "F:1:17: unknown key 'name'");
        CHECK_EQ(loaded("5"), "F:1:1: a driver file: expected an array, not a number");
        CHECK(loaded("").starts_with("F:1:1: "));
        CHECK_THROWS_WITH_AS(load_driver_file("/nowhere/d.json"), "cannot read '/nowhere/d.json'",
                             InputError);
        CHECK_THROWS_WITH_AS(load_driver_file("/tmp"), "cannot read '/tmp'", InputError);
    }
}

TEST_SUITE("drivers/named files") {
    TEST_CASE("files that steps name must be declared") {
        DriverBench bench(R"({"name": "w", "mmap_prepare": [{"vm_file": "other"}]})");
        CHECK_THROWS_WITH_AS(
            check_named_files(bench.world),
            "d.json:1:32: driver 'w', mmap_prepare step 1: there is no file 'other'", InputError);
        bench.add_file("other", bench.id);
        CHECK_NOTHROW(check_named_files(bench.world));
    }

    TEST_CASE("stacking in a circle is refused, stacking in a line is not") {
        DriverBench bench(R"({"name": "a", "mmap": [{"inner": "second"}]})");
        const auto second =
            parse_declared_driver(R"({"name": "b", "mmap": [{"inner": "third"}]})", "d.json");
        const auto third = parse_declared_driver(R"({"name": "c", "mmap": []})", "d.json");
        bench.add_file("second", install_driver(bench.world, second));
        bench.add_file("third", install_driver(bench.world, third));
        CHECK_NOTHROW(check_named_files(bench.world));

        DriverBench circle(R"({"name": "a", "mmap": [{"inner": "second"}]})");
        const auto back =
            parse_declared_driver(R"({"name": "b", "mmap": [{"inner": "dev"}]})", "e.json");
        circle.add_file("second", install_driver(circle.world, back));
        CHECK_THROWS_WITH_AS(check_named_files(circle.world),
                             "e.json:1:24: driver 'b', mmap step 1: stacked in a circle",
                             InputError);

        // Also where one of the steps on the way is a param of a file.
        DriverBench mixed(R"({"name": "a", "mmap": [{"inner": "upper"}]})");
        const DriverId overlay = install_driver(mixed.world, make_driver("overlay"));
        const FileId upper = mixed.add_file("upper", overlay);
        mixed.world.files.edit(upper.index).params =
            read_params(*make_driver("overlay"), R"({"backing": "dev"})", "upper");
        CHECK_THROWS_WITH_AS(check_named_files(mixed.world),
                             "d.json:1:24: driver 'a', mmap step 1, param 'backing': stacked in a "
                             "circle",
                             InputError);

        const DriverBench self(R"({"name": "a", "mmap": [{"inner": "dev"}]})");
        CHECK_THROWS_AS(check_named_files(self.world), InputError);
    }
}
