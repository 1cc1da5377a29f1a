#include "crypto/params.h"
#include "crypto/secinfo.h"
#include "eac_pki.h"
#include "emrtd_vectors.h"

/* The published EF.CardAccess, put together again. */
static void
card_access(
    const char *example, const char *pace, const char *ca, enum vsc_group_kind kind, unsigned id)
{
	uint8_t buf[400], inner[100];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_out privileged = vsc_out_from(inner, sizeof(inner));
	VSC_AUTO_BLOB set = { NULL, 0 };

	vsc_secinfo_put_ca(&privileged, vsc_ca_alg_by_name(ca), 2, 2);
	vsc_secinfo_put_ca_params(&privileged, kind, id, 2);
	vsc_secinfo_put_privileged(&out, vsc_out_span(&privileged));
	vsc_secinfo_put_locator(&out, "https://www.hjp-consulting.com/home");
	vsc_secinfo_put_ta(&out, 2);
	vsc_secinfo_put_pace(&out, vsc_pace_alg_by_name(pace), (int)id);
	vsc_secinfo_put_ca(&out, vsc_ca_alg_by_name(ca), 2, 1);
	vsc_secinfo_put_ca_params(&out, kind, id, 1);
	assert_false(out.full);
	assert_int_equal(vsc_secinfos_finish(vsc_out_span(&out), &set), 0);
	assert_vector(vsc_blob_span(&set), example, "ef_cardaccess");
}

static void
published_card_access(void **state)
{
	(void)state;
	card_access("ECDH", "ECDH-GM-AES-128", "ECDH-AES-128", VSC_GROUP_ECDH, 13);
	card_access("DH", "DH-GM-AES-128", "DH-AES-128", VSC_GROUP_DH, 0);
}

static void
published_pace_info(void **state)
{
	uint8_t buf[200];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	VSC_AUTO_BLOB public = vector("I", "PK_IC_static");
	uint8_t spki_buf[120];
	struct vsc_out spki = vsc_out_from(spki_buf, sizeof(spki_buf));
	struct vsc_group *group;

	(void)state;
	vsc_secinfo_put_pace(&out, vsc_pace_alg_by_name("ECDH-GM-AES-128"), 13);
	assert_vector(vsc_out_span(&out), "G1", "PACEInfo");
	out = vsc_out_from(buf, sizeof(buf));
	assert_int_equal(vsc_group_new(&group, 13), 0);
	assert_int_equal(vsc_spki_put_standard(&spki, group, vsc_blob_span(&public)), 0);
	vsc_secinfo_put_ca_public(&out, VSC_GROUP_ECDH, vsc_out_span(&spki), 13);
	assert_vector(vsc_out_span(&out), "I", "CardSecurity_CAPublicKeyInfo");
	vsc_group_free(group);
}

/* The set inside the example's EF.CardSecurity: each info we can write comes out as it stands
 * there. */
static void
published_card_security(void **state)
{
	static const char *const files[] = { "npa/ecdh/ef_cardsecurity", "npa/dh/ef_cardsecurity" };

	(void)state;
	for (size_t i = 0; i < VSC_COUNT(files); i++) {
		VSC_AUTO_BLOB file = test_file(files[i]), content = { NULL, 0 },
			      again = { NULL, 0 };
		const struct vsc_secinfo *info;
		struct vsc_secinfos infos;
		struct vsc_group *group;
		VSC_AUTO_BLOB public = { NULL, 0 };
		uint8_t buf[1000], spki_buf[700];
		struct vsc_out out = vsc_out_from(buf, sizeof(buf));
		struct vsc_out spki = vsc_out_from(spki_buf, sizeof(spki_buf));
		enum vsc_group_kind kind = i == 0 ? VSC_GROUP_ECDH : VSC_GROUP_DH;
		const struct vsc_ri_alg *ri;

		assert_int_equal(
		    vsc_cms_content(vsc_blob_span(&file), VSC_OID_SECURITY_OBJECT, &content), 0);
		assert_int_equal(vsc_cms_content(vsc_blob_span(&file), VSC_OID_LDS_OBJECT, &again),
		    VSC_E_FORMAT);
		assert_int_equal(vsc_secinfos_parse(vsc_blob_span(&content), &infos), 0);
		assert_non_null(
		    info = vsc_secinfos_find(&infos, VSC_SECINFO_PACE, VSC_SECINFO_NONE));
		vsc_secinfo_put_pace(&out, info->pace, info->id);
		assert_non_null(info = vsc_secinfos_find(&infos, VSC_SECINFO_CA, 1));
		vsc_secinfo_put_ca(&out, info->ca, (unsigned)info->version, info->id);
		assert_non_null(info = vsc_secinfos_find(&infos, VSC_SECINFO_RI, 1));
		ri = info->ri;
		vsc_secinfo_put_ri(&out, ri, 1, false);
		assert_non_null(vsc_secinfos_find(&infos, VSC_SECINFO_RI, 2));
		vsc_secinfo_put_ri(&out, ri, 2, true);
		vsc_secinfo_put_ta(&out, 2);
		vsc_secinfo_put_locator(&out, "https://www.hjp-consulting.com/home");
		vsc_secinfo_put_ca_params(&out, kind, i == 0 ? 13 : 0, 1);
		vsc_secinfo_put_ri_params(&out, kind, i == 0 ? 13 : 0);
		assert_non_null(info = vsc_secinfos_find(&infos, VSC_SECINFO_CA_PUBLIC, 1));
		assert_int_equal(vsc_spki_parse(info->required, &group, &public), 0);
		assert_int_equal(vsc_spki_put_standard(&spki, group, vsc_blob_span(&public)), 0);
		vsc_secinfo_put_ca_public(&out, kind, vsc_out_span(&spki), 1);
		vsc_group_free(group);
		assert_false(out.full);
		assert_int_equal(vsc_secinfos_finish(vsc_out_span(&out), &again), 0);
		/* every element that we wrote stands in the file; it has nothing else but these */
		{
			struct vsc_span elements;
			struct vsc_tlv tlv;
			struct vsc_in in;
			size_t total = 0;

			assert_int_equal(vsc_tlv_only(vsc_blob_span(&again), 0x31, &elements), 0);
			in = vsc_in_from(elements);
			while (vsc_tlv_next_der(&in, &tlv) == 1) {
				if (vsc_span_find(vsc_blob_span(&content), tlv.whole, 0) ==
				    SIZE_MAX)
					assert_span_equal(tlv.whole, vsc_blob_span(&content));
				total += tlv.whole.len;
			}
			assert_int_equal(again.len, content.len);
			assert_int_equal(total, elements.len);
		}
	}
}

