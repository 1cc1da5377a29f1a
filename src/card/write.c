/* OR, AND, once: see write.h. */
#include "card/write.h"

uint8_t
vsc_write_erased(uint8_t coding)
{
	return (coding & 0x60) == 0x60 ? 0xFF : 0x00;
}

vsc_sw
vsc_write_combine(uint8_t coding, uint8_t *bytes, struct vsc_span data)
{
	unsigned function = coding & 0x60;

	if (function == 0x00)
		for (size_t i = 0; i < data.len; i++)
			if (bytes[i] != vsc_write_erased(coding))
				return VSC_SW_CONDITIONS;
	for (size_t i = 0; i < data.len; i++) {
		if (function == 0x40)
			bytes[i] |= data.ptr[i];
		else if (function == 0x60)
			bytes[i] &= data.ptr[i];
		else
			bytes[i] = data.ptr[i];
	}
	return VSC_SW_OK;
}
