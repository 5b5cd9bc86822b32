/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counters, locks and lists. Included by kernel.h. */
#pragma once
#pragma GCC system_header

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* All counters begin with their number, so that mmsim_watch() takes any of them. */
typedef struct {
    int counter;
} atomic_t;
typedef struct {
    int64_t counter;
} atomic64_t;
typedef atomic64_t atomic_long_t;
#define ATOMIC_INIT(value) \
    { (value) }
#define ATOMIC_LONG_INIT(value) \
    { (value) }
#define ATOMIC64_INIT(value) \
    { (value) }

#define MMSIM_COUNTER(prefix, type, number)                                                    \
    static inline number prefix##_read(const type *v) { return v->counter; }                   \
    static inline void prefix##_set(type *v, number to) { v->counter = to; }                   \
    static inline void prefix##_add(number by, type *v) { v->counter += by; }                  \
    static inline void prefix##_sub(number by, type *v) { v->counter -= by; }                  \
    static inline void prefix##_inc(type *v) { ++v->counter; }                                 \
    static inline void prefix##_dec(type *v) { --v->counter; }                                 \
    static inline number prefix##_add_return(number by, type *v) { return v->counter += by; }  \
    static inline number prefix##_sub_return(number by, type *v) { return v->counter -= by; }  \
    static inline number prefix##_inc_return(type *v) { return ++v->counter; }                 \
    static inline number prefix##_dec_return(type *v) { return --v->counter; }                 \
    static inline bool prefix##_dec_and_test(type *v) { return --v->counter == 0; }            \
    static inline bool prefix##_inc_and_test(type *v) { return ++v->counter == 0; }            \
    static inline bool prefix##_add_unless(type *v, number by, number unless) {                \
        if (v->counter == unless) return false;                                                \
        v->counter += by;                                                                      \
        return true;                                                                           \
    }                                                                                          \
    static inline bool prefix##_inc_not_zero(type *v) { return prefix##_add_unless(v, 1, 0); } \
    static inline bool prefix##_inc_unless_negative(type *v) {                                 \
        if (v->counter < 0) return false;                                                      \
        ++v->counter;                                                                          \
        return true;                                                                           \
    }                                                                                          \
    static inline bool prefix##_dec_unless_positive(type *v) {                                 \
        if (v->counter > 0) return false;                                                      \
        --v->counter;                                                                          \
        return true;                                                                           \
    }
MMSIM_COUNTER(atomic, atomic_t, int)
MMSIM_COUNTER(atomic64, atomic64_t, int64_t)
MMSIM_COUNTER(atomic_long, atomic_long_t, int64_t)

/* One that goes below zero, or up from it, warns. */
typedef struct {
    int refs;
} refcount_t;
#define REFCOUNT_INIT(value) \
    { (value) }
static inline unsigned int refcount_read(const refcount_t *r) { return (unsigned int)r->refs; }
static inline void refcount_set(refcount_t *r, int to) { r->refs = to; }
static inline void refcount_inc(refcount_t *r) {
    WARN_ON(r->refs <= 0);
    ++r->refs;
}
static inline bool refcount_inc_not_zero(refcount_t *r) {
    if (r->refs == 0) return false;
    ++r->refs;
    return true;
}
static inline bool refcount_dec_and_test(refcount_t *r) {
    WARN_ON(r->refs <= 0);
    return --r->refs == 0;
}
static inline void refcount_dec(refcount_t *r) { WARN_ON(refcount_dec_and_test(r)); }

struct kref {
    refcount_t refcount;
};
static inline void kref_init(struct kref *kref) { kref->refcount.refs = 1; }
static inline unsigned int kref_read(const struct kref *kref) {
    return refcount_read(&kref->refcount);
}
static inline void kref_get(struct kref *kref) { refcount_inc(&kref->refcount); }
static inline int kref_get_unless_zero(struct kref *kref) {
    return refcount_inc_not_zero(&kref->refcount);
}
static inline int kref_put(struct kref *kref, void (*release)(struct kref *kref)) {
    if (!refcount_dec_and_test(&kref->refcount)) return 0;
    release(kref);
    return 1;
}

