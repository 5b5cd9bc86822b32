#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the traces of this folder: what programs that have run out of mappings were doing.

make.py          writes them all
make.py --check  says which differ from what would be written, status 1 if any does

Each function below is one pattern. What it must come to (the VMAs in the end, calls that fail) is
worked out here from what the pattern does, not taken from a replay.
"""
import gzip
import json
import os
import sys

PAGE = 4096
KIB = 1024
MIB = 1024 * KIB
TOP = 0x7FFFF7FFF000  # where the search for addresses begins
LIMIT = 8190  # max_map_count here: an eighth of the default, to be quick

RW, READ, NONE, RX = "PROT_READ|PROT_WRITE", "PROT_READ", "PROT_NONE", "PROT_READ|PROT_EXEC"
ANON = "MAP_PRIVATE|MAP_ANONYMOUS"


class Trace:
    """Events, with addresses given out from the top down as the kernel does."""

    def __init__(self, title, **header):
        self.header = {"mmsim_trace": 1, "title": title, **header}
        self.events = []
        self.top = TOP

    def event(self, op, **keys):
        self.events.append({"op": op, **keys})

    def mmap(self, length, prot=RW, flags=ANON, addr=None, result=None, **keys):
        """Without an address: below the last such mapping, as the kernel chooses."""
        chosen = addr
        if addr is None and result is None:
            self.top -= length
            chosen = self.top
            result = hex(chosen)
        elif result is None:
            result = hex(addr)
        self.event("mmap", addr=hex(addr) if addr is not None else 0, length=length, prot=prot,
                   flags=flags + ("|MAP_FIXED" if addr is not None else ""), **keys, result=result)
        return chosen

    def munmap(self, addr, length, result=0):
        self.event("munmap", addr=hex(addr), length=length, result=result)

    def mprotect(self, addr, length, prot, result=0):
        self.event("mprotect", addr=hex(addr), length=length, prot=prot, result=result)

    def madvise(self, addr, length, advice):
        self.event("madvise", addr=hex(addr), length=length, advice=advice, result=0)

    def touch(self, addr, length, write=True):
        self.event("touch", addr=hex(addr), length=length, write=write)

    def expect(self, vmas, errors=None, **report):
        """VMAs in the end; how many calls fail, by errno; more of the report."""
        failed = sum((errors or {}).values())
        self.header["expect"] = {"report": {
            "events": {"failed": failed, "diverged": 0, "errors": errors or {}},
            "fragmentation": {"vmas": vmas}, **report}}


def coroutine_stacks_mprotect():
    t = Trace("1,000 coroutines whose stacks have a guard page made with mprotect: two VMAs each")
    for _ in range(1000):
        stack = t.mmap(68 * KIB, flags=ANON + "|MAP_STACK")
        t.mprotect(stack, PAGE, NONE)
    t.expect(vmas=2000, merges={"splits": 1000})
    return t


def coroutine_stacks_guard_install():
    t = Trace("the same 1,000 coroutines with guards made by MADV_GUARD_INSTALL: one VMA in all")
    for _ in range(1000):
        stack = t.mmap(68 * KIB, flags=ANON + "|MAP_STACK")
        t.madvise(stack, PAGE, "MADV_GUARD_INSTALL")
    t.expect(vmas=1, merges={"splits": 0})
    return t


def coroutine_stacks_at_the_limit():
    t = Trace("coroutines with guard pages until max_map_count: the mmap of the last stack still "
              "works, its guard does not", limits={"max_map_count": LIMIT})
    for i in range(LIMIT // 2 + 1):
        stack = t.mmap(68 * KIB, flags=ANON + "|MAP_STACK")
        t.mprotect(stack, PAGE, NONE, 0 if i < LIMIT // 2 else "ENOMEM")
    t.expect(vmas=LIMIT + 1, errors={"ENOMEM": 1})
    return t


def allocator_strict_overcommit():
    t = Trace("an allocator that gives memory back under strict overcommit by mapping PROT_NONE over "
              "it: 84 KiB and 8 KiB in turn, and two VMAs for each",
              limits={"overcommit": "never"})
    chunk = t.mmap(500 * 92 * KIB, NONE)
    for i in range(500):
        t.mmap(84 * KIB, RW, addr=chunk + i * 92 * KIB)
    t.expect(vmas=1000)
    return t


def allocator_small_arenas():
    t = Trace("an allocator that aligns each 72 KiB by mapping more and unmapping both ends: "
              "nothing touches, nothing merges")
    for _ in range(500):
        wide = t.mmap(144 * KIB)
        arena = (wide + 72 * KIB - 1) // (72 * KIB) * (72 * KIB)
        if arena > wide:
            t.munmap(wide, arena - wide)
        end, arena_end = wide + 144 * KIB, arena + 72 * KIB
        if end > arena_end:
            t.munmap(arena_end, end - arena_end)
    t.expect(vmas=500)
    return t


def allocator_arena_grows():
    t = Trace("a malloc arena that grows 132 KiB at a time by mprotect inside its reservation: the "
              "boundary moves, two VMAs all the way")
    heap = 0x7FFFF0000000
    t.mmap(64 * MIB, NONE, ANON + "|MAP_NORESERVE", addr=heap)
    for i in range(256):
        t.mprotect(heap + i * 132 * KIB, 132 * KIB, RW)
        t.touch(heap + i * 132 * KIB, 132 * KIB)
    t.expect(vmas=2, merges={"splits": 1, "existing": {"left": 255}})
    return t


def slabs_with_guards():
    t = Trace("a cache whose 1 MiB slabs end in a guard page each, so that none merges with the next")
    base = 0x7FFF00000000
    for i in range(300):
        slab = base + i * (MIB + PAGE)
        t.mmap(MIB + PAGE, RW, addr=slab)
        t.mprotect(slab + MIB, PAGE, NONE)
    t.expect(vmas=600)
    return t


def gc_heap_huge_pages():
    t = Trace("a garbage collector that asks for huge pages where a block is full and against them "
              "where it is sparse: three kinds of memory, a VMA for each run")
    heap = 0xC000000000
    t.mmap(64 * MIB, NONE, addr=heap)
    t.mmap(64 * MIB, RW, addr=heap)
    t.touch(heap, 64 * MIB)
    for block in range(16):
        kind = block % 4
        if kind != 3:
            t.madvise(heap + block * 4 * MIB, 4 * MIB,
                      "MADV_HUGEPAGE" if kind % 2 else "MADV_NOHUGEPAGE")
    t.expect(vmas=16)
    for block in range(16):
        t.madvise(heap + block * 4 * MIB, 4 * MIB, "MADV_HUGEPAGE")
    t.expect(vmas=1)
    return t


def gc_unmap_at_the_limit():
    t = Trace("a garbage collector at max_map_count wants to give back the middle of an arena: munmap "
              "fails, and giving back its end works",
              limits={"max_map_count": 100})
    heap = 0xC000000000
    t.mmap(64 * MIB, RW, addr=heap)
    for i in range(99):
        t.mmap(PAGE, RW, addr=0x7FFF00000000 + i * 2 * PAGE)
    t.munmap(heap + 16 * MIB, MIB, "ENOMEM")
    t.munmap(heap + 63 * MIB, MIB)
    t.expect(vmas=100, errors={"ENOMEM": 1})
    return t


def gc_write_barrier():
    t = Trace("a collector that write-protects its heap and lets each page through on its first "
              "write: fragments that all go again when the next cycle protects the whole")
    heap = 0x7FFF00000000
    pages = 512
    t.mmap(pages * PAGE, RW, addr=heap)
    t.touch(heap, pages * PAGE)
    t.mprotect(heap, pages * PAGE, READ)
    for i in range(0, pages, 4):  # every fourth page is written
        t.mprotect(heap + i * PAGE, PAGE, RW)
    t.mprotect(heap, pages * PAGE, READ)
    t.expect(vmas=1)
    t.header["expect"]["report"]["fragmentation"]["peak"] = pages // 4 * 2
    return t


def jit_code_cache():
    t = Trace("a JIT that writes code and then makes it executable, 64 KiB at a time: what is "
              "finished is one VMA, what is being written another")
    cache = 0x7FFF00000000
    blocks = 200
    t.mmap(blocks * 64 * KIB, NONE, addr=cache)
    for i in range(blocks // 2):
        block = cache + i * 64 * KIB
        t.mprotect(block, 64 * KIB, RW)
        t.touch(block, 64 * KIB)
        t.mprotect(block, 64 * KIB, RX)
    t.expect(vmas=2)
    return t


def mapped_segments_near_the_limit():
    t = Trace("a search index that maps three files a segment: each is a VMA, and the last segment "
              "finds no room for its third",
              limits={"max_map_count": 3000})
    files = []
    for i in range(1001):
        for kind in ("doc", "pos", "tim"):
            name = "s%d_%s" % (i, kind)
            files.append({"id": name, "path": "/index/_%d.%s" % (i, kind), "size": 16 * PAGE})
            # do_mmap() refuses when there are more than the limit, not when there are as many
            full = len(files) > 3001
            t.mmap(16 * PAGE, READ, "MAP_SHARED", result="ENOMEM" if full else None,
                   file=name, offset=0)
    t.header["files"] = files
    t.expect(vmas=3001, errors={"ENOMEM": 2})
    return t


def leak_of_one_mapping():
    t = Trace("sandboxes that come and go, each leaving its guard page behind: one VMA more every time")
    base = 0x7FFF00000000
    for i in range(400):
        sandbox = base + i * 20 * PAGE
        t.mmap(16 * PAGE, RW, addr=sandbox)
        t.mmap(PAGE, NONE, addr=sandbox + 16 * PAGE)
        t.munmap(sandbox, 16 * PAGE)
    t.expect(vmas=400)
    return t


def buffer_that_doubles():
    t = Trace("a buffer that doubles with mremap while another thread maps beside it: it moves each "
              "time, and leaves one VMA")
    size = 128 * KIB
    addr = 0x7FFF00000000
    t.mmap(size, RW, addr=addr)
    t.touch(addr, size)
    for _ in range(8):
        t.mmap(PAGE, READ, addr=addr + size)  # in the way
        new = addr + 0x10000000
        t.event("mremap", addr=hex(addr), old_length=size, length=2 * size,
                flags="MREMAP_MAYMOVE", result=hex(new))
        addr, size = new, 2 * size
    t.expect(vmas=1 + 8)
    return t


def prefork_server():
    t = Trace("a server that forks 30 workers, each with its own stack and heap: pages are shared, VMAs "
              "are not")
    base = 0x7FFF00000000
    for i in range(20):
        t.mmap(4 * PAGE, RW, addr=base + i * 8 * PAGE)
        t.touch(base + i * 8 * PAGE, 4 * PAGE)
    for child in range(2, 32):
        t.event("fork", child=child, flags=0)
        t.event("touch", pid=child, addr=hex(base), length=4 * PAGE, write=True)
        # Beside memory that the parent has written: a child of fork cannot extend it.
        t.event("mmap", pid=child, addr=hex(base + 4 * PAGE), length=2 * PAGE, prot=RW,
                flags=ANON + "|MAP_FIXED", result=hex(base + 4 * PAGE))
    t.expect(vmas=20 + 30 * 21)
    return t


def shared_libraries():
    t = Trace("a loader that maps 40 libraries: the whole file first, then its segments over it: four "
              "VMAs each, and one more for what is no part of the file")
    files = []
    for i in range(40):
        name = "lib%d" % i
        files.append({"id": name, "path": "/usr/lib/%s.so" % name, "size": 64 * PAGE})
        base = 0x7FFF00000000 + i * 128 * PAGE
        private = "MAP_PRIVATE"
        t.mmap(80 * PAGE, READ, private, addr=base, file=name, offset=0)
        t.mmap(30 * PAGE, RX, private, addr=base + 10 * PAGE, file=name, offset=10 * PAGE)
        t.mmap(20 * PAGE, READ, private, addr=base + 40 * PAGE, file=name, offset=40 * PAGE)
        t.mmap(4 * PAGE, RW, private, addr=base + 60 * PAGE, file=name, offset=60 * PAGE)
        t.mmap(16 * PAGE, RW, ANON, addr=base + 64 * PAGE)
        t.touch(base + 60 * PAGE, 4 * PAGE)
        t.mprotect(base + 60 * PAGE, 2 * PAGE, READ)  # RELRO
    t.header["files"] = files
    # text, rodata, relro, data, bss and the first pages; RELRO keeps its charge and joins nothing
    t.expect(vmas=40 * 6)
    return t


PATTERNS = [coroutine_stacks_mprotect, coroutine_stacks_guard_install,
            coroutine_stacks_at_the_limit, allocator_strict_overcommit, allocator_small_arenas,
            allocator_arena_grows, slabs_with_guards, gc_heap_huge_pages, gc_unmap_at_the_limit,
            gc_write_barrier, jit_code_cache, mapped_segments_near_the_limit, leak_of_one_mapping,
            buffer_that_doubles, prefork_server, shared_libraries]


def files_of(pattern):
    """The name of the file and its bytes: JSON Lines, packed where that is worth it."""
    trace = pattern()
    lines = [json.dumps(line) for line in [trace.header] + trace.events]
    text = ("\n".join(lines) + "\n").encode()
    name = pattern.__name__.replace("_", "-") + ".jsonl"
    if len(text) < 16 * KIB:
        return name, text
    return name + ".gz", gzip.compress(text, 9, mtime=0)


def unpacked(name, content):
    # What gzip makes of a text may change; the text may not.
    return gzip.decompress(content) if name.endswith(".gz") else content


def main():
    check = sys.argv[1:] == ["--check"]
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    stale = []
    for pattern in PATTERNS:
        name, content = files_of(pattern)
        old = open(name, "rb").read() if os.path.exists(name) else None
        if old is not None and unpacked(name, old) == unpacked(name, content):
            continue
        stale.append(name)
        if not check:
            with open(name, "wb") as out:
                out.write(content)
    for name in stale:
        print(("differs: " if check else "written: ") + name)
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
