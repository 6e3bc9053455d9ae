"""The Lua scripts, which Redis runs whole or not at all."""

from importlib.resources import files

_FOLDER = files(__package__)

COMMIT = (_FOLDER / "commit.lua").read_text()
CLAIM = (_FOLDER / "claim.lua").read_text()
RELEASE = (_FOLDER / "release.lua").read_text()
