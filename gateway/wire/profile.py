"""How a dialect renders and answers where its sources disagree, as data chosen per deployment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID


@dataclass(frozen=True, eq=False)
class Profile:
    """One manner of a dialect; profiles are compared by identity, so they can key caches.

    `styles` maps a field kind (`e164`, `money`, `instant` ...) to a style name of that kind,
    `status` an operation id to its success status and an error kind to its own, `text` an error
    kind to what its body says. `rules` are the named booleans that hold, out of the closed set the
    dialect declares. With `only`, operations of other provenances do not exist.
    """

    name: str = "documented"
    styles: Mapping[str, str] = field(default_factory=dict)
    status: Mapping[str, int] = field(default_factory=dict)
    text: Mapping[str, Any] = field(default_factory=dict)
    rules: frozenset[str] = frozenset()
    only: frozenset[str] = frozenset()

    def serves(self, provenance: str) -> bool:
        """Whether operations that come from there exist in this profile."""
        return not self.only or provenance in self.only

    def holds(self, rule: str) -> bool:
        return rule in self.rules


DOCUMENTED = Profile()


@dataclass(frozen=True)
class View:
    """What an answer depends on besides the row.

    `aliases` maps a uid to the foreign id it is known by. `base` is the
    root of links, without a final slash. `local` is false when we talk to a provider: an id without
    an alias is then a LookupError, since ours mean nothing there.
    """

    profile: Profile = DOCUMENTED
    aliases: Mapping[UUID, str] = field(default_factory=dict)
    base: str = ""
    local: bool = True

    @property
    def plain(self) -> bool:
        """True when ids need no look-up."""
        return self.local and not self.aliases


VIEW = View()
