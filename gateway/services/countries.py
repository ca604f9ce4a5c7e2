"""Countries an account may reach: the permissions of a project, in force in every dialect.

The table of countries is a fixture. A country without a row of its own has the default: on for the
United States and Canada, off for the rest of the world. The row `*` opens every country that has no
row of its own. Numbers of no country (freephone, global services) are not asked about.

They bind an account from its first change of them, which writes the row `*` in any case: three of
the dialects have no such permissions, and their customers call and write everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from gateway.domain import numbers
from gateway.domain.context import Context
from gateway.domain.problems import Forbidden, Invalid, NotFound, Why
from gateway.models import CountryPermission
from gateway.models.database import write
from gateway.models.prepared import Insert, P, Prepared
from gateway.services.making import fresh, lock_account

TABLE = Path(__file__).parents[2] / "fixtures" / "countries.json"
OPEN = frozenset({"US", "CA"})
ELSEWHERE = "*"

_INSERT = Insert(CountryPermission)
_OF_ACCOUNT = Prepared(
    lambda: CountryPermission.select(
        CountryPermission.uid, CountryPermission.iso_code, CountryPermission.enabled
    ).where(CountryPermission.account == P("account"))
)
_ASKED = Prepared(
    lambda: CountryPermission.select(CountryPermission.iso_code, CountryPermission.enabled).where(
        (CountryPermission.account == P("account"))
        & (
            (CountryPermission.iso_code == P("iso_code"))
            | (CountryPermission.iso_code == P("elsewhere"))
        )
    )
)
_SET = Prepared(
    lambda: CountryPermission.update(enabled=P("enabled"), updated_at=P("now")).where(
        CountryPermission.uid == P("uid")
    )
)


@dataclass(frozen=True)
class Country:
    """A country with the account's permission; `dialing_codes` as `+46`."""

    iso_code: str
    name: str
    continent: str
    dialing_codes: tuple[str, ...]
    enabled: bool = False


@cache
def table() -> Mapping[str, Country]:
    """Every country by its ISO 3166 code, and the wildcard."""
    rows = orjson.loads(TABLE.read_bytes())
    known = {
        row["iso_code"]: Country(
            row["iso_code"],
            row["name"],
            row["continent"],
            tuple(row["dialing_codes"]),
            row["iso_code"] in OPEN,
        )
        for row in rows
    }
    return {**known, ELSEWHERE: Country(ELSEWHERE, "International", "International", ())}


def search(ctx: Context) -> list[Country]:
    """All countries with the account's permissions, by code, the wildcard first; one query."""
    own = _own(ctx.account_uid)
    return [_with(country, own.get(code)) for code, country in sorted(table().items())]


def get(ctx: Context, iso_code: str) -> Country:
    """One country; NotFound for a code that is none."""
    country = _known(iso_code)
    return _with(country, _own(ctx.account_uid).get(country.iso_code))


def update(ctx: Context, iso_code: str, enabled: bool) -> Country:
    """Open or close a country for the account. Raises NotFound."""
    country = _known(iso_code)
    account = ctx.account_uid
    with write():
        lock_account(account)
        _store(ctx, account, _own(account), {country.iso_code: enabled})
    return _with(country, _Row(None, enabled))


def replace(ctx: Context, wanted: Mapping[str, bool]) -> list[Country]:
    """Open exactly the named countries that are true and close all others; the open ones.

    Raises Invalid at `items` for a code that is none.
    """
    unknown = [code for code in wanted if code.upper() not in table()]
    if unknown:
        raise Invalid.one("items", "choice", f"{unknown[0]} is no ISO 3166 code")
    opened = {code.upper() for code, enabled in wanted.items() if enabled}
    account = ctx.account_uid
    with write():
        lock_account(account)
        _store(ctx, account, _own(account), {code: code in opened for code in table()})
    return [country for country in search(ctx) if country.enabled]


def check(account_uid: UUID, e164: str | None) -> None:
    """Raise Forbidden when the account may not reach the country of a number."""
    if not allowed(account_uid, e164):
        country = numbers.country(e164 or "")
        text = f"{e164} is in {country}, a country that is not enabled for the account"
        raise Forbidden(text, fields={"": [Why("said", text)]})


def allowed(account_uid: UUID, e164: str | None) -> bool:
    """Whether the account may reach the number; what is no number of a country is not asked."""
    iso_code = numbers.country(e164) if e164 and e164.startswith("+") else None
    if iso_code is None:
        return True
    rows = _ASKED.all(account=account_uid, iso_code=iso_code, elsewhere=ELSEWHERE)
    own = {row.iso_code: row.enabled for row in rows}
    if not own:
        return True
    if iso_code in own:
        return bool(own[iso_code])
    return iso_code in OPEN or bool(own.get(ELSEWHERE))


@dataclass(frozen=True)
class _Row:
    uid: UUID | None
    enabled: bool


def _own(account: UUID) -> dict[str, Any]:
    return {row.iso_code: row for row in _OF_ACCOUNT.all(account=account)}


def _known(iso_code: str) -> Country:
    country = table().get(iso_code.upper())
    if country is None:
        raise NotFound(f"there is no country {iso_code}")
    return country


def _with(country: Country, row: Any) -> Country:
    enabled = country.enabled if row is None else bool(row.enabled)
    return Country(
        country.iso_code, country.name, country.continent, country.dialing_codes, enabled
    )


def _store(ctx: Context, account: UUID, own: Mapping[str, Any], wanted: Mapping[str, bool]) -> None:
    """Write what differs, and from the first time on the row that says the account has its own."""
    new: list[dict[str, Any]] = []
    if ELSEWHERE not in own and ELSEWHERE not in wanted:
        wanted = {**wanted, ELSEWHERE: False}
    for code, enabled in _differing(own, wanted):
        if code in own:
            _SET.run(uid=own[code].uid, enabled=enabled, now=ctx.runtime.now())
        else:
            row = {"account_uid": account, "iso_code": code, "enabled": enabled}
            new.append({**fresh(ctx), **row})
    _INSERT.many(new)


def _differing(own: Mapping[str, Any], wanted: Mapping[str, bool]) -> Iterable[tuple[str, bool]]:
    for code, enabled in wanted.items():
        now = own[code].enabled if code in own else None
        if now is None or bool(now) != enabled:
            yield code, enabled
