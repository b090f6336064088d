// SPDX-License-Identifier: MIT
/* The ring: a few pages that the device and the driver share. */

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/set_memory.h>
#include <linux/slab.h>

#include "foo.h"

/* Makes the ring. Its pages are shared from here on, until foo_ring_destroy_ok(). */
int foo_ring_init(struct foo_ring *ring)
{
	void *buf = (void *)__get_free_pages(GFP_KERNEL, FOO_RING_ORDER);

	if (!buf)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)buf, FOO_RING_PAGES))
		return -EIO;	/* leak it: its state is not known */
	memset(buf, 0, FOO_RING_BYTES);

	spin_lock_init(&ring->lock);
	ring->buf = buf;
	ring->head = 0;
	ring->tail = 0;
	return 0;
}

/*
 * The pages go back to the allocator as they are, and the host can read whatever their next owner writes. This was
 * right before the ring was shared, and nobody looked here when that changed.
 */
void foo_ring_destroy(struct foo_ring *ring)
{
	free_pages((unsigned long)ring->buf, FOO_RING_ORDER);
	ring->buf = NULL;
}

void foo_ring_destroy_ok(struct foo_ring *ring)
{
	if (!set_memory_encrypted((unsigned long)ring->buf, FOO_RING_PAGES))
		free_pages((unsigned long)ring->buf, FOO_RING_ORDER);
	ring->buf = NULL;
}

static void foo_ring_put(struct foo_ring *ring, u32 value)
{
	((u32 *)ring->buf)[ring->head++ % (FOO_RING_BYTES / sizeof(u32))] = value;
}

/* More pages for a busy ring. When they cannot be shared, they must not be freed either. */
struct page *foo_ring_expand(struct foo_ring *ring, unsigned int order)
{
	struct page *page;
	int ret;

	page = alloc_pages(GFP_KERNEL | __GFP_ZERO, order);
	if (!page)
		goto out;
	ret = set_memory_decrypted((unsigned long)page_address(page), 1 << order);
	if (ret)
		goto free_page;
	foo_ring_put(ring, page_to_pfn(page));
	return page;

free_page:
	__free_pages(page, order);
out:
	return NULL;
}

struct page *foo_ring_expand_ok(struct foo_ring *ring, unsigned int order)
{
	struct page *page;
	int ret;

	page = alloc_pages(GFP_KERNEL | __GFP_ZERO, order);
	if (!page)
		goto out;
	ret = set_memory_decrypted((unsigned long)page_address(page), 1 << order);
	if (ret)
		goto encrypt;
	foo_ring_put(ring, page_to_pfn(page));
	return page;

encrypt:
	/* Only if all of it is private again may it be freed. */
	if (!set_memory_encrypted((unsigned long)page_address(page), 1 << order))
		__free_pages(page, order);
out:
	return NULL;
}

/* A transition sleeps: it takes mutexes and allocates memory. */
int foo_ring_add_page(struct foo_ring *ring, struct page *page)
{
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&ring->lock, flags);
	ret = set_memory_decrypted((unsigned long)page_address(page), 1);
	if (!ret)
		foo_ring_put(ring, page_to_pfn(page));
	spin_unlock_irqrestore(&ring->lock, flags);
	return ret;
}

int foo_ring_add_page_ok(struct foo_ring *ring, struct page *page)
{
	unsigned long flags;
	int ret;

	ret = set_memory_decrypted((unsigned long)page_address(page), 1);
	if (ret)
		return ret;
	spin_lock_irqsave(&ring->lock, flags);
	foo_ring_put(ring, page_to_pfn(page));
	spin_unlock_irqrestore(&ring->lock, flags);
	return 0;
}

bool foo_ring_empty(const struct foo_ring *ring)
{
	return READ_ONCE(ring->head) == READ_ONCE(ring->tail);
}
