#!/usr/bin/env python3
"""Write a C file that holds a file's bytes: embed.py INPUT OUTPUT SYMBOL gives `struct vsc_span SYMBOL(void)`."""
import sys

source, target, symbol = sys.argv[1:]
data = open(source, 'rb').read()
rows = [', '.join(f'0x{byte:02X}' for byte in data[at:at + 16]) for at in range(0, len(data), 16)]
with open(target, 'w') as out:
    out.write('/* Made by tools/embed.py; do not edit. */\n#include "base/bytes.h"\n\n')
    out.write('static const uint8_t content[] = {\n\t' + ',\n\t'.join(rows) + ',\n};\n\n')
    out.write(f'struct vsc_span {symbol}(void);\n\n')
    out.write(f'struct vsc_span\n{symbol}(void)\n{{\n\treturn VSC_SPAN_OF(content);\n}}\n')
