#!/usr/bin/env python3
"""Run a middleman module of the predecessor's kind for vicc --mitm MODULE.py.

The module has get_MitM(), which returns an object with handleInPDU(bytes) and handleOutPDU(bytes);
both return the bytes to pass on, or None to leave them as they are. The lines that vicc speaks are
described in vicc(1); the first one, a comment, says that the module is loaded, or why it is not.
What the module or a program of its prints goes to standard error.
"""
import importlib.util
import os
import sys
import traceback
import types


class Pdu(bytearray):
    """Bytes, as the predecessor's interface says, and a list of numbers, as it really passed: equal
    to either, added to either, changed in place, cut into its like."""

    __class__ = bytes  # for isinstance()

    def __getitem__(self, key):
        part = bytearray.__getitem__(self, key)
        return Pdu(part) if isinstance(key, slice) else part

    def __eq__(self, other):
        if isinstance(other, (list, tuple)):
            return list(self) == list(other)
        return bytearray.__eq__(self, other)

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash(bytes(self))

    def __add__(self, other):
        return Pdu(bytes(self) + bytes(other))

    def __radd__(self, other):
        return Pdu(bytes(other) + bytes(self))

    __iadd__ = __add__

    def __repr__(self):
        return repr(bytes(self))

    __str__ = __repr__

    def copy(self):
        return Pdu(self)


class RelayMiddleman:
    """What the predecessor gave modules to derive from, or to make of functions: a transformer's
    result goes on, a dispatcher only sees. Without them nothing changes."""

    def __init__(self, inTransformer=None, inDispatch=None, outTransformer=None, outDispatch=None):  # noqa: N803
        given = {'inTransformer': inTransformer, 'inDispatch': inDispatch,
                 'outTransformer': outTransformer, 'outDispatch': outDispatch}
        self.__dict__.update({name: function for name, function in given.items() if function})

    def _through(self, way, pdu):
        look, change = getattr(self, way + 'Dispatch', None), getattr(self, way + 'Transformer', None)
        if look is not None:
            look(pdu)
        return pdu if change is None else change(pdu)

    def handleInPDU(self, inPDU):  # noqa: N802, N803
        return self._through('in', inPDU)

    def handleOutPDU(self, outPDU):  # noqa: N802, N803
        return self._through('out', outPDU)


def composeMitMs(mitms):  # noqa: N802
    """One of several: the first is next to the reader, the last next to the card."""
    mitms = list(mitms)

    def command(pdu):
        for mitm in mitms:
            pdu = mitm.handleInPDU(pdu)
        return pdu

    def answer(pdu):
        for mitm in reversed(mitms):
            pdu = mitm.handleOutPDU(pdu)
        return pdu

    return RelayMiddleman(inTransformer=command, outTransformer=answer)


def ConsoleLogger(name='', inp='In', out='Out'):  # noqa: N802
    """Shows what goes through it."""
    def shower(way):
        before = '-'.join(part for part in (name, way) if part)
        return lambda pdu: print(f'{before}: {pdu}' if before else pdu)

    return RelayMiddleman(inDispatch=shower(inp), outDispatch=shower(out))


def stand_in():
    """virtualsmartcard.cards.RelayMiddleman, where the predecessor is not installed."""
    name = 'virtualsmartcard'
    if importlib.util.find_spec(name) is not None:
        return
    for part in ('', '.cards', '.cards.RelayMiddleman'):
        module = types.ModuleType(name + part)
        module.__path__ = []
        sys.modules[name + part] = module
    sys.modules[name].cards = sys.modules[name + '.cards']
    sys.modules[name].cards.RelayMiddleman = module
    for item in (RelayMiddleman, composeMitMs, ConsoleLogger):
        setattr(module, item.__name__, item)


def load(path):
    folder, file = os.path.split(os.path.abspath(path))
    sys.path.insert(0, folder)
    stand_in()
    spec = importlib.util.spec_from_file_location(os.path.splitext(file)[0], path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    middle = module.get_MitM()
    for name in ('handleInPDU', 'handleOutPDU'):
        if not callable(getattr(middle, name, None)):
            raise TypeError(f'what get_MitM() returned has no {name}')
    return middle


def passed(handler, data):
    changed = handler(Pdu(data))
    if isinstance(changed, str):
        return changed.encode('latin-1')
    if isinstance(changed, int):
        raise TypeError(f'{handler.__name__} returned {changed!r} instead of bytes')
    return data if changed is None else bytes(changed)


def take_wires():
    """vicc's two pipes for ourselves; what the module and its children write is seen, not spoken."""
    lines, wire = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), 'w')
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return lines, wire


def serve(middle, lines, wire):
    for line in lines:
        kind, text = line[:1], line[1:].split('#')[0]
        if kind == '>':
            handler = middle.handleInPDU
        elif kind == '<':
            handler = middle.handleOutPDU
        else:
            continue
        wire.write(f'{kind} {passed(handler, bytes.fromhex(text)).hex(" ").upper()}\n')
        wire.flush()


def why(error, path):
    """One line: the last place in the module, and what is wrong."""
    place = path
    for frame in traceback.extract_tb(error.__traceback__):
        if os.path.abspath(frame.filename) != os.path.abspath(__file__) and os.path.exists(frame.filename):
            place = f'{frame.filename}:{frame.lineno}: {frame.name}'
    return f'{place}: {traceback.format_exception_only(type(error), error)[-1].strip()}'


def main():
    if len(sys.argv) < 2:
        sys.exit('usage: vicc-mitm.py MODULE.py')
    lines, wire = take_wires()
    sys.stdout = sys.stderr
    sys.argv = sys.argv[1:]
    try:
        middle = load(sys.argv[0])
    except Exception as error:  # whatever a module raises
        print('#', why(error, sys.argv[0]), file=wire, flush=True)
        sys.exit(1)
    print('# ready', file=wire, flush=True)
    try:
        serve(middle, lines, wire)
    except Exception as error:
        sys.exit(why(error, sys.argv[0]))


if __name__ == '__main__':
    main()
