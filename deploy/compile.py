"""Compiles the package's `.pyx` files when it is built or installed.

`ADSERVER_COMPILED` says whether that is `required` or not to be done (`no`); without it, a machine that has no C
compiler gets the same service in Python alone, at a fraction of the ad requests.
"""

import hashlib
import os
import re
import shutil
from contextlib import chdir
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_BUILT = Path("build")
_INCLUDE = re.compile(r'^include "(.+)"$', re.MULTILINE)


class CompileHook(BuildHookInterface[Any]):
    """Puts the compiled files beside their sources for an editable install, else into the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        wanted = os.environ.get("ADSERVER_COMPILED", "")
        if wanted == "no":
            return
        try:
            with chdir(self.root):
                compiled = _compile(sorted(Path("adserver").rglob("*.pyx")))
        # Whatever is missing or fails, setuptools ends by an exception of its own; the service runs without.
        except (Exception, SystemExit) as fault:
            if wanted == "required":
                raise
            self.app.display_warning(f"adserver is not compiled and will be slower: {fault}")
            return
        if version == "editable":
            for path in compiled:
                _put_beside_source(Path(self.root), path)
            return
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        build_data["force_include"] |= {
            str(Path(self.root) / path): str(path.relative_to(_BUILT / "lib")) for path in compiled
        }


def _compile(sources: list[Path]) -> list[Path]:
    """Return the compiled files, below build/lib; those that are up to date are not made again."""
    # What only a build needs is imported by a build only.
    from Cython.Build import cythonize
    from setuptools import Distribution, Extension

    extensions = [
        Extension(
            ".".join(source.with_suffix("").parts),
            [str(source)],
            extra_compile_args=["-O3"],
            define_macros=[("SOURCE_DIGEST", f'"{digest_of(source)}"')],
        )
        for source in sources
    ]
    made = cythonize(extensions, build_dir=str(_BUILT / "cython"), quiet=True)
    command = Distribution({"name": "adserver", "ext_modules": made}).get_command_obj("build_ext")
    command.build_lib, command.build_temp = str(_BUILT / "lib"), str(_BUILT / "temp")
    command.ensure_finalized()
    command.run()
    return [Path(path) for path in command.get_outputs()]


def digest_of(source: Path) -> str:
    """Return what tells whether a compiled file is that of the source beside it, and of what that includes."""
    digest = hashlib.sha256(source.read_bytes())
    for included in _INCLUDE.findall(source.read_text()):
        digest.update((source.parent / included).read_bytes())
    return digest.hexdigest()


def _put_beside_source(root: Path, compiled: Path) -> None:
    """Put the file there whole: processes that run have the old one open."""
    place = root / compiled.relative_to(_BUILT / "lib")
    unfinished = place.with_suffix(f".{os.getpid()}")
    shutil.copyfile(root / compiled, unfinished)
    unfinished.replace(place)
