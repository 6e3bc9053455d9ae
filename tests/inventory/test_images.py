from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from adserver.inventory.images import asset_of, dimension_fault, read_image, weight_fault
from adserver.inventory.model import Size
from tests.inventory.files import picture


@pytest.mark.parametrize(
    ("kind", "extension", "media_type"),
    [
        ("PNG", "png", "image/png"),
        ("JPEG", "jpg", "image/jpeg"),
        ("GIF", "gif", "image/gif"),
        ("WEBP", "webp", "image/webp"),
    ],
)
def test_image_is_known_by_its_content(kind: str, extension: str, media_type: str) -> None:
    asset = asset_of(picture(300, 250, kind))
    assert asset.name.endswith(f".{extension}")
    assert len(asset.name.partition(".")[0]) == 32
    assert (asset.media_type, asset.width, asset.height) == (media_type, 300, 250)


def test_same_content_has_the_same_name() -> None:
    assert asset_of(picture(10, 10)).name == asset_of(picture(10, 10)).name
    assert asset_of(picture(10, 10)).name != asset_of(picture(10, 10, color="navy")).name


def _bomb() -> bytes:
    content = BytesIO()
    Image.new("1", (8000, 8000)).save(content, "PNG")
    return content.getvalue()


def _text_bomb() -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("comment", "x" * 100_000_000, zip=True)
    content = BytesIO()
    Image.new("RGB", (10, 10)).save(content, "PNG", pnginfo=info)
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no PNG, JPEG, GIF or WEBP image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no PNG, JPEG, GIF or WEBP image"),
        (picture(10, 10, "BMP"), "no PNG, JPEG, GIF or WEBP image"),
        (picture(300, 250)[:-80], "cannot be decoded"),
        (picture(300, 250, "JPEG")[:400], "cannot be decoded"),
        (_bomb(), "more than 20 million pixels"),
        (_text_bomb(), "cannot be decoded"),
    ],
    ids=["empty", "svg", "bmp", "cut-png", "cut-jpeg", "pixel-bomb", "text-bomb"],
)
def test_what_is_no_whole_image_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        asset_of(content)


@pytest.mark.parametrize(
    ("found", "is_fine"),
    [("728x90", True), ("1456x180", True), ("728x180", False), ("1456x90", False), ("364x45", False)],
)
def test_image_is_as_large_as_declared_or_twice_that(found: str, is_fine: bool) -> None:
    assert (dimension_fault(Size.parse(found), Size(728, 90)) is None) is is_fine


@pytest.mark.parametrize(
    ("size", "limit"),
    [("970x250", 250), ("728x90", 150), ("300x250", 150), ("320x50", 50), ("300x600", 200), ("320x100", 150)],
)
def test_weight_limit_follows_the_size(size: str, limit: int) -> None:
    assert weight_fault(b"x" * limit * 1024, Size.parse(size)) is None
    assert weight_fault(b"x" * (limit * 1024 + 1), Size.parse(size)) == (
        f"the file has {limit + 1} kB; {size} may have {limit} kB"
    )


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "secret.png").write_bytes(b"secret")
    inner = tmp_path / "inventory"
    (inner / "images").mkdir(parents=True)
    (inner / "images" / "a.png").write_bytes(b"image")
    (inner / "link.png").symlink_to(tmp_path / "secret.png")
    return inner


def test_file_is_read_below_the_directory(directory: Path) -> None:
    assert read_image("images/a.png", directory) == b"image"


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("../secret.png", "is outside the directory"),
        ("images/../../secret.png", "is outside the directory"),
        ("/etc/passwd", "is outside the directory"),
        ("link.png", "is outside the directory"),
        ("none.png", "there is no file none.png"),
        ("images", "there is no file images"),
        ("x" * 300, "cannot be read"),
    ],
)
def test_other_files_are_refused(directory: Path, file: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_image(file, directory)


def test_very_large_file_is_not_read(directory: Path) -> None:
    with (directory / "large.png").open("wb") as file:
        file.truncate(5 * 1024 * 1024)
    with pytest.raises(ValueError, match="larger than 4 MB"):
        read_image("large.png", directory)
