import pytest

from adserver.delivery.device import Browser, Device, System, browser_of, device_of, os_of

MOZILLA, WEBKIT = "Mozilla/5.0", "AppleWebKit/537.36 (KHTML, like Gecko)"
IPHONE = f"{MOZILLA} (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("agent", "device", "system", "browser"),
    [
        pytest.param(
            f"{MOZILLA} (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/131.0.0.0 Safari/537.36",
            *(Device.DESKTOP, System.WINDOWS, Browser.CHROME),
            id="chrome-windows",
        ),
        pytest.param(
            f"{MOZILLA} (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
            *(Device.DESKTOP, System.WINDOWS, Browser.EDGE),
            id="edge",
        ),
        pytest.param(
            f"{MOZILLA} (Windows NT 10.0) {WEBKIT} Chrome/130.0.0.0 YaBrowser/24.12.0.0 Safari/537.36",
            *(Device.DESKTOP, System.WINDOWS, Browser.YANDEX),
            id="yandex",
        ),
        pytest.param(
            f"{MOZILLA} (X11; Linux x86_64) {WEBKIT} Chrome/131.0.0.0 Safari/537.36 OPR/116.0.0.0",
            *(Device.DESKTOP, System.LINUX, Browser.OPERA),
            id="opera-linux",
        ),
        pytest.param(
            f"{MOZILLA} (X11; CrOS x86_64 14541.0.0) {WEBKIT} Chrome/131.0.0.0 Safari/537.36",
            *(Device.DESKTOP, System.LINUX, Browser.CHROME),
            id="chromebook",
        ),
        pytest.param(
            f"{MOZILLA} (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.1 Safari/605.1.15",
            *(Device.DESKTOP, System.MACOS, Browser.SAFARI),
            id="safari-mac",
        ),
        pytest.param(
            f"{MOZILLA} (Macintosh; Intel Mac OS X 10.15; rv:133.0) Gecko/20100101 Firefox/133.0",
            *(Device.DESKTOP, System.MACOS, Browser.FIREFOX),
            id="firefox-mac",
        ),
        pytest.param(
            f"{IPHONE} Version/18.1 Mobile/15E148 Safari/604.1",
            *(Device.MOBILE, System.IOS, Browser.SAFARI),
            id="safari-iphone",
        ),
        pytest.param(
            f"{IPHONE} CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1",
            *(Device.MOBILE, System.IOS, Browser.CHROME),
            id="chrome-iphone",
        ),
        pytest.param(
            f"{IPHONE} Mobile/15E148 Instagram 361.0.0.35.82",
            *(Device.MOBILE, System.IOS, Browser.OTHER),
            id="in-app-iphone",
        ),
        pytest.param(
            f"{MOZILLA} (Linux; Android 10; K) {WEBKIT} Chrome/131.0.0.0 Mobile Safari/537.36",
            *(Device.MOBILE, System.ANDROID, Browser.CHROME),
            id="chrome-android",
        ),
        pytest.param(
            f"{MOZILLA} (Linux; Android 14; SAMSUNG SM-S918B) {WEBKIT} SamsungBrowser/27.0 Chrome/125.0 Mobile Safari",
            *(Device.MOBILE, System.ANDROID, Browser.SAMSUNG),
            id="samsung",
        ),
        pytest.param(
            f"{MOZILLA} (Android 14; Mobile; rv:133.0) Gecko/133.0 Firefox/133.0",
            *(Device.MOBILE, System.ANDROID, Browser.FIREFOX),
            id="firefox-android",
        ),
        pytest.param(
            f"{MOZILLA} (Linux; Android 13; SM-X200) {WEBKIT} Chrome/131.0.0.0 Safari/537.36",
            *(Device.TABLET, System.ANDROID, Browser.CHROME),
            id="android-tablet",
        ),
        pytest.param(
            f"{MOZILLA} (iPad; CPU OS 12_5 like Mac OS X) AppleWebKit/605.1.15 Version/12.1 Mobile/15E148 Safari/604.1",
            *(Device.TABLET, System.IOS, Browser.SAFARI),
            id="ipad",
        ),
        pytest.param(
            f"{MOZILLA} (Linux; Android 12; BRAVIA 4K Smart TV) {WEBKIT} Chrome/110.0.0.0 Safari/537.36",
            *(Device.OTHER, System.ANDROID, Browser.CHROME),
            id="television",
        ),
        pytest.param("curl/8.5.0", Device.OTHER, System.OTHER, Browser.OTHER, id="program"),
        pytest.param("", Device.OTHER, System.OTHER, Browser.OTHER, id="blank"),
    ],
)
def test_user_agent_tells_device_system_and_browser(
    agent: str, device: Device, system: System, browser: Browser
) -> None:
    assert (device_of(agent), os_of(agent), browser_of(agent)) == (device, system, browser)
