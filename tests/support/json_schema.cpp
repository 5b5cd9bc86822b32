// SPDX-License-Identifier: GPL-2.0-or-later
#include "support/json_schema.h"

#include <algorithm>
#include <fstream>

#include <nlohmann/json.hpp>

namespace mmsim::test {

namespace {

// As much of JSON Schema as the files in docs use. Appends what is wrong, with its path.
class SchemaValidator {
public:
    using Json = nlohmann::json;

    explicit SchemaValidator(const Json& schema) : root_(schema) {}

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

}  // namespace

std::string against_schema(const std::string& name, const std::string& document) {
    std::ifstream in(MMSIM_SOURCE_DIR "/docs/" + name);
    return SchemaValidator(nlohmann::json::parse(in)).check(nlohmann::json::parse(document));
}

}  // namespace mmsim::test
