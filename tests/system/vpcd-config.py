#!/usr/bin/python3
"""vpcd-config: what it prints of several configurations, and that its QR codes can be scanned.

The terminal is rendered to a picture, dark and light, and read back by zbarimg.
Usage: vpcd-config.py PROGRAM
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

PROGRAM = sys.argv[1]
BLOCKS = {' ': (0, 0), '▀': (1, 0), '▄': (0, 1), '█': (1, 1)}
SCALE = 6


def run(conf, *options, status=0):
    with tempfile.NamedTemporaryFile('w', suffix='.conf') as file:
        file.write(conf)
        file.flush()
        done = subprocess.run([PROGRAM, '--config', file.name, *options], capture_output=True,
                              encoding='utf-8', timeout=20)
    assert done.returncode == status, (conf, done)
    return done


def entry(device, name='Virtual PCD', library='/usr/lib/pcsc/drivers/serial/libifdvpcd.so'):
    return f'FRIENDLYNAME "{name}"\nDEVICENAME {device}\nLIBPATH {library}\nCHANNELID 0x8C7B\n'


def code_lines(text):
    """The lines of a QR code: blocks and blanks only, wide, colours taken off."""
    lines = [re.sub('\x1b\\[[0-9;]*m', '', line) for line in text.split('\n')]
    return [line for line in lines if len(line) > 20 and set(line) <= set(BLOCKS)]


def render(lines, ink, paper):
    """A picture of the terminal: painted halves in the text colour, a margin of paper around."""
    width = max(map(len, lines)) + 4
    blank = [paper] * width
    rows = [blank, blank]
    for line in lines:
        cells = [BLOCKS[c] for c in line.ljust(width - 4)]
        for half in (0, 1):
            rows.append([paper] * 2 + [ink if cell[half] else paper for cell in cells] + [paper] * 2)
    rows += [blank, blank]
    pixels = bytes(value for row in rows for _ in range(SCALE) for value in row for _ in range(SCALE))
    return b'P5 %d %d 255\n' % (width * SCALE, len(rows) * SCALE) + pixels


def scan(picture):
    with tempfile.NamedTemporaryFile(suffix='.pgm') as file:
        file.write(picture)
        file.flush()
        done = subprocess.run(['zbarimg', '-q', '--raw', file.name], capture_output=True, text=True)
    return done.stdout.strip()


def test_loopback():
    out = run(entry('/dev/null:0x8C7B')).stdout
    assert 'Virtual PCD 00 00' in out and 'Virtual PCD 00 01' in out
    assert 'vicc --hostname localhost --port 35963' in out
    assert 'vicc --hostname localhost --port 35964' in out
    assert 'nobody outside can reach it' in out
    assert not code_lines(out)


def test_json():
    conf = (entry('/dev/null:1000:slots=1') + entry('::1:0x100:slots=1', 'Other') +
            entry('/dev/null@/run/x.sock:', 'Third') + entry('/dev/ttyS0', 'Not ours', '/x/libifdccid.so'))
    slots = json.loads(run(conf, '--json').stdout)
    assert [(slot['reader'], slot['command']) for slot in slots] == [
        ('Virtual PCD 00 00', 'vicc --hostname localhost --port 1000'),
        ('Other 01 00', 'vicc --reversed --hostname ::1 --port 256'),
        ('Third 02 00', 'vicc --connect unix:/run/x.sock'),
        ('Third 02 01', 'vicc --connect unix:/run/x.sock.1')], slots
    assert slots[0]['uri'] is None and slots[0]['mode'] == 'listen'
    assert slots[1]['mode'] == 'connect' and slots[1]['hosts'] == ['::1']


def test_bad_configuration():
    done = run(entry('/dev/null:99999'), status=1)
    assert '99999' in done.stderr, done
    done = subprocess.run([PROGRAM, '--config', '/nonexistent'], capture_output=True, text=True)
    assert done.returncode == 1 and '/nonexistent: No such file' in done.stderr
    for wrong in (['--frobnicate'], ['operand'], ['--style', 'pink']):
        done = subprocess.run([PROGRAM, *wrong], capture_output=True, text=True)
        assert done.returncode == 2 and done.stderr.count('\n') == 1, done


def test_folder():
    with tempfile.TemporaryDirectory() as folder:
        for number, name in enumerate(('b', 'a', '.hidden')):
            with open(os.path.join(folder, name), 'w') as file:
                file.write(entry(f'/dev/null:{2000 + number}:slots=1'))
        out = subprocess.run([PROGRAM, '-c', folder, '--json'], capture_output=True, text=True)
    assert [slot['port'] for slot in json.loads(out.stdout)] == [2001, 2000]


def test_codes():
    """Under an address that others reach: one of this machine's, else 192.0.2.1 on a dummy device."""
    conf = entry('/dev/null@0.0.0.0:0x8C7B:slots=1')
    out = run(conf).stdout
    if 'no address but its loopback' in out:
        print('SKIP codes: this machine has no address but loopback')
        return
    uri = re.search(r'vpcd://\S+', out).group()
    if not code_lines(out):
        print('SKIP codes: built without libqrencode')
        return
    if shutil.which('zbarimg') is None:
        print('SKIP codes: zbarimg is not installed (package zbar-tools)')
        return
    black, white = 0, 255
    assert scan(render(code_lines(out), black, white)) == uri
    assert scan(render(code_lines(run(conf, '--style', 'light').stdout), black, white)) == uri
    assert scan(render(code_lines(run(conf, '--style', 'dark').stdout), white, black)) == uri


for name, function in list(globals().items()):
    if name.startswith('test_'):
        function()
        print('ok', name)
