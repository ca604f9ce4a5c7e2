"""Where the seed and the live service disagree, as two sets of data.

`documented` follows seed 002 to the letter; `observed` answers as the service was seen to. What the
two share is not here. Input is read alike in both.
"""

from __future__ import annotations

from gateway.wire.profile import Profile

# Rules a profile may hold, each read in one place:
#   nested_details   422 carries an object of field messages instead of text (errors.py)
#   no_registration  creating a route of type sip-reg is refused (schemas/routes.py)
RULES = frozenset({"nested_details", "no_registration"})

# kind of problem -> (title, detail); None leaves the member out, the empty text is sent as it is.
# Without a detail here the problem's own text is the detail.
NO_SUCH = "Could not find that resource on your account."
BAD_LOGIN = "Authentication failed."
ROUTE_IN_USE = ("Route is associated with numbers", "Disassociate the numbers from it first.")

DOCUMENTED_TEXT: dict[str, tuple[str | None, str | None]] = {
    "invalid": ("Unprocessable Entity", None),
    "conflict": ("Unprocessable Entity", None),
    "malformed": ("Client Error", None),
    "unauthenticated": ("Unauthorized", BAD_LOGIN),
    "forbidden": ("Forbidden", None),
    "in_use": ROUTE_IN_USE,
    "not_found": ("Not Found", NO_SUCH),
    "method_not_allowed": (
        "Method Not Allowed",
        "The method is not allowed for the requested URL.",
    ),
    "too_large": ("Payload Too Large", None),
    "unsupported_media": ("Unsupported Media Type", None),
    "limited": ("Too Many Requests", None),
    "unavailable": ("Service Unavailable", None),
    "internal": ("Internal Server Error", "The request could not be completed."),
}
OBSERVED_TEXT = {
    **DOCUMENTED_TEXT,
    "invalid": (None, None),
    "conflict": (None, None),
    "forbidden": ("ActionNotAuthorizedError", ""),
    "not_found": (None, NO_SUCH),
}

DOCUMENTED = Profile(
    name="documented",
    styles={"e164": "int"},
    text=DOCUMENTED_TEXT,
)
OBSERVED = Profile(
    name="observed",
    styles={"e164": "digits", "price": "dollars", "instant": "hundredths"},
    text=OBSERVED_TEXT,
    rules=RULES,
)
PROFILES = {profile.name: profile for profile in (DOCUMENTED, OBSERVED)}
