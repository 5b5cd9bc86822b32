/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a plug-in and mmsim share: the layout of the structures that hooks are handed, the table of
 * services that mmsim offers, and how a plug-in says which drivers it has.
 *
 * Included by driver.h, which is what a plug-in includes. The layouts are the same for every
 * MMSIM_KERNEL; a version decides which names of fields there are.
 */
#pragma once
#pragma GCC system_header

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Changes whenever a plug-in that was compiled before could no longer be understood. */
#define MMSIM_ABI 1u

/*
 * The kernel whose names the plug-in uses, major << 8 | minor: 0x060c is 6.12, 0x0701 is 7.1.
 * Define it before the first #include; the default is the newest that mmsim knows.
 */
#ifndef MMSIM_KERNEL
#define MMSIM_KERNEL 0x0703
#endif

#ifdef __cplusplus
extern "C" {
#endif

#ifndef __user
#define __user
#endif
#ifndef __iomem
#define __iomem
#endif

typedef unsigned long vm_flags_t;
typedef unsigned long pgoff_t;
typedef unsigned int vma_flag_t;
typedef unsigned int vm_fault_t;
typedef uint64_t phys_addr_t;
typedef unsigned int fmode_t;
#ifndef __USE_MISC
typedef int64_t loff_t; /* else <sys/types.h> has it */
#endif

typedef struct {
    unsigned long bits; /* by VMA_x_BIT */
} vma_flags_t;

/* How pages are mapped; of it the simulation knows the memory type alone. */
typedef struct {
    unsigned long pgprot;
} pgprot_t;
#define MMSIM_PGPROT_TYPE 0xf0ul
#define MMSIM_PGPROT_NONCACHED 0x10ul
#define MMSIM_PGPROT_WRITECOMBINE 0x20ul
#define MMSIM_PGPROT_DECRYPTED 0x30ul

struct file;
struct inode;
struct cdev;
struct vm_fault;
struct vm_area_struct;
struct vm_area_desc;
struct file_operations;

struct mm_struct {
    unsigned long mmsim_id;
    unsigned long task_size;
};

struct address_space {
    struct inode *host;
    unsigned long flags;
    void *private_data;
};

struct inode {
    dev_t i_rdev;
    loff_t i_size;
    unsigned long i_ino;
    struct address_space *i_mapping;
    const struct file_operations *i_fop;
    void *i_private;
    struct address_space i_data;
    struct cdev *i_cdev;
};

struct dentry {
    struct inode *d_inode;
};
struct path {
    struct dentry *dentry;
};

/* An open file. The same object for all hooks that see it; only private_data is the driver's. */
struct file {
    fmode_t f_mode;
    unsigned int f_flags;
    const struct file_operations *f_op;
    struct inode *f_inode;
    struct address_space *f_mapping;
    void *private_data;
    loff_t f_pos;
    struct path f_path;
    unsigned long mmsim_id;
    struct dentry mmsim_dentry;
};

struct page {
    unsigned long index; /* among the pages that the plug-in has shown so far */
    void *address;
    int refcount;
    struct address_space *mapping;
};

/* A mapping, as the old hook and vm_operations_struct see it. Another object in each call. */
struct vm_area_struct {
    __extension__ union {
        __extension__ struct { unsigned long vm_start, vm_end; };
    };
    struct mm_struct *vm_mm;
    pgprot_t vm_page_prot;
    __extension__ union {
        const vm_flags_t vm_flags;
        vm_flags_t __vm_flags;
        vma_flags_t flags;
    };
    const struct vm_operations_struct *vm_ops;
    unsigned long vm_pgoff;
    struct file *vm_file;
    void *vm_private_data;
    unsigned long mmsim_pages_mapped;
};

enum mmap_action_type {
    MMAP_NOTHING,
    MMAP_REMAP_PFN,
    MMAP_IO_REMAP_PFN,
    MMAP_SIMPLE_IO_REMAP,
    MMAP_MAP_KERNEL_PAGES
};

struct mmap_action {
    __extension__ union {
        struct {
            unsigned long start;
            unsigned long start_pfn;
            unsigned long size;
            pgprot_t pgprot;
        } remap;
        struct {
            phys_addr_t start_phys_addr;
            unsigned long size;
        } simple_ioremap;
        struct {
            unsigned long start;
            struct page **pages;
            unsigned long nr_pages;
            pgoff_t pgoff;
        } map_kernel;
    };
    enum mmap_action_type type;
#if MMSIM_KERNEL >= 0x0702
    int error_override;
    void *mmsim_reserved[2];
#else
    int mmsim_reserved;
    int (*success_hook)(const struct vm_area_struct *vma);
    int (*error_hook)(int err);
#endif
    bool hide_from_rmap_until_complete;
};

/* What .mmap_prepare is handed: a mapping that does not exist yet. */
struct vm_area_desc {
#if MMSIM_KERNEL >= 0x0701
    struct mm_struct *const mm;
#else
    const struct mm_struct *const mm;
#endif
#if MMSIM_KERNEL >= 0x0612
    struct file *const file;
#else
    struct file *const mmsim_file;
#endif
    const unsigned long start;
    const unsigned long end;

    pgoff_t pgoff;
#if MMSIM_KERNEL >= 0x0612
    struct file *vm_file;
#else
    struct file *file;
#endif
#if MMSIM_KERNEL >= 0x0700
    vma_flags_t vma_flags;
#else
    vm_flags_t vm_flags;
#endif
    pgprot_t page_prot;

    const struct vm_operations_struct *vm_ops;
    void *private_data;
    struct mmap_action action;
};

struct vm_fault {
    struct vm_area_struct *vma;
    unsigned long address;
    pgoff_t pgoff;
    unsigned int flags;
    struct page *page;
};

/* Run: open close mapped may_split mprotect mremap. The others may be there. */
struct vm_operations_struct {
    void (*open)(struct vm_area_struct *vma);
    void (*close)(struct vm_area_struct *vma);
    int (*mapped)(unsigned long start, unsigned long end, pgoff_t pgoff, const struct file *file,
                  void **vm_private_data);
    int (*may_split)(struct vm_area_struct *vma, unsigned long addr);
    int (*mremap)(struct vm_area_struct *vma);
    int (*mprotect)(struct vm_area_struct *vma, unsigned long start, unsigned long end,
                    unsigned long newflags);
    vm_fault_t (*fault)(struct vm_fault *vmf);
    vm_fault_t (*huge_fault)(struct vm_fault *vmf, unsigned int order);
    vm_fault_t (*map_pages)(struct vm_fault *vmf, pgoff_t start, pgoff_t end);
    unsigned long (*pagesize)(struct vm_area_struct *vma);
    vm_fault_t (*page_mkwrite)(struct vm_fault *vmf);
    vm_fault_t (*pfn_mkwrite)(struct vm_fault *vmf);
    int (*access)(struct vm_area_struct *vma, unsigned long addr, void *buf, int len, int write);
    const char *(*name)(struct vm_area_struct *vma);
};

struct module;
struct kiocb;
struct iov_iter;
struct poll_table_struct;
struct pipe_inode_info;

/*
 * Run: mmap, mmap_prepare, and open, which is called before the first hook that sees the file.
 * get_unmapped_area counts by being there. The others may be there.
 */
struct file_operations {
    struct module *owner;
    unsigned int fop_flags;
    loff_t (*llseek)(struct file *, loff_t, int);
    ssize_t (*read)(struct file *, char __user *, size_t, loff_t *);
    ssize_t (*write)(struct file *, const char __user *, size_t, loff_t *);
    ssize_t (*read_iter)(struct kiocb *, struct iov_iter *);
    ssize_t (*write_iter)(struct kiocb *, struct iov_iter *);
    unsigned int (*poll)(struct file *, struct poll_table_struct *);
    long (*unlocked_ioctl)(struct file *, unsigned int, unsigned long);
    long (*compat_ioctl)(struct file *, unsigned int, unsigned long);
    int (*mmap)(struct file *, struct vm_area_struct *);
    int (*mmap_prepare)(struct vm_area_desc *);
    int (*open)(struct inode *, struct file *);
    int (*flush)(struct file *, void *id);
    int (*release)(struct inode *, struct file *);
    int (*fsync)(struct file *, loff_t, loff_t, int datasync);
    int (*fasync)(int, struct file *, int);
    unsigned long (*get_unmapped_area)(struct file *, unsigned long, unsigned long, unsigned long,
                                       unsigned long);
    ssize_t (*splice_read)(struct file *, loff_t *, struct pipe_inode_info *, size_t, unsigned int);
};

/* What mmsim does for a plug-in while one of its hooks runs. */
struct mmsim_host {
    void *(*alloc)(size_t size, int zeroed);
    void (*free)(const void *memory);
    void (*warn)(const char *file, int line, const char *what);
    void (*watch)(const char *reference, const void *counter, size_t size);
    void (*file_count)(struct file *file, int by);
    struct file *(*find_file)(const char *id);
    struct file *(*new_shmem_file)(unsigned long size);
    unsigned long (*number)(const struct file *file, const char *param);
    const char *(*word)(const struct file *file, const char *param);
    struct page *(*page)(const void *address);
    int (*mlock_ok)(const struct mm_struct *mm, unsigned long bytes);
    int (*remap_pfn_range)(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn,
                           unsigned long size);
    int (*vm_iomap_memory)(struct vm_area_struct *vma, phys_addr_t start, unsigned long len);
    int (*vm_insert_pages)(struct vm_area_struct *vma, unsigned long addr, struct page **pages,
                           unsigned long count);
    int (*vfs_mmap)(struct file *file, struct vm_area_struct *vma);
    int (*vfs_mmap_prepare)(struct file *file, struct vm_area_desc *desc);
    void (*desc_from_vma)(struct vm_area_desc *desc, struct file *file,
                          const struct vm_area_struct *vma);
    int (*compat_vma_mmap)(struct vm_area_desc *desc, struct vm_area_struct *vma);
    struct mm_struct *(*current_mm)(void);
};

/* Something that a trace's file may tell its driver, under `params`. */
struct mmsim_param {
    const char *name;     /* the last entry has none */
    const char *fallback; /* where the file says nothing: "0xfed00000", "master" */
    const char *what;     /* one line */
    const char *choices;  /* words separated by blanks; "": a file's id; NULL: a number */
};

struct mmsim_driver {
    const char *name;
    const struct file_operations *fops;
    const struct file_operations *old_fops; /* its form before it was converted, or NULL */
    const char *summary;
    const struct mmsim_param *params;
    struct mmsim_driver *next;
};

/* A counter whose value is a named reference: see MMSIM_REFERENCE. */
struct mmsim_reference {
    const char *name;
    const void *counter;
    size_t size;
    struct mmsim_reference *next;
};

struct mmsim_plugin {
    unsigned int abi;
    unsigned int kernel;
    struct mmsim_driver *drivers;
    struct mmsim_reference *references;
    unsigned long (*thp_get_unmapped_area)(struct file *, unsigned long, unsigned long,
                                           unsigned long, unsigned long);
    const struct mmsim_host *host;
};

#ifdef __cplusplus
}
#endif
