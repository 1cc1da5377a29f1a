/* Keys against values of Python's cryptography (an independent implementation), and their refusals.
 */
#include "test.h"

#include "base/auto.h"
#include "crypto/key.h"

static const char rsa_p[] = "F4428349E2FDFDCEC7C9A0D1F594B37B006A6858D11D52FD20467C7BC69FB9D1"
			    "74A38AF8AAF2FE23B8887E012A7B885F18F7E7D0E5E07C065E16DAC3AA9B97D9";
static const char rsa_q[] = "E62024F27D084B5D2807CD94898BC9217862709A9A62AD811EC94886745FF8C6"
			    "95F129327719BFAF9F2652088AC8029ACC604EF5AF07C7A3236F36E445D98359";
static const char rsa_d[] = "2BC76F54DEAA1FAF7948A95B8E5C9C56E23C4FC7D604AB7911128B5058733210"
			    "5C15BEA1DA8BD34336D1740D3B52A04BE5FE86510CAEE294718CA730D9F6009A"
			    "E90FE37B787076BAA5FA51771EE043B31CCE955D49CF20221E0F33E57E0508CD"
			    "59A07BF2940A6B48755177379CAEF4C8E35B72B9F46340B7C2AF41E2B26EC0C1";
static const char rsa_n[] = "DB926D8583CF75A35A1A6BF3D90E41B30E7654FD7801C0D516085A7D7F5AB2C8"
			    "25E445D0CED6CBB12079D60274CCFF0CE0906EF4FD5A9872566B55FA0711D1D4"
			    "28D8414A57995779BA6E58D1BF0A984D19031E6B528273207764996475B46C9A"
			    "024559BC7114C7C186B35946D9C60CC909B16F3EEEF90457DB6DBF6922BCD571";
/* over SHA-256("abc"); the last three hold "secret", "secret" and 2 */
static const char rsa_sig[] = "3F69380DE933CCA3BF237515A98F6857056F47090D8E3FAE0A0BA29B30305959"
			      "71C9095018FBAAC250205CE86F8ABD6A8668A027B71EDB8E8CC5FD7BC08DB827"
			      "17E65A9281FAD9F7057D19B385C5D10A4D2C0CE3EB313D732D07B174FD4EB3B8"
			      "7D584A96520EB83740E29EC6CFCA50714CF02AA083372B6176CE40060A4D85E0";
static const char rsa_pss[] = "02FAD5E44EC33BF5C440932705EF9D1AE1AE4E2747ED51232E6F4C0200866CCF"
			      "39C082AB39A171DE547C7A543CD9B3C9CEB899399A6852AB13C2936E3BBF69CA"
			      "3BBE1F750D9B25E35DBE6FC27D8F39F4E0FD6891B494C828963551478B771202"
			      "6C389CF0C70A32D3D58B85FDD673F91AB482563B06C21A39B1EDF1F33BC4F75F";
static const char rsa_oaep[] = "85FFDC2DCB33EB4A92E47C85B6E7C287DB5E1493FBA75999B601D8BCC3427FA1"
			       "BF7AEDEFD7F3042C76C1CD56714432546E97457E3AAD4ABD9416D92F85C2DED1"
			       "296EB7AD18AA7A58FA38FD3EB6A785D51B2C1622DCEB17E1074C6E5CFB2F89FB"
			       "17775A786A248B765DED915CA9F34B1FDCD9AE303D38474D78B4F6E9255783F5";
static const char rsa_pk1[] = "26380D5EE5249100BDD893174DA6A4D2DB80CFEE3808BF74BE0CD0336AEDBA22"
			      "F87D7BD999B41ED67DC01DB820E0F2887ED666C6CDF3E3DA0A13CE59C477907D"
			      "105B4F52815175DFDBDC0AAFF83D38BE36165CBE5ED7B7FB87B43ED150D5C62A"
			      "E1531FAC3C9DC52CA12B40E6A381552FAF3C1D8C5C29FC5B3E847E2417E51A89";
static const char rsa_raw2[] = "C3A2F078C482F76510EC714D98C0E6F28C929521DB3FDD76D9FEF5BEBFCCBA73"
			       "A8A042156C3E3D01387D348F7125D441E8F3F7780D7907C0776D17665F832752"
			       "A137B1B30262817661275621AA062DBC52FC7D28CF12945247250E2F339A5287"
			       "D79BD018B14E4401D39B150A3722A7508C78F94E6E7C4454297F80A1A86D8018";