static void
reading_says_what_is_there(void **state)
{
	VSC_AUTO_BLOB set = vector("ECDH", "ef_cardaccess");
	struct vsc_secinfos infos;
	const struct vsc_secinfo *info;
	struct vsc_group *group;

	(void)state;
	assert_int_equal(vsc_secinfos_parse(vsc_blob_span(&set), &infos), 0);
	assert_int_equal(infos.count, 7);
	info = vsc_secinfos_find(&infos, VSC_SECINFO_CA_PARAMS, 2);
	assert_non_null(info);
	assert_true(info->privileged);
	assert_int_equal(vsc_params_parse(info->required, &group), 0);
	assert_int_equal(vsc_group_id(group), 13);
	vsc_group_free(group);
	assert_false(vsc_secinfos_find(&infos, VSC_SECINFO_CA, 1)->privileged);
	assert_null(vsc_secinfos_find(&infos, VSC_SECINFO_RI, VSC_SECINFO_NONE));
	assert_int_equal(vsc_secinfos_find(&infos, VSC_SECINFO_TA, VSC_SECINFO_NONE)->version, 2);
	for (size_t len = 0; len < set.len; len++)
		assert_int_equal(
		    vsc_secinfos_parse(vsc_span_from(set.ptr, len), &infos), VSC_E_FORMAT);
}

static const struct {
	const char *name;
	struct vsc_span set;
	int want;
} sets[] = {
	{ "empty", BYTES(0x31, 0x00), 0 },
	{ "unknown protocol", BYTES(0x31, 0x08, 0x30, 0x06, 0x06, 0x01, 0x2A, 0x02, 0x01, 0x01),
	    0 },
	{ "a sequence of", BYTES(0x30, 0x00), VSC_E_FORMAT },
	{ "element is no sequence", BYTES(0x31, 0x02, 0x04, 0x00), VSC_E_FORMAT },
	{ "no protocol", BYTES(0x31, 0x05, 0x30, 0x03, 0x02, 0x01, 0x01), VSC_E_FORMAT },
	{ "protocol alone", BYTES(0x31, 0x05, 0x30, 0x03, 0x06, 0x01, 0x2A), VSC_E_FORMAT },
	{ "four elements",
	    BYTES(0x31, 0x0E, 0x30, 0x0C, 0x06, 0x01, 0x2A, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01,
		0x02, 0x01, 0x01),
	    VSC_E_FORMAT },
	{ "length in two bytes", BYTES(0x31, 0x03, 0x30, 0x81, 0x00), VSC_E_FORMAT },
};

static void
malformed_sets(void **state)
{
	(void)state;
	for (size_t i = 0; i < VSC_COUNT(sets); i++) {
		struct vsc_secinfos infos;

		if (vsc_secinfos_parse(sets[i].set, &infos) != sets[i].want)
			FAIL_ROW(&sets[i], "result");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_card_access),
		cmocka_unit_test(published_pace_info),
		cmocka_unit_test(published_card_security),
		cmocka_unit_test(reading_says_what_is_there),
		cmocka_unit_test(malformed_sets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
