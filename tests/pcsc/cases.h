/* All cases. A name before the first underscore is a theme: contract context runs them. */
#ifndef TEST_PCSC_CASES_H
#define TEST_PCSC_CASES_H

#include "contract.h"

/* name, what it starts with */
#define CASES(CASE)                                     \
	CASE(context_distinct, EMPTY)                   \
	CASE(context_many, EMPTY)                       \
	CASE(context_arguments, EMPTY)                  \
	CASE(context_foreign, WITH_CARD)                \
	CASE(context_frees_handles, WITH_CARD)          \
	CASE(readers_list, EMPTY)                       \
	CASE(readers_arguments, EMPTY)                  \
	CASE(readers_autoallocate, EMPTY)               \
	CASE(readers_groups, EMPTY)                     \
	CASE(error_texts, EMPTY)                        \
	CASE(connect_arguments, WITH_CARD)              \
	CASE(connect_modes, WITH_CARD)                  \
	CASE(connect_no_card, EMPTY)                    \
	CASE(connect_sharing, WITH_CARD)                \
	CASE(connect_protocols, EMPTY)                  \
	CASE(connect_protocol_stays, WITH_CARD)         \
	CASE(connect_protocol_unpowered, WITH_CARD)     \
	CASE(connect_protocol_forgotten, EMPTY)         \
	CASE(handle_foreign, WITH_CARD)                 \
	CASE(disconnect, WITH_CARD)                     \
	CASE(reconnect_arguments, WITH_CARD)            \
	CASE(reconnect_sharing, WITH_CARD)              \
	CASE(reconnect_waits, WITH_CARD)                \
	CASE(transmit_echo, WITH_CARD)                  \
	CASE(transmit_arguments, WITH_CARD)             \
	CASE(transmit_short_buffer, WITH_CARD)          \
	CASE(transmit_long_answer, WITH_CARD)           \
	CASE(transmit_long_command, WITH_CARD)          \
	CASE(transmit_short_command, WITH_CARD)         \
	CASE(transmit_direct, WITH_CARD)                \
	CASE(transmit_empty_answer, WITH_CARD)          \
	CASE(transmit_card_leaves, WITH_CARD)           \
	CASE(transaction_nested, WITH_CARD)             \
	CASE(transaction_exclusive, WITH_CARD)          \
	CASE(transaction_blocks, WITH_CARD)             \
	CASE(transaction_refuses, WITH_CARD)            \
	CASE(transaction_leave_while_locked, WITH_CARD) \
	CASE(transaction_disconnect_ends_it, WITH_CARD) \
	CASE(transaction_release_resets, WITH_CARD)     \
	CASE(reset_by_disconnect, WITH_CARD)            \
	CASE(reset_by_reconnect, WITH_CARD)             \
	CASE(reset_by_end, WITH_CARD)                   \
	CASE(reset_not_by_leave, WITH_CARD)             \
	CASE(removal, WITH_CARD)                        \
	CASE(removal_frees_transaction, WITH_CARD)      \
	CASE(removal_swap, WITH_CARD)                   \
	CASE(status_all, WITH_CARD)                     \
	CASE(status_short, WITH_CARD)                   \
	CASE(status_autoallocate, WITH_CARD)            \
	CASE(status_empty_reader, EMPTY)                \
	CASE(attributes, WITH_CARD)                     \
	CASE(attributes_of_the_driver, WITH_CARD)       \
	CASE(attribute_arguments, WITH_CARD)            \
	CASE(attributes_without_card, EMPTY)            \
	CASE(control_features, WITH_CARD)               \
	CASE(control_arguments, WITH_CARD)              \
	CASE(control_without_card, EMPTY)               \
	CASE(change_unaware, WITH_CARD)                 \
	CASE(change_arguments, EMPTY)                   \
	CASE(change_empty_name, WITH_CARD)              \
	CASE(change_ignore, WITH_CARD)                  \
	CASE(change_timeouts, WITH_CARD)                \
	CASE(change_believed, WITH_CARD)                \
	CASE(change_sharing, WITH_CARD)                 \
	CASE(change_insertion, EMPTY)                   \
	CASE(change_between, WITH_CARD)                 \
	CASE(change_several, WITH_CARD)                 \
	CASE(change_pnp, EMPTY)                         \
	CASE(cancel, WITH_CARD)                         \
	CASE(cancel_other, WITH_CARD)                   \
	CASE(threads_contexts, WITH_CARD)               \
	CASE(threads_one_context, WITH_CARD)            \
	CASE(threads_transactions, WITH_CARD)           \
	CASE(threads_waiting, WITH_CARD)                \
	CASE(threads_busy_card, WITH_CARD)              \
	CASE(process_descriptors, WITH_CARD)            \
	CASE(process_fork, WITH_CARD)                   \
	CASE(process_fork_uses, WITH_CARD)              \
	CASE(process_shares, WITH_CARD)                 \
	CASE(process_exclusive_dies, WITH_CARD)         \
	CASE(process_transaction_dies, WITH_CARD)

#define DECLARE_CASE(name, flags) void case_##name(struct world *w);
CASES(DECLARE_CASE)
#undef DECLARE_CASE

#endif
