/* MACs of secure messaging: what goes in before and around the data objects. */
#include "card/sm_mac.h"

struct vsc_span
vsc_sm_counter(const struct vsc_sm_keys *keys)
{
	return vsc_span_from(keys->ssc, vsc_cipher_suite(keys->cipher)->block_len);
}

/* Pieces shorter than this together, as all short answers are, are copied into one: each costs
 * OpenSSL a call, which is dearer than the copy. */
#define GATHER_MAX 320

static int
mac_pieces(struct vsc_cipher *cipher, struct vsc_span head, struct vsc_span covered,
    struct vsc_span tail, uint8_t mac[VSC_SUITE_MAC_LEN])
{
	int rc;

	if ((rc = vsc_cipher_mac_start(cipher)) < 0 ||
	    (rc = vsc_cipher_mac_add(cipher, head)) < 0 ||
	    (rc = vsc_cipher_mac_add(cipher, covered)) < 0 ||
	    (rc = vsc_cipher_mac_add(cipher, tail)) < 0)
		return rc;
	return vsc_cipher_mac_end(cipher, mac);
}

int
vsc_sm_mac_chained(struct vsc_sm_keys *keys, enum vsc_sm_direction direction,
    struct vsc_span header, struct vsc_span covered, uint8_t mac[VSC_SUITE_MAC_LEN])
{
	struct vsc_cipher *cipher = direction == VSC_SM_ANSWER ? keys->answers : keys->cipher;
	size_t block = vsc_cipher_suite(cipher)->block_len;
	uint8_t first[2 * VSC_SUITE_BLOCK_MAX];
	struct vsc_out head = vsc_out_from(first, sizeof(first));
	int rc;

	vsc_out_put(&head, vsc_span_from(keys->mcv[direction], block));
	if (header.len > 0) {
		vsc_out_put(&head, header);
		vsc_pad(&head, header.len, block);
	}
	if ((rc = vsc_cipher_mac_start(cipher)) < 0 ||
	    (rc = vsc_cipher_mac_add(cipher, vsc_out_span(&head))) < 0 ||
	    (rc = vsc_cipher_mac_add(cipher, covered)) < 0 ||
	    (rc = vsc_cipher_mac_whole(cipher, keys->mcv[direction])) < 0)
		return rc;
	vsc_move(mac, keys->mcv[direction], VSC_SUITE_MAC_LEN);
	return 0;
}

int
vsc_sm_mac_counted(struct vsc_sm_keys *keys, struct vsc_span header, struct vsc_span covered,
    bool extra, uint8_t mac[VSC_SUITE_MAC_LEN])
{
	struct vsc_cipher *cipher = keys->cipher;
	size_t block = vsc_cipher_suite(cipher)->block_len;
	uint8_t first[GATHER_MAX], last[VSC_SUITE_BLOCK_MAX];
	struct vsc_out head = vsc_out_from(first, sizeof(first)),
		       tail = vsc_out_from(last, sizeof(last));

	vsc_out_put(&head, vsc_sm_counter(keys));
	if (header.len > 0) {
		vsc_out_put(&head, header);
		vsc_pad(&head, header.len, block);
	}
	if (covered.len > 0 || extra)
		vsc_pad(&tail, covered.len, block);
	if (covered.len + tail.len <= sizeof(first) - head.len) {
		vsc_out_put(&head, covered);
		vsc_out_put(&head, vsc_out_span(&tail));
		covered = VSC_SPAN_EMPTY;
		tail.len = 0;
	}
	return mac_pieces(cipher, vsc_out_span(&head), covered, vsc_out_span(&tail), mac);
}
