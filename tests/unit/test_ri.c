#include <openssl/evp.h>

#include "base/auto.h"
#include "crypto/params.h"
#include "crypto/ri.h"
#include "iso/tlv.h"
#include "test.h"

/* A sector key object and its hash as a certificate may have it. */
struct sector {
	struct vsc_agree_key key;
	uint8_t object[1500], hash[64];
	size_t object_len;
};

static struct vsc_span
sector_object(const struct sector *sector)
{
	return vsc_span_from(sector->object, sector->object_len);
}

static void
make_sector(struct sector *sector, const struct vsc_group *group, const struct vsc_ri_alg *alg,
    bool with_tag, enum vsc_hash hash)
{
	uint8_t buf[1600];
	struct vsc_out out = vsc_out_from(sector->object, sizeof(sector->object));
	struct vsc_out whole = vsc_out_from(buf, sizeof(buf));
	struct vsc_out digest = vsc_out_from(sector->hash, sizeof(sector->hash));

	assert_int_equal(vsc_agree_key_generate(&sector->key, group, NULL), 0);
	assert_int_equal(
	    vsc_params_object_put(&out, group, alg->oid, vsc_blob_span(&sector->key.public)), 0);
	sector->object_len = out.len;
	vsc_tlv_put(&whole, 0x7F49, sector_object(sector));
	assert_int_equal(
	    vsc_hash_digest(hash, with_tag ? vsc_out_span(&whole) : sector_object(sector), &digest),
	    0);
}

/* The chip's identifier is what the sector's owner can compute: H(x(d_sector * PK_chip)). */
static void
both_sides_agree(void **state)
{
	static const struct {
		const char *name;
		unsigned id;
		size_t len;
		bool with_tag;
		enum vsc_hash hash;
	} rows[] = {
		{ "ECDH-SHA-256", 13, 32, true, VSC_HASH_SHA256 },
		{ "ECDH-SHA-256", 13, 32, false, VSC_HASH_SHA1 },
		{ "ECDH-SHA-1", 12, 20, true, VSC_HASH_SHA512 },
		{ "ECDH-SHA-512", 17, 64, true, VSC_HASH_SHA384 },
		{ "DH-SHA-224", 0, 28, true, VSC_HASH_SHA224 },
		{ "DH-SHA-384", 2, 48, true, VSC_HASH_SHA256 },
	};

	(void)state;
	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		const struct vsc_ri_alg *alg = vsc_ri_alg_by_name(rows[i].name);
		uint8_t id[64], want[64];
		struct vsc_out out = vsc_out_from(id, sizeof(id));
		struct vsc_out expect = vsc_out_from(want, sizeof(want));
		VSC_AUTO_BLOB shared = { NULL, 0 };
		struct vsc_agree_key chip;
		struct sector sector;
		struct vsc_group *group;
		BN_CTX *ctx = BN_CTX_new();

		assert_int_equal(vsc_group_new(&group, rows[i].id), 0);
		assert_int_equal(vsc_agree_key_generate(&chip, group, NULL), 0);
		make_sector(&sector, group, alg, rows[i].with_tag, rows[i].hash);
		if (vsc_ri_identify(alg, &chip, sector_object(&sector),
			vsc_span_from(sector.hash, vsc_hash_len(rows[i].hash)), &out) != 0)
			FAIL_ROW(&rows[i], "identify");
		assert_int_equal(out.len, rows[i].len);
		assert_int_equal(
		    vsc_agree(&sector.key, vsc_blob_span(&chip.public), ctx, NULL, &shared), 0);
		assert_int_equal(vsc_hash_digest(alg->hash, vsc_blob_span(&shared), &expect), 0);
		assert_span_equal(vsc_out_span(&out), vsc_out_span(&expect));
		vsc_agree_key_free(&sector.key);
		vsc_agree_key_free(&chip);
		vsc_group_free(group);
		BN_CTX_free(ctx);
	}
}

