#!/usr/bin/env python3
"""Run a middleman module of the predecessor's kind for vicc --mitm MODULE.py.

The module has get_MitM(), which returns an object with handleInPDU(bytes) and handleOutPDU(bytes);
both return the bytes to pass on, or None to leave them as they are. The lines that vicc speaks are
described in vicc(1). What the module prints goes to standard error.
"""
import importlib.util
import os
import sys


def load(path):
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    spec = importlib.util.spec_from_file_location('vicc_middleman', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.get_MitM()


def passed(handler, data):
    changed = handler(data)
    return data if changed is None else bytes(changed)


def main():
    if len(sys.argv) < 2:
        sys.exit('usage: vicc-mitm.py MODULE.py')
    wire = sys.stdout
    sys.stdout = sys.stderr
    sys.argv = sys.argv[1:]
    middle = load(sys.argv[0])
    for line in sys.stdin:
        kind, text = line[:1], line[1:].split('#')[0]
        if kind == '>':
            handler = middle.handleInPDU
        elif kind == '<':
            handler = middle.handleOutPDU
        else:
            continue
        wire.write(f'{kind} {passed(handler, bytes.fromhex(text)).hex(" ").upper()}\n')
        wire.flush()


if __name__ == '__main__':
    main()
