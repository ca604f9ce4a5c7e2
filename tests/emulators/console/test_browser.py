"""The console in a real browser: live, by keyboard, for everybody, in both colour schemes.

With POLYTRUNK_TEST_SCREENSHOTS=docs/images the pictures of the documentation are made anew.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulators.running import Callbacks, Running, callbacks, running
from tests.support.browsers import Browser, Keys, browsing

pytestmark = [pytest.mark.browser, pytest.mark.long]

NUMBER, PHONE = "+12065550100", "+12125550123"
CALLED = "+12065550101"
UNIVERSE = {"name": "shop", "seed": 7, "clock": {"now": "2026-05-01T12:00:00Z"}}
MESSAGES = "/v2.1/messages"
VIEWS = {
    "phones": ".bubble",
    "calls": ".ladder .step",
    "requests": ".detail .json",
    "webhooks": ".detail .json",
    "pdus": ".detail .members",
    "resources": ".detail table",
    "faults": ".scripts .fault",
    "clock": ".moves button",
    "universes": "main table button",
}


class Shop:
    """A universe whose clock stands still, seen through its console."""

    def __init__(self, emulator: Running, browser: Browser, name: str = "shop") -> None:
        self.emulator, self.browser = emulator, browser
        self.root = f"/_u/{name}"

    def control(self, method: str, path: str, body: Any = None) -> Any:
        url = f"{self.root}/_emulator/api{path}"
        status, found = self.emulator.call(method, url, body, auth=False)
        assert status < 300, found
        return found

    def ask(self, method: str, path: str, body: Any = None) -> int:
        return self.emulator.call(method, self.root + path, body)[0]

    def text(self, text: str, phone: str = PHONE) -> None:
        self.control("POST", "/traffic/sms", {"from": phone, "to": NUMBER, "text": text})

    def open(self, view: str) -> None:
        self.browser.open(f"{self.emulator.ready['url']}{self.root}/_emulator/#/{view}")
        self.browser.shows("#stream", "connected")
        self.browser.find(VIEWS[view])
        self.browser.run("window.sameDocument = true")

    def was_never_loaded_again(self) -> bool:
        return bool(self.browser.run("return window.sameDocument === true"))


@pytest.fixture(scope="module")
def hooks() -> Iterator[Callbacks]:
    with callbacks() as made:
        yield made


@pytest.fixture(scope="module")
def shop(hooks: Callbacks) -> Iterator[Shop]:
    """With a little of everything in it."""
    with running() as emulator, browsing() as browser:
        assert emulator.control("POST", "/universes", UNIVERSE)[0] == 201
        made = Shop(emulator, browser)
        made.ask("PUT", f"{MESSAGES}/sms_callback", {"callback_url": hooks.url("/in")})
        made.text("When will my order come?")
        order = "It leaves today at two. Reply YES to have it left at the door."
        made.ask("POST", MESSAGES, {"from": NUMBER, "to": PHONE, "body": order})
        made.ask("POST", MESSAGES, {"from": NUMBER, "to": "13035559001", "body": "Is that you?"})
        made.ask("GET", "/v2/numbers/1")
        made.control("POST", "/clock/advance", {"seconds": 40})
        made.text("YES please!")
        made.control("POST", "/traffic/call", {"from": PHONE, "to": CALLED, "talks": 5})
        made.control("POST", "/clock/advance", {"seconds": 20})
        yield made


@pytest.fixture(autouse=True)
def quiet(shop: Shop) -> Iterator[None]:
    """Nothing asked another server, and the browser had nothing to complain about."""
    yield
    names = shop.browser.run("return performance.getEntriesByType('resource').map((e) => e.name)")
    assert names
    assert [name for name in names if not name.startswith("http://127.0.0.1:")] == []
    assert shop.browser.complaints() == []


def test_pictures_for_the_documentation(shop: Shop, tmp_path: Path) -> None:
    folder = Path(os.environ.get("POLYTRUNK_TEST_SCREENSHOTS", tmp_path))
    shop.control("POST", "/faults", {"script": "unavailable"})
    shop.ask("GET", "/v2/routes")
    for view, scheme in (
        ("phones", "light"),
        ("calls", "dark"),
        ("resources", "light"),
        ("faults", "dark"),
    ):
        shop.browser.lit(scheme)
        shop.open(view)
        shop.browser.run("document.querySelector('.fault.on')?.scrollIntoView({block: 'center'})")
        picture = folder / f"console-{view}.png"
        shop.browser.picture(picture)
        assert picture.stat().st_size > 20_000  # a blank page of this size has some 8,000
    shop.control("DELETE", "/faults")


def test_text_that_comes_in_appears_by_itself(shop: Shop) -> None:
    shop.open("phones")
    shop.text("Is anybody there?")
    shop.browser.shows(".bubble.own", "Is anybody there?")
    shop.text("Hello", phone="+12125550177")
    shop.browser.shows(".rows .row", "+12125550177")
    shop.ask("POST", MESSAGES, {"from": NUMBER, "to": PHONE, "body": "We are."})
    shop.browser.shows(".row .third", "We are.")
    assert shop.was_never_loaded_again()


def test_what_others_wrote_is_shown_as_text(shop: Shop) -> None:
    shop.text("<script>document.title = 'broken'</script>")
    shop.control("POST", "/run", {"until": "idle"})
    for view in ("phones", "webhooks", "pdus"):
        shop.open(view)
        shop.browser.shows("main", "<script>document.title = 'broken'</script>")
        assert shop.browser.run("return document.querySelectorAll('main script').length") == 0
        assert "shop" in shop.browser.driver.title


def test_handset_writes(shop: Shop) -> None:
    shop.open("phones")
    shop.browser.click("[data-key=new-handset]")
    shop.browser.shows(".ends", "New handset")
    for name, value in (("from", "+12125550188"), ("to", NUMBER)):
        shop.browser.find(f"[name={name}]").send_keys(value)
    shop.browser.find("[name=text]").send_keys("From the console", Keys.ENTER)
    shop.browser.shows("#said", "The message was sent.")
    found = shop.control("GET", "/messages")["messages"][-1]
    assert (found["from"], found["text"]) == ("+12125550188", "From the console")
    shop.browser.find("[name=text]").send_keys("x")
    shop.browser.find("[name=to]").clear()
    shop.browser.find("[name=to]").send_keys("x" * 30)
    shop.browser.find("[name=text]").send_keys(Keys.ENTER)
    shop.browser.shows("#said.bad", "to is no address")
    assert shop.browser.complaints() != []  # the refusal, as the browser tells it


def test_fault_that_is_switched_shows(shop: Shop) -> None:
    shop.open("faults")
    switch = "[data-key=script-unavailable]"
    shop.browser.focus(switch)
    shop.browser.press(Keys.SPACE)
    shop.browser.find(f"{switch}[aria-checked=true]")
    assert shop.control("GET", "/faults")["faults"][0]["script"] == "unavailable"
    assert shop.ask("GET", "/v2/numbers") == 503
    shop.browser.shows(".fault.on", "1 of 1 hit")
    shop.browser.shows(".hits", "GET /v2/numbers")
    assert shop.browser.run("return document.activeElement.dataset.key") == "script-unavailable"
    shop.control("DELETE", "/faults")
    shop.browser.find(f"{switch}[aria-checked=false]")
    made = {"method": "GET", "times": 1, "action": {"kind": "status", "status": 500}}
    shop.control("POST", "/faults", made)
    shop.browser.click(".own [role=switch][aria-checked=true]")
    shop.browser.click(".own [role=switch][aria-checked=false]")
    shop.browser.find(".own [role=switch][aria-checked=true]")
    assert shop.ask("GET", "/v2/numbers") == 500
    shop.control("DELETE", "/faults")
    assert shop.was_never_loaded_again()


def test_all_is_reached_by_keys(shop: Shop) -> None:
    shop.open("phones")
    for number, (view, what) in enumerate(VIEWS.items(), start=1):
        shop.browser.press(str(number))
        shop.browser.find(f"a[data-view={view}][aria-current=page]")
        shop.browser.find(what)
    shop.browser.press("?")
    shop.browser.shows("dialog[open]", "freeze the clock")
    shop.browser.press(Keys.ESCAPE, "?")
    shop.browser.click("dialog[open] button")
    shop.browser.find("dialog:not([open])")
    shop.browser.press("f")
    shop.browser.shows("#mode", "live")
    shop.browser.press("f")
    shop.browser.shows("#mode", "frozen")
    shop.control("PUT", "/clock", {"mode": "frozen", "now": "2026-05-01T13:00:00Z"})
    shop.browser.shows("#now", "2026-05-01 13:00:00")
    shop.browser.press(".")
    shop.browser.shows("#now", "2026-05-01 13:01:00")
    shop.browser.press("3")
    shop.browser.find("input[type=search]")
    shop.browser.press("/", "404")
    shop.browser.until(lambda: set(shop.browser.texts(".row .badge")) == {"404"}, "no filter")
    assert shop.was_never_loaded_again()


def test_ladder_by_keys(shop: Shop) -> None:
    shop.open("calls")
    shop.browser.focus(".step[data-key=step-0]")
    shop.browser.press(Keys.ARROW_DOWN, Keys.ENTER)
    shop.browser.shows(".detail h2", "route")
    shop.browser.shows(".detail .json", CALLED)
    assert shop.browser.run("return document.activeElement.dataset.key") == "step-1"
    assert len(shop.browser.texts(".lane")) == 3


def test_resource_through_the_eyes_of_all_dialects(shop: Shop) -> None:
    shop.open("resources")
    assert len(shop.browser.texts(".card")) == 4
    shop.browser.shows(".card", "12065550100")
    shop.browser.choose("Object of", "Flowroute")
    shop.browser.choose("seen through", "Callable")
    shop.browser.shows(".detail tbody", "data.attributes.alias")
    assert "parked" in "".join(shop.browser.texts(".detail tbody"))


@pytest.mark.parametrize(("scheme", "tags"), [("light", ()), ("dark", ("cat.color",))])
def test_everybody_can_use_it(shop: Shop, scheme: str, tags: tuple[str, ...]) -> None:
    shop.browser.lit(scheme)
    shop.open("phones")
    for number, (view, what) in enumerate(VIEWS.items(), start=1):
        shop.browser.press(str(number))
        shop.browser.find(f"a[data-view={view}][aria-current=page]")
        shop.browser.find(what)
        assert shop.browser.violations(*tags) == [], view
    shop.browser.press("?")
    shop.browser.find("dialog[open]")
    assert shop.browser.violations(*(tags or ("wcag2a", "wcag2aa"))) == [], "keys"


def test_page_goes_on_with_another_server(shop: Shop) -> None:
    again = Shop(shop.emulator, shop.browser, "again")
    shop.control("POST", "/universes", {"name": "again"})
    again.text("one")
    again.text("two")
    again.open("pdus")
    again.browser.shows(".row .second", "two")
    shop.control("DELETE", "/universes/again")
    shop.browser.shows("#stream", "offline")
    shop.control("POST", "/universes", {"name": "again"})
    shop.browser.shows("#stream", "connected")
    again.text("three")
    again.browser.shows(".row .second", "three")
    assert "two" not in "".join(again.browser.texts(".row .second"))
    assert again.was_never_loaded_again()
    assert all("404" in one for one in again.browser.complaints())
    shop.control("DELETE", "/universes/again")
