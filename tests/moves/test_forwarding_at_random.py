"""Every change of every app, over every provider, broken off wherever it is, and made again."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from gateway.domain.problems import Unavailable
from gateway.http.kit import LOSS
from gateway.models.database import Store, connection, using
from gateway.services import pushing
from tests.moves import providers
from tests.moves.breaking import Breaking, Killed
from tests.moves.forwarding import House, differing, provider, state
from tests.moves.providers import DIALECTS, Provider
from tests.moves.test_forwarding import SCRIPTS, App

pytestmark = pytest.mark.long

Opened = Callable[[str], Store]


class Stubborn(App):
    """Asks again what was broken off, once for each request that it stands for and each way."""

    def __init__(self, house: House, dialect: str, there: Provider, rng: random.Random) -> None:
        super().__init__(house, dialect)
        self.there, self.rng, self.broken = there, rng, 0

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        before, apart, number = state(self.house), differing(self.house, "there"), 1
        while True:
            answered, kill = self.rng.random() < 0.5, self.rng.random() < 0.5
            there = self.there.wire.broken = Breaking(number, answered=answered, kill=kill)
            try:
                answer = self.house.ask(self.dialect, method, path, body)
            except Killed:
                answer = None
            self.there.wire.broken = None
            if there.left > 0:
                break
            assert answer is None or answer.status_code == 503, answer.text
            self.broken += 1
            number += 1
            self._taken_back()
            assert state(self.house) == before
            now = differing(self.house, "there").items()
            assert {key: both for key, both in now if apart.get(key) != both} == {}
        assert answer is not None
        assert answer.status_code < 300, f"{method} {path} {answer.text}"
        self.lost |= set(re.findall(r'member="([^"]+)"', answer.headers.get(LOSS, "")))
        return answer.json

    def _taken_back(self) -> None:
        """Broken off as well, at each of the requests that it takes."""
        for number in (1, 1, 2, 0):
            answered, kill = self.rng.random() < 0.5, self.rng.random() < 0.5
            self.there.wire.broken = Breaking(number, answered=answered, kill=kill)
            with using(self.house.store), connection(), suppress(Killed, Unavailable):
                pushing.recover(self.house.ctx, self.house.end("there"))
        self.there.wire.broken = None


@pytest.mark.parametrize("upstream", DIALECTS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_was_broken_off_is_taken_back_and_made_again(
    opened: Opened, dialect: str, upstream: str
) -> None:
    house = House(opened("ours"), providers.account(numbers="owned"))
    there = provider(opened, upstream)
    house.forward("there", there)
    app = Stubborn(house, dialect, there, random.Random(5))
    for _ in SCRIPTS[dialect](app):
        assert differing(house, "there").keys() <= app.lost
    assert app.broken or app.lost
