#!/usr/bin/env python3
"""Raw memory is touched in base/bytes.c only; what only Linux has is called where there is another
branch; files of src/ stay short enough to read, and begin with a comment that says what they are for."""
import re
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
LINES_MAX = 700

RAW = re.compile(r"\b(memcpy|memmove|mempcpy|memset|bcopy|bzero|strcpy|stpcpy|strncpy|strcat|"
                 r"strncat|sprintf|vsprintf|gets|alloca)\s*\(")
LINUX = re.compile(r"\b(accept4|pipe2|dup3|epoll_\w+|eventfd|signalfd|timerfd_\w+|memfd_create|close_range|"
                   r"prctl|ppoll|getrandom|secure_getenv|sigwaitinfo|sigtimedwait|reallocarray|"
                   r"explicit_bzero|strchrnul|memrchr|qsort_r|execvpe|fdatasync)\s*\(|\bSOCK_(CLOEXEC|NONBLOCK)\b")
NOT_CODE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', re.DOTALL)


OPENING = re.compile(r"/\*(.*?)\*/|((?://[^\n]*\n)+)", re.DOTALL)
WORDS_MIN = 2 # "SCardGetStatusChange" alone says nothing that the functions below do not


def opening(text):
    """The words of the comment that a file begins with."""
    match = OPENING.match(text)
    return re.findall(r"\w[\w'-]*", match.group(0)) if match else []


MANGLED = re.compile(r"\s*\*[^\s*/]") # clang-format joins a comment's overlong lines so


def mangled_comments(text):
    """Numbers of the lines in comments whose star sticks to the text."""
    for match in re.finditer(r"/\*.*?\*/", text, re.DOTALL):
        first = text.count("\n", 0, match.start()) + 1
        for number, line in enumerate(match.group(0).split("\n")[1:], first + 1):
            if MANGLED.match(line):
                yield number


def blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def complaints(path):
    text = path.read_text()
    name = path.relative_to(TOP)
    count = text.count("\n")
    if count > LINES_MAX:
        yield f"{name}: {count} lines, more than {LINES_MAX}"
    if len(opening(text)) < WORDS_MIN:
        yield f"{name}:1: no comment that says what the file is for"
    for number in mangled_comments(text):
        yield f"{name}:{number}: a table in a comment, garbled by clang-format: shorten its lines"
    if str(name) == "src/base/bytes.c":
        return
    for number, line in enumerate(NOT_CODE.sub(blank, text).splitlines(), 1):
        match = RAW.search(line)
        if match:
            yield f"{name}:{number}: {match.group(1)}; see base/bytes.h"
        match = LINUX.search(line)
        if match and "VSC_ON_LINUX" not in text and path.stem != "loop_epoll":
            yield f"{name}:{number}: only Linux has {match.group(0)}; see base/system.h"


def main():
    files = sorted((TOP / "src").rglob("*.[ch]"))
    found = [text for path in files for text in complaints(path)]
    print("\n".join(found) if found else f"{len(files)} files")
    return 1 if found or not files else 0


sys.exit(main())
