// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/trace_writer.h"

#include <ostream>

#include "base/assert.h"
#include "base/linux_abi.h"
#include "trace/json_object.h"

namespace mmsim {
namespace {

constexpr std::size_t kFlushSize = std::size_t{64} << 10;

void append_list(std::string& out, const std::vector<std::string>& texts) {
    out += '[';
    for (const std::string& text : texts) {
        if (&text != &texts.front()) out += ", ";
        append_json_string(out, text);
    }
    out += ']';
}

void write_limit(JsonObject& object, std::string_view key,
                 const std::optional<TraceLimits::Limit>& limit) {
    if (!limit) return;
    *limit ? object.size(key, **limit) : object.raw(key, "null");
}

void write_size(JsonObject& object, std::string_view key, std::optional<std::uint64_t> size) {
    if (size) object.size(key, *size);
}

void write_address(JsonObject& object, std::string_view key, std::optional<std::uint64_t> addr) {
    if (addr) object.address(key, *addr);
}

void append_limits(std::string& out, const TraceLimits& limits) {
    JsonObject object{out};
    write_size(object, "max_map_count", limits.max_map_count);
    write_limit(object, "rlimit_as", limits.rlimit_as);
    write_limit(object, "rlimit_data", limits.rlimit_data);
    write_limit(object, "rlimit_stack", limits.rlimit_stack);
    write_limit(object, "rlimit_memlock", limits.rlimit_memlock);
    if (limits.overcommit) object.text("overcommit", *limits.overcommit);
    write_size(object, "ram_bytes", limits.ram_bytes);
    write_size(object, "swap_bytes", limits.swap_bytes);
    write_size(object, "mmap_min_addr", limits.mmap_min_addr);
    write_size(object, "hugepages", limits.hugepages);
    if (limits.capabilities) append_list(object.key("capabilities"), *limits.capabilities);
    object.end();
}

void append_layout(std::string& out, const TraceLayout& layout) {
    JsonObject object{out};
    write_address(object, "task_size", layout.task_size);
    write_address(object, "mmap_base", layout.mmap_base);
    if (layout.top_down) object.boolean("top_down", *layout.top_down);
    write_address(object, "brk", layout.brk);
    object.end();
}

void append_seals(std::string& out, std::uint64_t seals) {
    out += '[';
    for (std::uint64_t bit = 1, rest = seals; rest != 0; bit <<= 1) {
        if ((rest & bit) == 0) continue;
        if (out.back() != '[') out += ", ";
        append_json_string(out, abi_text(AbiFamily::seal, bit));
        rest &= ~bit;
    }
    out += ']';
}

void append_file(std::string& out, const TraceFile& file) {
    const TraceFile defaults;
    JsonObject object{out};
    object.text("id", file.id);
    if (!file.path.empty()) object.text("path", file.path);
    if (!file.driver.empty()) object.text("driver", file.driver);
    if (file.mode != defaults.mode) object.text("mode", file.mode);
    if (file.type != defaults.type) object.text("type", file.type);
    write_size(object, "size", file.size);
    if (!file.params.empty()) object.raw("params", file.params);
    if (file.seals != 0) append_seals(object.key("seals"), file.seals);
    if (file.huge_page != 0) object.size("huge_page", file.huge_page);
    object.end();
}

// The header's keys, each on a line of its own in a document, all on one in JSON Lines.
class HeaderWriter {
public:
    HeaderWriter(std::string& out, TraceFormat format)
        : out_(out), document_(format == TraceFormat::json) {
        out_ += '{';
    }

    std::string& key(std::string_view name) {
        if (!first_) out_ += document_ ? "," : ", ";
        first_ = false;
        if (document_) out_ += "\n  ";
        append_json_string(out_, name);
        out_ += ": ";
        return out_;
    }

    // An array of `values`, each written by append(out, value).
    template <typename Values, typename Append>
    void array(std::string_view name, const Values& values, Append append) {
        if (values.empty()) return;
        key(name) += '[';
        for (const auto& value : values) {
            if (&value != &values.front()) out_ += document_ ? "," : ", ";
            if (document_) out_ += "\n    ";
            append(out_, value);
        }
        out_ += document_ ? "\n  ]" : "]";
    }

private:
    std::string& out_;
    bool document_;
    bool first_ = true;
};

void append_header(std::string& out, TraceFormat format, const TraceHeader& header) {
    HeaderWriter keys{out, format};
    keys.key("mmsim_trace") += '1';
    if (!header.title.empty()) append_json_string(keys.key("title"), header.title);
    if (!header.kernel.empty()) append_json_string(keys.key("kernel"), header.kernel);
    if (header.limits != TraceLimits{}) append_limits(keys.key("limits"), header.limits);
    if (header.layout != TraceLayout{}) append_layout(keys.key("layout"), header.layout);
    keys.array("maps", header.maps, append_json_string);
    keys.array("files", header.files, append_file);
    keys.array("drivers", header.drivers,
               [](std::string& to, const TraceDriver& driver) { to += driver.json; });
    if (format == TraceFormat::json) {
        keys.key("events") += '[';
        return;
    }
    if (!header.expect.empty()) keys.key("expect") += header.expect;
    out += "}\n";
}

}  // namespace

TraceFormat trace_format_of(std::string_view path) {
    const bool lines = path.ends_with(".jsonl") || path.ends_with(".ndjson");
    return lines ? TraceFormat::jsonl : TraceFormat::json;
}

TraceWriter::TraceWriter(std::ostream& out, TraceFormat format, const TraceHeader& header)
    : out_(out), format_(format), expect_(header.expect) {
    MMSIM_ASSERT(format != TraceFormat::strace);
    append_header(buffer_, format, header);
}

void TraceWriter::write(const TraceRecord& record) {
    begin_event();
    append_json_event(buffer_, record);
    end_event();
}

void TraceWriter::write_event(std::string_view event) {
    begin_event();
    buffer_ += event;
    end_event();
}

void TraceWriter::begin_event() {
    if (format_ == TraceFormat::json) buffer_ += first_ ? "\n    " : ",\n    ";
    first_ = false;
}

void TraceWriter::end_event() {
    if (format_ == TraceFormat::jsonl) buffer_ += '\n';
    if (buffer_.size() >= kFlushSize) flush();
}

void TraceWriter::finish() {
    if (format_ == TraceFormat::json) {
        buffer_ += first_ ? "]" : "\n  ]";
        if (!expect_.empty()) (buffer_ += ",\n  \"expect\": ") += expect_;
        buffer_ += "\n}\n";
    }
    flush();
}

void TraceWriter::flush() {
    out_.write(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    buffer_.clear();
}

}  // namespace mmsim
