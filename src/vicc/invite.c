/* The invitation of vicc --reversed: see invite.h. */
#include "vicc/invite.h"

#include <stdio.h>

#include "base/auto.h"
#include "vicc/netif.h"
#include "vicc/qr.h"

#define CODE_MAX 65536

static void
print_code(const char *uri)
{
	VSC_AUTO_BLOB text = { NULL, 0 };
	struct vsc_out out;

	printf("%s\n", uri);
	if (vsc_qr_available() && vsc_blob_alloc(&text, CODE_MAX) == 0) {
		out = vsc_out_from(text.ptr, text.len);
		if (vsc_qr_draw(&out, uri, VSC_QR_COLOR) == 0)
			fwrite(text.ptr, 1, out.len, stdout);
	}
	fflush(stdout);
}

void
vsc_invite_print(const struct vsc_endpoint *ep, const struct vsc_env *env)
{
	struct vsc_address address;
	enum vsc_reach reach;
	size_t count = 0;
	char uri[VSC_ADDRESS_MAX + 32];

	if (ep->kind != VSC_ENDPOINT_TCP)
		return;
	if (vsc_netif_list(ep->host, &address, 1, &count, &reach) < 0)
		return;
	if (count == 0 || reach != VSC_REACH_OUTSIDE) {
		vsc_env_log(env, VSC_LOG_INFO, "no QR code: %s",
		    reach == VSC_REACH_NONE
			? "this machine has no address but its loopback ones"
			: "only programs on this machine can connect; --hostname gives an address, "
			  "'*' for all");
		return;
	}
	snprintf(uri, sizeof(uri), address.ipv6 ? "vicc://[%s]:%u" : "vicc://%s:%u", address.text,
	    (unsigned)ep->port);
	print_code(uri);
}
