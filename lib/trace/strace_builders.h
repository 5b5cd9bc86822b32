// SPDX-License-Identifier: GPL-2.0-or-later
// The functions behind find_call(), by what the calls are about.
#pragma once

#include "trace/strace_calls.h"

namespace mmsim {

// strace_memory_calls.cpp
bool build_mmap(StraceCall& call, TraceCall& out);
bool build_munmap(StraceCall& call, TraceCall& out);
bool build_mprotect(StraceCall& call, TraceCall& out);
bool build_pkey_mprotect(StraceCall& call, TraceCall& out);
bool build_mremap(StraceCall& call, TraceCall& out);
bool build_brk(StraceCall& call, TraceCall& out);
bool build_madvise(StraceCall& call, TraceCall& out);
bool build_process_madvise(StraceCall& call, TraceCall& out);
bool build_mlock(StraceCall& call, TraceCall& out);
bool build_mlock2(StraceCall& call, TraceCall& out);
bool build_munlock(StraceCall& call, TraceCall& out);
bool build_mlockall(StraceCall& call, TraceCall& out);
bool build_munlockall(StraceCall& call, TraceCall& out);
bool build_mseal(StraceCall& call, TraceCall& out);
bool build_prctl(StraceCall& call, TraceCall& out);
bool build_personality(StraceCall& call, TraceCall& out);
bool build_mbind(StraceCall& call, TraceCall& out);
bool build_shmget(StraceCall& call, TraceCall& out);
bool build_shmat(StraceCall& call, TraceCall& out);
bool build_shmdt(StraceCall& call, TraceCall& out);
bool build_remap_file_pages(StraceCall& call, TraceCall& out);
bool build_map_shadow_stack(StraceCall& call, TraceCall& out);
bool build_io_setup(StraceCall& call, TraceCall& out);
bool build_io_destroy(StraceCall& call, TraceCall& out);

// strace_fd_calls.cpp
bool build_open(StraceCall& call, TraceCall& out);
bool build_openat(StraceCall& call, TraceCall& out);
bool build_openat2(StraceCall& call, TraceCall& out);
bool build_creat(StraceCall& call, TraceCall& out);
bool build_memfd_create(StraceCall& call, TraceCall& out);
bool build_memfd_secret(StraceCall& call, TraceCall& out);
bool build_socket(StraceCall& call, TraceCall& out);
bool build_accept(StraceCall& call, TraceCall& out);
bool build_accept4(StraceCall& call, TraceCall& out);
bool build_epoll_create(StraceCall& call, TraceCall& out);
bool build_eventfd(StraceCall& call, TraceCall& out);
bool build_timerfd_create(StraceCall& call, TraceCall& out);
bool build_signalfd(StraceCall& call, TraceCall& out);
bool build_inotify_init(StraceCall& call, TraceCall& out);
bool build_fanotify_init(StraceCall& call, TraceCall& out);
bool build_io_uring_setup(StraceCall& call, TraceCall& out);
bool build_perf_event_open(StraceCall& call, TraceCall& out);
bool build_bpf(StraceCall& call, TraceCall& out);
bool build_userfaultfd(StraceCall& call, TraceCall& out);
bool build_new_userfaultfd(StraceCall& call, TraceCall& out, std::string_view flags);
bool build_pidfd_open(StraceCall& call, TraceCall& out);
bool build_close(StraceCall& call, TraceCall& out);
bool build_close_range(StraceCall& call, TraceCall& out);
bool build_dup(StraceCall& call, TraceCall& out);
bool build_dup3(StraceCall& call, TraceCall& out);
bool build_unlink(StraceCall& call, TraceCall& out);
bool build_unlinkat(StraceCall& call, TraceCall& out);
bool build_rename(StraceCall& call, TraceCall& out);
bool build_renameat(StraceCall& call, TraceCall& out);
bool build_chdir(StraceCall& call, TraceCall& out);
bool build_fchdir(StraceCall& call, TraceCall& out);
bool build_getcwd(StraceCall& call, TraceCall& out);
bool build_fcntl(StraceCall& call, TraceCall& out);

// strace_ioctl.cpp
bool build_ioctl(StraceCall& call, TraceCall& out);

// strace_task_calls.cpp
bool build_fork(StraceCall& call, TraceCall& out);
bool build_vfork(StraceCall& call, TraceCall& out);
bool build_clone(StraceCall& call, TraceCall& out);
bool build_clone3(StraceCall& call, TraceCall& out);
bool build_execve(StraceCall& call, TraceCall& out);
bool build_execveat(StraceCall& call, TraceCall& out);
bool build_exit(StraceCall& call, TraceCall& out);
bool build_exit_group(StraceCall& call, TraceCall& out);
bool build_setrlimit(StraceCall& call, TraceCall& out);
bool build_prlimit64(StraceCall& call, TraceCall& out);

}  // namespace mmsim
