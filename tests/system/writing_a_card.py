#!/usr/bin/env python3
"""docs/writing-a-card.md as a newcomer follows it: its files and commands, in an empty folder, with an installed copy.

A fenced block "```c NAME" is a piece of the file NAME; in "```console", "$ " is a command and what follows is its output, where ".."
is anything. INSTALLED is the folder of the copy; tests/system/installed.sh makes it."""
import os
import re
import shutil
import socket
import subprocess
import tempfile
import unittest

import outcome

ROOT = os.environ["INSTALLED"] + os.environ["PREFIX"]
SOURCE = os.path.dirname(os.environ["EXAMPLES"])
PAGE = os.path.join(SOURCE, "docs/writing-a-card.md")


def blocks():
    with open(PAGE, encoding="utf-8") as file:
        return re.findall(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", file.read(), re.M | re.S)


def files():
    """Name -> text."""
    found = {}
    for _, name, text in blocks():
        if name:
            found[name] = found.get(name, "") + ("\n" if name in found else "") + text
    return found


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return str(s.getsockname()[1])


def commands():
    """(command, lines of output). Its port may be taken here: another one."""
    found = []
    for language, _, text in blocks():
        if language != "console":
            continue
        for line in text.splitlines():
            if line.startswith("$ "):
                found.append((line[2:].replace("4711", free_port()), []))
            else:
                found[-1][1].append(line)
    return found


class Page(unittest.TestCase):
    def test_files_are_the_examples(self):
        found = files()
        for name, path in (("classic.c", "derived-card"), ("parrot.c", "raw-card"), ("main.c", "embed"),
                           ("answer-two.py", "mitm"), ("card.py", "python-card")):
            with open(os.path.join(SOURCE, "examples", path, name), encoding="utf-8") as file:
                self.assertEqual(found[name], file.read(), name)

    def test_every_step(self):
        if shutil.which("opensc-tool") is None:
            self.skipTest("opensc-tool is not installed")
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        for name, text in files().items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        env = dict(os.environ, PATH=ROOT + "/bin:" + os.environ["PATH"])
        self.assertGreater(len(commands()), 8)
        for command, expected in commands():
            r = subprocess.run(["sh", "-c", command], cwd=folder, env=env, capture_output=True, text=True,
                               timeout=60, check=False)
            self.assertEqual(r.returncode, 0, f"{command}\n{r.stdout}{r.stderr}")
            came = [line.rstrip() for line in r.stdout.splitlines()]
            self.assertEqual(len(came), len(expected), f"{command}\n{r.stdout}{r.stderr}")
            for got, want in zip(came, expected):
                pattern = ".*".join(re.escape(part) for part in want.split(".."))
                self.assertRegex(got, f"^{pattern}$", command)


if __name__ == "__main__":
    outcome.main(verbosity=2)
