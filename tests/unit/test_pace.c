#include "crypto/auto.h"

#include "emrtd_vectors.h"
#include "pace_terminal.h"
#include "script_env.h"

/* One published run: which protocol and group, and the names of its values. */
struct example {
	const char *name, *alg;
	unsigned id;
	const char *k_pi; /* where the password is not printed */
	const char *s, *z, *map_ic, *map_in, *map_out, *own_ic, *own_in, *own_out;
	const char *enc, *mac, *token_in, *token_out;
};

static const struct example examples[] = {
	{ "G1", "ECDH-GM-AES-128", 13, NULL, "s", "z", "SK_map_IC", "PK_map_IFD", "PK_map_IC",
	    "SK_DH_IC", "PK_DH_IFD", "PK_DH_IC", "KSEnc", "KSMAC", "T_IFD", "T_IC" },
	{ "G2", "DH-GM-AES-128", 0, NULL, "s", "z", "SK_map_IC", "PK_map_IFD", "PK_map_IC",
	    "SK_DH_IC", "PK_DH_IFD", "PK_DH_IC", "KSEnc", "KSMAC", "T_IFD", "T_IC" },
	{ "H1", "ECDH-IM-AES-128", 13, "Kpi", "s", "z", NULL, "t", NULL, "SK_IC", "PK_IFD", "PK_IC",
	    "KSEnc", "KSMAC", "T_IFD", "T_IC" },
	{ "H2", "DH-IM-AES-128", 0, "Kpi", "s", "z", NULL, "t", NULL, "SK_IC", "PK_IFD", "PK_IC",
	    "KSEnc", "KSMAC", "T_IFD", "T_IC" },
	{ "I", "ECDH-CAM-AES-128", 13, "Kpi", "s", "z", "SK_map_IC", "PK_map_IFD", "PK_map_IC",
	    NULL, "PK_DH_IFD", "PK_DH_IC", "KSEnc", "KSMAC", "T_IFD", "T_IC" },
	{ "ECDH", "ECDH-GM-AES-128", 13, NULL, "nonce", "nonce_enc", "map_picc_priv_key",
	    "map_pcd_pub_key", "map_picc_pub_key", "picc_priv_key", "pcd_pub_key", "picc_pub_key",
	    "k_enc", "k_mac", "authentication_token_pcd", "authentication_token_picc" },
	{ "DH", "DH-GM-AES-128", 0, NULL, "nonce", "nonce_enc", "map_picc_priv_key",
	    "map_pcd_pub_key", "map_picc_pub_key", "picc_priv_key", "pcd_pub_key", "picc_pub_key",
	    "k_enc", "k_mac", "authentication_token_pcd", "authentication_token_picc" },
};

/* What the chip draws: a private value of the example. Some are longer than the order of the
 * generator; the chip would draw the same value reduced, and nobody could tell. */
static void
script_scalar(struct script *script, const struct vsc_group *group, struct vsc_blob secret)
{
	struct vsc_agree_key key;
	VSC_AUTO_BLOB reduced = { NULL, 0 };

	assert_int_equal(vsc_agree_key_import(&key, group, vsc_blob_span(&secret)), 0);
	assert_int_equal(vsc_agree_key_export(&key, &reduced), 0);
	script_add(script, vsc_blob_span(&reduced));
	vsc_agree_key_free(&key);
	vsc_blob_free(&secret);
}

static void
kdf_examples(void **state)
{
	VSC_AUTO_BLOB seed = vector("D1", "Kseed"), key = { NULL, 0 }, secret = { NULL, 0 };
	VSC_AUTO_BLOB mrz = vector("G1", "mrz_information"),
		      cam_mrz = vector("I", "mrz_information");

	(void)state;
	assert_int_equal(
	    vsc_kdf(&vsc_suite_3des, vsc_blob_span(&seed), VSC_SPAN_EMPTY, VSC_KDF_ENC, &key), 0);
	assert_vector(vsc_blob_span(&key), "D1", "KEnc");
	assert_int_equal(
	    vsc_kdf(&vsc_suite_3des, vsc_blob_span(&seed), VSC_SPAN_EMPTY, VSC_KDF_MAC, &key), 0);
	assert_vector(vsc_blob_span(&key), "D1", "KMAC");
	assert_int_equal(vsc_pace_mrz_secret(vsc_blob_span(&mrz), &secret), 0);
	assert_vector(vsc_blob_span(&secret), "G1", "K");
	assert_int_equal(
	    vsc_kdf(&vsc_suite_aes128, vsc_blob_span(&secret), VSC_SPAN_EMPTY, VSC_KDF_PI, &key),
	    0);
	assert_vector(vsc_blob_span(&key), "G1", "Kpi");
	assert_int_equal(vsc_pace_mrz_secret(vsc_blob_span(&cam_mrz), &secret), 0);
	assert_int_equal(
	    vsc_kdf(&vsc_suite_aes128, vsc_blob_span(&secret), VSC_SPAN_EMPTY, VSC_KDF_PI, &key),
	    0);
	assert_vector(vsc_blob_span(&key), "I", "Kpi");
}

