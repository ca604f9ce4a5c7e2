"""Providers that are cut off in the middle of what they are asked."""

from __future__ import annotations

from gateway.wire.upstream import Request


class Killed(BaseException):
    """The process ends: nobody gets to write anything down."""


class Breaking:
    """Breaks off at the n-th request that writes: before it goes out, or when it is answered."""

    def __init__(self, number: int, *, answered: bool, kill: bool) -> None:
        self.left, self.answered, self.kill = number, answered, kill

    def __call__(self, request: Request) -> bool:
        if request.method == "GET" or "oauth" in request.target:
            return False
        self.left -= 1
        if self.left != 0:
            return False
        if self.answered:
            return True
        raise Killed if self.kill else OSError("there is no connection")
