/* rules: flip-while-mapped */
/* User space must not look on while memory changes its state. */

int mapped_then_shared_bad(struct vm_area_struct *vma)
{
	struct page *page = alloc_page(GFP_KERNEL);
	int ret;

	if (!page)
		return -ENOMEM;
	ret = vm_insert_page(vma, vma->vm_start, page);
	if (ret)
		return ret;
	return set_memory_decrypted((unsigned long)page_address(page), 1);
//	       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[flip-while-mapped]
}

int shared_then_mapped_ok(struct vm_area_struct *vma)
{
	struct page *page = alloc_page(GFP_KERNEL);
	int ret;

	if (!page)
		return -ENOMEM;
	ret = set_memory_decrypted((unsigned long)page_address(page), 1);
	if (ret)
		return ret;
	vma->vm_page_prot = pgprot_decrypted(vma->vm_page_prot);
	return vm_insert_page(vma, vma->vm_start, page);
}

/* Memory that comes from elsewhere may have been unmapped elsewhere: only own memory is judged. */
int FN_parameter_mapped(struct vm_area_struct *vma, void *buf)
{
	int ret = remap_pfn_range(vma, vma->vm_start, page_to_pfn(virt_to_page(buf)),
				  PAGE_SIZE, vma->vm_page_prot);

	if (ret)
		return ret;
	return set_memory_encrypted((unsigned long)buf, 1);
}

/* The mapping failed: there is none. */
int failed_map_ok(struct vm_area_struct *vma, void *buf)
{
	int ret = remap_pfn_range(vma, vma->vm_start, page_to_pfn(virt_to_page(buf)),
				  PAGE_SIZE, vma->vm_page_prot);

	if (!ret)
		return 0;
	return set_memory_encrypted((unsigned long)buf, 1);
}
