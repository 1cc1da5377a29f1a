#!/usr/bin/python3
"""vpcd-config: what it prints of several configurations, and that its QR codes can be scanned.

The terminal is rendered to a picture, dark and light, and read back by zbarimg.
Usage: vpcd-config.py PROGRAM VICC
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

PROGRAM, VICC = sys.argv[1:3]
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


LIBRARY = 'LIBPATH /usr/lib/pcsc/drivers/serial/libifdvpcd.so'


def test_output_that_cannot_be_written():
    for options in (['-c', '/dev/null'], ['--help'], ['--version']):
        with open('/dev/full', 'wb') as full:
            done = subprocess.run([PROGRAM, *options], stdout=full, stderr=subprocess.PIPE, text=True)
        assert done.returncode == 1, done
        assert 'cannot write to standard output' in done.stderr, done


def test_as_pcscd_reads_it():
    """What pcscd 1.9.9 makes of each was seen in its log and in the ports it opened."""
    for conf, ports in (
            (f'FRIENDLYNAME "A" DEVICENAME /dev/null:5000 {LIBRARY}', [5000]),
            (f'FRIENDLYNAME A\n{LIBRARY}\nDEVICENAME /dev/null:5000\nCHANNELID 6000', [5000]),
            (f'FRIENDLYNAME "A"\n{LIBRARY}\nCHANNELID 0x1000\nDEVICENAME /dev/null:5000', [4096]),
            (f'{LIBRARY}#x\n# y\nDEVICENAME "/dev/null:5000" # z\nFRIENDLYNAME "B"\n', [5000]),
            (f'CHANNELID 6000\nFRIENDLYNAME "A"\n{LIBRARY}\nFRIENDLYNAME "B"\n{LIBRARY}\nCHANNELID 7000',
             [6000, 7000]),
            (f'FRIENDLYNAME "A"\nDEVICENAME /dev/null\n{LIBRARY}', [35963])):
        slots = json.loads(run(conf, '--json').stdout)
        assert [slot['port'] for slot in slots if slot['slot'] == 0] == ports, (conf, slots)


def test_what_pcscd_refuses():
    for line, why, conf in (
            (2, 'the character [ outside', f'FRIENDLYNAME "A"\nDEVICENAME /dev/null@[::1]:5000\n{LIBRARY}\n'),
            (1, 'carriage return', f'FRIENDLYNAME "A"\r\nCHANNELID 5\r\n{LIBRARY}\r\n'),
            (2, 'LIBPATH takes no quotes', 'FRIENDLYNAME "A"\nLIBPATH "/x/libifdvpcd.so"\nCHANNELID 5\n'),
            (1, 'FRIENDLYNAME needs its value', f'FRIENDLYNAME\n"A"\nCHANNELID 5\n{LIBRARY}\n'),
            (1, '"friendlyname" is not one of', 'friendlyname "A"\n'),
            (3, 'a second FRIENDLYNAME', f'FRIENDLYNAME "A"\n{LIBRARY}\nFRIENDLYNAME "B"\nCHANNELID 5\n')):
        done = run(conf, '--json', status=1)
        assert json.loads(done.stdout) == [], done
        assert re.match(rf'vpcd-config: \S+:{line}: .*{re.escape(why)}.*; pcscd loads no reader at all\n$',
                        done.stderr), done
    for conf in (f'CHANNELID 5\n{LIBRARY}\n', f'FRIENDLYNAME "A"\n{LIBRARY}\n', 'FRIENDLYNAME "A"\n'):
        assert 'pcscd leaves it out' in run(conf, status=1).stderr


def test_one_family():
    """What localhost means may be the other one."""
    slot = json.loads(run(entry('/dev/null@::1:5000:slots=1'), '--json').stdout)[0]
    assert slot['hosts'] == ['::1'] and slot['command'] == 'vicc --hostname ::1 --port 5000', slot


def test_folder():
    with tempfile.TemporaryDirectory() as folder:
        for number, name in enumerate(('b', 'a', '.hidden')):
            with open(os.path.join(folder, name), 'w') as file:
                file.write(entry(f'/dev/null:{2000 + number}:slots=1'))
        os.mkdir(os.path.join(folder, 'sub'))
        os.symlink('a', os.path.join(folder, 'link'))
        os.symlink('/nonexistent', os.path.join(folder, 'dangling'))
        order = [name for name in os.listdir(folder) if name in ('a', 'b')]
        out = subprocess.run([PROGRAM, '-c', folder, '--json'], capture_output=True, text=True)
    assert (out.returncode, out.stderr) == (0, ''), out
    # as pcscd numbers them: in the order of the folder
    assert [(slot['port'], slot['reader']) for slot in json.loads(out.stdout)] == [
        ({'b': 2000, 'a': 2001}[name], f'Virtual PCD 0{n} 00') for n, name in enumerate(order)]


# A network of our own with two interfaces.
SETUP = ('ip link set lo up; ip link add v0 type veth peer name v1; ip link set v0 up; ip link set v1 up; '
         'ip address add 169.254.3.3/16 dev v0; ip address add 198.51.100.7/24 dev v0; '
         'ip address add 192.0.2.1/24 dev v1; ip address add 2001:db8::5/64 dev v1 nodad && exec "$@"')
NETWORK = ['unshare', '-rn', 'sh', '-c', SETUP, 'sh']


def test_interfaces():
    """All addresses are named, global ones first."""
    with tempfile.NamedTemporaryFile('w', suffix='.conf') as file:
        file.write(entry('/dev/null@0.0.0.0:2000:slots=1') + entry('/dev/null@:::0x7D0:slots=1'))
        file.flush()
        done = subprocess.run([*NETWORK, PROGRAM, '-c', file.name, '--json'], capture_output=True, text=True)
    if done.returncode != 0:
        print('SKIP interfaces: no network of our own here:', done.stderr.strip())
        return
    ipv4, ipv6 = json.loads(done.stdout)
    first = ipv4['hosts'][0]
    assert sorted(ipv4['hosts'][:2]) == ['192.0.2.1', '198.51.100.7'], ipv4
    assert ipv4['hosts'][2:] == ['169.254.3.3'], ipv4
    assert ipv4['uri'] == f'vpcd://{first}:2000'
    assert ipv4['command'] == f'vicc --hostname {first} --port 2000'
    assert ipv6['hosts'][0] == '2001:db8::5' and all('fe80' in host for host in ipv6['hosts'][1:]), ipv6
    assert ipv6['uri'] == 'vpcd://[2001:db8::5]:2000'


def test_waiting_card():
    """vicc --reversed prints its own code, where its address can be reached, and else the reason."""
    for host, uri in (('192.0.2.1', 'vicc://192.0.2.1:4000'), ('2001:db8::5', 'vicc://[2001:db8::5]:4000'),
                      ('localhost', None)):
        card = subprocess.Popen([*NETWORK, VICC, '-v', '-R', '-H', host, '-P', '4000'], text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        line = (card.stdout if uri else card.stderr).readline()
        if not line.startswith(('vicc', 'localhost')):
            print('SKIP waiting card: no network of our own here')
            card.communicate()
            return
        if uri is None:
            while 'no QR code: only programs on this machine can connect' not in line:
                line = card.stderr.readline()
                assert line, 'it ended'
        card.terminate()
        out, err = card.communicate(timeout=20)
        assert card.returncode == 0, err
        if uri is None:
            assert out == ''
        else:
            assert line.strip() == uri, line
            if shutil.which('zbarimg') is not None and code_lines(out):
                assert scan(render(code_lines(out), 0, 255)) == uri


def test_codes():
    """Under addresses that others reach: a family each."""
    for device, uri in (('192.0.2.1:0x8C7B', 'vpcd://192.0.2.1:35963'),
                        ('2001:db8::5:4000', 'vpcd://[2001:db8::5]:4000')):
        codes(entry(f'/dev/null@{device}:slots=1'), uri)


def codes(conf, uri):
    out = run(conf).stdout
    assert re.search(r'vpcd://\S+', out).group() == uri, out
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