static const struct ec_row {
	const char *name, *secret, *point, *peer, *shared, *signature;
} ec_rows[] = {
	{ "secp256r1", "B8F2CFA1D0A56ABC814405E64A8C676E2CBF2C132F50E991E767104B75F85C00",
	    "047AD73356D7C46674D8B5CA53B35FDDA2F93002C76BA79E7278D8563B505D83"
	    "757E102B6678BDE765D75F4EA8E98BB7BC05F8B76EA4732D8CA29BEFEFCFAFEF"
	    "47",
	    "04C85E6D8E83CA2A4141316FBF4E48DF814C268E4973E38D5B77911E7CF50ED8"
	    "282259C0B7CC3F1E05D6D6ECD31F472F59A8794F3712505EE3527D011FB3F887"
	    "F2",
	    "CEA619CA87ED46C78A8C53E566DA77EA124940150E44D0966BECD8F7377A5D80",
	    "ED12C1B29B69E9AE6D5FE7522260D045CC880DE0C6DA5F4A8C5D1BF25496C635"
	    "FA91FA4F71D0210501F3279D7750E130A261409054DC7A08CA6F555DB9878695" },
	{ "brainpoolP256r1", "253335094B061A6512EBCE186925BD1113D0EFCDCCB21BD27E83EB097B34C3C5",
	    "046B636EED654DB7D4B6651B48432510522E1997EB56676A48730142967415EF"
	    "627D03213DE80DD36BE14A809C32F317CE2CCD50C9F3B047424E4C68C78E05AC"
	    "74",
	    "04077438CEA3CBC17544C367339E84C5C21FBB78149FA03CA18D4C1B5BF809B8"
	    "559AAC35359FD105A502B4A07137DC6423E2F567E4D5AA2A42D841407D4865C0"
	    "50",
	    "88CF93F1CA29B7F56069BDC2FAE49AB4E30F09F9F5A19C83234AECE10B717010",
	    "5C8AA60284A3AF24D9FE754EED175BC85A6443683C03F03FECDB122737F86977"
	    "58D01DCB73A43B5927EF7A4E01680149DDD4DAD036F2B43B6E9A8A3F5D19EB5F" },
	{ "secp521r1",
	    "01D3243E981F8E942F86F2D6488C3741B2F16FA8CFE8B7D2E6F1EF9BB670BF1A"
	    "9CCB6E338619EF71BB6D8F9E34A3D3C33FB3611C3E7C69C724DEB7DDD34CB5BA"
	    "B158",
	    "04014D8C83E4DE3EB7CF5340575FA3B0BE41177B7C98A621FC0E46EE9668FC6A"
	    "41342537A650D1BADC666D7278113F1E31D60667259EBB6A023093CE8E0D8A1E"
	    "680BFB01A0FB7108C9E5E0B4BD7495623728742C8965A91FD7ADD2E1050E7B93"
	    "1FDBD78BD5BFB7B378991AF221FF4BB4FBFB88DFF445E157BDFE0171144216C9"
	    "DD5CAC7BB9",
	    "0400F4BE79A23AF564FF576BFFAB7B9A06900EE230D6B3EE7FA343A8FE9F3BAA"
	    "0BDAFDE6486B265BECC0501FD47E5ADDE84F0D172F4698F1F0B32B3F459D222E"
	    "444C72008BA78DA225D5F117092FE7519D6787CEED10E4840316F2F8CFD09B2B"
	    "E48F31CD12A0AD9BB461A84B790637FBC09820E3AAE82BDDE11AC90AA4A6A0DA"
	    "B42BCA4354",
	    "00C18A659C8A8A641D8C44571884C2AB39C0CE1BCB03B3D0F6FF6A55D8A82C57"
	    "032BC147634DA62F8205FFDFC74E1A767C0510C42B08B8FB3CECB98A6A37F504"
	    "4736",
	    "00E4AFFE42A4184E3FB46C62707B4A42544BF6E6D2C7F4515DC8915AD1BDFC93"
	    "2F15CE81154C0FAE0EABC447FC109C2C75A75C97976573D7A010B263147B9A37"
	    "F965010C5D8B75C2C43CE94AF072F124931539CAD2A654D80291E4ACBCE1F2D8"
	    "C7BA687CD8A09BFA78C5FFD15CB899E294F76BE087A1EA1A87B364500ADAC43F"
	    "53318E10" },
};

struct fixture {
	struct vsc_blob blob[16];
	size_t used;
};

