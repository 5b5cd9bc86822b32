/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What drivers use besides the memory manager's own names: types, memory, counters, messages,
 * lists, locks (which do nothing: a simulated kernel has one processor). Included by driver.h.
 */
#pragma once
#pragma GCC system_header

#include <fcntl.h>
#include <mmsim/abi.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A file whose mappings are placed on 2 MiB where they are long enough. */
__attribute__((weak)) unsigned long thp_get_unmapped_area(struct file *file, unsigned long addr,
                                                          unsigned long len, unsigned long pgoff,
                                                          unsigned long flags) {
    (void)file, (void)len, (void)pgoff, (void)flags;
    return addr;
}

/* One for each plug-in, however many source files it has: mmsim looks for it by name. */
__attribute__((weak, visibility("default"))) struct mmsim_plugin mmsim_plugin = {
    MMSIM_ABI, MMSIM_KERNEL, NULL, NULL, thp_get_unmapped_area, NULL};

typedef uint8_t u8, __u8;
typedef uint16_t u16, __u16;
typedef uint32_t u32, __u32;
typedef uint64_t u64, __u64;
typedef int8_t s8, __s8;
typedef int16_t s16, __s16;
typedef int32_t s32, __s32;
typedef int64_t s64, __s64;
typedef phys_addr_t resource_size_t;
typedef uint64_t dma_addr_t;
typedef unsigned int gfp_t;

#define __init
#define __exit
#define __read_mostly
#define __force
#define __rcu
#define __must_check
#define __maybe_unused __attribute__((unused))
#define __always_unused __attribute__((unused))
#define noinline __attribute__((noinline))
#define fallthrough __attribute__((fallthrough))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, value) (*(volatile __typeof__(x) *)&(x) = (value))

#define THIS_MODULE ((struct module *)NULL)
#define MMSIM_NOTHING(...) struct mmsim_plugin
#define EXPORT_SYMBOL(name) MMSIM_NOTHING(name)
#define EXPORT_SYMBOL_GPL(name) MMSIM_NOTHING(name)
#define MODULE_LICENSE(text) MMSIM_NOTHING(text)
#define MODULE_AUTHOR(text) MMSIM_NOTHING(text)
#define MODULE_DESCRIPTION(text) MMSIM_NOTHING(text)
#define MODULE_ALIAS(text) MMSIM_NOTHING(text)
#define module_init(function) MMSIM_NOTHING(function)
#define module_exit(function) MMSIM_NOTHING(function)
#define IS_ENABLED(option) 0

#ifndef ENOTSUPP
#define ENOTSUPP 524
#endif
#ifndef O_DSYNC
#define O_DSYNC 010000
#endif
#ifndef ERESTARTSYS
#define ERESTARTSYS 512
#endif
#define MMSIM_MAX_ERRNO 4095ul
static inline void *ERR_PTR(long error) { return (void *)error; }
static inline long PTR_ERR(const void *pointer) { return (long)pointer; }
static inline bool IS_ERR(const void *pointer) {
    return (unsigned long)pointer >= -MMSIM_MAX_ERRNO;
}
static inline bool IS_ERR_OR_NULL(const void *pointer) { return !pointer || IS_ERR(pointer); }

