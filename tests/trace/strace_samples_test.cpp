// SPDX-License-Identifier: GPL-2.0-or-later
// Real output of strace 6.1: one program, traced with different switches. See forms/README.md.
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "trace/record_text.h"

using namespace mmsim;

namespace {

namespace fs = std::filesystem;
const fs::path kForms = fs::path(MMSIM_SOURCE_DIR) / "tests/trace/forms";

std::string contents(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    REQUIRE_MESSAGE(in, path.string());
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

std::vector<std::string> samples() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(kForms)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with("s_")) names.push_back(name);
    }
    return names;
}

using Counts = std::map<std::string, int>;  // "mmap ENOMEM", "munmap 0", "exit_group ?"

// How the records are called that a call makes.
std::string record_name(const std::string& call) {
    static const std::map<std::string, std::string> kNames = {
        {"syscall_0x1ce", "mseal"}, {"clone3", "clone"},    {"memfd_create", "open"},
        {"prctl", "prctl_set_vma"}, {"exit_group", "exit"}, {"userfaultfd", "open"},
    };
    if (call.starts_with("uffdio_")) return "ioctl";
    const auto found = kNames.find(call);
    return found == kNames.end() ? call : found->second;
}

std::string number_text(const std::string& text) {
    return std::to_string(std::strtoull(text.c_str(), nullptr, 0));
}

bool in_name(char c) { return std::islower(c) != 0 || std::isdigit(c) != 0 || c == '_'; }

// What stands before the first '(' of the line.
std::string first_name(const std::string& line) {
    std::size_t end = line.find('(');
    while (end != std::string::npos && (end == 0 || !in_name(line[end - 1]))) {
        end = line.find('(', end + 1);
    }
    if (end == std::string::npos) return {};
    std::size_t begin = end;
    while (begin > 0 && in_name(line[begin - 1])) --begin;
    return line.substr(begin, end - begin);
}

// "0", "ENOMEM" or "?" behind the last ")  = " of the line; empty if there is none.
std::string last_result(const std::string& line) {
    for (std::size_t at = line.rfind(" = "); at != std::string::npos && at > 0;
         at = line.rfind(" = ", at - 1)) {
        const std::size_t before = line.find_last_not_of(' ', at);
        if (before == std::string::npos || line[before] != ')') continue;
        std::istringstream words(line.substr(at + 3));
        std::string value;
        std::string error;
        words >> value >> error;
        if (value == "-1") return error;
        return value == "?" ? value : number_text(value);
    }
    return {};
}

// Counts by searching for what all calls look like, knowing no prefix and no call.
Counts counts_by_search(const std::string& text) {
    Counts counts;
    std::string name;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(" > ") || line.find("--- ") != std::string::npos) continue;
        if (line.find("+++ ") != std::string::npos) ++counts["exit ?"];
        const std::size_t half = line.find("<... ");
        if (half != std::string::npos) {
            name = line.substr(half + 5, line.find(' ', half + 5) - half - 5);
        } else if (!first_name(line).empty()) {
            name = first_name(line);
        }
        const std::string result = last_result(line);
        if (result.empty() || name.starts_with("exit")) continue;  // ends of threads are counted
        ++counts[record_name(name) + " " + result];
    }
    return counts;
}

Counts counts_by_reader(const std::string& text) {
    Counts counts;
    for (const std::string& record : test::run_strace(text).records) {
        const std::size_t equals = record.rfind(" = ");
        std::string result = record.substr(equals + 3);
        result = result.substr(0, result.find(' '));
        if (result.starts_with("0x")) result = number_text(result);
        ++counts[record_name(record.substr(0, record.find('('))) + " " + result];
    }
    return counts;
}

std::string text_of(const Counts& counts) {
    std::string out;
    for (const auto& [key, count] : counts) out += key + ": " + std::to_string(count) + "\n";
    return out;
}

// What a program does, thread by thread in the order of their appearance, with addresses, pids and
// ids of segments numbered as they come and without the paths that only -y prints.
using Threads = std::vector<std::vector<std::string>>;

class Renumber {
public:
    std::string operator()(const std::string& text) {
        std::string out;
        for (std::size_t at = 0; at < text.size();) {
            std::size_t end = at;
            if (text.compare(at, 2, "0x") == 0) {
                end = text.find_first_not_of("0123456789abcdef", at + 2);
                if (end == std::string::npos) end = text.size();
                const std::string number = text.substr(at, end - at);
                out += end - at >= 8 ? name_of(number) : number;
            } else if (text.compare(at, 2, "</") == 0) {
                end = text.find('>', at) + 1;
                if (text.compare(end, 9, "(deleted)") == 0) end += 9;
            } else {
                out += text[end++];
            }
            at = end;
        }
        return out;
    }

private:
    std::string name_of(const std::string& address) {
        const auto place = names_.try_emplace(address, names_.size()).first;
        return "#" + std::to_string(place->second);
    }
    std::map<std::string, std::size_t> names_;
};

Threads threads_of(const std::string& text) {
    std::map<std::string, std::size_t> order;
    std::vector<Renumber> renumber;
    Threads threads;
    for (std::string record : test::run_strace(text, test::record_text_with_place).records) {
        const std::size_t colon = record.find(':');
        const auto [place, is_new] = order.try_emplace(record.substr(0, colon), threads.size());
        if (is_new) {
            threads.emplace_back();
            renumber.emplace_back();
        }
        record = record.substr(colon + 2, record.rfind(" @ ") - colon - 2);
        if (record.starts_with("clone")) record.resize(record.rfind(" = "));
        if (record.starts_with("shmat")) record.erase(6, record.find(',') - 6);
        threads[place->second].push_back(renumber[place->second](record));
    }
    return threads;
}

