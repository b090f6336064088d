// SPDX-License-Identifier: MIT

static int plain_sum(const int *values, int count)
{
	int sum = 0;

	while (count--)
		sum += *values++;
	return sum;
}
