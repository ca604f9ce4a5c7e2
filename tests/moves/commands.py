"""Commands about moves, against providers on real sockets."""

from __future__ import annotations

from collections.abc import Callable

from tests.moves.providers import ACCOUNT, KEY, Provider

Run = Callable[..., tuple[int, str, str]]
FROM_TO = ("--from", "old", "--to", "new")


def connect(run: Run, name: str, provider: Provider, url: str, *more: str) -> None:
    code, _, said = run(
        "connections", "add", provider.dialect, url, "--account", ACCOUNT, "--name", name,
        "--key", KEY, "--secret-env", "MOVER_SECRET", "--at", ACCOUNT, *more,
    )  # fmt: skip
    assert code == 0, said