/* z of an example that prints K_pi but not the password */
static void
assert_nonce_under_k_pi(const struct example *row)
{
	VSC_AUTO_BLOB k_pi = vector(row->name, row->k_pi), s = vector(row->name, row->s);
	uint8_t buf[32];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_cipher *cipher;

	assert_int_equal(
	    vsc_cipher_new(&cipher, &vsc_suite_aes128, vsc_blob_span(&k_pi), VSC_SPAN_EMPTY), 0);
	assert_int_equal(vsc_cipher_encrypt(cipher, NULL, vsc_blob_span(&s), &out), 0);
	assert_vector(vsc_out_span(&out), row->name, row->z);
	vsc_cipher_free(cipher);
}

/* The password of an example; empty if it is not printed. */
static struct vsc_blob
example_password(const char *name)
{
	static const struct {
		const char *example, *mrz_of;
		const char *text;
	} passwords[] = {
		{ "G1", "G1", NULL },
		{ "G2", "G2", NULL },
		{ "I", "I", NULL },
		{ "ECDH", NULL, "123456" },
		{ "DH", NULL, "123456" },
	};
	struct vsc_blob secret = { NULL, 0 };

	for (size_t i = 0; i < VSC_COUNT(passwords); i++) {
		if (strcmp(passwords[i].example, name) != 0)
			continue;
		if (passwords[i].text != NULL) {
			assert_int_equal(vsc_blob_set(&secret, vsc_span_str(passwords[i].text)), 0);
		} else {
			VSC_AUTO_BLOB mrz = vector(passwords[i].mrz_of, "mrz_information");

			assert_int_equal(vsc_pace_mrz_secret(vsc_blob_span(&mrz), &secret), 0);
		}
	}
	return secret;
}

/* Runs one step on a value of the example and compares the answer with another. */
static void
value_step(struct vsc_pace *pace,
    int (*step)(struct vsc_pace *pace, struct vsc_span in, struct vsc_out *out),
    const struct example *row, const char *in, const char *want)
{
	VSC_AUTO_BLOB value = vector(row->name, in);
	uint8_t buf[VSC_ELEM_MAX];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));

	if (step(pace, vsc_blob_span(&value), &out) != 0)
		FAIL_ROW(row, in);
	if (want == NULL)
		assert_int_equal(out.len, 0);
	else
		assert_vector(vsc_out_span(&out), row->name, want);
}

