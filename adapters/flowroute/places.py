"""States and provinces an emergency address may name, and how their postal codes look."""

from __future__ import annotations

import re

_STATES = {
    "US": "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV"
    " NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY AS GU MP PR VI",
    "CA": "AB BC MB NB NL NS NT NU ON PE QC SK YT",
}
STATES = {country: frozenset(names.split()) for country, names in _STATES.items()}
POSTAL_CODES = {
    "US": re.compile(r"[0-9]{4,7}", re.ASCII),
    "CA": re.compile(r"[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9]", re.ASCII | re.IGNORECASE),
}


def wrong_place(country: str, state: str | None, zip_code: str | None) -> dict[str, str]:
    """Members that do not fit the country, with the reason."""
    wrong = {}
    if state is not None and state.upper() not in STATES[country]:
        wrong["state"] = f"is not a state or province of {country}"
    if zip_code is not None and POSTAL_CODES[country].fullmatch(zip_code) is None:
        wrong["zip"] = f"is not a postal code of {country}"
    return wrong
