/* SPDX-License-Identifier: MIT */
/*
 * A small driver that does nothing, to show what Membrane says. It talks to a device of the host through memory
 * that both can read, so in a confidential guest that memory has to be shared.
 *
 * Six functions are wrong on purpose. Beside each stands a correct twin, named like it with _ok behind.
 */
#ifndef EXAMPLE_FOO_H
#define EXAMPLE_FOO_H

#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#define FOO_RING_ORDER	2
#define FOO_RING_PAGES	(1 << FOO_RING_ORDER)
#define FOO_RING_BYTES	(FOO_RING_PAGES * PAGE_SIZE)

struct device;
struct page;

/* Descriptors that the device reads and writes. */
struct foo_ring {
	void *buf;		/* FOO_RING_PAGES pages, shared with the host */
	spinlock_t lock;	/* for head and tail */
	u32 head;
	u32 tail;
};

/* One direction of a channel: a ring, and room for what comes in. */
struct foo_channel {
	struct foo_ring ring;
	struct mutex mutex;	/* for everything below */
	void *recv;
	size_t recv_bytes;
	bool recv_shared;	/* true as soon as the host may have it */
};

int foo_ring_init(struct foo_ring *ring);
void foo_ring_destroy(struct foo_ring *ring);
void foo_ring_destroy_ok(struct foo_ring *ring);

#endif /* EXAMPLE_FOO_H */
