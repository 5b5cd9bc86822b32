// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/json_report.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "support/golden.h"
#include "support/replayed.h"

using namespace mmsim;
using namespace mmsim::test;

namespace {

using Json = nlohmann::json;

// As much of JSON Schema as docs/report.schema.json uses. Appends what is wrong, with its path.
class Validator {
public:
    explicit Validator(const Json& schema) : root_(schema) {}

    std::string check(const Json& document) {
        visit(root_, document, "$");
        return problems_;
    }

private:
    void complain(const std::string& path, const std::string& what) {
        problems_ += path + ": " + what + "\n";
    }

    const Json& resolved(const Json& schema) const {
        if (!schema.contains("$ref")) return schema;
        return root_.at(Json::json_pointer(schema["$ref"].get<std::string>().substr(1)));
    }

    static bool is_type(const Json& value, const std::string& type) {
        if (type == "object") return value.is_object();
        if (type == "array") return value.is_array();
        if (type == "string") return value.is_string();
        if (type == "boolean") return value.is_boolean();
        if (type == "integer") return value.is_number_integer();
        if (type == "number") return value.is_number();
        return type == "null" && value.is_null();
    }

    void visit_type(const Json& schema, const Json& value, const std::string& path) {
        if (!schema.contains("type")) return;
        const Json& type = schema["type"];
        bool fits = false;
        for (const Json& one : type.is_array() ? type : Json::array({type})) {
            fits |= is_type(value, one.get<std::string>());
        }
        if (!fits) complain(path, "not of type " + type.dump());
    }

    void visit_object(const Json& schema, const Json& value, const std::string& path) {
        for (const Json& key : schema.value("required", Json::array())) {
            if (!value.contains(key)) complain(path, "no " + key.get<std::string>());
        }
        const Json properties = schema.value("properties", Json::object());
        const Json others = schema.value("additionalProperties", Json(true));
        for (const auto& [key, inner] : value.items()) {
            if (properties.contains(key)) {
                visit(properties[key], inner, path + "." + key);
            } else if (others.is_object()) {
                visit(others, inner, path + "." + key);
            } else if (others == false) {
                complain(path, "unexpected " + key);
            }
        }
    }

    void visit(const Json& given, const Json& value, const std::string& path) {
        const Json& schema = resolved(given);
        visit_type(schema, value, path);
        if (schema.contains("const") && value != schema["const"]) complain(path, "wrong constant");
        if (schema.contains("enum") &&
            std::ranges::find(schema["enum"], value) == schema["enum"].end()) {
            complain(path, "none of the words: " + value.dump());
        }
        if (schema.contains("minimum") && value.is_number() && value < schema["minimum"]) {
            complain(path, "too small");
        }
        if (value.is_object()) visit_object(schema, value, path);
        if (!value.is_array() || !schema.contains("items")) return;
        for (std::size_t i = 0; i < value.size(); ++i) {
            visit(schema["items"], value[i], path + "[" + std::to_string(i) + "]");
        }
    }

    Json root_;
    std::string problems_;
};

std::string against_schema(const std::string& report) {
    std::ifstream in(MMSIM_SOURCE_DIR "/docs/report.schema.json");
    return Validator(Json::parse(in)).check(Json::parse(report));
}

// Something of everything: a device with failures, a fork, a divergence, splits.
std::string busy_trace() {
    return json_trace(map_event("0x20000", 8) + "," + protect_event("0x22000", 1) + ",\n" +
                          R"({"op": "mmap", "addr": "0x40000", "length": 8192, "prot": "PROT_READ",
                "flags": "MAP_SHARED|MAP_FIXED", "file": "dev", "offset": 0},
               {"op": "mmap", "addr": "0x21000", "length": 4096, "prot": "PROT_READ",
                "flags": "MAP_SHARED|MAP_FIXED", "file": "dev", "offset": 0},
               {"op": "mmap", "addr": "0x60000", "length": 8192, "prot": "PROT_READ",
                "flags": "MAP_SHARED|MAP_FIXED|MAP_ANONYMOUS", "offset": 0},
               {"op": "fork", "child": 2, "flags": 0},
               {"op": "munmap", "pid": 2, "addr": "0x20001", "length": 4096, "result": 0},
               {"op": "exit", "pid": 2})",
                      R"("title": "something of everything", "kernel": "7.1",
           "files": [{"id": "dev", "path": "/dev/caf\u00e9", "driver": "x", "type": "char"}],
           "drivers": [{"name": "x", "mmap_prepare": [{"fail": "EIO", "every": 2},
                                                      {"vm_ops": true}],
                        "vm_ops": {"open": [{"get": "users"}], "close": [{"put": "users"}]}}], )");
}

}  // namespace

TEST_SUITE("report/json") {
    TEST_CASE("the schema is strict: what is missing, misspelt or of another type is found") {
        CHECK_NE(against_schema("{}"), "");
        Json report = Json::parse(Replayed(busy_trace()).json());
        CHECK_EQ(against_schema(report.dump()), "");
        Json extra = report;
        extra["processes"][0]["colour"] = 1;
        CHECK_EQ(against_schema(extra.dump()), "$.processes[0]: unexpected colour\n");
        report["processes"][0]["vmas"][0]["pgoff"] = "0";
        CHECK_EQ(against_schema(report.dump()),
                 "$.processes[0].vmas[0].pgoff: not of type \"integer\"\n");
    }

    TEST_CASE("a report of nothing fits the schema") {
        CHECK_EQ(against_schema(Replayed(json_trace("")).json()), "");
    }

    TEST_CASE("the report of a busy trace reads as it did") {
        check_golden("report/golden/busy.json", Replayed(busy_trace()).json());
    }

    TEST_CASE("lists that are full say how much they leave out") {
        const std::string fails = R"({"op": "munmap", "addr": "0x20001", "length": 4096,
                                      "result": 0})";
        const Replayed replayed(json_trace(fails + "," + fails + "," + fails), {}, 1);
        const Json report = Json::parse(replayed.json());
        CHECK_EQ(against_schema(report.dump()), "");
        CHECK_EQ(report["divergences"].size(), 1);
        CHECK_EQ(report["truncated"]["divergences"], 2);
    }

    TEST_CASE("a path that is not UTF-8 does not spoil the document") {
        Report report;
        report.files.push_back({"file#1", "/tmp/\xff\xfe", "", 1, 0, 0});
        std::ostringstream out;
        write_json_report(out, report);
        const Json json = Json::parse(out.str());
        CHECK_EQ(json["files"][0]["path"], "/tmp/\uFFFD\uFFFD");
    }

    TEST_CASE("the VMAs can be left out, and nothing else is") {
        const Report report = Replayed(busy_trace()).report();
        std::ostringstream whole;
        write_json_report(whole, report);
        std::ostringstream numbers;
        write_json_report(numbers, report, JsonDetail::without_vmas);
        Json expected = Json::parse(whole.str());
        for (Json& process : expected["processes"]) process.erase("vmas");
        CHECK_EQ(Json::parse(numbers.str()), expected);
    }
}
