struct abi_row {
	const char *name;
	unsigned long value;
};
extern const struct abi_row abi_theirs[], abi_ours[];
extern const unsigned long abi_theirs_count, abi_ours_count;