static void
run_example(const struct example *row)
{
	struct script script = { { NULL, 0 }, 0 };
	struct vsc_env env = script_env(&script);
	struct vsc_pace_setup setup = { .alg = vsc_pace_alg_by_name(row->alg) };
	VSC_AUTO_BLOB password = example_password(row->name), s = vector(row->name, row->s);
	VSC_AUTO_BLOB token_in = vector(row->name, row->token_in);
	struct vsc_agree_key cam_key = { .group = NULL };
	struct vsc_group *group;
	struct vsc_pace *pace;
	uint8_t buf[VSC_ELEM_MAX], cam_buf[64];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_out cam = vsc_out_from(cam_buf, sizeof(cam_buf));

	assert_int_equal(vsc_group_new(&group, row->id), 0);
	script_add(&script, vsc_blob_span(&s));
	if (row->map_ic != NULL)
		script_scalar(&script, group, vector(row->name, row->map_ic));
	if (row->own_ic != NULL)
		script_scalar(&script, group, vector(row->name, row->own_ic));
	if (setup.alg->mapping == VSC_PACE_CAM) {
		VSC_AUTO_BLOB secret = vector("I", "SK_IC_static");

		assert_int_equal(vsc_agree_key_import(&cam_key, group, vsc_blob_span(&secret)), 0);
		assert_vector(vsc_blob_span(&cam_key.public), "I", "PK_IC_static");
		setup.cam_key = &cam_key;
	}
	setup.group = group;
	setup.password = vsc_blob_span(&password);
	assert_int_equal(vsc_pace_new(&pace, &setup, &env), 0);
	assert_int_equal(vsc_pace_nonce(pace, &out), 0);
	if (password.len > 0)
		assert_vector(vsc_out_span(&out), row->name, row->z);
	else
		assert_nonce_under_k_pi(row);
	value_step(pace, vsc_pace_map, row, row->map_in, row->map_out);
	if (row->own_ic != NULL) {
		value_step(pace, vsc_pace_agree, row, row->own_in, row->own_out);
		assert_vector(vsc_blob_span(&vsc_pace_keys(pace)->enc), row->name, row->enc);
		assert_vector(vsc_blob_span(&vsc_pace_keys(pace)->mac), row->name, row->mac);
		out = vsc_out_from(buf, sizeof(buf));
		assert_int_equal(vsc_pace_token(pace, vsc_blob_span(&token_in), &out, &cam), 0);
		assert_vector(vsc_out_span(&out), row->name, row->token_out);
		assert_true(vsc_pace_done(pace));
		assert_int_equal(script.used, script.bytes.len);
	}
	vsc_pace_free(pace);
	vsc_agree_key_free(&cam_key);
	vsc_group_free(group);
	vsc_blob_free(&script.bytes);
}

static void
published_examples(void **state)
{
	(void)state;
	for (size_t i = 0; i < VSC_COUNT(examples); i++)
		run_example(&examples[i]);
}

/* The commands' data fields as the appendices print them. */
static void
published_data_fields(void **state)
{
	static const struct {
		const char *name, *alg, *map_ic;
	} rows[] = {
		{ "G1", "ECDH-GM-AES-128", "SK_map_IC" },
		{ "H1", "ECDH-IM-AES-128", NULL },
	};

	(void)state;
	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		struct script script = { vector(rows[i].name, "s"), 0 };
		struct vsc_env env = script_env(&script);
		struct vsc_pace_setup setup = { .alg = vsc_pace_alg_by_name(rows[i].alg) };
		VSC_AUTO_BLOB password = example_password("G1"), cmd = { NULL, 0 },
			      want = { NULL, 0 };
		VSC_AUTO_BLOB value = vector(rows[i].name, i == 0 ? "PK_map_IFD" : "t");
		uint8_t buf[200];
		struct vsc_out out = vsc_out_from(buf, sizeof(buf));
		struct vsc_group *group;
		struct vsc_pace *pace;

		assert_int_equal(vsc_group_new(&group, 13), 0);
		setup.group = group;
		setup.password = vsc_blob_span(&password);
		if (rows[i].map_ic != NULL)
			script_scalar(&script, group, vector(rows[i].name, rows[i].map_ic));
		assert_int_equal(vsc_pace_new(&pace, &setup, &env), 0);
		assert_int_equal(vsc_pace_step(pace, VSC_BYTES(0x7C, 0x00), &out), 0);
		assert_int_equal(out.len, 20);
		assert_span_equal(
		    vsc_span_slice(vsc_out_span(&out), 0, 4), VSC_BYTES(0x7C, 0x12, 0x80, 0x10));
		if (i == 0)
			assert_vector(vsc_span_slice(vsc_out_span(&out), 4, 16), "G1", "z");
		assert_int_equal(pace_terminal_put(&cmd, 0x81, vsc_blob_span(&value)), 0);
		out = vsc_out_from(buf, sizeof(buf));
		assert_int_equal(vsc_pace_step(pace, vsc_blob_span(&cmd), &out), 0);
		if (i == 0) {
			VSC_AUTO_BLOB key = vector("G1", "PK_map_IC");

			assert_int_equal(pace_terminal_put(&want, 0x82, vsc_blob_span(&key)), 0);
		} else {
			assert_int_equal(pace_terminal_put(&want, 0x82, VSC_SPAN_EMPTY), 0);
			assert_span_equal(vsc_blob_span(&want), VSC_BYTES(0x7C, 0x02, 0x82, 0x00));
		}
		assert_span_equal(vsc_out_span(&out), vsc_blob_span(&want));
		vsc_pace_free(pace);
		vsc_group_free(group);
		vsc_blob_free(&script.bytes);
	}
}