/* Bytes that live until the fixture is torn down. */
static struct vsc_span
hex(void **state, const char *text)
{
	struct fixture *f = *state;
	struct vsc_blob *blob = &f->blob[f->used++ % VSC_COUNT(f->blob)];

	assert_int_equal(vsc_hex_parse(vsc_span_str(text), blob), 0);
	return vsc_blob_span(blob);
}

static struct vsc_span
abc_digest(void **state)
{
	return hex(state, "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD");
}

static struct vsc_key *
rsa_key(void **state)
{
	struct vsc_rsa_parts parts = {
		.e = VSC_BYTES(0x01, 0x00, 0x01), .p = hex(state, rsa_p), .q = hex(state, rsa_q)
	};
	struct vsc_key *key;

	assert_int_equal(vsc_key_import_rsa(&key, &parts), 0);
	return key;
}

static void
rsa_from_any_parts(void **state)
{
	struct vsc_span e = VSC_BYTES(0x00, 0x01, 0x00, 0x01), n = hex(state, rsa_n),
			d = hex(state, rsa_d), p = hex(state, rsa_p), q = hex(state, rsa_q);
	const struct {
		const char *name;
		struct vsc_rsa_parts parts;
		int result;
		bool private;
	} rows[] = {
		{ "p q e", { .p = p, .q = q, .e = e }, 0, true },
		{ "p q d", { .p = p, .q = q, .d = d }, 0, true },
		{ "q p e", { .p = q, .q = p, .e = e }, 0, true },
		{ "n e d", { .n = n, .e = e, .d = d }, 0, true },
		{ "all", { .n = n, .e = e, .d = d, .p = p, .q = q }, 0, true },
		{ "n e", { .n = n, .e = e }, 0, false },
		{ "n", { .n = n }, VSC_E_PARAM, false },
		{ "n d", { .n = n, .d = d }, VSC_E_PARAM, false },
		{ "p e", { .p = p, .e = e }, VSC_E_PARAM, false },
		{ "p p e", { .p = p, .q = p, .e = e }, VSC_E_PARAM, false },
		{ "wrong n", { .n = d, .p = p, .q = q, .e = e }, VSC_E_PARAM, false },
		{ "wrong d", { .n = n, .e = e, .d = p }, VSC_E_PARAM, false },
		{ "wrong dp", { .p = p, .q = q, .e = e, .dp = p }, VSC_E_PARAM, false },
		{ "even e", { .p = p, .q = q, .e = VSC_BYTES(0x10) }, VSC_E_PARAM, false },
		{ "p not prime", { .p = d, .q = q, .e = e }, VSC_E_PARAM, false },
	};

	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		struct vsc_blob got_n = { NULL, 0 }, got_e = { NULL, 0 };
		struct vsc_key *key = NULL;
		uint8_t buf[128];
		struct vsc_out out = vsc_out_from(buf, sizeof(buf));

		if (vsc_key_import_rsa(&key, &rows[i].parts) != rows[i].result)
			FAIL_ROW(&rows[i], "result");
		if (rows[i].result < 0)
			continue;
		if (vsc_key_is_private(key) != rows[i].private)
			FAIL_ROW(&rows[i], "private");
		assert_int_equal(vsc_key_rsa_public(key, &got_n, &got_e), 0);
		assert_span_equal(vsc_blob_span(&got_n), n);
		assert_span_equal(vsc_blob_span(&got_e), VSC_BYTES(0x01, 0x00, 0x01));
		assert_int_equal(vsc_key_sign(key, VSC_SCHEME_RSA_PKCS1, VSC_HASH_SHA256,
				     abc_digest(state), &out),
		    rows[i].private ? 0 : VSC_E_PARAM);
		if (rows[i].private)
			assert_span_equal(vsc_out_span(&out), hex(state, rsa_sig));
		vsc_blob_free(&got_n);
		vsc_blob_free(&got_e);
		vsc_key_free(key);
	}
}

