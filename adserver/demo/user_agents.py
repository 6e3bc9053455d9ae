"""What the demo's readers and robots call themselves."""

from collections.abc import Mapping

from adserver.delivery.device import Device

_SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"

BROWSERS: Mapping[Device, tuple[str, ...]] = {
    Device.MOBILE: (
        f"Mozilla/5.0 (Linux; Android 10; K) {_WEBKIT} Chrome/148.0.0.0 Mobile Safari/537.36",
        f"Mozilla/5.0 (Linux; Android 10; K) {_WEBKIT} Chrome/149.0.0.0 Mobile Safari/537.36",
        f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) {_SAFARI} Version/26.1 Mobile/15E148 Safari/604.1",
        f"Mozilla/5.0 (Linux; Android 10; K) {_WEBKIT} SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36",
    ),
    Device.DESKTOP: (
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/149.0.0.0 Safari/537.36",
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/149.0.0.0 Safari/537.36 Edg/149.0.0.0",
        f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_SAFARI} Version/26.1 Safari/605.1.15",
        "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0",
    ),
    Device.TABLET: (
        f"Mozilla/5.0 (Linux; Android 13; SM-X200) {_WEBKIT} Chrome/148.0.0.0 Safari/537.36",
        f"Mozilla/5.0 (iPad; CPU OS 16_7 like Mac OS X) {_SAFARI} Version/16.6 Mobile/15E148 Safari/604.1",
    ),
}

ROBOTS = (
    f"Mozilla/5.0 {_WEBKIT}; compatible; Googlebot/2.1; +http://www.google.com/bot.html) Chrome/148.0.0.0",
    f"Mozilla/5.0 {_WEBKIT}; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/136.0.0.0",
    "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
)