/* Every protocol on every group it can have; the other side accepts our token, we accept its. */
static void
all_variants_run(void **state)
{
	static const unsigned ids[] = { 0, 1, 2, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18 };
	unsigned runs = 0;

	(void)state;
	for (size_t i = 0; i < VSC_COUNT(ids); i++) {
		const struct vsc_pace_alg *alg;
		struct vsc_group *group;
		struct vsc_agree_key cam_key;

		assert_int_equal(vsc_group_new(&group, ids[i]), 0);
		assert_int_equal(vsc_agree_key_generate(&cam_key, group, NULL), 0);
		for (size_t n = 0; (alg = vsc_pace_alg_nth(n)) != NULL; n++) {
			struct vsc_pace_setup setup = { .alg = alg,
				.group = group,
				.password = vsc_span_str("123456"),
				.cam_key = &cam_key };
			struct pace_terminal terminal;
			struct vsc_pace *pace;

			if (!vsc_pace_possible(alg, group))
				continue;
			assert_int_equal(vsc_pace_new(&pace, &setup, NULL), 0);
			assert_int_equal(
			    pace_terminal_start(&terminal, alg, group, setup.password), 0);
			if (pace_terminal_run(&terminal, pace) != 0)
				fail_msg("%s, parameters %u", alg->name, ids[i]);
			assert_span_equal(vsc_blob_span(&terminal.keys.enc),
			    vsc_blob_span(&vsc_pace_keys(pace)->enc));
			pace_terminal_free(&terminal);
			vsc_pace_free(pace);
			runs++;
		}
		vsc_agree_key_free(&cam_key);
		vsc_group_free(group);
	}
	/* 3 groups with 8 DH protocols; 11 curves with 11, where P-224 has no integrated mapping */
	assert_int_equal(runs, 3 * 8 + 11 * 11 - 4);
}

static void
wrong_password_is_a_wrong_token(void **state)
{
	struct vsc_pace_setup setup = { .alg = vsc_pace_alg_by_name("ECDH-GM-AES-128"),
		.password = vsc_span_str("123456") };
	struct pace_terminal terminal;
	struct vsc_group *group;
	struct vsc_pace *pace;

	(void)state;
	assert_int_equal(vsc_group_new(&group, 13), 0);
	setup.group = group;
	assert_int_equal(vsc_pace_new(&pace, &setup, NULL), 0);
	assert_int_equal(
	    pace_terminal_start(&terminal, setup.alg, group, vsc_span_str("123457")), 0);
	assert_int_equal(pace_terminal_run(&terminal, pace), VSC_E_VERIFY);
	assert_false(vsc_pace_done(pace));
	assert_int_equal(vsc_pace_keys(pace)->enc.len, 0);
	assert_int_equal(vsc_pace_id_picc(pace).len, 0);
	pace_terminal_free(&terminal);
	vsc_pace_free(pace);
	vsc_group_free(group);
}

#define Z32                                                                                       \
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, \
	    0, 0

/* What a terminal may put where a key belongs. */
static const struct {
	const char *name;
	unsigned id;
	struct vsc_span key;
	int want;
} bad_keys[] = {
	{ "empty", 13, { NULL, 0 }, VSC_E_FORMAT },
	{ "infinity", 13, BYTES(0x00), VSC_E_FORMAT },
	{ "off the curve", 13, BYTES(0x04, Z32, Z32), VSC_E_PARAM },
	{ "compressed form", 13, BYTES(0x02, Z32), VSC_E_FORMAT },
	{ "hybrid form", 13, BYTES(0x06, Z32, Z32), VSC_E_FORMAT },
	{ "too short", 13, BYTES(0x04, Z32), VSC_E_FORMAT },
	{ "too long", 13, BYTES(0x04, Z32, Z32, 0), VSC_E_FORMAT },
	{ "residue 0", 0, BYTES(0x00), VSC_E_PARAM },
	{ "residue 1", 0, BYTES(0x01), VSC_E_PARAM },
	{ "residue 2, not of order q", 0, BYTES(0x02), VSC_E_PARAM },
	{ "no residue", 0, { NULL, 0 }, VSC_E_FORMAT },
};