/* What a card that keeps CRT numbers in a file has: no exponent at all. */
static void
rsa_from_crt(void **state)
{
	static const enum vsc_rsa_number all[] = { VSC_RSA_P, VSC_RSA_Q, VSC_RSA_QINV, VSC_RSA_DP,
		VSC_RSA_DQ };
	struct vsc_key *key = rsa_key(state), *again;
	struct vsc_blob n = { NULL, 0 }, e = { NULL, 0 };
	uint8_t buf[VSC_COUNT(all) * 66];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_span numbers[VSC_COUNT(all)];

	for (size_t i = 0; i < VSC_COUNT(all); i++) {
		assert_int_equal(vsc_key_rsa_number(key, all[i], 66, &out), 0);
		numbers[i] = vsc_span_slice(vsc_out_span(&out), 66 * i, 66);
	}
	assert_int_equal(vsc_key_rsa_number(key, VSC_RSA_P, 32, &out), VSC_E_SPACE);
	assert_int_equal(vsc_key_rsa_number(key, VSC_RSA_P, 64, &out), VSC_E_SPACE);
	assert_span_equal(vsc_span_slice(numbers[0], 2, 64), hex(state, rsa_p));
	assert_int_equal(vsc_key_import_rsa(&again, &(struct vsc_rsa_parts){ .p = numbers[0],
							.q = numbers[1],
							.qinv = numbers[2],
							.dp = numbers[3],
							.dq = numbers[4] }),
	    0);
	assert_int_equal(vsc_key_rsa_public(again, &n, &e), 0);
	assert_span_equal(vsc_blob_span(&e), VSC_BYTES(0x01, 0x00, 0x01));
	vsc_key_free(again);
	/* two exponents that no e has */
	assert_int_equal(
	    vsc_key_import_rsa(&again,
		&(struct vsc_rsa_parts){
		    .p = numbers[0], .q = numbers[1], .dp = numbers[4], .dq = numbers[4] }),
	    VSC_E_PARAM);
	vsc_blob_free(&n);
	vsc_blob_free(&e);
	vsc_key_free(key);
}

static void
rsa_signatures(void **state)
{
	static const uint8_t info[] = { 0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
		0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20 };
	struct vsc_key *key = rsa_key(state);
	uint8_t buf[512], digest_info[51], two[128] = { 0 };
	struct vsc_out out = vsc_out_from(buf, sizeof(buf)),
		       di = vsc_out_from(digest_info, sizeof(digest_info));

	vsc_out_put(&di, VSC_SPAN_OF(info));
	vsc_out_put(&di, abc_digest(state));
	two[127] = 2;
	/* between two others, so that the kept context has to change */
	for (int pass = 0; pass < 2; pass++) {
		out.len = 0;
		assert_int_equal(
		    vsc_key_sign(key, VSC_SCHEME_RSA_PKCS1, VSC_HASH_NONE, vsc_out_span(&di), &out),
		    0);
		assert_span_equal(vsc_out_span(&out), hex(state, rsa_sig));
		out.len = 0;
		assert_int_equal(
		    vsc_key_sign(key, VSC_SCHEME_RSA_RAW, VSC_HASH_NONE, VSC_SPAN_OF(two), &out),
		    0);
		assert_span_equal(vsc_out_span(&out), hex(state, rsa_raw2));
		out.len = 0;
		assert_int_equal(
		    vsc_key_sign(key, VSC_SCHEME_RSA_PSS, VSC_HASH_SHA256, abc_digest(state), &out),
		    0);
		assert_int_equal(vsc_key_verify(key, VSC_SCHEME_RSA_PSS, VSC_HASH_SHA256,
				     abc_digest(state), vsc_out_span(&out)),
		    0);
	}
	assert_int_equal(vsc_key_verify(key, VSC_SCHEME_RSA_PSS, VSC_HASH_SHA256, abc_digest(state),
			     hex(state, rsa_pss)),
	    0);
	buf[5] ^= 1;
	assert_int_equal(vsc_key_verify(key, VSC_SCHEME_RSA_PSS, VSC_HASH_SHA256, abc_digest(state),
			     vsc_out_span(&out)),
	    VSC_E_VERIFY);
	/* not the digest's length, more than the modulus, scheme of another key */
	assert_int_equal(
	    vsc_key_sign(key, VSC_SCHEME_RSA_PKCS1, VSC_HASH_SHA1, abc_digest(state), &out),
	    VSC_E_PARAM);
	vsc_fill(two, 0xFF, sizeof(two));
	assert_int_equal(
	    vsc_key_sign(key, VSC_SCHEME_RSA_RAW, VSC_HASH_NONE, VSC_SPAN_OF(two), &out),
	    VSC_E_PARAM);
	assert_int_equal(
	    vsc_key_sign(key, VSC_SCHEME_ECDSA, VSC_HASH_NONE, abc_digest(state), &out),
	    VSC_E_PARAM);
	vsc_key_free(key);
}

