"""Image files: what they really are, and whether they may be shown."""

import hashlib
import struct
import warnings
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from adserver.inventory.faults import one_of
from adserver.inventory.model import Size

_EXTENSIONS = {"PNG": "png", "JPEG": "jpg", "GIF": "gif", "WEBP": "webp"}
# kB of the first load, by the IAB's fixed sizes; other sizes have the limit of the medium ones.
_WEIGHTS = {
    **dict.fromkeys([Size(970, 250), Size(300, 1050)], 250),
    **dict.fromkeys([Size(970, 90), Size(300, 600)], 200),
    **dict.fromkeys([Size(320, 50), Size(300, 50), Size(120, 60)], 50),
}
_OTHER_WEIGHT = 150
_KILOBYTE = 1024
_MAX_FILE_BYTES = 4 * 1024 * _KILOBYTE
# Decoding takes 4 bytes a pixel, so a small file could take all memory.
_MAX_PIXELS = 20_000_000
_PILLOW_ERRORS = (OSError, SyntaxError, ValueError, EOFError, struct.error, Image.DecompressionBombError)


@dataclass(frozen=True, slots=True)
class Asset:
    """An image file, named by its content."""

    name: str
    media_type: str
    width: int
    height: int
    content: bytes


def read_image(file: str, directory: Path) -> bytes:
    """The content of a file below the directory. Raises ValueError when there is none."""
    root = directory.resolve()
    try:
        path = (root / file).resolve()
        if not path.is_relative_to(root):
            raise ValueError(f"{file} is outside the directory of the inventory file")
        if not path.is_file():
            raise ValueError(f"there is no file {file} in {root}")
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise ValueError(f"{file} is larger than {_MAX_FILE_BYTES // _KILOBYTE**2} MB")
        return path.read_bytes()
    except OSError as error:
        raise ValueError(f"{file} cannot be read: {error.strerror}") from error


def asset_of(content: bytes) -> Asset:
    """The image that the bytes hold, decoded once to see that it is whole. Raises ValueError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(BytesIO(content), formats=tuple(_EXTENSIONS)) as image:
                if image.width * image.height > _MAX_PIXELS:
                    raise ValueError(f"the image has more than {_MAX_PIXELS // 1_000_000} million pixels")
                image.load()
    except UnidentifiedImageError as error:
        raise ValueError(f"the file is no {one_of(_EXTENSIONS)} image") from error
    except _PILLOW_ERRORS as error:
        raise ValueError(f"the image cannot be decoded: {error}") from error
    name = f"{hashlib.sha256(content).hexdigest()[:32]}.{_EXTENSIONS[str(image.format)]}"
    return Asset(name, Image.MIME[str(image.format)], image.width, image.height, content)


def dimension_fault(found: Size, declared: Size) -> str | None:
    """Images are as large as declared, or exactly twice that for dense screens."""
    doubled = Size(declared.width * 2, declared.height * 2)
    if found in (declared, doubled):
        return None
    return f"the image is {found}; expected {declared}, or {doubled} for dense screens"


def weight_fault(content: bytes, declared: Size) -> str | None:
    limit = _WEIGHTS.get(declared, _OTHER_WEIGHT)
    if len(content) <= limit * _KILOBYTE:
        return None
    return f"the file has {-(-len(content) // _KILOBYTE)} kB; {declared} may have {limit} kB"