/* Steps a chip to the mapping. */
static struct vsc_pace *
chip_at_mapping(const struct vsc_group *group)
{
	struct vsc_pace_setup setup = { .group = group, .password = vsc_span_str("1") };
	uint8_t buf[64];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_pace *pace;

	setup.alg = vsc_pace_alg_by_name(
	    vsc_group_kind(group) == VSC_GROUP_DH ? "DH-GM-AES-128" : "ECDH-GM-AES-128");
	assert_int_equal(vsc_pace_new(&pace, &setup, NULL), 0);
	assert_int_equal(vsc_pace_nonce(pace, &out), 0);
	return pace;
}

static void
bad_keys_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < VSC_COUNT(bad_keys); i++) {
		uint8_t buf[VSC_ELEM_MAX];
		struct vsc_out out = vsc_out_from(buf, sizeof(buf));
		struct vsc_agree_key key;
		struct vsc_group *group;
		struct vsc_pace *pace;

		assert_int_equal(vsc_group_new(&group, bad_keys[i].id), 0);
		pace = chip_at_mapping(group);
		if (vsc_pace_map(pace, bad_keys[i].key, &out) != bad_keys[i].want)
			FAIL_ROW(&bad_keys[i], "mapping");
		assert_int_equal(out.len, 0);
		/* and the run is over */
		assert_int_equal(vsc_pace_map(pace, bad_keys[i].key, &out), VSC_E_STATE);
		vsc_pace_free(pace);

		pace = chip_at_mapping(group);
		assert_int_equal(vsc_agree_key_generate(&key, group, NULL), 0);
		assert_int_equal(vsc_pace_map(pace, vsc_blob_span(&key.public), &out), 0);
		if (vsc_pace_agree(pace, bad_keys[i].key, &out) != bad_keys[i].want)
			FAIL_ROW(&bad_keys[i], "agreement");
		vsc_agree_key_free(&key);
		vsc_pace_free(pace);
		vsc_group_free(group);
	}
}

/* p - 1 has order 2: the residue that gives a secret away one bit at a time */
static void
small_order_residue_is_refused(void **state)
{
	uint8_t bytes[VSC_ELEM_MAX], buf[VSC_ELEM_MAX];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_group *group;
	struct vsc_pace *pace;

	(void)state;
	for (unsigned id = 0; id <= 2; id++) {
		size_t len;

		assert_int_equal(vsc_group_new(&group, id), 0);
		len = vsc_group_field_len(group);
		assert_true(BN_bn2binpad(vsc_group_prime(group), bytes, (int)len) > 0);
		pace = chip_at_mapping(group);
		assert_int_equal(vsc_pace_map(pace, vsc_span_from(bytes, len), &out), VSC_E_PARAM);
		vsc_pace_free(pace);
		bytes[len - 1]--;
		pace = chip_at_mapping(group);
		assert_int_equal(vsc_pace_map(pace, vsc_span_from(bytes, len), &out), VSC_E_PARAM);
		vsc_pace_free(pace);
		vsc_group_free(group);
	}
}

/* A terminal that knows nothing echoes what the chip would send: its randomness repeats here. */
static void
reflected_key_is_refused(void **state)
{
	struct script script = { { NULL, 0 }, 0 };
	struct vsc_env env = script_env(&script);
	struct vsc_pace_setup setup = { .alg = vsc_pace_alg_by_name("ECDH-GM-AES-128"),
		.password = vsc_span_str("1") };
	uint8_t own[200];
	struct vsc_agree_key map;
	struct vsc_blob reflected = { NULL, 0 };
	struct vsc_group *group;

	(void)state;
	assert_int_equal(vsc_group_new(&group, 13), 0);
	assert_int_equal(vsc_agree_key_generate(&map, group, NULL), 0);
	setup.group = group;
	for (unsigned i = 0; i < 16 + 32 + 32; i++)
		script_add(&script, VSC_BYTES((uint8_t)(i + 1)));
	for (int round = 0; round < 2; round++) {
		struct vsc_out out = vsc_out_from(own, sizeof(own));
		struct vsc_pace *pace;
		int err;

		script.used = 0;
		assert_int_equal(vsc_pace_new(&pace, &setup, &env), 0);
		assert_int_equal(vsc_pace_nonce(pace, &out), 0);
		assert_int_equal(vsc_pace_map(pace, vsc_blob_span(&map.public), &out), 0);
		out = vsc_out_from(own, sizeof(own));
		/* first round: any point of the group, to learn the chip's key */
		err = vsc_pace_agree(pace,
		    round == 0 ? vsc_blob_span(&map.public) : vsc_blob_span(&reflected), &out);
		assert_int_equal(err, round == 0 ? 0 : VSC_E_PARAM);
		if (round == 0)
			assert_int_equal(vsc_blob_set(&reflected, vsc_out_span(&out)), 0);
		vsc_pace_free(pace);
	}
	vsc_blob_free(&reflected);
	vsc_blob_free(&script.bytes);
	vsc_agree_key_free(&map);
	vsc_group_free(group);
}

