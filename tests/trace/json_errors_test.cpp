// SPDX-License-Identifier: GPL-2.0-or-later
// What each kind of bad JSON is told, to the letter.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/input_error.h"
#include "trace/trace_reader.h"

namespace mmsim {
namespace {

struct Case {
    const char* what;
    std::string input;
    std::string message;  // behind "t.json:"
};

std::string error_of_json(const std::string& input, std::optional<TraceFormat> format = {}) {
    try {
        const auto reader =
            open_trace(std::make_unique<LineSource>(memory_bytes(input), "t.json", 4096), format);
        while (reader->next() != nullptr) {
        }
    } catch (const InputError& error) {
        return error.what();
    }
    return "no error";
}

// A document with one event on its second line, beginning at column 3.
std::string event(const std::string& text) {
    return "{\"mmsim_trace\": 1, \"files\": [{\"id\": \"f\"}], \"events\": [\n  " + text + "\n]}\n";
}

// A document with one more key on its second line, beginning at column 3.
std::string header(const std::string& text) {
    return "{\"mmsim_trace\": 1, \"events\": [],\n  " + text + "\n}\n";
}

void check(const std::vector<Case>& cases) {
    for (const Case& c : cases) {
        CAPTURE(c.what);
        CHECK_EQ(error_of_json(c.input), "t.json:" + c.message);
    }
}

}  // namespace

TEST_SUITE("trace/json errors") {
    TEST_CASE("an input without a trace says what it is") {
        check({
            {"empty", "", "1:1: there is nothing in it"},
            {"blank", " \n\t\r\n", "1:1: there is nothing in it"},
            {"an array", "[\n {\"op\": \"exit\"} ]",
             "1:1: an array of JSON; a trace is an object: {\"mmsim_trace\": 1, \"events\": "
             "[...]}"},
            {"an empty array", "[]",
             "1:1: an array of JSON; a trace is an object: {\"mmsim_trace\": 1, \"events\": "
             "[...]}"},
        });
    }

    TEST_CASE("JSON that is malformed or ends early is told with its place") {
        check({
            {"cut in the header", "{\"mmsim_trace\": 1,\n",
             "2:1: the input ends where a key in "
             "double quotes was expected"},
            {"cut in a key", "{\n \"mmsim_tr", "2:11: the input ends inside a string"},
            {"cut before a value", "{\n \"title\":",
             "2:10: the input ends where a value was "
             "expected"},
            {"cut in a number", "{\n \"mmsim_trace\": 1",
             "2:18: the input ends where ',' or '}' was expected"},
            {"cut between events", "{\"events\": [\n {\"op\": \"exit\"},\n",
             "3:1: the input ends where a value was expected"},
            {"cut in an event", "{\"events\": [\n {\"op\": \"exit\"",
             "2:15: the input ends where ',' or '}' was expected"},
            {"cut in an event's string", "{\"events\": [\n {\"op\": \"ex",
             "2:12: the input ends inside a string"},
            {"no closing brace", "{\"mmsim_trace\": 1,\n \"events\": []\n",
             "3:1: the input ends where ',' or '}' was expected"},
            {"text behind the end", "{\"mmsim_trace\": 1,\n \"events\": []}\n x",
             "3:2: expected the end of the document but found 'x'"},
            {"a comma too many", "{\"mmsim_trace\": 1,\n \"events\": [], }",
             "2:16: expected a key in double quotes but found '}'"},
            {"a comma too many in an array", event("{\"op\": \"exit\"},"),
             "3:1: expected a value but found ']'"},
            {"a comma too few", event("{\"op\": \"exit\"} {\"op\": \"exit\"}"),
             "2:18: expected ',' or ']' but found '{'"},
            {"a colon too few", event("{\"op\" \"exit\"}"),
             "2:9: expected ':' after the key 'op' but found '\"'"},
            {"a key without quotes", event("{op: \"exit\"}"),
             "2:4: expected a key in double quotes but found 'o'"},
            {"single quotes", event("{'op': \"exit\"}"),
             "2:4: expected a key in double quotes but found '''"},
            {"brackets that cross", event("{\"op\": \"exit\"]"),
             "2:16: expected ',' or '}' but found ']'"},
            {"a bracket that is missing",
             "{\"mmsim_trace\": 1, \"events\": [{\"op\": \"exit\"},\n{\"op\": \"exit\"}, "
             "\"title\": \"x\"}",
             "2:24: expected ',' or ']' but found ':'"},
            {"a bare word", header("\"title\": nil"),
             "2:12: a bare word can only be true, false or null"},
            {"half a word", header("\"limits\": {\"rlimit_as\": nul}"),
             "2:27: a bare word can only be true, false or null"},
            {"a comment", header("// \"title\": 1"),
             "2:3: expected a key in double quotes but found '/'"},
            {"a byte that is no text", header("\"title\": \x01"),
             "2:12: expected a value but found '\\x01'"},
        });
    }

    TEST_CASE("strings that JSON does not allow are told with the byte") {
        check({
            {"a newline", header("\"title\": \"a\nb\""), "2:14: a string does not end on its line"},
            {"a control character", header("\"title\": \"a\tb\""),
             "2:14: a control character in a string: '\\x09'"},
            {"a wrong escape", header("\"title\": \"a\\xb\""),
             "2:15: a backslash before 'x' means nothing"},
            {"a short \\u", header("\"title\": \"\\u12g4\""),
             "2:17: \\u needs four hexadecimal digits"},
            {"half a pair", header("\"title\": \"\\ud800x\""),
             "2:14: \\u with half of a surrogate pair"},
            {"the other half", header("\"title\": \"\\udc00\""),
             "2:14: \\u with half of a surrogate pair"},
            {"Latin-1", header("\"title\": \"a\xe9\""),
             "2:14: bytes in a string that are not UTF-8"},
            {"an overlong form", header("\"title\": \"\xc0\x80\""),
             "2:13: bytes in a string that are not UTF-8"},
            {"a surrogate", header("\"title\": \"\xed\xa0\x80\""),
             "2:13: bytes in a string that are not UTF-8"},
            {"a cut character", header("\"title\": \"\xf0\x9f\x98\""),
             "2:13: bytes in a string that are not UTF-8"},
            {"an endless string", header("\"title\": \"" + std::string(2 << 20, 'x') + "\""),
             "2:12: a string of more than 1 MiB"},
        });
    }

    TEST_CASE("numbers that JSON does not know are told") {
        check({
            {"a leading zero", event("{\"op\": \"brk\", \"addr\": 010}"),
             "2:25: not a number as JSON writes them: '010'"},
            {"a plus", event("{\"op\": \"brk\", \"addr\": +1}"),
             "2:25: expected a value but found '+'"},
            {"no digits behind the point", event("{\"op\": \"brk\", \"addr\": 1.}"),
             "2:25: not a number as JSON writes them: '1.'"},
            {"hexadecimal", event("{\"op\": \"brk\", \"addr\": 0x10}"),
             "2:26: expected ',' or '}' but found 'x'"},
            {"endless", event("{\"op\": \"brk\", \"addr\": " + std::string(2000, '1') + "}"),
             "2:25: a number without end"},
        });
    }

    TEST_CASE("deep nesting is refused before it can hurt") {
        std::string deep(100000, '[');
        check({
            {"in expect", header("\"expect\": {\"maps\": " + deep),
             "2:85: nested too deep: more than 64 levels"},
            {"as an event", event(deep), "2:67: nested too deep: more than 64 levels"},
        });
    }

    TEST_CASE("addresses and sizes that are no unsigned 64-bit numbers are told") {
        check({
            {"negative", event("{\"op\": \"brk\", \"addr\": -1}"),
             "2:25: 'addr' must not be negative: '-1'"},
            {"negative zero", event("{\"op\": \"brk\", \"addr\": -0}"),
             "2:25: 'addr' must not be negative: '-0'"},
            {"fractional", event("{\"op\": \"brk\", \"addr\": 1.5}"),
             "2:25: 'addr' must be a whole number: '1.5'"},
            {"an exponent", event("{\"op\": \"brk\", \"addr\": 1e3}"),
             "2:25: 'addr' must be a whole number: '1e3'"},
            {"65 bits", event("{\"op\": \"brk\", \"addr\": 18446744073709551616}"),
             "2:25: 'addr' does not fit in 64 bits: '18446744073709551616'"},
            {"65 bits in hex", event("{\"op\": \"brk\", \"addr\": \"0x10000000000000000\"}"),
             "2:25: 'addr' does not fit in 64 bits: '0x10000000000000000'"},
            {"negative in a string", event("{\"op\": \"brk\", \"addr\": \"-1\"}"),
             "2:25: 'addr' must not be negative: '-1'"},
            {"no number in a string", event("{\"op\": \"brk\", \"addr\": \"0x12g\"}"),
             "2:25: 'addr' is not a number in C notation: '0x12g'"},
            {"an empty string", event("{\"op\": \"brk\", \"addr\": \"\"}"),
             "2:25: 'addr' is not a number in C notation: ''"},
            {"octal with a nine", event("{\"op\": \"brk\", \"addr\": \"09\"}"),
             "2:25: 'addr' is not a number in C notation: '09'"},
            {"true", event("{\"op\": \"brk\", \"addr\": true}"),
             "2:25: 'addr' must be a number or a string in C notation, not true or false"},
            {"null", event("{\"op\": \"brk\", \"addr\": null}"),
             "2:25: 'addr' must be a number or a string in C notation, not null"},
            {"pid 0", event("{\"op\": \"exit\", \"pid\": 0}"),
             "2:25: 'pid' must be from 1 to 2147483647"},
            {"a large pid", event("{\"op\": \"exit\", \"pid\": 2147483648}"),
             "2:25: 'pid' must be from 1 to 2147483647"},
            {"a large pkey", event("{\"op\": \"pkey_mprotect\", \"pkey\": -2147483649}"),
             "2:35: 'pkey' does not fit in 32 bits: '-2147483649'"},
            {"a fractional pkey", event("{\"op\": \"pkey_mprotect\", \"pkey\": 1.5}"),
             "2:35: 'pkey' must be a whole number: '1.5'"},
            {"max_map_count", header("\"limits\": {\"max_map_count\": -1}"),
             "2:31: 'max_map_count' must not be negative: '-1'"},
        });
    }

    TEST_CASE("names that Linux does not have are told by name") {
        check({
            {"a flag",
             event("{\"op\": \"mmap\", \"flags\": \"MAP_PRIVATE|MAP_FIX\", \"length\": 1, "
                   "\"prot\": 0}"),
             "2:27: unknown name 'MAP_FIX' in 'flags'"},
            {"flags before op",
             event("{\"flags\": \"MAP_PRIVATE\", \"op\": \"mremap\", \"addr\": 0, "
                   "\"length\": 1, \"old_length\": 1}"),
             "2:13: unknown name 'MAP_PRIVATE' in 'flags'"},
            {"a protection", event("{\"op\": \"mprotect\", \"prot\": \"PROT_RAED\"}"),
             "2:30: unknown name 'PROT_RAED' in 'prot'"},
            {"two kinds of advice",
             event("{\"op\": \"madvise\", \"advice\": \"MADV_COLD|MADV_FREE\"}"),
             "2:31: unknown name 'MADV_COLD|MADV_FREE' in 'advice'"},
            {"a limit", event("{\"op\": \"setrlimit\", \"limit\": \"as\"}"),
             "2:32: unknown name 'as' in 'limit'"},
            {"nothing between bars", event("{\"op\": \"mprotect\", \"prot\": \"PROT_READ|\"}"),
             "2:30: unknown name '' in 'prot'"},
            {"an errno", event("{\"op\": \"exit\", \"result\": \"ENOMEN\"}"),
             "2:28: 'result' names no errno that Linux has: 'ENOMEN'"},
            {"an op", event("{\"op\": \"mmapp\"}"), "2:10: unknown op 'mmapp'"},
            {"a file", event("{\"op\": \"close\", \"file\": \"g\"}"),
             "2:27: no file of 'files' has the id 'g'"},
            {"a capability", header("\"limits\": {\"capabilities\": [\"CAP_ALL\"]}"),
             "2:31: unknown capability 'CAP_ALL'"},
            {"overcommit", header("\"limits\": {\"overcommit\": \"sometimes\"}"),
             "2:28: 'overcommit' must be one of heuristic, always, never, not 'sometimes'"},
            {"a mode", header("\"files\": [{\"id\": \"a\", \"mode\": \"rwx\"}]"),
             "2:33: 'mode' must be one of r, w, rw, not 'rwx'"},
            {"a type", header("\"files\": [{\"id\": \"a\", \"type\": \"pipe\"}]"),
             "2:33: 'type' must be one of regular, block, char, socket, shmem, hugetlbfs, not "
             "'pipe'"},
            {"a huge page", header("\"files\": [{\"id\": \"a\", \"huge_page\": 4096}]"),
             "2:38: 'huge_page' must be 2097152 or 1073741824"},
        });
    }

    TEST_CASE("unknown keys are told wherever they stand") {
        check({
            {"at the top", header("\"titel\": \"x\""), "2:3: unknown key 'titel'"},
            {"in limits", header("\"limits\": {\"rlimit_nofile\": 1}"),
             "2:14: unknown key 'rlimit_nofile' in 'limits'"},
            {"in layout", header("\"layout\": {\"stack\": 1}"),
             "2:14: unknown key 'stack' in 'layout'"},
            {"in files", header("\"files\": [{\"id\": \"a\", \"name\": \"x\"}]"),
             "2:25: unknown key 'name' in 'files'"},
            {"in fail", event("{\"op\": \"exit\", \"fail\": {\"points\": \"x\"}}"),
             "2:27: unknown key 'points' in 'fail'"},
            {"in an event", event("{\"op\": \"exit\", \"adr\": 1}"),
             "2:18: unknown key 'adr' in an event"},
            {"of another op",
             event("{\"op\": \"munmap\", \"addr\": 0, \"length\": 1, \"prot\": 0}"),
             "2:44: unknown key 'prot' of op 'munmap'"},
            {"of another op, first in the text",
             event("{\"prot\": 0, \"addr\": 0, \"offset\": 1, \"length\": 1, \"op\": \"munmap\"}"),
             "2:4: unknown key 'prot' of op 'munmap'"},
        });
    }

    TEST_CASE("keys and ids that come twice are told at the second") {
        check({
            {"at the top", header("\"events\": []"), "2:3: the key 'events' stands here twice"},
            {"in limits", header("\"limits\": {\"hugepages\": 1, \"hugepages\": 1}"),
             "2:30: the key 'hugepages' stands here twice"},
            {"in an event", event("{\"op\": \"brk\", \"addr\": 0, \"addr\": 0}"),
             "2:28: the key 'addr' stands here twice"},
            {"with an escape", event("{\"op\": \"brk\", \"addr\": 0, \"\\u0061ddr\": 0}"),
             "2:28: the key 'addr' stands here twice"},
            {"in expect", header("\"expect\": {\"maps\": {\"a\": 1, \"b\": 1, \"a\": 1}}"),
             "2:39: the key 'a' stands here twice"},
            {"in a driver", header("\"drivers\": [{\"name\": \"d\", \"mmap\": [], \"mmap\": []}]"),
             "2:41: the key 'mmap' stands here twice"},
            {"a file id", header("\"files\": [{\"id\": \"a\"}, {\"id\": \"a\"}]"),
             "2:33: a second file with the id 'a'"},
            {"a driver's name", header("\"drivers\": [{\"name\": \"d\"}, {\"name\": \"d\"}]"),
             "2:39: a second driver with the name 'd'"},
        });
    }

    TEST_CASE("what must be there and is not is told at the object") {
        check({
            {"mmsim_trace", "\n {\"events\": []\n}", "2:2: the key 'mmsim_trace' is missing"},
            {"events", "{\"mmsim_trace\": 1\n}", "1:1: the key 'events' is missing"},
            {"op", event("{\"addr\": 1}"), "2:3: an event needs an 'op'"},
            {"length", event("{\"op\": \"mmap\", \"prot\": 0, \"flags\": 0}"),
             "2:3: op 'mmap' needs the key 'length'"},
            {"pkey", event("{\"op\": \"pkey_mprotect\", \"addr\": 0, \"length\": 1, \"prot\": 0}"),
             "2:3: op 'pkey_mprotect' needs the key 'pkey'"},
            {"child", event("{\"op\": \"fork\"}"),
             "2:3: op 'fork' needs the key 'child' or 'result'"},
            {"point", event("{\"op\": \"exit\", \"fail\": {}}"), "2:26: 'fail' needs a 'point'"},
            {"a file's id", header("\"files\": [{\"path\": \"/a\"}]"),
             "2:13: a file needs an 'id'"},
            {"a driver's name", header("\"drivers\": [{\"mmap\": []}]"),
             "2:15: a driver needs a 'name'"},
        });
    }

    TEST_CASE("values of a wrong type are told") {
        check({
            {"events", "{\"mmsim_trace\": 1,\n \"events\": {}}",
             "2:12: 'events' must be an array, not an object"},
            {"an event", event("7"), "2:3: an event must be an object, not a number"},
            {"op", event("{\"op\": 1}"), "2:10: 'op' must be a string, not a number"},
            {"write", event("{\"op\": \"touch\", \"write\": 1}"),
             "2:28: 'write' must be true or false, not a number"},
            {"file", event("{\"op\": \"close\", \"file\": null}"),
             "2:27: 'file' must be a string, not null"},
            {"flags", event("{\"op\": \"mmap\", \"flags\": []}"),
             "2:27: 'flags' must be names joined by '|' or a number, not an array"},
            {"result", event("{\"op\": \"exit\", \"result\": -12}"),
             "2:28: 'result' must not be negative: '-12'"},
            {"maps", event("{\"op\": \"execve\", \"maps\": \"x\"}"),
             "2:28: 'maps' must be an array, not a string"},
            {"fail", event("{\"op\": \"exit\", \"fail\": \"x\"}"),
             "2:26: 'fail' must be an object, not a string"},
            {"mmsim_trace", "{\"mmsim_trace\": 2, \"events\": []}",
             "1:17: 'mmsim_trace' is the version of the format, which is 1, not 2"},
            {"kernel", header("\"kernel\": 7.1"), "2:13: 'kernel' must be a string, not a number"},
            {"limits", header("\"limits\": []"), "2:13: 'limits' must be an object, not an array"},
            {"ram_bytes", header("\"limits\": {\"ram_bytes\": null}"),
             "2:27: 'ram_bytes' must be a number or a string in C notation, not null"},
            {"top_down", header("\"layout\": {\"top_down\": \"yes\"}"),
             "2:26: 'top_down' must be true or false, not a string"},
            {"params", header("\"files\": [{\"id\": \"a\", \"params\": []}]"),
             "2:35: 'params' must be an object, not an array"},
            {"expect", header("\"expect\": 1"), "2:13: 'expect' must be an object, not a number"},
        });
    }

    TEST_CASE("a line of maps that is wrong is told with the string it stands in") {
        check({
            {"in the header", header("\"maps\": [\"1000-2000 r--p 0 00:00 0\",\n   \"x\"]"),
             "3:4: in 'maps', line 2, column 1: expected an address"},
            {"in execve", event("{\"op\": \"execve\", \"maps\": [\"2000-1000 r--p 0 00:00 0\"]}"),
             "2:29: in 'maps', line 1, column 1: the mapping ends before it begins"},
        });
    }

    TEST_CASE("JSON Lines are told the same, line by line") {
        const std::string head = "{\"mmsim_trace\": 1}\n";
        check({
            {"a cut line", head + "{\"op\": \"exit\"\n",
             "2:14: the line ends where ',' or '}' was "
             "expected"},
            {"two on a line", head + "{\"op\": \"exit\"} {\"op\": \"exit\"}\n",
             "2:16: expected the end of the line but found '{'"},
            {"a comma at the end", head + "\n{\"op\": \"exit\"},\n",
             "3:15: expected the end of the line but found ','"},
            {"an unknown key", head + "{\"op\": \"exit\", \"a\": 1}\n",
             "2:16: unknown key 'a' in an event"},
            {"an endless line", head + "{\"op\": \"" + std::string(5000, 'x') + "\"}\n",
             "2:1: a line of more than 4096 bytes"},
            {"no version", "{\"title\": \"x\"}\n{\"op\": \"exit\"}\n",
             "1:1: the key 'mmsim_trace' is missing"},
        });
        CHECK_EQ(error_of_json("{\"mmsim_trace\": 1, \"events\": []}\n", TraceFormat::jsonl),
                 "t.json:1:20: JSON Lines have their events behind the header, one a line");
        CHECK_EQ(error_of_json("", TraceFormat::jsonl), "t.json:1:1: there is nothing in it");
        CHECK_EQ(error_of_json(head + "{\"op\": \"exit\"}\n", TraceFormat::json),
                 "t.json:2:1: expected the end of the document but found '{'");
        CHECK_EQ(error_of_json("", TraceFormat::json), "t.json:1:1: there is nothing in it");
    }

    TEST_CASE("an event that is wrong is told even where the keys behind it are fine") {
        CHECK_EQ(error_of_json("{\"events\": [\n {\"op\": \"exit\"},\n {\"op\": \"exit\", }\n], "
                               "\"mmsim_trace\": 1}"),
                 "t.json:3:17: expected a key in double quotes but found '}'");
    }

    TEST_CASE("columns do not count a byte order mark") {
        CHECK_EQ(error_of_json("\xef\xbb\xbf{\"a\": 1}\n\n{}"), "t.json:1:2: unknown key 'a'");
        CHECK_EQ(error_of_json("\xef\xbb\xbf{\n\"a\": 1}"), "t.json:2:1: unknown key 'a'");
    }
}

}  // namespace mmsim
