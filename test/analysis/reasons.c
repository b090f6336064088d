/* The same is done for one of several reasons: which one it was tells what the others did. */

static void *reasons_page;

int reasons_setup_ok(void)
{
	reasons_page = (void *)get_zeroed_page(GFP_KERNEL);
	if (!reasons_page)
		return -ENOMEM;
	if (!ms_hyperv.paravisor_present &&
	    (hv_isolation_type_snp() || hv_isolation_type_tdx())) {
		if (set_memory_decrypted((unsigned long)reasons_page, 1)) {
			reasons_page = NULL;
			return -EIO;
		}
	}
	return 0;
}

void reasons_teardown_ok(void)
{
	if (!ms_hyperv.paravisor_present &&
	    (hv_isolation_type_snp() || hv_isolation_type_tdx())) {
		if (set_memory_encrypted((unsigned long)reasons_page, 1))
			return;
	}
	free_page((unsigned long)reasons_page);
	reasons_page = NULL;
}

/* Each of them below a function of its own. */

static void *below_page;

static int below_share(void)
{
	below_page = (void *)get_zeroed_page(GFP_KERNEL);
	if (!below_page)
		return -ENOMEM;
	if (!ms_hyperv.paravisor_present &&
	    (hv_isolation_type_snp() || hv_isolation_type_tdx())) {
		if (set_memory_decrypted((unsigned long)below_page, 1)) {
			below_page = NULL;
			return -EIO;
		}
	}
	return 0;
}

static void below_unshare(void)
{
	if (!ms_hyperv.paravisor_present &&
	    (hv_isolation_type_snp() || hv_isolation_type_tdx())) {
		if (set_memory_encrypted((unsigned long)below_page, 1))
			return;
	}
	free_page((unsigned long)below_page);
	below_page = NULL;
}

int below_setup_ok(void)
{
	return below_share();
}

void below_teardown_ok(void)
{
	below_unshare();
}

/* One reason was forgotten on the way back. */

static void *forgotten_page;

int forgotten_setup_ok(void)
{
	forgotten_page = (void *)get_zeroed_page(GFP_KERNEL);
	if (!forgotten_page)
		return -ENOMEM;
	if (hv_isolation_type_snp() || hv_isolation_type_tdx()) {
		if (set_memory_decrypted((unsigned long)forgotten_page, 1)) {
			forgotten_page = NULL;
			return -EIO;
		}
	}
	return 0;
}

void forgotten_teardown_bad(void)
{
	if (hv_isolation_type_tdx()) {
		if (set_memory_encrypted((unsigned long)forgotten_page, 1))
			return;
	}
	free_page((unsigned long)forgotten_page);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[free-while-shared]
	forgotten_page = NULL;
}

/* The same with flags of the struct and of the file, which nobody else knows. */

struct reasons_dev {
	void *buf;
	bool wanted;
	bool forced;
};

static bool reasons_debug;

int flags_setup_ok(struct reasons_dev *d)
{
	d->buf = (void *)get_zeroed_page(GFP_KERNEL);
	if (!d->buf)
		return -ENOMEM;
	if (d->wanted || d->forced || reasons_debug) {
		if (set_memory_decrypted((unsigned long)d->buf, 1)) {
			d->buf = NULL;
			return -EIO;
		}
	}
	return 0;
}

void flags_teardown_ok(struct reasons_dev *d)
{
	if (d->wanted || d->forced || reasons_debug) {
		if (set_memory_encrypted((unsigned long)d->buf, 1))
			return;
	}
	free_page((unsigned long)d->buf);
	d->buf = NULL;
}

struct reasons_less {
	void *buf;
	bool wanted;
	bool forced;
};

int less_setup_ok(struct reasons_less *d)
{
	d->buf = (void *)get_zeroed_page(GFP_KERNEL);
	if (!d->buf)
		return -ENOMEM;
	if (d->wanted || d->forced) {
		if (set_memory_decrypted((unsigned long)d->buf, 1)) {
			d->buf = NULL;
			return -EIO;
		}
	}
	return 0;
}

void less_teardown_bad(struct reasons_less *d)
{
	if (d->wanted) {
		if (set_memory_encrypted((unsigned long)d->buf, 1))
			return;
	}
	free_page((unsigned long)d->buf);
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[free-while-shared]
	d->buf = NULL;
}