/* Data fields of GENERAL AUTHENTICATE as the first step. */
static const struct {
	const char *name;
	struct vsc_span data;
	int want;
} first_steps[] = {
	{ "the right one", BYTES(0x7C, 0x00), 0 },
	{ "nothing", { NULL, 0 }, VSC_E_FORMAT },
	{ "another template", BYTES(0x7D, 0x00), VSC_E_FORMAT },
	{ "length too long", BYTES(0x7C, 0x01), VSC_E_FORMAT },
	{ "something behind", BYTES(0x7C, 0x00, 0x01), VSC_E_FORMAT },
	{ "a mapping", BYTES(0x7C, 0x03, 0x81, 0x01, 0x00), VSC_E_STATE },
	{ "a key", BYTES(0x7C, 0x03, 0x83, 0x01, 0x00), VSC_E_STATE },
	{ "a token", BYTES(0x7C, 0x03, 0x85, 0x01, 0x00), VSC_E_STATE },
	{ "two objects", BYTES(0x7C, 0x04, 0x81, 0x00, 0x83, 0x00), VSC_E_FORMAT },
	{ "half an object", BYTES(0x7C, 0x02, 0x81, 0x05), VSC_E_FORMAT },
};

static void
steps_have_one_order(void **state)
{
	struct vsc_group *group;

	(void)state;
	assert_int_equal(vsc_group_new(&group, 13), 0);
	for (size_t i = 0; i < VSC_COUNT(first_steps); i++) {
		struct vsc_pace_setup setup = { .alg = vsc_pace_alg_by_name("ECDH-GM-AES-128"),
			.group = group,
			.password = vsc_span_str("1") };
		uint8_t buf[200];
		struct vsc_out out = vsc_out_from(buf, sizeof(buf));
		struct vsc_pace *pace;

		assert_int_equal(vsc_pace_new(&pace, &setup, NULL), 0);
		if (vsc_pace_step(pace, first_steps[i].data, &out) != first_steps[i].want)
			FAIL_ROW(&first_steps[i], "first step");
		assert_int_equal(out.len, first_steps[i].want == 0 ? 20 : 0);
		/* the nonce cannot be asked for twice */
		assert_int_equal(vsc_pace_step(pace, VSC_BYTES(0x7C, 0x00), &out), VSC_E_STATE);
		vsc_pace_free(pace);
	}
	vsc_group_free(group);
}

/* What a terminal does with DO'8A': CA_IC times the chip's static key is the chip's mapping key. */
static void
assert_cam_data_proves(
    const struct pace_terminal *t, const struct vsc_agree_key *cam_key, struct vsc_span sealed)
{
	const size_t len = vsc_group_order_len(t->group);
	uint8_t ones[16], iv[16], plain[80], point[200];
	struct vsc_out opened = vsc_out_from(plain, sizeof(plain));
	struct vsc_out product = vsc_out_from(point, sizeof(point));
	struct vsc_elem static_key = { NULL, NULL }, map = { NULL, NULL };
	struct vsc_cipher *cipher;
	BIGNUM *ca_ic;
	BN_CTX *ctx = BN_CTX_new();
	size_t unpadded;

	vsc_fill(ones, 0xFF, sizeof(ones));
	assert_int_equal(
	    vsc_cipher_new(&cipher, t->alg->suite, vsc_blob_span(&t->keys.enc), VSC_SPAN_EMPTY), 0);
	assert_int_equal(vsc_cipher_iv(cipher, VSC_SPAN_OF(ones), iv), 0);
	assert_int_equal(vsc_cipher_decrypt(cipher, iv, sealed, &opened), 0);
	assert_int_equal(vsc_unpad(vsc_out_span(&opened), 16, &unpadded), 0);
	assert_int_equal(unpadded, len);
	ca_ic = BN_bin2bn(plain, (int)len, NULL);
	assert_int_equal(
	    vsc_elem_decode(t->group, vsc_blob_span(&cam_key->public), ctx, &static_key), 0);
	assert_int_equal(vsc_elem_mul(t->group, ca_ic, &static_key, ctx, &map), 0);
	assert_int_equal(vsc_elem_encode(t->group, &map, ctx, &product), 0);
	assert_span_equal(vsc_out_span(&product), vsc_blob_span(&t->chip_map));
	vsc_elem_free(&static_key);
	vsc_elem_free(&map);
	vsc_cipher_free(cipher);
	BN_free(ca_ic);
	BN_CTX_free(ctx);
}

