// SPDX-License-Identifier: MIT
/* The channel: a ring and a buffer for what the host sends. */

#include <linux/device.h>
#include <linux/mm.h>
#include <linux/set_memory.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "foo.h"

/* Shares @bytes bytes at @buf with the host. 0, or an errno and the state of @buf is not known. */
static int foo_channel_share(void *buf, size_t bytes)
{
	return set_memory_decrypted((unsigned long)buf, PFN_UP(bytes));
}

/* Makes @buf private again. 0, or an errno and it must not be freed. */
static int foo_channel_unshare(void *buf, size_t bytes)
{
	int ret = set_memory_encrypted((unsigned long)buf, PFN_UP(bytes));

	if (ret)
		pr_warn_ratelimited("foo: leaking %zu bytes that cannot be made private\n", bytes);
	return ret;
}

/* Big buffers tempt one to take vmalloc memory, which only some platforms can share. */
void *foo_channel_alloc_recv(size_t bytes)
{
	void *recv_buf = vzalloc(bytes);

	if (!recv_buf)
		return NULL;
	if (foo_channel_share(recv_buf, bytes))
		return NULL;
	return recv_buf;
}

void *foo_channel_alloc_recv_ok(size_t bytes)
{
	void *recv_buf = alloc_pages_exact(bytes, GFP_KERNEL | __GFP_ZERO);

	if (!recv_buf)
		return NULL;
	if (foo_channel_share(recv_buf, bytes))
		return NULL;
	return recv_buf;
}

/* Bytes for pages: the host gets 16 MiB of whatever follows, for each page that was meant. */
int foo_channel_share_stats(void *stats)
{
	return set_memory_decrypted((unsigned long)stats, PAGE_SIZE);
}

int foo_channel_share_stats_ok(void *stats)
{
	return set_memory_decrypted((unsigned long)stats, 1);
}

/* The log is read by people. The caller gets a page that may not be shared, and goes on. */
void *foo_channel_alloc_event(struct device *dev)
{
	void *event = (void *)get_zeroed_page(GFP_KERNEL);
	int ret;

	if (!event)
		return NULL;
	ret = set_memory_decrypted((unsigned long)event, 1);
	if (ret)
		dev_err(dev, "cannot share the event page: %d\n", ret);
	return event;
}

void *foo_channel_alloc_event_ok(struct device *dev)
{
	void *event = (void *)get_zeroed_page(GFP_KERNEL);
	int ret;

	if (!event)
		return NULL;
	ret = set_memory_decrypted((unsigned long)event, 1);
	if (ret) {
		dev_err(dev, "cannot share the event page, leaking it: %d\n", ret);
		return NULL;
	}
	return event;
}

/*
 * The receive buffer lives from foo_channel_open() to foo_channel_close(). The flag goes up before the host can have
 * the buffer and comes down when it is certain that it has not, so that the free below is always right.
 */
static int foo_channel_map_recv(struct foo_channel *channel)
{
	channel->recv_shared = true;
	return foo_channel_share(channel->recv, channel->recv_bytes);
}

static void foo_channel_unmap_recv(struct foo_channel *channel)
{
	if (channel->recv_shared && !foo_channel_unshare(channel->recv, channel->recv_bytes))
		channel->recv_shared = false;
}

int foo_channel_open(struct foo_channel *channel, size_t bytes)
{
	int ret;

	mutex_lock(&channel->mutex);
	channel->recv_bytes = bytes;
	channel->recv = alloc_pages_exact(bytes, GFP_KERNEL | __GFP_ZERO);
	ret = channel->recv ? foo_channel_map_recv(channel) : -ENOMEM;
	mutex_unlock(&channel->mutex);
	return ret;
}

void foo_channel_close(struct foo_channel *channel)
{
	mutex_lock(&channel->mutex);
	if (channel->recv) {
		foo_channel_unmap_recv(channel);
		if (!channel->recv_shared)
			free_pages_exact(channel->recv, channel->recv_bytes);
		channel->recv = NULL;
	}
	mutex_unlock(&channel->mutex);
}