static void
refusals(void **state)
{
	const struct vsc_ri_alg *alg = vsc_ri_alg_by_name("ECDH-SHA-256");
	uint8_t id[64];
	struct vsc_out out = vsc_out_from(id, sizeof(id));
	struct sector sector, foreign;
	struct vsc_agree_key chip;
	struct vsc_group *group, *p256;

	(void)state;
	assert_int_equal(vsc_group_new(&group, 13), 0);
	assert_int_equal(vsc_group_new(&p256, 12), 0);
	assert_int_equal(vsc_agree_key_generate(&chip, group, NULL), 0);
	make_sector(&sector, group, alg, true, VSC_HASH_SHA256);
	make_sector(&foreign, p256, alg, true, VSC_HASH_SHA256);
	/* another sector's hash, none, one of no known length */
	assert_int_equal(vsc_ri_identify(alg, &chip, sector_object(&sector),
			     vsc_span_from(foreign.hash, 32), &out),
	    VSC_E_VERIFY);
	assert_int_equal(vsc_ri_identify(alg, &chip, sector_object(&sector), VSC_SPAN_EMPTY, &out),
	    VSC_E_VERIFY);
	assert_int_equal(vsc_ri_identify(alg, &chip, sector_object(&sector),
			     vsc_span_from(sector.hash, 31), &out),
	    VSC_E_VERIFY);
	/* a key on another curve; another protocol's key */
	assert_int_equal(vsc_ri_identify(alg, &chip, sector_object(&foreign),
			     vsc_span_from(foreign.hash, 32), &out),
	    VSC_E_PARAM);
	assert_int_equal(vsc_ri_identify(vsc_ri_alg_by_name("ECDH-SHA-1"), &chip,
			     sector_object(&sector), vsc_span_from(sector.hash, 32), &out),
	    VSC_E_PARAM);
	assert_int_equal(vsc_ri_identify(vsc_ri_alg_by_name("DH-SHA-256"), &chip,
			     sector_object(&sector), vsc_span_from(sector.hash, 32), &out),
	    VSC_E_PARAM);
	assert_int_equal(out.len, 0);
	/* cut anywhere */
	for (size_t len = 0; len < sector.object_len; len += 5) {
		uint8_t hash[64];
		struct vsc_out digest = vsc_out_from(hash, sizeof(hash));

		assert_int_equal(
		    vsc_hash_digest(VSC_HASH_SHA256, vsc_span_from(sector.object, len), &digest),
		    0);
		assert_true(vsc_ri_identify(alg, &chip, vsc_span_from(sector.object, len),
				vsc_out_span(&digest), &out) < 0);
	}
	vsc_agree_key_free(&sector.key);
	vsc_agree_key_free(&foreign.key);
	vsc_agree_key_free(&chip);
	vsc_group_free(group);
	vsc_group_free(p256);
}

static void
general_authenticate(void **state)
{
	struct vsc_span key;
	bool second;

	(void)state;
	assert_int_equal(vsc_ri_parse(VSC_BYTES(0x7C, 4, 0xA0, 2, 0x06, 0), &key, &second), 0);
	assert_false(second);
	assert_span_equal(key, VSC_BYTES(0x06, 0));
	assert_int_equal(vsc_ri_parse(VSC_BYTES(0x7C, 4, 0xA2, 2, 0x06, 0), &key, &second), 0);
	assert_true(second);
	assert_int_equal(
	    vsc_ri_parse(VSC_BYTES(0x7C, 4, 0xA1, 2, 0x06, 0), &key, &second), VSC_E_FORMAT);
	assert_int_equal(vsc_ri_parse(VSC_BYTES(0x7C, 0), &key, &second), VSC_E_FORMAT);
	assert_int_equal(vsc_ri_parse(VSC_SPAN_EMPTY, &key, &second), VSC_E_FORMAT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_sides_agree),
		cmocka_unit_test(refusals),
		cmocka_unit_test(general_authenticate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
