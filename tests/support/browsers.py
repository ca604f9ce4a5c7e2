"""A headless Chromium for tests, driven through its own driver; nothing is downloaded."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import axe_selenium_python
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import ActionChains, Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from tests.support.requirements import BROWSERS

PATIENCE = 20.0
WIDTH, HEIGHT = 1440, 900
AXE = Path(axe_selenium_python.__file__).parent / "node_modules/axe-core/axe.min.js"
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    f"--window-size={WIDTH},{HEIGHT}",
)


class Browser:
    """What tests do with a page. Selectors are CSS; whatever is waited for has a bound."""

    def __init__(self, driver: Chrome) -> None:
        self.driver = driver

    def open(self, url: str) -> None:
        """Load a page afresh, also where only the fragment is another."""
        self.driver.get("about:blank")
        self.driver.get(url)

    def lit(self, scheme: str) -> None:
        """Prefer `light` or `dark` from now on."""
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})

    def find(self, selector: str) -> Any:
        """The first element, waited for."""
        return self.until(
            lambda: next(iter(self.driver.find_elements(By.CSS_SELECTOR, selector)), None),
            f"there is no {selector}",
        )

    def texts(self, selector: str) -> list[str]:
        """What elements say, read at one moment."""
        script = "return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent)"
        found: list[str] = self.driver.execute_script(script, selector)
        return found

    def shows(self, selector: str, text: str) -> None:
        """Wait until an element says a text."""
        self.until(
            lambda: any(text in one for one in self.texts(selector)),
            f"no {selector} says {text!r}",
        )

    def click(self, selector: str) -> None:
        """Click an element, also where the page is just being drawn again."""
        self._settled(lambda: self.find(selector).click())

    def focus(self, selector: str) -> None:
        self.find(selector)
        self.driver.execute_script("document.querySelector(arguments[0]).focus()", selector)

    def choose(self, label: str, text: str) -> None:
        """An option of the list that is labelled so."""
        selector = f'[data-key="select-{label}"]'
        self._settled(lambda: Select(self.find(selector)).select_by_visible_text(text))

    def press(self, *keys: str) -> None:
        """Keys to whatever has the focus."""
        ActionChains(self.driver).send_keys(*keys).perform()

    def _settled(self, act: Callable[[], None]) -> None:
        """Act on an element, once more where it was drawn again meanwhile."""

        def acted() -> bool:
            try:
                act()
            except StaleElementReferenceException:
                return False
            return True

        self.until(acted, "the page is drawn again and again")

    def until(self, condition: Callable[[], Any], otherwise: str) -> Any:
        return WebDriverWait(self.driver, PATIENCE, 0.05).until(lambda _: condition(), otherwise)

    def picture(self, path: Path) -> None:
        """A picture of what is drawn when everything that is under way has been drawn."""
        self.driver.execute_async_script(
            "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(done))"
        )
        assert self.driver.save_screenshot(str(path))

    def run(self, script: str) -> Any:
        return self.driver.execute_script(script)

    def complaints(self) -> list[str]:
        """What the browser has logged as a warning or an error since it was asked last."""
        rows = self.driver.get_log("browser")
        return [row["message"] for row in rows if row["level"] in ("WARNING", "SEVERE")]

    def violations(self, *tags: str) -> list[str]:
        """What axe-core finds wrong with the page for people who see, hear or type otherwise, by
        all its rules, or by those of some tags."""
        if not self.run("return Boolean(window.axe)"):
            self.driver.execute_script(AXE.read_text())
        found = self.driver.execute_async_script(
            "const [options, done] = arguments; axe.run({resultTypes: ['violations'], ...options})"
            ".then((found) => done(found.violations), (error) => done(String(error)))",
            {"runOnly": list(tags)} if tags else {},
        )
        assert isinstance(found, list), found
        return [
            f"{one['id']}: {node['html'][:160]} {node['failureSummary']}"
            for one in found
            for node in one["nodes"]
        ]


@contextmanager
def browsing() -> Iterator[Browser]:
    """A browser for the block; it reaches loopback only."""
    options = ChromeOptions()
    options.binary_location = next(filter(None, map(shutil.which, BROWSERS)))
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options, Service(shutil.which("chromedriver")))
    try:
        size = {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        driver.set_script_timeout(PATIENCE)
        yield Browser(driver)
    finally:
        driver.quit()


__all__ = ["Browser", "Keys", "browsing"]