#undef PAGE_SHIFT
#undef PAGE_SIZE
#undef PAGE_MASK
#define PAGE_SHIFT 12
#define PAGE_SIZE 4096ul
#define PAGE_MASK (~(PAGE_SIZE - 1))
#define HPAGE_PMD_SIZE (1ul << 21)
#define PMD_SIZE HPAGE_PMD_SIZE
#define PMD_MASK (~(PMD_SIZE - 1))
#define ALIGN(x, to) (((x) + ((__typeof__(x))(to)-1)) & ~((__typeof__(x))(to)-1))
#define ALIGN_DOWN(x, to) ((x) & ~((__typeof__(x))(to)-1))
#define IS_ALIGNED(x, to) (((x) & ((__typeof__(x))(to)-1)) == 0)
#define PAGE_ALIGN(addr) ALIGN(addr, PAGE_SIZE)
#define PAGE_ALIGN_DOWN(addr) ALIGN_DOWN(addr, PAGE_SIZE)
#define PAGE_ALIGNED(addr) IS_ALIGNED((unsigned long)(addr), PAGE_SIZE)
#define offset_in_page(p) ((unsigned long)(p) & ~PAGE_MASK)
#define PFN_DOWN(x) ((x) >> PAGE_SHIFT)
#define PFN_UP(x) (((x) + PAGE_SIZE - 1) >> PAGE_SHIFT)
#define PFN_PHYS(x) ((phys_addr_t)(x) << PAGE_SHIFT)
#define PHYS_PFN(x) ((unsigned long)((x) >> PAGE_SHIFT))
#define DIV_ROUND_UP(n, d) (((n) + (d)-1) / (d))
#define round_up(x, to) ((((x)-1) | ((__typeof__(x))(to)-1)) + 1)
#define round_down(x, to) ((x) & ~((__typeof__(x))(to)-1))
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define BIT(n) (1ul << (n))
#define GENMASK(high, low) ((~0ul << (low)) & (~0ul >> (63 - (high))))
#ifndef __cplusplus
#define min(a, b)                              \
    __extension__({                            \
        const __typeof__(a) mmsim_a = (a);     \
        const __typeof__(b) mmsim_b = (b);     \
        mmsim_a < mmsim_b ? mmsim_a : mmsim_b; \
    })
#define max(a, b)                              \
    __extension__({                            \
        const __typeof__(a) mmsim_a = (a);     \
        const __typeof__(b) mmsim_b = (b);     \
        mmsim_a > mmsim_b ? mmsim_a : mmsim_b; \
    })
#define min_t(type, a, b) min((type)(a), (type)(b))
#define max_t(type, a, b) max((type)(a), (type)(b))
#endif
#define check_add_overflow(a, b, sum) __builtin_add_overflow(a, b, sum)
#define check_sub_overflow(a, b, difference) __builtin_sub_overflow(a, b, difference)
#define check_mul_overflow(a, b, product) __builtin_mul_overflow(a, b, product)
#define container_of(pointer, type, member) \
    ((type *)((char *)(uintptr_t)(pointer)-offsetof(type, member)))
#define container_of_const(pointer, type, member) container_of(pointer, type, member)
#define BUILD_BUG_ON(condition) ((void)sizeof(char[(condition) ? -1 : 1]))

/* Messages go to standard error, those for debugging nowhere. */
__attribute__((format(printf, 1, 2))) static inline int mmsim_print(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int printed = vfprintf(stderr, format, arguments);
    va_end(arguments);
    return printed;
}
#ifndef pr_fmt
#define pr_fmt(format) format
#endif
#define KERN_ERR ""
#define KERN_WARNING ""
#define KERN_INFO ""
#define KERN_DEBUG ""
#define printk(...) mmsim_print(__VA_ARGS__)
#define pr_emerg(...) mmsim_print(__VA_ARGS__)
#define pr_err(...) mmsim_print(__VA_ARGS__)
#define pr_err_ratelimited(...) mmsim_print(__VA_ARGS__)
#define pr_warn(...) mmsim_print(__VA_ARGS__)
#define pr_warn_once(...) mmsim_print(__VA_ARGS__)
#define pr_notice(...) mmsim_print(__VA_ARGS__)
#define pr_info(...) mmsim_print(__VA_ARGS__)
#define pr_debug(...) ((void)(0 && mmsim_print(__VA_ARGS__)))
struct device {
    void *driver_data;
    struct device *parent;
    int power_users; /* of pm_runtime_get() and put() */
    int users;
};
#define dev_err(dev, ...) ((void)(dev), mmsim_print(__VA_ARGS__))
#define dev_warn(dev, ...) ((void)(dev), mmsim_print(__VA_ARGS__))
#define dev_notice(dev, ...) ((void)(dev), mmsim_print(__VA_ARGS__))
#define dev_info(dev, ...) ((void)(dev), mmsim_print(__VA_ARGS__))
#define dev_dbg(dev, ...) ((void)(dev), (void)(0 && mmsim_print(__VA_ARGS__)))
static inline void *dev_get_drvdata(const struct device *dev) { return dev->driver_data; }