static void
rsa_encipherment(void **state)
{
	static const struct {
		const char *name, *cryptogram;
		enum vsc_scheme scheme;
		enum vsc_hash hash;
	} rows[] = {
		{ "OAEP", rsa_oaep, VSC_SCHEME_RSA_OAEP, VSC_HASH_SHA256 },
		{ "PKCS#1", rsa_pk1, VSC_SCHEME_RSA_PKCS1, VSC_HASH_NONE },
	};
	struct vsc_key *key = rsa_key(state);
	uint8_t buf[128], back[128];

	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		struct vsc_out out = vsc_out_from(buf, sizeof(buf)),
			       plain = vsc_out_from(back, sizeof(back));

		assert_int_equal(vsc_key_decipher(key, rows[i].scheme, rows[i].hash,
				     hex(state, rows[i].cryptogram), &plain),
		    0);
		assert_span_equal(vsc_out_span(&plain), vsc_span_str("secret"));
		assert_int_equal(
		    vsc_key_encipher(key, rows[i].scheme, rows[i].hash, vsc_out_span(&plain), &out),
		    0);
		plain.len = 0;
		assert_int_equal(
		    vsc_key_decipher(key, rows[i].scheme, rows[i].hash, vsc_out_span(&out), &plain),
		    0);
		assert_span_equal(vsc_out_span(&plain), vsc_span_str("secret"));
		buf[9] ^= 1;
		plain.len = 0;
		if (vsc_key_decipher(key, rows[i].scheme, rows[i].hash, vsc_out_span(&out),
			&plain) != VSC_E_VERIFY)
			FAIL_ROW(&rows[i], "damaged");
	}
	vsc_key_free(key);
}

static void
ec_row(void **state, const struct ec_row *row)
{
	const struct vsc_curve *curve = vsc_curve_by_name(row->name);
	struct vsc_span point = hex(state, row->point);
	struct vsc_key *key;
	uint8_t buf[300], wrong[133];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));

	assert_non_null(curve);
	assert_int_equal(
	    vsc_key_import_ec(&key, curve, hex(state, row->secret), VSC_SPAN_EMPTY), 0);
	assert_int_equal(vsc_key_point(key, &out), 0);
	assert_span_equal(vsc_out_span(&out), point);
	for (int pass = 0; pass < 2; pass++) {
		out.len = 0;
		assert_int_equal(vsc_key_agree(key, hex(state, row->peer), &out), 0);
		assert_span_equal(vsc_out_span(&out), hex(state, row->shared));
	}
	assert_int_equal(vsc_key_verify(key, VSC_SCHEME_ECDSA, VSC_HASH_SHA256, abc_digest(state),
			     hex(state, row->signature)),
	    0);
	out.len = 0;
	assert_int_equal(
	    vsc_key_sign(key, VSC_SCHEME_ECDSA, VSC_HASH_NONE, abc_digest(state), &out), 0);
	assert_int_equal(out.len, 2 * vsc_key_len(key));
	assert_int_equal(vsc_key_verify(key, VSC_SCHEME_ECDSA, VSC_HASH_SHA256, abc_digest(state),
			     vsc_out_span(&out)),
	    0);
	buf[out.len - 1] ^= 1;
	assert_int_equal(vsc_key_verify(key, VSC_SCHEME_ECDSA, VSC_HASH_SHA256, abc_digest(state),
			     vsc_out_span(&out)),
	    VSC_E_VERIFY);
	out.len = 0;
	assert_int_equal(
	    vsc_key_sign(key, VSC_SCHEME_ECDSA_DER, VSC_HASH_SHA256, abc_digest(state), &out), 0);
	assert_int_equal(buf[0], 0x30);
	/* off the curve; the point at infinity; a point that is not the secret's */
	assert_int_equal(vsc_copy(wrong, sizeof(wrong), point), 0);
	wrong[point.len - 1] ^= 1;
	out.len = 0;
	assert_int_equal(vsc_key_agree(key, vsc_span_from(wrong, point.len), &out), VSC_E_PARAM);
	assert_int_equal(vsc_key_agree(key, VSC_BYTES(0x00), &out), VSC_E_PARAM);
	assert_int_equal(out.len, 0);
	vsc_key_free(key);
	key = NULL;
	assert_int_equal(
	    vsc_key_import_ec(&key, curve, hex(state, row->secret), hex(state, row->peer)),
	    VSC_E_PARAM);
	assert_int_equal(
	    vsc_key_import_ec(&key, curve, VSC_SPAN_EMPTY, vsc_span_from(wrong, point.len)),
	    VSC_E_PARAM);
	assert_int_equal(
	    vsc_key_import_ec(&key, curve, VSC_BYTES(0x00), VSC_SPAN_EMPTY), VSC_E_PARAM);
	assert_null(key);
}

