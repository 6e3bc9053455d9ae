"""The tag as it is served: its files put together and made small when the program starts, its parts beside it.

Why no minifier does it: of those on PyPI, some take out space only, as this does, and others bring a compiler or have
no wheel for macOS.
"""

import gzip
import hashlib
import re
from importlib.resources import files
from string import ascii_letters
from typing import NamedTuple

FILES = ("page", "ask", "show", "count", "views", "start")
PARTS = ("caps", "place", "list", "refresh", "style", "text", "debug")

_TEXT = r"""('(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`)"""
_COMMENT_OR_SPACE = re.compile(_TEXT + r"|(?:/\*.*?\*/|//[^\n]*|\s)+", re.DOTALL)
_SPACED_SIGN = re.compile(_TEXT + r"| ?([{}()\[\];,:?<>=&|!*+-]) ?")

_NUMBERS = re.compile(r"const(?:[ ,][A-Z_]+=\d+)+;")
_NUMBER = re.compile(r"([A-Z_]+)=(\d+)")
_NAME = re.compile(r"\b[A-Z_]+\b")
_CONST = re.compile(_TEXT + r"|\bconst\b")
_LETS = re.compile(r"(?<=[;{}])(let [^;{}'\"`]*);let ")
_FUNCTION = re.compile(r"\bfunction (\w{2,})\(")

# Chromium compiles scripts on a thread of their own while they load, but leaves out functions until they are called: on
# the page's main thread, one by one. This line says that nearly all will be; elsewhere it is a comment.
# https://v8.dev/blog/explicit-compile-hints
HINT = b"//# allFunctionsCalledOnLoad\n"


class Script(NamedTuple):
    """A script's text plain and packed, and what names this version of it."""

    plain: bytes
    packed: bytes
    etag: bytes


def compact(source: str) -> str:
    """Return the script without comments and needless space, with the values of constants that are numbers, and with
    one `let` for `const` after `const`, which is shorter. That nothing is assigned twice is for who reads the source.

    It knows strings but not regular expressions, nor templates in templates; statements must end in semicolons, and a
    constant's name must stand for nothing else: so ours are written.
    """
    spaced = _COMMENT_OR_SPACE.sub(lambda found: found[1] or " ", source).strip()
    text = _SPACED_SIGN.sub(lambda found: found[1] or found[2], spaced).replace(";}", "}")
    numbers = {name: value for line in _NUMBERS.findall(text) for name, value in _NUMBER.findall(line)}
    text = _NAME.sub(lambda found: numbers.get(found[0], found[0]), _NUMBERS.sub("", text))
    text = _CONST.sub(lambda found: found[1] or "let", text)
    while (joined := _LETS.sub(r"\1,", text)) != text:
        text = joined
    return text


def with_letters(text: str) -> str:
    """Return a compact script with a letter for each function's name, as long as there are letters. Such a name must
    stand for nothing else but members after a dot, and be in no template: so the tag is written."""
    taken = set(re.findall(r"\w+", text))
    letters = (letter for letter in ascii_letters + "$_" if letter not in taken)
    names = dict(zip(dict.fromkeys(_FUNCTION.findall(text)), letters, strict=False))
    name = re.compile(_TEXT + rf"|(?<![\w$-])((?<=\.\.\.)|(?<!\.))({'|'.join(names)})(?![\w$])")
    return name.sub(lambda found: found[1] or names[found[3]], text)


def _script(text: str) -> Script:
    plain = HINT + text.encode() + b"\n"
    etag = b'"' + hashlib.blake2b(plain, digest_size=8).hexdigest().encode() + b'"'
    return Script(plain, gzip.compress(plain, 9, mtime=0), etag)


def _read(name: str) -> str:
    return (files("adserver") / "static" / "tag" / f"{name}.js").read_text("utf-8")


TAG = _script(with_letters(compact("(() => {'use strict';" + "".join(map(_read, FILES)) + "})();")))
PART = {part: _script(compact(_read(f"parts/{part}"))) for part in PARTS}
