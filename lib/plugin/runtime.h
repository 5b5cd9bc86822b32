// SPDX-License-Identifier: GPL-2.0-or-later
// The plug-in's side: a loaded shared object with the kernel's structures around it. Runs its hooks
// on copies of what mmsim hands over, and offers the services of <mmsim/driver.h>.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "plugin/message.h"

struct file;
struct inode;
struct mm_struct;
struct mmsim_driver;
struct mmsim_host;
struct mmsim_plugin;
struct page;
struct vm_area_desc;
struct vm_area_struct;
struct vm_operations_struct;

namespace mmsim {

// The way to mmsim while a hook runs.
class Upcalls {
public:
    virtual ~Upcalls() = default;

    // Asks and waits; the answer is in place of the question. Other questions may come meanwhile.
    virtual void ask(Message& message, std::string& text) = 0;
    // The plug-in cannot go on. Returns only where it shares a process with mmsim.
    virtual void give_up(Death death) = 0;
};

class Runtime {
public:
    explicit Runtime(Upcalls& upcalls);
    ~Runtime();
    Runtime(const Runtime&) = delete;
    Runtime& operator=(const Runtime&) = delete;

    // Any question but `split_off`; the answer is in place of the question.
    void serve(Message& message, std::string& text);

private:
    struct OpenFile;
    struct Memory {
        std::size_t size = 0;
        bool tracked = false;  // mmsim counts it
    };
    struct Watched {
        std::string reference;
        const void* counter;
        std::size_t size;
        std::int64_t counted;
    };

    // runtime_load.cpp
    std::string load(const std::string& path);
    std::string refuse(const std::string& path) const;
    void describe(Message& message, std::string& text) const;
    void describe_param(Message& message, std::string& text) const;
    const mmsim_driver& driver(std::uint32_t number) const { return *drivers_.at(number); }

    // runtime.cpp
    void run_hook(Message& message);
    void run_mmap_prepare(Message& message);
    void run_mmap(Message& message);
    void run_mapped(Message& message);
    void run_vm_ops(Message& message);
    void run_success_hook(Message& message);
    void after_hook(const Message& message);
    void show(const Area& area, vm_area_struct& vma);
    void read(const vm_area_struct& vma, Area& area);
    void show(const Area& area, vm_area_desc& desc);
    void show_action(const Area& area, vm_area_desc& desc);
    void read(const vm_area_desc& desc, Area& area);
    void read_action(const vm_area_desc& desc, Area& area);
    void read_ops(Message& message) const;

    // objects.cpp
    ::file* file_of(std::uint32_t number);
    OpenFile* known_file(std::uint32_t number) const;
    std::uint32_t number_of(const ::file* file) const;
    void check_file(std::uint32_t number, std::uint64_t serial);
    void open(OpenFile& opened);
    mm_struct* mm_of(std::uint32_t number);
    const vm_operations_struct* ops_of(std::uint32_t value);
    std::uint32_t value_of(const vm_operations_struct* ops);
    void* pointer_of(std::uint64_t handle) const;
    std::uint64_t handle_of(const void* pointer);

    // services.cpp
    static const mmsim_host& services();
    struct Services;
    static Runtime& running();
    static Runtime* let_run(Runtime* runtime);  // returns which ran before
    Message ask(Ask what, std::string_view text = {});
    void ask(Message& message, std::string& text);
    void count(const std::string& reference, std::int64_t by);
    void remark(std::string_view diagnostic, const std::string& detail);
    void* allocate(std::size_t size, bool zeroed);
    void release(const void* memory);
    void watch(std::string_view reference, const void* counter, std::size_t size,
               std::int64_t from);
    void forget(const void* begin, std::size_t size);
    void warn(const char* file, int line, const char* what);
    ::page* page_of(const void* address);

    Upcalls& upcalls_;
    void* library_ = nullptr;
    mmsim_plugin* plugin_ = nullptr;
    std::vector<const mmsim_driver*> drivers_;

    // What stands for mmsim's objects here, by their numbers there.
    std::vector<std::unique_ptr<OpenFile>> files_;
    std::unordered_map<const ::file*, std::uint32_t> file_numbers_;
    std::map<std::uint32_t, std::unique_ptr<mm_struct>> mms_;
    std::unordered_map<std::uint32_t, const vm_operations_struct*> ops_;
    std::unordered_map<const vm_operations_struct*, std::uint32_t> foreign_ops_;
    std::vector<std::unique_ptr<vm_operations_struct>> foreign_;
    // And of the plug-in's pointers, for mmsim.
    std::unordered_map<const void*, std::uint64_t> handles_;
    std::unordered_map<std::uint64_t, const void*> pointers_;
    std::uint64_t next_handle_;

    std::map<const void*, Memory> memory_;
    std::uint64_t allocated_ = 0;  // bytes
    std::map<const void*, std::unique_ptr<::page>> pages_;
    unsigned long next_page_ = 0;
    std::vector<Watched> watched_;
    std::vector<std::pair<std::string, int>> warned_;
    std::set<std::string> words_;  // that it was given; they stay where they are

    std::uint32_t own_ops_ = 0;  // of the driver whose hook runs
    std::uint32_t mm_ = 0;       // the address space at work
    void* success_hook_ = nullptr;
    bool opening_ = false;
};

}  // namespace mmsim