static void
ec_keys(void **state)
{
	for (size_t i = 0; i < VSC_COUNT(ec_rows); i++)
		ec_row(state, &ec_rows[i]);
}

static void
edwards_and_montgomery(void **state)
{
	struct vsc_span secret =
	    hex(state, "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F");
	struct vsc_key *key;
	uint8_t buf[64];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));

	assert_int_equal(
	    vsc_key_import_ec(&key, vsc_curve_by_name("ED25519"), secret,
		hex(state, "03A107BFF3CE10BE1D70DD18E74BC09967E4D6309BA50D5F1DDC8664125531B8")),
	    0);
	assert_int_equal(
	    vsc_key_sign(key, VSC_SCHEME_EDDSA, VSC_HASH_NONE, vsc_span_str("abc"), &out), 0);
	assert_span_equal(vsc_out_span(&out),
	    hex(state, "CC46D62D3754F41754B27B6EA2CB2C272BAFA7A5A1F6062BD060F414E50CAAEAC2DA66AD39C"
		       "EF4424A90236EA907B7D8057E3443DC5ABFC9986967EE7213A407"));
	assert_int_equal(vsc_key_verify(key, VSC_SCHEME_EDDSA, VSC_HASH_NONE, vsc_span_str("abc"),
			     vsc_out_span(&out)),
	    0);
	assert_int_equal(vsc_key_verify(key, VSC_SCHEME_EDDSA, VSC_HASH_NONE, vsc_span_str("abd"),
			     vsc_out_span(&out)),
	    VSC_E_VERIFY);
	assert_int_equal(vsc_key_agree(key, secret, &out), VSC_E_PARAM);
	vsc_key_free(key);
	assert_int_equal(
	    vsc_key_import_ec(&key, vsc_curve_by_name("X25519"), secret, VSC_SPAN_EMPTY), 0);
	out.len = 0;
	assert_int_equal(
	    vsc_key_agree(key,
		hex(state, "07A37CBC142093C8B755DC1B10E86CB426374AD16AA853ED0BDFC0B2B86D1C7C"),
		&out),
	    0);
	assert_span_equal(vsc_out_span(&out),
	    hex(state, "4274A32E953ACB8314D0F09BCBCB5193C5EF799DDCD0036F8C4682E5801DAC73"));
	vsc_key_free(key);
}

/* Every kind can be made, stored, read back, and is then the same key. */
static void
saved_and_loaded(void **state)
{
	uint8_t before[300], after[300];

	(void)state;
	for (size_t i = 0; vsc_curve_nth(i) != NULL; i++) {
		struct vsc_out a = vsc_out_from(before, sizeof(before)),
			       b = vsc_out_from(after, sizeof(after));
		VSC_AUTO_BLOB der = { NULL, 0 };
		struct vsc_key *key, *copy;

		assert_int_equal(vsc_key_generate_ec(&key, vsc_curve_nth(i), NULL), 0);
		assert_int_equal(vsc_key_save(key, &der), 0);
		assert_int_equal(
		    vsc_key_load(&copy, vsc_key_kind(key), true, vsc_blob_span(&der)), 0);
		assert_ptr_equal(vsc_key_curve(copy), vsc_curve_nth(i));
		assert_int_equal(vsc_key_point(key, &a), 0);
		assert_int_equal(vsc_key_point(copy, &b), 0);
		assert_span_equal(vsc_out_span(&b), vsc_out_span(&a));
		vsc_key_free(copy);
		copy = NULL;
		assert_int_equal(
		    vsc_key_load(&copy, VSC_KEY_RSA, true, vsc_blob_span(&der)), VSC_E_CORRUPT);
		der.len--;
		assert_int_equal(vsc_key_load(&copy, vsc_key_kind(key), true, vsc_blob_span(&der)),
		    VSC_E_CORRUPT);
		der.len++;
		assert_null(copy);
		vsc_key_free(key);
	}
}

