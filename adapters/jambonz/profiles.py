"""Where the swagger document and the running server disagree, as two sets of data.

`documented` follows seed 000 and 003 to the letter, `observed` answers as the server was seen to.
Input is read alike in both.
"""

from __future__ import annotations

from gateway.wire.profile import Profile

# Rules a profile may hold, each read in one place:
#   own_shapes     errors have the body their handler gives them instead of `msg` (errors.py)
#   clears_hooks   a PUT of an application or service provider drops the hooks it lacks
#   leaves_unset   members of a call that are unset are left out
#   needs_speech   a call without an application must say how it speaks and listens
#   fine_alerts    alerts have the finer words of the server (alert_words.py)
#   skips_stt      recognition that is not in use is not tested (routes/speech.py)
RULES = frozenset(
    {
        "own_shapes",
        "clears_hooks",
        "leaves_unset",
        "needs_speech",
        "fine_alerts",
        "skips_stt",
    }
)

DOCUMENTED = Profile(name="documented")
OBSERVED = Profile(
    name="observed",
    styles={
        "e164": "digits",
        "flag": "01",
        "hook_method": "upper",
        "limit_category": "server",
        "called_at": "iso",
        "call_status": "engine",
        "page_number": "text",
        "speech_check": "server",
    },
    status={"deleteApiKey": 204, "deleteSbcAddress": 204, "method_not_allowed": 404},
    rules=RULES,
)
PROFILES = {profile.name: profile for profile in (DOCUMENTED, OBSERVED)}
