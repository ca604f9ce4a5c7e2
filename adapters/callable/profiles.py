"""What the published guide has, and what its clients and everyday use need besides.

`extended` serves everything; `strict` only what the guide shows, and takes no member that it does
not know.
"""

from __future__ import annotations

from gateway.wire.profile import Profile

# Rules a profile may hold, each read in one place:
#   known_members   a member no schema knows is refused (schemas/common.py)
RULES = frozenset({"known_members"})

EXTENDED = Profile(name="extended")
STRICT = Profile(name="strict", rules=RULES, only=frozenset({"seed"}))
PROFILES = {profile.name: profile for profile in (EXTENDED, STRICT)}
