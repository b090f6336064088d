/* Loops of functions that others call; the per-CPU memory is kept in a struct. */

struct callee_cpu {
	void *page;
	int *other;
};

struct callee_all {
	struct callee_cpu __percpu *cpus;
	void *pages[2];
};

static struct callee_all callee_ok;

static int callee_share_ok(void)
{
	int cpu, ret;

	for_each_present_cpu(cpu) {
		struct callee_cpu *c = per_cpu_ptr(callee_ok.cpus, cpu);

		c->page = (void *)get_zeroed_page(GFP_KERNEL);
		if (!c->page)
			return -ENOMEM;
		if (!ms_hyperv.paravisor_present &&
		    (hv_isolation_type_snp() || hv_isolation_type_tdx())) {
			ret = set_memory_decrypted((unsigned long)c->page, 1);
			if (ret) {
				c->page = NULL;
				return ret;
			}
		}
	}
	return 0;
}

static void callee_free_ok(void)
{
	int cpu;

	for_each_present_cpu(cpu) {
		struct callee_cpu *c = per_cpu_ptr(callee_ok.cpus, cpu);

		if (!ms_hyperv.paravisor_present &&
		    (hv_isolation_type_snp() || hv_isolation_type_tdx())) {
			if (c->page && set_memory_encrypted((unsigned long)c->page, 1))
				c->page = NULL;
		}
		free_page((unsigned long)c->page);
	}
}

int callee_setup_ok(void)
{
	int ret = callee_share_ok();

	if (ret)
		callee_free_ok();
	return ret;
}

void callee_teardown_ok(void)
{
	callee_free_ok();
}

static struct callee_all callee_bad;

static int callee_share(void)
{
	int cpu, ret;

	for_each_present_cpu(cpu) {
		struct callee_cpu *c = per_cpu_ptr(callee_bad.cpus, cpu);

		c->page = (void *)get_zeroed_page(GFP_KERNEL);
		if (!c->page)
			return -ENOMEM;
		if (hv_isolation_type_snp() || hv_isolation_type_tdx()) {
			ret = set_memory_decrypted((unsigned long)c->page, 1);
			if (ret) {
				c->page = NULL;
				return ret;
			}
		}
	}
	return 0;
}

static void callee_free_bad(void)
{
	int cpu;

	for_each_present_cpu(cpu) {
		struct callee_cpu *c = per_cpu_ptr(callee_bad.cpus, cpu);

		if (hv_isolation_type_tdx()) {
			if (c->page && set_memory_encrypted((unsigned long)c->page, 1))
				c->page = NULL;
		}
		free_page((unsigned long)c->page);
//		^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[free-while-shared]
	}
}

int callee_setup(void)
{
	return callee_share();
}

/* Pointers that are set to NULL before are no flags that lie: the free is told where it is. */
void callee_teardown(void)
{
	if (callee_bad.pages[0]) {
		free_page((unsigned long)callee_bad.pages[0]);
		callee_bad.pages[0] = NULL;
	}
	callee_free_bad();
}
