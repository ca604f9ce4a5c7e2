"""Telephone numbers and the other addresses of messages.

The core knows one form, E.164 with a plus. People and programs write numbers in many others; this
module reads them and takes E.164 apart. The usual spellings of North American numbers are read by
two patterns, everything else by libphonenumber, and results are remembered, since the same few
numbers come again and again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

import phonenumbers

from gateway.domain import gsm
from gateway.domain.words import NumberKind

_REMEMBERED: Final = 16_384
# The office code is not checked: numbers like +1 206 123 1234 are the field's usual examples.
_NANP: Final = re.compile(r"(?:\+?1)?([2-9]\d{9})", re.ASCII)
_NANP_E164: Final = re.compile(r"\+1(\d{3})(\d{3})\d{4}", re.ASCII)
_DECORATION: Final = re.compile(r"[\s().\-/\u2010-\u2015]+")
_DIGITS: Final = re.compile(r"\d+", re.ASCII)
_TOLL_FREE_CODES: Final = frozenset({"800", "833", "844", "855", "866", "877", "888"})
_INUM_PREFIX: Final = "+8835100"
_WHERE_ONE_IS_HOME: Final = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[1]


def parse_e164(text: str | int, region: str = "US") -> str:
    """E.164 with plus of a number as people write it. Raises ValueError with a reason.

    Takes a leading plus (or 00, and 011 in North America), bare digits with the country code, and
    the national form of `region`; spaces, dashes, dots, slashes and brackets are passed over.
    Lengths and country codes are checked, not whether the number is in service.
    """
    if isinstance(text, bool):
        raise ValueError("not a telephone number")
    return _parse(str(text), region)


@lru_cache(maxsize=_REMEMBERED)
def _parse(text: str, region: str) -> str:
    match = _NANP.fullmatch(text)
    if match and region in _WHERE_ONE_IS_HOME:
        return f"+1{match[1]}"
    bare = _DECORATION.sub("", text.strip())
    plus, bare = bare.startswith("+"), bare.removeprefix("+")
    if not bare:
        raise ValueError("no number given")
    if not _DIGITS.fullmatch(bare):
        raise ValueError("a number consists of digits")
    if plus:
        return _international(bare)
    if bare.startswith("00"):
        return _international(bare[2:])
    if region not in _WHERE_ONE_IS_HOME:
        return _either(bare, region)
    if bare.startswith("011"):
        return _international(bare[3:])
    match = _NANP.fullmatch(bare)
    return f"+1{match[1]}" if match else _international(bare)


def _either(bare: str, region: str) -> str:
    """Bare digits abroad: with the country code if that makes a number in use, else national."""
    if not bare.startswith("0"):
        try:
            e164 = _international(bare)
        except ValueError:
            pass
        else:
            if phonenumbers.is_valid_number(phonenumbers.parse(e164)):
                return e164
    try:
        return _checked(phonenumbers.parse(bare, region))
    except phonenumbers.NumberParseException as error:
        raise ValueError("not a telephone number") from error


def _international(bare: str) -> str:
    if len(bare) > 15:
        raise ValueError("a number has at most 15 digits")
    if bare.startswith("1"):
        if not _NANP.fullmatch(bare) or len(bare) != 11:
            raise ValueError("not a North American number")
        return f"+{bare}"
    try:
        return _checked(phonenumbers.parse(f"+{bare}"))
    except phonenumbers.NumberParseException as error:
        unknown = error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE
        raise ValueError("unknown country code" if unknown else "number too short") from error


_REASONS: Final = {
    phonenumbers.ValidationResult.TOO_SHORT: "number too short",
    phonenumbers.ValidationResult.TOO_LONG: "number too long",
    phonenumbers.ValidationResult.INVALID_COUNTRY_CODE: "unknown country code",
    phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "number lacks its area code",
}


def _checked(number: phonenumbers.PhoneNumber) -> str:
    result = phonenumbers.is_possible_number_with_reason(number)
    if result != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise ValueError(_REASONS.get(result, "number has a wrong length"))
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def digits(e164: str) -> str:
    """The number without its plus: what most interfaces print."""
    return e164.removeprefix("+")


def area_code(e164: str) -> str | None:
    """The three digits after +1, also of toll-free numbers; None outside North America."""
    match = _NANP_E164.fullmatch(e164)
    return match[1] if match else None


def exchange(e164: str) -> str | None:
    """Area code and central office code (NPANXX, six digits); None outside North America."""
    match = _NANP_E164.fullmatch(e164)
    return match[1] + match[2] if match else None


@lru_cache(maxsize=_REMEMBERED)
def kind(e164: str) -> NumberKind:
    """Toll-free, inum (+883 5100) or standard."""
    code = area_code(e164)
    if code is not None:
        return NumberKind.TOLL_FREE if code in _TOLL_FREE_CODES else NumberKind.STANDARD
    if e164.startswith(_INUM_PREFIX):
        return NumberKind.INUM
    free = phonenumbers.PhoneNumberType.TOLL_FREE
    parsed = _read(e164)
    is_free = parsed is not None and phonenumbers.number_type(parsed) == free
    return NumberKind.TOLL_FREE if is_free else NumberKind.STANDARD


def is_toll_free(e164: str) -> bool:
    """True where the called side pays, in any country."""
    return kind(e164) is NumberKind.TOLL_FREE


@lru_cache(maxsize=_REMEMBERED)
def country(e164: str) -> str | None:
    """ISO 3166 code of two letters; None for numbers of no country (inum, international free)."""
    parsed = _read(e164)
    region = phonenumbers.region_code_for_number(parsed) if parsed else None
    if region is None and e164.startswith("+1") and not is_toll_free(e164):
        region = "US"  # a code newer than our tables
    return None if region == "001" else region


@lru_cache(maxsize=_REMEMBERED)
def national(e164: str) -> str:
    """Digits without the country code (`2065550100`); also the leading zeros Italy keeps."""
    parsed = _read(e164)
    return phonenumbers.national_significant_number(parsed) if parsed else digits(e164)


def _read(e164: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return None


class AddressKind(StrEnum):
    E164 = "e164"
    SHORT_CODE = "short_code"
    ALPHANUMERIC = "alphanumeric"


MOST_ALPHANUMERIC: Final = 11
_SHORT_CODE: Final = re.compile(r"\d{3,8}", re.ASCII)

# (type of number, numbering plan) of SMPP
_TON_NPI: Final = {
    AddressKind.E164: (1, 1),
    AddressKind.SHORT_CODE: (3, 0),
    AddressKind.ALPHANUMERIC: (5, 0),
}


@dataclass(frozen=True, slots=True)
class Address:
    """Who a message is from or for; `value` is E.164 with plus for kind E164."""

    kind: AddressKind
    value: str

    @property
    def ton_npi(self) -> tuple[int, int]:
        """Type of number and numbering plan as SMPP wants them."""
        return _TON_NPI[self.kind]

    @property
    def plain(self) -> str:
        """The address as SMPP carries it: E.164 without the plus."""
        return digits(self.value) if self.kind is AddressKind.E164 else self.value


def parse_address(text: str, region: str = "US") -> Address:
    """A number, a short code (3 to 8 bare digits that are no number) or a name of 1 to 11 GSM
    characters with at least one letter. Raises ValueError with a reason."""
    text = text.strip()
    if any(character.isalpha() for character in text):
        if not gsm.is_gsm(text) or gsm.septets(text) > MOST_ALPHANUMERIC:
            raise ValueError(f"a name has at most {MOST_ALPHANUMERIC} GSM characters")
        return Address(AddressKind.ALPHANUMERIC, text)
    short = _SHORT_CODE.fullmatch(text)
    if short and len(text) <= 6:
        return Address(AddressKind.SHORT_CODE, text)
    try:
        return Address(AddressKind.E164, parse_e164(text, region))
    except ValueError:
        if short:
            return Address(AddressKind.SHORT_CODE, text)
        raise


def from_smpp(ton: int, text: str, region: str = "US") -> Address:
    """The address a peer sent, by its type of number; never raises, as a peer's word is taken.

    What claims to be a number and is none becomes an ALPHANUMERIC of the same text.
    """
    if ton == 5:
        return Address(AddressKind.ALPHANUMERIC, text)
    try:
        if ton == 1 and not text.startswith("+"):
            return Address(AddressKind.E164, parse_e164(f"+{text}", region))
        return parse_address(text, region)
    except ValueError:
        short = _SHORT_CODE.fullmatch(text)
        return Address(AddressKind.SHORT_CODE if short else AddressKind.ALPHANUMERIC, text)
