/* SPDX-License-Identifier: MIT */
#ifndef RING_H
#define RING_H

#include <linux/gfp.h>
#include <linux/set_memory.h>

struct ring {
	struct page *page;
	unsigned int order;
};

/* coco: context: sleeps */
static inline void ring_share_one(unsigned long addr)
{
	set_memory_decrypted(addr, 1);
}

#endif
