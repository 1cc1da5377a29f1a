/*
 * The interindustry commands' handlers, for the command tables of card types. Each is in the
 * cmd_*.c that its group is named after, and says there which clause it follows.
 */
#ifndef VSC_CARD_CMD_H
#define VSC_CARD_CMD_H

#include "card/card.h"

/* cmd_attribute.c, cmd_compare.c */
vsc_cmd_fn vsc_cmd_get_attribute, vsc_cmd_compare;

/* cmd_binary.c */
vsc_cmd_fn vsc_cmd_read_binary, vsc_cmd_update_binary, vsc_cmd_write_binary;
vsc_cmd_fn vsc_cmd_erase_binary, vsc_cmd_search_binary;

/* cmd_challenge.c */
vsc_cmd_fn vsc_cmd_get_challenge;

/* cmd_channel.c, cmd_envelope.c */
vsc_cmd_fn vsc_cmd_manage_channel, vsc_cmd_envelope;

/* cmd_file.c */
vsc_cmd_fn vsc_cmd_create_file, vsc_cmd_delete_file;
vsc_cmd_fn vsc_cmd_activate_file, vsc_cmd_deactivate_file;
vsc_cmd_fn vsc_cmd_terminate_ef, vsc_cmd_terminate_df, vsc_cmd_terminate_card;

/* cmd_auth.c */
vsc_cmd_fn vsc_cmd_internal_authenticate, vsc_cmd_external_authenticate;

/* cmd_auth_general.c */
vsc_cmd_fn vsc_cmd_general_authenticate;

/* cmd_generate.c, cmd_mse.c, cmd_pso.c */
vsc_cmd_fn vsc_cmd_generate_key, vsc_cmd_mse, vsc_cmd_pso;

/* cmd_object.c */
vsc_cmd_fn vsc_cmd_get_data, vsc_cmd_put_data, vsc_cmd_delete_data;

/* cmd_pin.c */
vsc_cmd_fn vsc_cmd_verify, vsc_cmd_change_reference, vsc_cmd_reset_retry;
vsc_cmd_fn vsc_cmd_enable_verification, vsc_cmd_disable_verification;

/* cmd_record.c, cmd_search.c */
vsc_cmd_fn vsc_cmd_read_record, vsc_cmd_update_record, vsc_cmd_write_record;
vsc_cmd_fn vsc_cmd_activate_record, vsc_cmd_deactivate_record;
vsc_cmd_fn vsc_cmd_append_record, vsc_cmd_erase_record, vsc_cmd_search_record;

/* cmd_security.c: PINs and keys, with a class byte of ours (80) */
vsc_cmd_fn vsc_cmd_put_security;

/* cmd_select.c, cmd_select_data.c */
vsc_cmd_fn vsc_cmd_select, vsc_cmd_select_data;

#endif
