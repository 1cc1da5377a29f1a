#!/usr/bin/env python3
"""walk.py FILE: a walk-through in docs/ is run as it stands, in an empty folder: each line that begins
with "$ " by one shell, in order; a python block whose first line is "# NAME" is saved under that name
before; every line of a block that neither is must be in what the commands print.

From the environment: VICC and VICC_RUN, whose folders come first in PATH; python3 is the one that
runs this. Exit status 77: a Python package is missing.
"""
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def main():
    try:
        import cryptography  # noqa: F401
        import smartcard  # noqa: F401
    except ImportError as missing:
        print(f"skipped: {missing}", file=sys.stderr)
        return 77
    with open(sys.argv[1], encoding="utf-8") as file:
        blocks = re.findall(r"^```(\w*)\n(.*?)^```$", file.read(), re.S | re.M)
    commands, expected = ["set -e"], []
    with tempfile.TemporaryDirectory() as folder:
        for kind, text in blocks:
            name = re.match(r"# (\S+)\n", text)
            lines = text.splitlines()
            if kind == "python" and name:
                commands.append(f"cat >{name[1]} <<'END_OF_FILE'\n{text}END_OF_FILE")
            elif lines[0].startswith("$ "):
                commands += [line[2:] for line in lines if not line.startswith("$ SRC=")]
            elif kind == "" and not lines[0].startswith("terminal."):
                expected += lines
        links = os.path.join(folder, "bin")
        os.mkdir(links)
        os.symlink(sys.executable, os.path.join(links, "python3"))
        path = [links] + [os.path.dirname(os.path.abspath(os.environ[name]))
                          for name in ("VICC", "VICC_RUN")] + [os.environ["PATH"]]
        done = subprocess.run(
            ["bash", "-c", "\n".join(commands)], cwd=folder, capture_output=True, text=True,
            timeout=200, check=False,
            env=dict(os.environ, PATH=os.pathsep.join(path), SRC=os.path.realpath(ROOT)))
    missing = [line for line in expected if line not in done.stdout.splitlines()]
    if done.returncode or missing:
        print(done.stdout, done.stderr, "missing:", *missing, sep="\n")
        return 1
    print(f"ok: {len(commands)} commands, {len(expected)} lines as they should be")
    return 0


if __name__ == "__main__":
    sys.exit(main())
