"""Where the document and what the service was seen to answer disagree, as two sets of data.

`documented` follows seed 001; `observed` answers as recorded. Input is read alike in both.
"""

from __future__ import annotations

from gateway.wire.profile import Profile

# Rules a profile may hold, each read in one place:
#   bad_request   the status word of a 400 (errors.py)
RULES = frozenset({"bad_request"})

DOCUMENTED = Profile(name="documented", styles={"instant": "seconds"})
OBSERVED = Profile(
    name="observed",
    styles={"instant": "seconds", "call_direction": "lower", "amount": "number"},
    rules=RULES,
)
PROFILES = {profile.name: profile for profile in (DOCUMENTED, OBSERVED)}
