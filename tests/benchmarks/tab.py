"""A browser's tab that nobody drives."""

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, CDPSession, ViewportSize

PATIENCE_SECONDS = 20


class Tab:
    """A driver's own tab reports with each request which lines of the script made it. For that the browser compiles
    functions anew, up to a millisecond of the tag's eight that no reader pays. This one answers what it is asked."""

    def __init__(self, browser: CDPSession, session: str) -> None:
        self._browser, self._session = browser, session
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._tasks: set[asyncio.Task[object]] = set()
        self._served = b""
        browser.on("Target.receivedMessageFromTarget", self._receive)

    async def send(self, method: str, **parameters: object) -> dict[str, Any]:
        """Ask the tab by https://chromedevtools.github.io/devtools-protocol/."""
        number = len(self._answers) + 1
        self._answers[number] = asyncio.get_running_loop().create_future()
        message = json.dumps({"id": number, "method": method, "params": parameters})
        await self._browser.send("Target.sendMessageToTarget", {"sessionId": self._session, "message": message})
        async with asyncio.timeout(PATIENCE_SECONDS):
            answer = await self._answers[number]
        assert "error" not in answer, answer
        return answer["result"]  # type: ignore[no-any-return]

    async def evaluate(self, expression: str) -> Any:
        result = await self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        return result["result"]["value"]

    async def serve(self, pattern: str, script: str) -> None:
        """Answer requests for such an address with this script."""
        self._served = script.encode()
        await self.send("Fetch.enable", patterns=[{"urlPattern": pattern}])

    def _receive(self, event: dict[str, Any]) -> None:
        message = json.loads(event["message"])
        if event["sessionId"] != self._session:
            return
        if "id" in message:
            self._answers[message["id"]].set_result(message)
        elif message["method"] == "Fetch.requestPaused":
            task = asyncio.create_task(self._fulfil(message["params"]["requestId"]))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _fulfil(self, request: str) -> None:
        headers = [{"name": "Content-Type", "value": "text/javascript"}]
        body = b64encode(self._served).decode()
        await self.send("Fetch.fulfillRequest", requestId=request, responseCode=200, responseHeaders=headers, body=body)


@asynccontextmanager
async def new_tab(browser: Browser, screen: ViewportSize) -> AsyncIterator[Tab]:
    """Open a tab with an empty cache and a renderer of its own."""
    session = await browser.new_browser_cdp_session()
    context = (await session.send("Target.createBrowserContext"))["browserContextId"]
    target = await session.send("Target.createTarget", {"url": "about:blank", "browserContextId": context})
    attached = await session.send("Target.attachToTarget", {"targetId": target["targetId"], "flatten": False})
    tab = Tab(session, attached["sessionId"])
    await tab.send("Emulation.setDeviceMetricsOverride", **screen, deviceScaleFactor=1, mobile=False)
    yield tab
    await session.send("Target.disposeBrowserContext", {"browserContextId": context})
    await session.detach()
