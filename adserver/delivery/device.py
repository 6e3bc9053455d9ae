"""What a user agent says of device, system and browser: a few families, nothing that tells readers apart."""

import re
from enum import StrEnum
from functools import lru_cache

_CACHED_AGENTS = 4096


class Device(StrEnum):
    DESKTOP = "desktop"
    MOBILE = "mobile"
    TABLET = "tablet"
    OTHER = "other"


class System(StrEnum):
    """An operating system; ChromeOS counts as Linux, iPadOS as iOS."""

    WINDOWS = "windows"
    MACOS = "macos"
    LINUX = "linux"
    ANDROID = "android"
    IOS = "ios"
    OTHER = "other"


class Browser(StrEnum):
    CHROME = "chrome"
    SAFARI = "safari"
    FIREFOX = "firefox"
    EDGE = "edge"
    OPERA = "opera"
    SAMSUNG = "samsung"
    YANDEX = "yandex"
    OTHER = "other"


# The first that is found decides: Android names Linux, iPhones "like Mac OS X", and all name those they imitate.
_DEVICES = (
    (
        Device.OTHER,
        re.compile(r"\bTV\b|SmartTV|SMART-TV|GoogleTV|AppleTV|HbbTV|Tizen(?!.*Mobile)|Web0S|PlayStation|Xbox"),
    ),
    (Device.TABLET, re.compile(r"iPad|Tablet|Silk/|Kindle|Android(?!.*Mobile)")),
    (Device.MOBILE, re.compile(r"iPhone|iPod|Mobile|Android|Opera Mini|IEMobile")),
    (Device.DESKTOP, re.compile(r"Windows NT|Macintosh|X11|CrOS")),
)
_SYSTEMS = (
    (System.OTHER, re.compile(r"Windows Phone|Tizen|Web0S|PlayStation|Xbox")),
    (System.ANDROID, re.compile(r"Android")),
    (System.IOS, re.compile(r"iPhone|iPad|iPod")),
    (System.WINDOWS, re.compile(r"Windows NT")),
    (System.MACOS, re.compile(r"Macintosh")),
    (System.LINUX, re.compile(r"Linux|X11|CrOS")),
)
_BROWSERS = (
    (Browser.EDGE, re.compile(r"Edg(?:e|A|iOS)?/")),
    (Browser.OPERA, re.compile(r"OPR/|OPT/|OPiOS/|Opera")),
    (Browser.YANDEX, re.compile(r"YaBrowser/")),
    (Browser.SAMSUNG, re.compile(r"SamsungBrowser/")),
    (Browser.FIREFOX, re.compile(r"Firefox/|FxiOS/")),
    (Browser.CHROME, re.compile(r"Chrome/|CriOS/")),
    (Browser.SAFARI, re.compile(r"Version/.*Safari/")),
)


@lru_cache(_CACHED_AGENTS)
def device_of(user_agent: str) -> Device:
    """The kind of device; an iPad that asks for desktop pages says Macintosh and counts as a desktop."""
    return next((device for device, sign in _DEVICES if sign.search(user_agent)), Device.OTHER)


@lru_cache(_CACHED_AGENTS)
def os_of(user_agent: str) -> System:
    return next((system for system, sign in _SYSTEMS if sign.search(user_agent)), System.OTHER)


@lru_cache(_CACHED_AGENTS)
def browser_of(user_agent: str) -> Browser:
    return next((browser for browser, sign in _BROWSERS if sign.search(user_agent)), Browser.OTHER)
