"""Country permissions (seed 001: CountryPermission)."""

from __future__ import annotations

from typing import Any

from adapters.sinch.schemas.common import Sent, Sinch, TrueFlag
from gateway.domain.problems import Invalid
from gateway.wire import Change, Listed, Part, Pattern, Text

CODE = Pattern(r"[A-Za-z]{2}|\*", "must be an ISO 3166 code of two letters, or *")


def _code(**options: Any) -> Text:
    return Text("isoCode", attribute="iso_code", validate=CODE, **options)


class CountryPermission(Sent):
    """A country and whether the project may reach it; only `enabled` can be written."""

    isoCode = _code(dump_only=True)
    name = Text(dump_only=True)
    continent = Text(dump_only=True)
    countryDialingCodes = Listed(Text(), attribute="dialing_codes", dump_only=True)
    enabled = TrueFlag(required=True)


class CountryPermissions(Sinch):
    countryPermissions = Listed(Part(CountryPermission), attribute="items")


class ChosenCountryPermission(CountryPermission):
    """One line of a bulk update; what a client read may come back whole."""

    isoCode = _code(required=True)


class BulkCountryPermissions(Sent):
    """Countries that are not listed are switched off."""

    countryPermissions = Listed(
        Part(ChosenCountryPermission, null=False), attribute="items", required=True
    )

    def settle(self, change: Change, row: Any) -> dict[str, Any]:
        codes = [item.get("iso_code", "").upper() for item in change.get("items") or ()]
        twice = next((code for code in codes if code and codes.count(code) > 1), None)
        if twice:
            raise Invalid.one("countryPermissions", "repeated", f"names {twice} twice")
        return change