static void
last_answer_names_trust_points_and_cam_data(void **state)
{
	struct vsc_agree_key cam_key;
	struct vsc_pace_setup setup = { .alg = vsc_pace_alg_by_name("ECDH-CAM-AES-256"),
		.password = vsc_span_str("1"),
		.cam_key = &cam_key,
		.car = vsc_span_str("DECVCAeID00002"),
		.previous_car = vsc_span_str("DECVCAeID00001") };
	struct pace_terminal t;
	uint8_t buf[4][200];
	struct vsc_out out[4];
	struct vsc_blob cmd = { NULL, 0 };
	struct vsc_span value;
	struct vsc_group *group;
	struct vsc_pace *pace;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		out[i] = vsc_out_from(buf[i], sizeof(buf[i]));
	assert_int_equal(vsc_group_new(&group, 12), 0);
	assert_int_equal(vsc_agree_key_generate(&cam_key, group, NULL), 0);
	setup.group = group;
	assert_int_equal(vsc_pace_new(&pace, &setup, NULL), 0);
	assert_int_equal(pace_terminal_start(&t, setup.alg, group, setup.password), 0);
	assert_int_equal(vsc_pace_step(pace, VSC_BYTES(0x7C, 0x00), &out[0]), 0);
	assert_int_equal(pace_terminal_map(&t, vsc_out_span(&out[0]), &cmd), 0);
	assert_int_equal(vsc_pace_step(pace, vsc_blob_span(&cmd), &out[1]), 0);
	assert_int_equal(pace_terminal_agree(&t, vsc_out_span(&out[1]), &cmd), 0);
	assert_int_equal(vsc_pace_step(pace, vsc_blob_span(&cmd), &out[2]), 0);
	assert_true(vsc_pace_expects_token(pace));
	assert_int_equal(pace_terminal_token(&t, vsc_out_span(&out[2]), &cmd), 0);
	assert_int_equal(vsc_pace_step(pace, vsc_blob_span(&cmd), &out[3]), 0);
	assert_int_equal(pace_terminal_finish(&t, vsc_out_span(&out[3])), 0);
	assert_int_equal(pace_terminal_get(vsc_out_span(&out[3]), 0x87, &value), 0);
	assert_span_equal(value, setup.car);
	assert_int_equal(pace_terminal_get(vsc_out_span(&out[3]), 0x88, &value), 0);
	assert_span_equal(value, setup.previous_car);
	assert_int_equal(pace_terminal_get(vsc_out_span(&out[3]), 0x8A, &value), 0);
	assert_int_equal(value.len, 48);
	assert_cam_data_proves(&t, &cam_key, value);
	assert_int_equal(vsc_pace_id_picc(pace).len, 32);
	vsc_blob_free(&cmd);
	pace_terminal_free(&t);
	vsc_pace_free(pace);
	vsc_agree_key_free(&cam_key);
	vsc_group_free(group);
}

