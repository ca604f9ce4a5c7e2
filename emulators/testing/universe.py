"""A universe as a test holds it: what it is made of, what can be done to it, what it saw."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

import requests

from emulators.testing import clients, expect
from emulators.testing.expect import Exchange, Row, Sms, Webhook

API = "/_emulator/api"
MOST_WAIT_SECONDS = 30.0
CONFLICT = 409
_ANY: Any = object()


class Place(Protocol):
    """An emulator: a process, or one without sockets."""

    url: str
    works_alone: bool

    def session(self, base_url: str) -> clients.Session: ...


class Refused(Exception):
    """The emulator would not do what a test asked of it; the text says why."""

    def __init__(self, text: str, status: int = 404) -> None:
        super().__init__(text)
        self.status = status


class Universe:
    """Made by `make`, gone with `delete`. All instants are aware UTC datetimes.

    pytest shows a failed expectation at the line of the test (`__tracebackhide__`).
    """

    def __init__(self, place: Place, made: Mapping[str, Any]) -> None:
        self._place = place
        self._made = made
        self.name: str = made["name"]
        self.base_url: str = made["base_url"]
        self.seed: int = made["seed"]
        self.accounts: list[dict[str, str]] = made["accounts"]
        self.admin_token: str = made["admin_token"]
        self.smpp: dict[str, Any] = made["smpp"]
        self.clock = UniverseClock(self)
        self._session = place.session(self.base_url)

    @classmethod
    def make(cls, place: Place, **wanted: Any) -> Universe:
        """`wanted` are the members of `POST /universes`; raises Refused. Where the name is taken
        (by a run that was killed, or one of the same test) it gets another."""
        with place.session(place.url) as session:
            try:
                made = control(session, "POST", "/universes", wanted)
            except Refused as refusal:
                if refusal.status != CONFLICT or "name" not in wanted:
                    raise
                del wanted["name"]
                made = control(session, "POST", "/universes", wanted)
        return cls(place, made)

    def delete(self) -> None:
        with self._place.session(self._place.url) as session:
            control(session, "DELETE", f"/universes/{self.name}")
        self._session.close()

    @property
    def account(self) -> dict[str, str]:
        """The first account: uid, key_id, secret, login, password."""
        return self.accounts[0]

    def client(self, dialect: str, account: int = 0) -> requests.Session:
        """A session that is logged in to one of the accounts; `/path` is one of this universe."""
        answer = self._session.get(f"/_gateway/openapi/{dialect}.json")
        if not answer.ok:
            raise Refused(f"There is no dialect {dialect}.")
        session = self._place.session(self.base_url)
        session.auth = clients.log_in(answer.json(), self.accounts[account], self._session)
        return session

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """A call of the control API, such as `("PUT", "/scripts", {...})`; what it answers."""
        return control(self._session, method, path, body)

    # -- what is done to it

    def run(self, until: str = "idle") -> int:
        """Have everything done that is due; how many jobs that was."""
        return int(self.control("POST", "/run", {"until": until})["ran"])

    def load(self, bundle: Mapping[str, Any]) -> None:
        """Add what a bundle has to the rows."""
        self.control("POST", "/seed", bundle)

    def receive_sms(self, sender: str, to: str, text: str, **more: Any) -> dict[str, Any]:
        """A text from a phone to one of the numbers, and all that follows from it."""
        return self._play("sms", {"from": sender, "to": to, "text": text, **more})

    def receive_mms(
        self, sender: str, to: str, text: str = "", media: Iterable[Any] = ()
    ) -> dict[str, Any]:
        """A picture message; media are URLs, or objects with url, file_name, mime_type."""
        body = {"from": sender, "to": to, "text": text, "media": list(media)}
        return self._play("mms", body)

    def call(self, sender: str, to: str, **more: Any) -> dict[str, Any]:
        """A call from a phone; `more` are digits, speech, talks and the like."""
        return self._play("call", {"from": sender, "to": to, **more})

    def receipt(self, to: str, state: str = "DELIVRD", **more: Any) -> dict[str, Any]:
        """A receipt for the last text to a number, for a script that sends none by itself."""
        return self._play("receipt", {"to": to, "state": state, **more})

    def chaos(self, name: str) -> list[dict[str, Any]]:
        """Have a named script of failures begin; its faults."""
        return list(self.control("POST", "/faults", {"script": name})["faults"])

    def fault(self, **definition: Any) -> dict[str, Any]:
        """Have something fail from now on; the fault, with its id."""
        return dict(self.control("POST", "/faults", definition)["faults"][0])

    def clear_faults(self) -> None:
        self.control("DELETE", "/faults")

    def _play(self, what: str, body: Mapping[str, Any]) -> dict[str, Any]:
        played: dict[str, Any] = self.control("POST", f"/traffic/{what}", body)
        self.run()
        return played

    # -- what it saw

    def journal(self, kind: str | None = None, since: int = 0) -> list[dict[str, Any]]:
        """What happened, oldest first."""
        return self._journal(kind, since)[0]

    def wait(
        self, match: object, *, kind: str | None = None, since: int = 0, timeout: float = 5.0
    ) -> dict[str, Any]:
        """The first entry of the journal that matches; AssertionError with the nearest others.

        Without sockets nobody else can make it come: what is due is done, and that is all.
        """
        __tracebackhide__ = True
        if not self._place.works_alone:
            self.run()
            timeout = 0
        body = {"match": match, "since": since, "timeout": timeout}
        answer = self._session.post(f"{API}/wait", json=body | ({"kind": kind} if kind else {}))
        if answer.status_code == 408:
            raise AssertionError(expect.near_misses(match, answer.json()["near"]))
        return dict(_read(answer))

    def sent_sms(
        self,
        *,
        to: Any = _ANY,
        sender: Any = _ANY,
        text: Any = _ANY,
        count: int | None = None,
        within: float = 0.0,
    ) -> list[Sms]:
        """The texts the carrier was given that are like this, at least one or exactly `count`.

        AssertionError with the nearest others; `within` seconds more may come.
        """
        __tracebackhide__ = True
        wanted = _wanted(to=_digits(to), sender=_digits(sender), text=text)
        return self._expect("SMS", "smpp", expect.texts, wanted, count, within)

    def webhooks(
        self,
        *,
        url: Any = _ANY,
        method: Any = _ANY,
        headers: Any = _ANY,
        body: Any = _ANY,
        status: Any = _ANY,
        count: int | None = None,
        within: float = 0.0,
    ) -> list[Webhook]:
        """The attempts to tell a subscriber; the rest as for `sent_sms`."""
        __tracebackhide__ = True
        wanted = _wanted(url=url, method=method, headers=headers, body=body, status=status)
        return self._expect("webhooks", "webhook", expect.webhooks, wanted, count, within)

    def requests(
        self,
        *,
        method: Any = _ANY,
        path: Any = _ANY,
        query: Any = _ANY,
        headers: Any = _ANY,
        body: Any = _ANY,
        status: Any = _ANY,
        answer: Any = _ANY,
        count: int | None = None,
        within: float = 0.0,
    ) -> list[Exchange]:
        """The requests to the API, refused ones too; the rest as for `sent_sms`."""
        __tracebackhide__ = True
        wanted = _wanted(
            method=method,
            path=path,
            query=query,
            headers=headers,
            body=body,
            status=status,
            answer=answer,
        )
        return self._expect("requests", "http", expect.exchanges, wanted, count, within)

    def _expect(
        self,
        what: str,
        kind: str,
        read: Callable[[Iterable[Mapping[str, Any]]], list[Any]],
        wanted: Mapping[str, Any],
        count: int | None,
        within: float,
    ) -> list[Any]:
        __tracebackhide__ = True
        until = time.monotonic() + within
        while True:
            self.run()
            entries, last = self._journal(kind, 0)
            expect.check_countable(last, count)
            rows: list[Row] = read(entries)
            found = expect.fitting(rows, wanted)
            if expect.is_enough(len(found), count):
                return found
            left = until - time.monotonic()
            if left <= 0 or not self._place.works_alone or not self._has_news(kind, last, left):
                raise AssertionError(expect.failure(what, rows, wanted, len(found), count))

    def _has_news(self, kind: str, since: int, seconds: float) -> bool:
        timeout = min(seconds, MOST_WAIT_SECONDS)
        body = {"match": {}, "kind": kind, "since": since, "timeout": timeout}
        return self._session.post(f"{API}/wait", json=body).ok

    def _journal(self, kind: str | None, since: int) -> tuple[list[dict[str, Any]], int]:
        query = f"since={since}&limit=10000" + (f"&kind={kind}" if kind else "")
        found = self.control("GET", f"/journal?{query}")
        return found["entries"], found["last"]


class UniverseClock:
    """The time of a universe."""

    def __init__(self, universe: Universe) -> None:
        self._universe = universe

    @property
    def now(self) -> datetime:
        return datetime.fromisoformat(self._universe.control("GET", "/clock")["now"])

    @property
    def is_frozen(self) -> bool:
        return bool(self._universe.control("GET", "/clock")["mode"] == "frozen")

    def freeze(self, at: datetime | str | None = None) -> None:
        """Stand still, now or at an instant."""
        self._put("frozen", at)

    def live(self, at: datetime | str | None = None) -> None:
        """Run, from now or from an instant on."""
        self._put("live", at)

    def set(self, at: datetime | str) -> None:
        """Be at an instant, running or standing still as before."""
        self._universe.control("PUT", "/clock", {"now": instant(at)})

    def advance(self, by: float | timedelta) -> None:
        """Move by seconds or a timedelta; what is due on the way happens at its own time."""
        seconds = by.total_seconds() if isinstance(by, timedelta) else by
        self._universe.control("POST", "/clock/advance", {"seconds": seconds})

    def _put(self, mode: str, at: datetime | str | None) -> None:
        body = {"mode": mode} | ({} if at is None else {"now": instant(at)})
        self._universe.control("PUT", "/clock", body)


def instant(at: datetime | str) -> str:
    return at.isoformat() if isinstance(at, datetime) else at


def control(session: requests.Session, method: str, path: str, body: Any = None) -> Any:
    """A call of the control API; what it answers. Raises Refused."""
    return _read(session.request(method, API + path, json=body))


def _read(answer: requests.Response) -> Any:
    if not answer.ok:
        asked = f"{answer.request.method} {answer.request.path_url}"
        text = f"{answer.status_code} {asked}: {_said(answer)}"
        raise Refused(text, answer.status_code)
    return answer.json() if answer.content else None


def _said(answer: requests.Response) -> str:
    try:
        return str(answer.json()["error"])
    except (ValueError, KeyError, TypeError):
        return answer.text


def _wanted(**given: Any) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not _ANY}


def _digits(number: Any) -> Any:
    return number.lstrip("+") if isinstance(number, str) else number