static void
rsa_generated(void **state)
{
	struct vsc_blob n = { NULL, 0 }, e = { NULL, 0 }, der = { NULL, 0 };
	struct vsc_key *key, *copy;
	char text[32];

	(void)state;
	assert_int_equal(vsc_key_generate_rsa(&key, 1024, VSC_BYTES(0x03)), 0);
	assert_int_equal(vsc_key_bits(key), 1024);
	assert_string_equal(vsc_key_text(key, text, sizeof(text)), "RSA 1024");
	assert_int_equal(vsc_key_rsa_public(key, &n, &e), 0);
	assert_span_equal(vsc_blob_span(&e), VSC_BYTES(0x03));
	assert_int_equal(vsc_key_save(key, &der), 0);
	assert_int_equal(vsc_key_load(&copy, VSC_KEY_RSA, true, vsc_blob_span(&der)), 0);
	vsc_key_free(copy);
	vsc_key_free(key);
	assert_int_equal(vsc_key_generate_rsa(&key, 1000, VSC_SPAN_EMPTY), VSC_E_PARAM);
	assert_int_equal(vsc_key_generate_rsa(&key, 8192, VSC_SPAN_EMPTY), VSC_E_PARAM);
	assert_int_equal(vsc_key_generate_rsa(&key, 1024, VSC_BYTES(0x04)), VSC_E_PARAM);
	vsc_blob_free(&n);
	vsc_blob_free(&e);
	vsc_blob_free(&der);
}

/* Every scheme with every hash, every curve: what one side makes the other takes, and only that. */
static void
both_sides_of_every_scheme(void **state)
{
	static const enum vsc_scheme rsa_schemes[] = { VSC_SCHEME_RSA_PKCS1, VSC_SCHEME_RSA_PSS };
	struct vsc_key *key = rsa_key(state);
	uint8_t digest[VSC_HASH_MAX] = { 1 }, sig[512], plain[128];
	struct vsc_out out, back;

	for (enum vsc_hash hash = VSC_HASH_SHA1; hash <= VSC_HASH_SHA512; hash++) {
		struct vsc_span input = vsc_span_from(digest, vsc_hash_len(hash));

		/* PSS with SHA-512 needs 130 bytes, OAEP with it too: too much for this modulus */
		for (size_t i = 0; i < VSC_COUNT(rsa_schemes); i++) {
			bool fits =
			    rsa_schemes[i] == VSC_SCHEME_RSA_PKCS1 || hash != VSC_HASH_SHA512;

			out = vsc_out_from(sig, sizeof(sig));
			assert_int_equal(
			    vsc_key_sign(key, rsa_schemes[i], hash, input, &out) == 0, fits);
			if (!fits)
				continue;
			assert_int_equal(
			    vsc_key_verify(key, rsa_schemes[i], hash, input, vsc_out_span(&out)),
			    0);
			sig[3] ^= 1;
			assert_int_equal(
			    vsc_key_verify(key, rsa_schemes[i], hash, input, vsc_out_span(&out)),
			    VSC_E_VERIFY);
		}
		out = vsc_out_from(sig, sizeof(sig));
		back = vsc_out_from(plain, sizeof(plain));
		assert_int_equal(vsc_key_encipher(key, VSC_SCHEME_RSA_OAEP, hash,
				     vsc_span_str("secret"), &out) == 0,
		    hash != VSC_HASH_SHA512);
		if (hash == VSC_HASH_SHA512)
			continue;
		assert_int_equal(
		    vsc_key_decipher(key, VSC_SCHEME_RSA_OAEP, hash, vsc_out_span(&out), &back), 0);
		assert_span_equal(vsc_out_span(&back), vsc_span_str("secret"));
	}
	vsc_key_free(key);
	for (size_t i = 0; vsc_curve_nth(i) != NULL; i++) {
		if (vsc_curve_nth(i)->kind != VSC_CURVE_WEIERSTRASS)
			continue;
		out = vsc_out_from(sig, sizeof(sig));
		assert_int_equal(vsc_key_generate_ec(&key, vsc_curve_nth(i), NULL), 0);
		/* longer than most orders: truncated on both sides */
		assert_int_equal(
		    vsc_key_sign(key, VSC_SCHEME_ECDSA, VSC_HASH_SHA512, VSC_SPAN_OF(digest), &out),
		    0);
		assert_int_equal(out.len, 2 * vsc_key_len(key));
		assert_int_equal(vsc_key_verify(key, VSC_SCHEME_ECDSA, VSC_HASH_NONE,
				     VSC_SPAN_OF(digest), vsc_out_span(&out)),
		    0);
		vsc_key_free(key);
	}
}