/* Appendix I prints no private agreement key, but all that the chip authentication data needs. */
static void
cam_data_of_appendix_i(void **state)
{
	VSC_AUTO_BLOB sk_map = vector("I", "SK_map_IC"), sk_ic = vector("I", "SK_IC_static");
	VSC_AUTO_BLOB enc = vector("I", "KSEnc"), plain = { NULL, 0 };
	struct vsc_agree_key map, ic, quotient;
	uint8_t buf[64], iv[16];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_cipher *cipher;
	struct vsc_group *group;
	BN_CTX *ctx = BN_CTX_new();

	(void)state;
	assert_int_equal(vsc_group_new(&group, 13), 0);
	assert_int_equal(vsc_agree_key_import(&map, group, vsc_blob_span(&sk_map)), 0);
	assert_int_equal(vsc_agree_key_import(&ic, group, vsc_blob_span(&sk_ic)), 0);
	quotient = (struct vsc_agree_key){ .group = group, .secret = BN_new() };
	assert_non_null(BN_mod_inverse(quotient.secret, ic.secret, vsc_group_order(group), ctx));
	assert_int_equal(
	    BN_mod_mul(quotient.secret, quotient.secret, map.secret, vsc_group_order(group), ctx),
	    1);
	assert_int_equal(vsc_agree_key_export(&quotient, &plain), 0);
	assert_vector(vsc_blob_span(&plain), "I", "CA_IC");
	assert_int_equal(
	    vsc_cipher_new(&cipher, &vsc_suite_aes128, vsc_blob_span(&enc), VSC_SPAN_EMPTY), 0);
	assert_int_equal(vsc_cipher_iv(cipher,
			     VSC_BYTES(255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
				 255, 255, 255, 255),
			     iv),
	    0);
	assert_vector(VSC_SPAN_OF(iv), "I", "IV");
	vsc_out_put(&out, vsc_blob_span(&plain));
	vsc_pad(&out, plain.len, 16);
	{
		uint8_t sealed[64];
		struct vsc_out to = vsc_out_from(sealed, sizeof(sealed));

		assert_int_equal(vsc_cipher_encrypt(cipher, iv, vsc_out_span(&out), &to), 0);
		assert_vector(vsc_out_span(&to), "I", "A_IC");
	}
	vsc_cipher_free(cipher);
	vsc_agree_key_free(&map);
	vsc_agree_key_free(&ic);
	vsc_agree_key_free(&quotient);
	vsc_group_free(group);
	BN_CTX_free(ctx);
}

static void
impossible_setups(void **state)
{
	struct vsc_pace_setup setup = { .password = vsc_span_str("1") };
	struct vsc_group *p224, *dh;
	struct vsc_pace *pace;

	(void)state;
	assert_int_equal(vsc_group_new(&p224, 10), 0);
	assert_int_equal(vsc_group_new(&dh, 1), 0);
	setup.group = p224;
	setup.alg = vsc_pace_alg_by_name("ECDH-IM-AES-128");
	assert_int_equal(vsc_pace_new(&pace, &setup, NULL), VSC_E_UNSUPPORTED);
	setup.alg = vsc_pace_alg_by_name("DH-GM-AES-128");
	assert_int_equal(vsc_pace_new(&pace, &setup, NULL), VSC_E_UNSUPPORTED);
	setup.group = dh;
	setup.alg = vsc_pace_alg_by_name("ECDH-GM-3DES");
	assert_int_equal(vsc_pace_new(&pace, &setup, NULL), VSC_E_UNSUPPORTED);
	setup.group = p224;
	setup.alg = vsc_pace_alg_by_name("ECDH-CAM-AES-128");
	assert_int_equal(vsc_pace_new(&pace, &setup, NULL), VSC_E_PARAM);
	vsc_group_free(p224);
	assert_int_equal(vsc_group_new(&p224, 3), VSC_E_UNSUPPORTED);
	assert_int_equal(vsc_group_new(&p224, 19), VSC_E_UNSUPPORTED);
	vsc_group_free(dh);
}

static void
broken_randomness_is_an_error(void **state)
{
	struct script script = { { NULL, 0 }, 0 };
	struct vsc_env env = script_env(&script);
	struct vsc_pace_setup setup = { .alg = vsc_pace_alg_by_name("ECDH-GM-AES-128"),
		.password = vsc_span_str("1") };
	uint8_t buf[64];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_group *group;
	struct vsc_pace *pace;

	(void)state;
	assert_int_equal(vsc_group_new(&group, 13), 0);
	setup.group = group;
	assert_int_equal(vsc_pace_new(&pace, &setup, &env), 0);
	assert_int_equal(vsc_pace_nonce(pace, &out), VSC_E_CRYPTO);
	vsc_pace_free(pace);
	vsc_group_free(group);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kdf_examples),
		cmocka_unit_test(published_examples),
		cmocka_unit_test(published_data_fields),
		cmocka_unit_test(cam_data_of_appendix_i),
		cmocka_unit_test(all_variants_run),
		cmocka_unit_test(wrong_password_is_a_wrong_token),
		cmocka_unit_test(bad_keys_are_refused),
		cmocka_unit_test(small_order_residue_is_refused),
		cmocka_unit_test(reflected_key_is_refused),
		cmocka_unit_test(steps_have_one_order),
		cmocka_unit_test(last_answer_names_trust_points_and_cam_data),
		cmocka_unit_test(impossible_setups),
		cmocka_unit_test(broken_randomness_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