std::string joined(const std::vector<std::string>& records) {
    std::string out;
    for (const std::string& record : records) out += record + "\n";
    return out;
}

const Threads& reference() {
    static const Threads threads = threads_of(contents(kForms / "s_fo.txt"));
    return threads;
}

}  // namespace

TEST_SUITE("trace/strace samples") {
    TEST_CASE("the reader finds what a plain search finds, in every sample") {
        REQUIRE_EQ(samples().size(), 26);
        for (const std::string& name : samples()) {
            const std::string text = contents(kForms / name);
            INFO(name);
            CHECK_EQ(text_of(counts_by_reader(text)), text_of(counts_by_search(text)));
        }
    }

    TEST_CASE("nothing in any sample is warned of") {
        for (const std::string& name : samples()) {
            const auto run = test::run_strace(contents(kForms / name));
            CHECK_MESSAGE(run.summary.warnings == 0, name);
            CHECK_MESSAGE(run.records.size() > 1, name);
        }
    }

    TEST_CASE("whatever the switches, threads make the same calls") {
        REQUIRE_EQ(reference().size(), 4);
        CHECK_GT(reference()[0].size(), 50);
        for (const char* name :
             {"s_f.txt", "s_ftt.txt", "s_o.txt", "s_raw.txt", "s_Y.txt", "s_long.txt", "s_C.txt"}) {
            INFO(name);
            const Threads threads = threads_of(contents(kForms / name));
            REQUIRE_EQ(threads.size(), reference().size());
            for (std::size_t i = 0; i < threads.size(); ++i) {
                CHECK_EQ(joined(threads[i]), joined(reference()[i]));
            }
        }
    }

    TEST_CASE("a trace of one thread is the first thread of a trace of all") {
        for (const char* name : {"s_verb.txt", "s_ff.13224"}) {
            INFO(name);
            const Threads threads = threads_of(contents(kForms / name));
            REQUIRE_EQ(threads.size(), 1);
            CHECK_EQ(joined(threads[0]), joined(reference()[0]));
        }
    }

    TEST_CASE("whatever the switches, a userfaultfd is asked for the same") {
        const Threads plain = threads_of(contents(kForms / "s_uffd.txt"));
        CHECK_NE(joined(plain[0]).find("uffdio_register"), std::string::npos);
        for (const char* name : {"s_uffd_raw.txt", "s_uffd_verb.txt"}) {
            INFO(name);
            CHECK_EQ(joined(threads_of(contents(kForms / name))[0]), joined(plain[0]));
        }
    }

    TEST_CASE("a thread in a file of its own makes the calls that it made") {
        const char* const kFiles[] = {"s_ff.13225", "s_ff.13226", "s_ff.13227"};
        for (std::size_t i = 0; i < 3; ++i) {
            INFO(kFiles[i]);
            CHECK_EQ(joined(threads_of(contents(kForms / kFiles[i]))[0]),
                     joined(reference()[i + 1]));
        }
    }

    TEST_CASE("a filtered trace has the calls that pass the filter") {
        using Wanted = bool (*)(const std::string&);
        const auto only = [](const char* sample, Wanted wanted) {
            std::string out;
            for (const auto& record : test::run_strace(contents(kForms / sample)).records) {
                // Numbered call by call: what the filter leaves out counts otherwise.
                if (wanted(record)) out += Renumber{}(record) + "\n";
            }
            return out;
        };
        const auto compare = [&](const char* sample, Wanted wanted) {
            INFO(sample);
            CHECK_EQ(only(sample, wanted), only("s_verb.txt", wanted));
            CHECK_GT(only(sample, wanted).size(), 500);
        };
        compare("s_eraw.txt", [](const std::string& record) {
            return record.starts_with("mmap") || record.starts_with("mseal");
        });
        compare("s_k.txt", [](const std::string& record) {
            return record.starts_with("mmap") || record.starts_with("mprotect") ||
                   record.starts_with("munmap") || record.starts_with("mseal");
        });
        compare("s_Z.txt",
                [](const std::string& record) { return record.find("= E") != std::string::npos; });
    }

    TEST_CASE("the call that strace injected is marked, and no other") {
        std::vector<std::string> injected;
        for (const auto& record : test::run_strace(contents(kForms / "s_inj.txt")).records) {
            if (record.ends_with(" injected")) injected.push_back(record);
        }
        REQUIRE_EQ(injected.size(), 1);
        CHECK_EQ(injected[0],
                 "mmap(0x0, 65536, PROT_READ|PROT_WRITE, "
                 "MAP_PRIVATE|MAP_ANONYMOUS|MAP_LOCKED|MAP_POPULATE, -1, 0x0) = ENOMEM injected");
    }

    TEST_CASE("each call of a trace with stacks has its frames") {
        const std::string text = contents(kForms / "s_k.txt");
        std::size_t frames = 0;
        const auto run = test::run_strace(
            text, [](const TraceRecord& record) { return std::to_string(record.stack.size()); });
        for (const std::string& count : run.records) frames += std::stoul(count);
        std::size_t lines = 0;
        for (std::size_t at = text.find("\n > "); at != std::string::npos; ++lines) {
            at = text.find("\n > ", at + 1);
        }
        CHECK_EQ(frames, lines - 5);  // the last five belong to a signal
        CHECK(run.summary.saw_stacks);
    }
}