static void
symmetric(void **state)
{
	struct vsc_key *key;
	uint8_t buf[64], mac[8];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));

	/* FIPS 197 appendix B */
	assert_int_equal(vsc_key_import_symmetric(
			     &key, VSC_KEY_AES, hex(state, "2B7E151628AED2A6ABF7158809CF4F3C")),
	    0);
	assert_int_equal(vsc_key_encrypt_blocks(key, VSC_SCHEME_ECB, NULL,
			     hex(state, "3243F6A8885A308D313198A2E0370734"), &out),
	    0);
	assert_span_equal(vsc_out_span(&out), hex(state, "3925841D02DC09FBDC118597196A0B32"));
	assert_int_equal(vsc_key_decrypt_blocks(key, VSC_SCHEME_ECB, NULL,
			     hex(state, "3925841D02DC09FBDC118597196A0B32"), &out),
	    0);
	assert_span_equal(vsc_span_slice(vsc_out_span(&out), 16, 16),
	    hex(state, "3243F6A8885A308D313198A2E0370734"));
	assert_int_equal(
	    vsc_key_encrypt_blocks(key, VSC_SCHEME_CBC, NULL, vsc_span_from(buf, 15), &out),
	    VSC_E_PARAM);
	/* RFC 4493 example 2, cut to eight bytes */
	assert_int_equal(vsc_key_mac(key, hex(state, "6BC1BEE22E409F96E93D7E117393172A"), mac), 0);
	assert_span_equal(VSC_SPAN_OF(mac), hex(state, "070A16B46B4D4144"));
	vsc_key_free(key);
	assert_int_equal(
	    vsc_key_import_symmetric(&key, VSC_KEY_3DES, vsc_span_from(buf, 8)), VSC_E_PARAM);
	assert_int_equal(vsc_key_import_symmetric(&key, VSC_KEY_3DES, vsc_span_from(buf, 24)), 0);
	assert_int_equal(vsc_key_bits(key), 192);
	assert_int_equal(vsc_key_len(key), 8);
	assert_int_equal(
	    vsc_key_sign(key, VSC_SCHEME_RSA_RAW, VSC_HASH_NONE, vsc_span_from(buf, 8), &out),
	    VSC_E_PARAM);
	vsc_key_free(key);
}

/* The tables: ids unique, names and OIDs found again. */
static void
tables(void **state)
{
	(void)state;
	for (size_t i = 0; vsc_alg_nth(i) != NULL; i++) {
		const struct vsc_alg *alg = vsc_alg_nth(i);

		assert_ptr_equal(vsc_alg_by_id(alg->id), alg);
		if (alg->scheme == VSC_SCHEME_EC_KEY)
			assert_non_null(vsc_curve_by_id(alg->id));
	}
	for (size_t i = 0; vsc_curve_nth(i) != NULL; i++) {
		const struct vsc_curve *curve = vsc_curve_nth(i);

		assert_ptr_equal(vsc_curve_by_id(curve->id), curve);
		assert_ptr_equal(vsc_curve_by_oid(curve->oid), curve);
		assert_ptr_equal(vsc_curve_by_name(curve->name), curve);
		assert_int_equal(vsc_alg_by_id(curve->id)->scheme, VSC_SCHEME_EC_KEY);
	}
	assert_ptr_equal(vsc_curve_by_name("p-256"), vsc_curve_by_name("prime256v1"));
	assert_int_equal(vsc_hash_by_len(48), VSC_HASH_SHA384);
	assert_int_equal(vsc_hash_by_oid(vsc_hash_info(VSC_HASH_SHA224)->oid), VSC_HASH_SHA224);
	assert_null(vsc_alg_by_id(0x00));
}

static int
setup(void **state)
{
	static struct fixture fixture;

	fixture.used = 0;
	*state = &fixture;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < VSC_COUNT(f->blob); i++)
		vsc_blob_free(&f->blob[i]);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(rsa_from_any_parts, setup, teardown),
		cmocka_unit_test_setup_teardown(rsa_from_crt, setup, teardown),
		cmocka_unit_test_setup_teardown(rsa_signatures, setup, teardown),
		cmocka_unit_test_setup_teardown(rsa_encipherment, setup, teardown),
		cmocka_unit_test_setup_teardown(ec_keys, setup, teardown),
		cmocka_unit_test_setup_teardown(edwards_and_montgomery, setup, teardown),
		cmocka_unit_test_setup_teardown(saved_and_loaded, setup, teardown),
		cmocka_unit_test_setup_teardown(rsa_generated, setup, teardown),
		cmocka_unit_test_setup_teardown(both_sides_of_every_scheme, setup, teardown),
		cmocka_unit_test_setup_teardown(symmetric, setup, teardown),
		cmocka_unit_test_setup_teardown(tables, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
