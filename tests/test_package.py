"""sql/ is found from the checkout, from an editable install and from a built wheel, which holds all that it needs."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MIGRATIONS = sorted(path.name for path in (ROOT / "sql").glob("[0-9]*.sql"))
COMPILED = ".so"
SOURCES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "adserver").rglob("*.pyx"))
SQL_DIRECTORY = "from adserver.schema import sql_directory; print(sql_directory().resolve())"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("wheel")
    build = ("-m", "build", "--wheel", "--no-isolation", "--outdir", directory, ROOT)
    _run(sys.executable, *build, ADSERVER_COMPILED="required" if shutil.which("cc") else "no")
    [wheel] = directory.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The python of a fresh environment that has the wheel; what the wheel needs comes from this environment."""
    python = _fresh_environment(tmp_path_factory.mktemp("installed"))
    _run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel)
    return python


@pytest.fixture(scope="module")
def editable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    python = _fresh_environment(tmp_path_factory.mktemp("editable"))
    install = ("install", "--no-deps", "--no-index", "--no-build-isolation", "-e", ROOT)
    _run(sys.executable, "-m", "pip", "--python", python, *install)
    return python


def _fresh_environment(directory: Path) -> Path:
    _run(sys.executable, "-m", "venv", "--without-pip", directory)
    [site_packages] = directory.glob("lib/python3*/site-packages")
    (site_packages / "what_adserver_needs.pth").write_text(sysconfig.get_path("purelib"))
    return directory / "bin" / "python"


def _run(*command: str | Path, cwd: Path | None = None, **environment: str) -> str:
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        command, cwd=cwd, env=inherited | environment, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_wheel_holds_every_file_of_the_package_and_of_sql(wheel: Path) -> None:
    sources = [path for path in (ROOT / "adserver").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    expected = {str(path.relative_to(ROOT)) for path in sources if path.suffix != COMPILED}
    expected |= {f"adserver/{path.relative_to(ROOT)}" for path in (ROOT / "sql").rglob("*.sql")}
    held = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("adserver/")}
    assert {name for name in held if not name.endswith(COMPILED)} == expected


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
def test_wheel_holds_what_is_compiled(wheel: Path) -> None:
    sources = {str(path.relative_to(ROOT)).removesuffix(".pyx") for path in (ROOT / "adserver").rglob("*.pyx")}
    assert {name.split(".")[0] for name in zipfile.ZipFile(wheel).namelist() if name.endswith(COMPILED)} == sources


def test_sources_without_a_compiler_are_a_package_too(tmp_path: Path) -> None:
    from_sdist = ("-m", "build", "--no-isolation", "--outdir", tmp_path, ROOT)  # so that nothing is compiled already
    _run(sys.executable, *from_sdist, CC="no-such-compiler", ADSERVER_COMPILED="")
    [wheel] = tmp_path.glob("*-py3-none-any.whl")
    assert [name for name in zipfile.ZipFile(wheel).namelist() if name.endswith(COMPILED)] == []


@pytest.mark.parametrize("source", SOURCES, ids=str)
def test_what_is_compiled_here_is_of_this_source(source: str) -> None:
    module = pytest.importorskip(source.replace("/", ".").removesuffix(".pyx"), exc_type=ImportError)
    digest = hashlib.sha256((ROOT / source).read_bytes())
    for included in re.findall(r'^include "(.+)"$', (ROOT / source).read_text(), re.MULTILINE):
        digest.update((ROOT / source).parent.joinpath(included).read_bytes())
    assert digest.hexdigest() == module.SOURCE, "compile it again: pip install -e ."


@pytest.mark.parametrize(
    "beginning", [f"adserver/{folder}/" for folder in ("sql", "templates", "static", "locales", "demo/data")]
)
def test_wheel_holds_what_is_not_code(wheel: Path, beginning: str) -> None:
    held = [name for name in zipfile.ZipFile(wheel).namelist() if name.startswith(beginning)]
    assert [name for name in held if not name.endswith(".py")] != []


def test_wheel_has_a_licence_and_the_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        [licence] = [name for name in archive.namelist() if name.endswith("licenses/LICENSE")]
        [entry_points] = [name for name in archive.namelist() if name.endswith("entry_points.txt")]
        assert b"adserver = adserver.cli:main" in archive.read(entry_points)
        assert archive.read(licence) == (ROOT / "LICENSE").read_bytes()


def test_sql_of_a_wheel_is_inside_the_installed_package(installed: Path, tmp_path: Path) -> None:
    found = Path(_run(installed, "-c", SQL_DIRECTORY, cwd=tmp_path).strip())
    assert found.is_relative_to(installed.parents[1].resolve())
    assert sorted(path.name for path in found.glob("[0-9]*.sql")) == MIGRATIONS


def test_sql_of_an_editable_install_is_that_of_the_checkout(editable: Path, tmp_path: Path) -> None:
    assert Path(_run(editable, "-c", SQL_DIRECTORY, cwd=tmp_path).strip()) == ROOT / "sql"


def test_sql_of_a_checkout_is_beside_the_package() -> None:
    assert Path(_run(sys.executable, "-c", SQL_DIRECTORY, cwd=ROOT).strip()) == ROOT / "sql"


@pytest.mark.parametrize("environment", ["installed", "editable"])
def test_migrate_runs_from_an_unrelated_folder(
    request: pytest.FixtureRequest, environment: str, empty_database: str, tmp_path: Path
) -> None:
    command = request.getfixturevalue(environment).parent / "adserver"
    settings = {
        "ADSERVER_DATABASE_URL": empty_database,
        "ADSERVER_REDIS_URL": "redis://127.0.0.1:1",  # migrating needs no Redis
        "ADSERVER_SECRET_KEY": "a-key-of-at-least-thirty-two-characters",
    }
    first = _run(command, "migrate", cwd=tmp_path, **settings)
    assert [name for name in MIGRATIONS if name.removesuffix(".sql") not in first] == []
    second = _run(command, "migrate", cwd=tmp_path, **settings)
    assert [name for name in MIGRATIONS if name.removesuffix(".sql") in second] == []
    assert list(tmp_path.iterdir()) == []
