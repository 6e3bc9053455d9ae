from pathlib import Path

import pytest

from adserver.counting.events import EventKind
from adserver.settings import SettingsError, read_settings, unknown_settings

SECRET = "s" * 32
BOTH = {"ADSERVER_DATABASE_URL": "postgresql://u:password@h/d", "ADSERVER_REDIS_URL": "redis://:word@h"}


def test_nothing_need_be_set() -> None:
    settings = read_settings({})
    assert settings.database_url is None
    assert settings.data_dir == Path(".adserver")
    assert (settings.flush_seconds, settings.token_ttl_seconds, settings.workers) == (2, 3600, 1)
    assert settings.velocity_limits[EventKind.CLICK]
    assert "8.8.8.8" not in settings.datacenter_ranges


def test_an_empty_variable_is_unset() -> None:
    assert read_settings({"ADSERVER_REDIS_URL": "", "ADSERVER_PORT": ""}).port == 8000


def test_every_fault_is_told_at_once() -> None:
    environment = {
        "ADSERVER_PORT": "80000",
        "ADSERVER_DATABASE_URL": "mysql://h/d",
        "ADSERVER_SECRET_KEY": "short",
        "ADSERVER_TRUSTED_PROXIES": "10.0.0.0/99",
        "ADSERVER_VELOCITY_LIMITS": "click",
        "ADSERVER_DATACENTER_RANGES": "/none",
        "ADSERVER_FLUSH_SECONDS": "soon",
    }
    with pytest.raises(SettingsError) as error:
        read_settings(environment)
    assert {line.partition(":")[0] for line in str(error.value).splitlines()} == set(environment)


def test_a_fleets_secret_must_be_set() -> None:
    with pytest.raises(SettingsError, match="ADSERVER_SECRET_KEY: must be set where both servers are yours"):
        read_settings(BOTH)
    assert read_settings({**BOTH, "ADSERVER_SECRET_KEY": SECRET}).secret_key == SECRET


def test_secrets_are_not_shown() -> None:
    shown = repr(read_settings({**BOTH, "ADSERVER_SECRET_KEY": SECRET, "ADSERVER_SECRET_KEY_PREVIOUS": "p" * 32}))
    for secret in ("password", "word@", SECRET, "p" * 32):
        assert secret not in shown


def test_a_misspelt_setting_is_named() -> None:
    assert unknown_settings({"ADSERVER_PROT": "1", "ADSERVER_PORT": "1", "PATH": "x"}) == ["ADSERVER_PROT"]
