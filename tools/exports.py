#!/usr/bin/env python3
"""The linker's version script for a library that exports what its headers declare and nothing else:
exports.py OUTPUT HEADER..."""
import re
import sys

COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
NESTED = re.compile(r"\([^()]*\)|\[[^]]*\]")
TYPE_ALONE = re.compile(r"\s*(struct|enum|union)\s+\w+\s*$")  # declared or defined, no object of it
NAME = re.compile(r"\bvsc_\w+")


def declarations(text):
    """What ends with a semicolon outside of braces, without what is in braces."""
    depth, start = 0, ""
    for char in DIRECTIVE.sub("", COMMENT.sub(" ", text)):
        if char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
            if "(" in start and depth == 0:  # the body of an inline function: no semicolon follows
                start = ""
        elif depth > 0:
            continue
        elif char == ";":
            yield start
            start = ""
        else:
            start += char


def without_arguments(declaration):
    """"int f(int (*g)(void)), h" -> "int f, h"."""
    while NESTED.search(declaration):
        declaration = NESTED.sub("", declaration)
    return declaration


def symbols(text):
    for declaration in declarations(text):
        if re.search(r"\b(static|typedef)\b", declaration) or TYPE_ALONE.match(declaration):
            continue
        for declarator in without_arguments(declaration).split(","):
            names = NAME.findall(declarator)
            yield from names[-1:]  # behind its type


def main():
    output, *headers = sys.argv[1:]
    names = sorted({name for header in headers for name in symbols(open(header).read())})
    with open(output, "w") as out:
        out.write("/* Made by tools/exports.py; do not edit. */\n{\nglobal:\n")
        out.writelines(f"\t{name};\n" for name in names)
        out.write("local:\n\t*;\n};\n")


main()