/* A warning becomes a diagnostic of the report, a BUG a crash. */
static inline bool mmsim_warn(bool happened, const char *file, int line, const char *what) {
    if (happened) mmsim_plugin.host->warn(file, line, what);
    return happened;
}
#define WARN_ON(condition) mmsim_warn(!!(condition), __FILE__, __LINE__, #condition)
#define WARN_ON_ONCE(condition) mmsim_warn(!!(condition), __FILE__, __LINE__, #condition)
#define WARN(condition, ...) mmsim_warn(!!(condition), __FILE__, __LINE__, #condition)
#define WARN_ONCE(condition, ...) mmsim_warn(!!(condition), __FILE__, __LINE__, #condition)
#define VM_WARN_ON_ONCE(condition) mmsim_warn(!!(condition), __FILE__, __LINE__, #condition)
#define BUG() __builtin_trap()
#define BUG_ON(condition)     \
    do {                      \
        if (condition) BUG(); \
    } while (0)

/* Memory: may fail where --fail or a sweep says so, and has to be given back. */
#define GFP_KERNEL 0u
#define GFP_ATOMIC 1u
#define GFP_KERNEL_ACCOUNT 0u
#define GFP_NOWAIT 1u
#define GFP_NOFS 0u
#define GFP_NOIO 0u
#define GFP_USER 0u
#define GFP_HIGHUSER 0u
#define GFP_DMA 0u
#define GFP_DMA32 0u
#define __GFP_ZERO 0x100u
#define __GFP_NOWARN 0u
#define __GFP_COMP 0u
static inline void *kmalloc(size_t size, gfp_t flags) {
    return mmsim_plugin.host->alloc(size, (flags & __GFP_ZERO) != 0);
}
static inline void *kzalloc(size_t size, gfp_t flags) {
    (void)flags;
    return mmsim_plugin.host->alloc(size, 1);
}
static inline void *kmalloc_array(size_t count, size_t size, gfp_t flags) {
    size_t bytes;
    return check_mul_overflow(count, size, &bytes) ? NULL : kmalloc(bytes, flags);
}
static inline void *kcalloc(size_t count, size_t size, gfp_t flags) {
    return kmalloc_array(count, size, flags | __GFP_ZERO);
}
static inline void kfree(const void *memory) {
    if (!IS_ERR_OR_NULL(memory)) mmsim_plugin.host->free(memory);
}
#define kzalloc_obj(object, ...) ((__typeof__(object) *)kzalloc(sizeof(object), GFP_KERNEL))
#define kmalloc_obj(object, ...) ((__typeof__(object) *)kmalloc(sizeof(object), GFP_KERNEL))
#define kvmalloc(size, flags) kmalloc(size, flags)
#define kvzalloc(size, flags) kzalloc(size, flags)
#define kvcalloc(count, size, flags) kcalloc(count, size, flags)
#define kvmalloc_array(count, size, flags) kmalloc_array(count, size, flags)
#define kvfree(memory) kfree(memory)
#define vmalloc(size) kmalloc(PAGE_ALIGN(size), GFP_KERNEL)
#define vzalloc(size) kzalloc(PAGE_ALIGN(size), GFP_KERNEL)
#define vmalloc_user(size) kzalloc(PAGE_ALIGN(size), GFP_KERNEL)
#define vfree(memory) kfree(memory)

