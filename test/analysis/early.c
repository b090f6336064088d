/* file: arch/x86/kernel/example.c */
/* The early_*() forms take bytes, and answer +1 on failure. */

struct early_page {
	u8 bytes[PAGE_SIZE];
};

static struct early_page early_area __aligned(PAGE_SIZE);

/* Bytes, as it should be. */
void __init early_bytes_ok(struct early_page *page)
{
	if (early_set_memory_decrypted((unsigned long)page, sizeof(*page)))
		panic("example: cannot share the area\n");
}

/* Pages where bytes are wanted: the size of the area becomes 1. */
void __init early_pages_bad(struct early_page *page)
{
	if (early_set_memory_decrypted((unsigned long)page, sizeof(*page) >> PAGE_SHIFT))
//	    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[size-mismatch]
		panic("example: cannot share the area\n");
}

/* +1 is not negative: this test lets every failure through. */
void __init early_negative_test_bad(void *page)
{
	int ret = early_set_memory_encrypted((unsigned long)page, PAGE_SIZE);

	if (ret < 0)
		return;
	free_page((unsigned long)page);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-after-failed-transition]
}

void __init early_any_test_ok(void *page)
{
	int ret = early_set_memory_encrypted((unsigned long)page, PAGE_SIZE);

	if (ret)
		return;
	free_page((unsigned long)page);
}

void __init early_dropped_bad(struct early_page *page)
{
	early_set_memory_decrypted((unsigned long)page, sizeof(*page));
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[unchecked-transition]
}

/* A static object is nobody's to free; checked is checked. */
int __init early_static_ok(void)
{
	return early_set_memory_decrypted((unsigned long)&early_area, sizeof(early_area));
}
