// SPDX-License-Identifier: GPL-2.0-or-later
// An object behind each mapping, that VMAs share when one is split: made in mapped, dropped in
// close.
//
//     cc -shared -fPIC $(pkg-config --cflags mmsim-driver) -o stream.so stream.c
#include <mmsim/driver.h>

struct stream {
    struct kref users;
};

static atomic_t streams = ATOMIC_INIT(0);
MMSIM_REFERENCE(streams, &streams);

static struct stream *stream_create(void) {
    struct stream *stream = kzalloc(sizeof(*stream), GFP_KERNEL);

    if (!stream) return NULL;
    kref_init(&stream->users);
    atomic_inc(&streams);
    return stream;
}

static void stream_release(struct kref *users) {
    atomic_dec(&streams);
    kfree(container_of(users, struct stream, users));
}

static void stream_vm_open(struct vm_area_struct *vma) {
    struct stream *stream = vma->vm_private_data;

    kref_get(&stream->users);
}

/* Where mapped failed there is no stream: close runs all the same. */
static void stream_vm_close(struct vm_area_struct *vma) {
    struct stream *stream = vma->vm_private_data;

    if (stream) kref_put(&stream->users, stream_release);
}

static int stream_vm_mapped(unsigned long start, unsigned long end, pgoff_t pgoff,
                            const struct file *file, void **private_data) {
    struct stream *stream = stream_create();

    (void)start, (void)end, (void)pgoff, (void)file;
    if (!stream) return -ENOMEM;
    *private_data = stream;
    return 0;
}

static const struct vm_operations_struct stream_vm_ops = {
    .open = stream_vm_open,
    .close = stream_vm_close,
    .mapped = stream_vm_mapped,
};

/* DONTEXPAND keeps mappings apart: a merge would write over the neighbour's stream. */
static int stream_mmap_prepare(struct vm_area_desc *desc) {
    vma_desc_set_flags(desc, VMA_DONTEXPAND_BIT);
    desc->vm_ops = &stream_vm_ops;
    return 0;
}

static int stream_mmap(struct file *file, struct vm_area_struct *vma) {
    struct stream *stream = stream_create();

    (void)file;
    if (!stream) return -ENOMEM;
    vm_flags_set(vma, VM_DONTEXPAND);
    vma->vm_ops = &stream_vm_ops;
    vma->vm_private_data = stream;
    return 0;
}

static const struct file_operations stream_fops = {
    .owner = THIS_MODULE,
    .mmap_prepare = stream_mmap_prepare,
};
static const struct file_operations stream_old_fops = {
    .owner = THIS_MODULE,
    .mmap = stream_mmap,
};
MMSIM_DRIVER(stream, &stream_fops, &stream_old_fops, "an object behind each mapping");