/* One processor, no interrupts: a lock is always free. */
struct mutex {
    int unused;
};
typedef struct {
    int unused;
} spinlock_t, rwlock_t, wait_queue_head_t;
struct rw_semaphore {
    int unused;
};
#define DEFINE_MUTEX(name) struct mutex name = {0}
#define DEFINE_SPINLOCK(name) spinlock_t name = {0}
#define MMSIM_LOCK(name, type) \
    static inline void name(type *lock) { (void)lock; }
MMSIM_LOCK(mutex_init, struct mutex)
MMSIM_LOCK(mutex_destroy, struct mutex)
MMSIM_LOCK(mutex_lock, struct mutex)
MMSIM_LOCK(mutex_unlock, struct mutex)
static inline int mutex_lock_interruptible(struct mutex *lock) {
    (void)lock;
    return 0;
}
#define mutex_lock_killable(lock) mutex_lock_interruptible(lock)
static inline int mutex_trylock(struct mutex *lock) {
    (void)lock;
    return 1;
}
MMSIM_LOCK(spin_lock_init, spinlock_t)
MMSIM_LOCK(spin_lock, spinlock_t)
MMSIM_LOCK(spin_unlock, spinlock_t)
MMSIM_LOCK(spin_lock_irq, spinlock_t)
MMSIM_LOCK(spin_unlock_irq, spinlock_t)
MMSIM_LOCK(spin_lock_bh, spinlock_t)
MMSIM_LOCK(spin_unlock_bh, spinlock_t)
#define spin_lock_irqsave(lock, flags) ((void)(lock), (void)((flags) = 0))
#define spin_unlock_irqrestore(lock, flags) ((void)(lock), (void)(flags))
MMSIM_LOCK(init_rwsem, struct rw_semaphore)
MMSIM_LOCK(down_read, struct rw_semaphore)
MMSIM_LOCK(up_read, struct rw_semaphore)
MMSIM_LOCK(down_write, struct rw_semaphore)
MMSIM_LOCK(up_write, struct rw_semaphore)
#define mmsim_lock_is_held(lock) ((void)(lock))
#define lockdep_assert_held(lock) mmsim_lock_is_held(lock)
#define rcu_read_lock() ((void)0)
#define rcu_read_unlock() ((void)0)
#define rcu_dereference(pointer) (pointer)

struct list_head {
    struct list_head *next, *prev;
};
#define LIST_HEAD_INIT(name) \
    { &(name), &(name) }
#define LIST_HEAD(name) struct list_head name = LIST_HEAD_INIT(name)
static inline void INIT_LIST_HEAD(struct list_head *list) { list->next = list->prev = list; }
static inline bool list_empty(const struct list_head *list) { return list->next == list; }
static inline void mmsim_list_insert(struct list_head *entry, struct list_head *before,
                                     struct list_head *after) {
    entry->prev = before;
    entry->next = after;
    before->next = after->prev = entry;
}
static inline void list_add(struct list_head *entry, struct list_head *list) {
    mmsim_list_insert(entry, list, list->next);
}
static inline void list_add_tail(struct list_head *entry, struct list_head *list) {
    mmsim_list_insert(entry, list->prev, list);
}
static inline void list_del(struct list_head *entry) {
    entry->next->prev = entry->prev;
    entry->prev->next = entry->next;
    entry->next = entry->prev = NULL;
}
static inline void list_del_init(struct list_head *entry) {
    list_del(entry);
    INIT_LIST_HEAD(entry);
}
#define list_entry(pointer, type, member) container_of(pointer, type, member)
#define list_first_entry(list, type, member) list_entry((list)->next, type, member)
#define list_for_each(at, list) for ((at) = (list)->next; (at) != (list); (at) = (at)->next)
#define list_for_each_safe(at, after, list)                         \
    for ((at) = (list)->next, (after) = (at)->next; (at) != (list); \
         (at) = (after), (after) = (at)->next)
#define list_for_each_entry(at, list, member)                                                 \
    for ((at) = list_entry((list)->next, __typeof__(*(at)), member); &(at)->member != (list); \
         (at) = list_entry((at)->member.next, __typeof__(*(at)), member))
#define list_for_each_entry_safe(at, after, list, member)                   \
    for ((at) = list_entry((list)->next, __typeof__(*(at)), member),        \
        (after) = list_entry((at)->member.next, __typeof__(*(at)), member); \
         &(at)->member != (list);                                           \
         (at) = (after), (after) = list_entry((after)->member.next, __typeof__(*(after)), member))

#ifdef __cplusplus
}
#endif
