"""The browser of all tests: one a session."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from playwright.async_api import Browser, BrowserContext, async_playwright

# Headless Chromium calls itself a robot, and would be counted as one.
# Of the whole browser, since beacons of a page that is left do not carry a tab's own.
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--user-agent={USER_AGENT}",
]
# What the driver switches off and readers have.
DRIVER_FLAGS = ["--disable-back-forward-cache", "--disable-popup-blocking"]
CLOSE_SECONDS = 20


@pytest.fixture(scope="session")
def chromium_path() -> str:
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        refuse = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        refuse("there is no chromium on PATH")
    return str(path)


@pytest.fixture(scope="session")
async def chromium(chromium_path: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path, args=FLAGS, ignore_default_args=DRIVER_FLAGS
        )
        yield browser
        await browser.close()


async def leave(context: BrowserContext) -> None:
    """Close a reader's tabs. Once in thousands of times the driver never answers; the tabs then go with the browser."""
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_SECONDS):
            await context.close()
