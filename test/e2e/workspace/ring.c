// SPDX-License-Identifier: MIT
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/set_memory.h>

#include "ring.h"

int ring_expand(struct ring *ring, unsigned int order)
{
	struct page *page;
	unsigned long addr;
	int ret;

	page = alloc_pages(GFP_KERNEL | __GFP_ZERO, order);
	if (!page)
		return -ENOMEM;

	addr = (unsigned long)page_address(page);
	ret = set_memory_decrypted(addr, 1 << order);
	if (ret)
		goto free_page;

	ring->page = page;
	ring->order = order;
	return 0;

free_page:
	__free_pages(page, order);
	return ret;
}

int ring_expand_ok(struct ring *ring, unsigned int order)
{
	struct page *page;
	unsigned long addr;
	int ret;

	page = alloc_pages(GFP_KERNEL | __GFP_ZERO, order);
	if (!page)
		return -ENOMEM;

	addr = (unsigned long)page_address(page);
	ret = set_memory_decrypted(addr, 1 << order);
	if (ret)
		return ret;	/* leak it: the host may have it */

	ring->page = page;
	ring->order = order;
	return 0;
}