/* Pages, and where they are. Blocks of a page or more begin on a page. */
static inline struct page *virt_to_page(const void *addr) { return mmsim_plugin.host->page(addr); }
#define vmalloc_to_page(addr) virt_to_page(addr)
static inline void *page_address(const struct page *page) { return page->address; }
static inline unsigned long page_to_pfn(const struct page *page) {
    return 0x100000ul + page->index;
}
#define page_to_phys(page) PFN_PHYS(page_to_pfn(page))
static inline phys_addr_t virt_to_phys(const volatile void *addr) {
    const void *plain = (const void *)(uintptr_t)addr;
    return page_to_phys(virt_to_page(plain)) + offset_in_page(plain);
}
#define __pa(addr) virt_to_phys((const void *)(addr))
#define virt_to_pfn(addr) PHYS_PFN(__pa(addr))
#define vmalloc_to_pfn(addr) page_to_pfn(vmalloc_to_page(addr))
static inline void get_page(struct page *page) { ++page->refcount; }
static inline void put_page(struct page *page) { --page->refcount; }
static inline struct page *alloc_pages(gfp_t flags, unsigned int order) {
    void *memory = kmalloc(PAGE_SIZE << order, flags);
    return memory ? virt_to_page(memory) : NULL;
}
#define alloc_page(flags) alloc_pages(flags, 0)
static inline void __free_pages(struct page *page, unsigned int order) {
    (void)order;
    kfree(page->address);
}
#define MAX_PAGE_ORDER 10
static inline int get_order(unsigned long size) {
    int order = 0;
    while (PAGE_SIZE << order < size) ++order;
    return order;
}
#define __free_page(page) __free_pages(page, 0)
#define __get_free_pages(flags, order) ((unsigned long)kmalloc(PAGE_SIZE << (order), flags))
#define __get_free_page(flags) __get_free_pages(flags, 0)
#define get_zeroed_page(flags) __get_free_pages((flags) | __GFP_ZERO, 0)
#define free_pages(addr, order) kfree((const void *)(addr))
#define free_page(addr) free_pages(addr, 0)

static inline pgprot_t mmsim_prot(pgprot_t prot, unsigned long type) {
    prot.pgprot = (prot.pgprot & ~MMSIM_PGPROT_TYPE) | type;
    return prot;
}
#define pgprot_val(prot) ((prot).pgprot)
#define pgprot_noncached(prot) mmsim_prot(prot, MMSIM_PGPROT_NONCACHED)
#define pgprot_device(prot) mmsim_prot(prot, MMSIM_PGPROT_NONCACHED)
#define pgprot_writecombine(prot) mmsim_prot(prot, MMSIM_PGPROT_WRITECOMBINE)
#define pgprot_decrypted(prot) mmsim_prot(prot, MMSIM_PGPROT_DECRYPTED)
#define pgprot_dmacoherent(prot) (prot)
static inline pgprot_t vm_get_page_prot(unsigned long flags) {
    const pgprot_t prot = {flags & 0xful};
    return prot;
}

#define FMODE_READ 1u
#define FMODE_WRITE 2u
static inline struct file *get_file(struct file *file) {
    mmsim_plugin.host->file_count(file, 1);
    return file;
}
static inline void fput(struct file *file) { mmsim_plugin.host->file_count(file, -1); }
static inline struct inode *file_inode(const struct file *file) { return file->f_inode; }
static inline loff_t i_size_read(const struct inode *inode) { return inode->i_size; }
#define file_dentry(file) ((file)->f_path.dentry)
#define file_accessed(file) ((void)(file))
#define MINORBITS 20
#define MKDEV(major, minor) ((dev_t)(major) << MINORBITS | (minor))
#define MINOR(device) ((unsigned int)((device) & ((1u << MINORBITS) - 1)))
#define MAJOR(device) ((unsigned int)((device) >> MINORBITS))
#define iminor(inode) MINOR((inode)->i_rdev)
#define imajor(inode) MAJOR((inode)->i_rdev)

struct task_struct {
    struct mm_struct *mm;
    int pid;
    char comm[16];
};
static inline struct task_struct *mmsim_current(void) {
    static struct task_struct task = {NULL, 1, "mmsim"};
    task.mm = mmsim_plugin.host->current_mm();
    return &task;
}
#ifndef __cplusplus
#define current mmsim_current()
#endif
#define CAP_SYS_RAWIO 17
#define CAP_SYS_ADMIN 21
#define capable(capability) ((void)(capability), false)
/* `locked`: the flags of the mapping, or whether they have VM_LOCKED. */
static inline bool mlock_future_ok(const struct mm_struct *mm, unsigned long locked,
                                   unsigned long bytes) {
    const bool counts = locked == 1 || (locked & 1ul << 13) != 0;
    return !counts || mmsim_plugin.host->mlock_ok(mm, bytes);
}

#include <mmsim/counters.h>

#ifdef __cplusplus
}
#endif
