/* A card that can only be read: commands that write are refused before they get there. A shared
 * object costs no second process: vicc --mitm ./readonly.so */
#include <card/middle.h>

vsc_middle_fn vsc_middle_command, vsc_middle_answer;

/* CREATE FILE, DELETE FILE, ERASE, WRITE and UPDATE BINARY and RECORD, APPEND RECORD, PUT DATA */
static const uint8_t writing[] = { 0xE0, 0xE4, 0x0C, 0x0E, 0x0F, 0xD0, 0xD1, 0xD2, 0xD6, 0xD7, 0xDA,
	0xDB, 0xDC, 0xDD, 0xE2 };

int
vsc_middle_command(struct vsc_span in, struct vsc_out *out)
{
	for (size_t i = 0; i < sizeof(writing); i++)
		if (in.len >= 4 && in.ptr[1] == writing[i]) {
			vsc_out_u16(out, 0x6982);
			return 1; /* answered */
		}
	vsc_out_put(out, in);
	return 0; /* goes on to the card */
}

int
vsc_middle_answer(struct vsc_span in, struct vsc_out *out)
{
	vsc_out_put(out, in);
	return 0;
}
