"""The converters: each turns one kind of wire value into its core value and back, seeing only that.

Rendering follows the profile's style for the kind; reading is lenient, the same in all profiles.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from marshmallow import missing

from gateway.domain import ids, instants, numbers
from gateway.wire.base import Field, Renderer, fetch, view_of
from gateway.wire.profile import Profile, View
from gateway.wire.reading import KEEP

if TYPE_CHECKING:
    from gateway.wire.presenter import Compiler

INT64 = 2**63
STRING: Mapping[str, Any] = {"type": "string"}
NO_ZERO = r"^[^\u0000]*$"
NANO = 10**9
MOST_DIGITS = 20


class Text(Field):
    """Text as it is; a character no database keeps (U+0000, a lone surrogate) is refused."""

    schema_type = STRING

    def describe(self, profile: Profile) -> dict[str, Any]:
        found = super().describe(profile)
        if not self.dump_only:
            found.setdefault("pattern", NO_ZERO)
        return found

    def parse(self, value: Any) -> str:
        if not isinstance(value, str):
            raise self.bad("must be text", "type")
        if "\0" in value:
            raise self.bad("must not contain the character U+0000", "text")
        if not value.isascii():
            try:
                value.encode("utf-8")
            except UnicodeEncodeError:
                raise self.bad("must not contain a lone surrogate", "text") from None
        return value


class Anything(Field):
    """Any JSON value, kept as it came."""


class JsonObject(Field):
    """An object of the customer's own, kept as it came."""

    schema_type: ClassVar[Mapping[str, Any]] = {"type": "object"}

    def parse(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.bad("must be an object", "type")
        return value


class Int(Field):
    """Whole number of 64 bits; reads JSON numbers without fraction and decimal text."""

    schema_type: ClassVar[Mapping[str, Any]] = {"type": "integer"}

    def parse(self, value: Any) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise self.bad("must be a whole number", "type")
        if isinstance(value, str) and not (len(value) < 25 and _is_decimal(value)):
            raise self.bad("must be a whole number", "type")
        number = int(value)
        if not -INT64 <= number < INT64:
            raise self.bad("is out of range", "range")
        return number


def _is_decimal(text: str) -> bool:
    digits = text.strip().removeprefix("-")
    return digits.isascii() and digits.isdigit()


class Flag(Field):
    """Boolean; style `01` writes 0 and 1. Reads true, false, 0, 1 and their texts in any case."""

    kind = "flag"
    schema_type: ClassVar[Mapping[str, Any]] = {"type": "boolean"}
    styles: ClassVar[Mapping[str, Renderer]] = {"01": int}
    style_types: ClassVar[Mapping[str, Any]] = {"01": {"type": "integer", "enum": [0, 1]}}
    WORDS: ClassVar[Mapping[Any, bool]] = {
        True: True,
        False: False,
        "true": True,
        "false": False,
        "1": True,
        "0": False,
    }

    def parse(self, value: Any) -> bool:
        try:
            return self.WORDS[value.strip().lower() if isinstance(value, str) else value]
        except (KeyError, TypeError):
            raise self.bad("must be true or false", "type") from None


class Word(Field):
    """A word of a closed set. `words` maps wire word -> core value, or lists equal ones.

    Of several wire words for one value the first is written. `fold` reads any case. A stored value
    outside the set is written as it is.
    """

    kind = "word"

    def __init__(
        self,
        data_key: str | None = None,
        *,
        words: Mapping[str, Any] | Iterable[str],
        fold: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(data_key, **options)
        self.words = dict(words) if isinstance(words, Mapping) else {w: w for w in words}
        self.folded = {w.lower(): v for w, v in self.words.items()} if fold else {}
        self.written = {value: word for word, value in reversed(self.words.items())}

    def parse(self, value: Any) -> Any:
        if isinstance(value, str):
            found = self.words.get(value, missing)
            if found is missing:
                found = self.folded.get(value.lower(), missing)
            if found is not missing:
                return found
        raise self.bad("must be one of " + ", ".join(self.words), "choice")

    def renderer(self, profile: Profile) -> Renderer | None:
        written = self.written
        if all(str(value) == word for value, word in written.items()):
            return None
        return lambda value: written.get(value, value)

    def describe(self, profile: Profile) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.words)}


class E164(Field):
    """Telephone number: `+` and digits in the core. Style `digits` has no plus, `int` is a number.

    `region` reads national forms; text and numbers are accepted, with and without plus.
    """

    kind = "e164"
    schema_type = STRING
    styles: ClassVar[Mapping[str, Renderer]] = {
        "digits": lambda value: value.removeprefix("+"),
        "int": lambda value: int(value.removeprefix("+")),
    }
    style_types: ClassVar[Mapping[str, Any]] = {"int": {"type": "integer"}}

    def __init__(self, data_key: str | None = None, *, region: str = "US", **options: Any) -> None:
        super().__init__(data_key, **options)
        self.region = region

    def parse(self, value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise self.bad("must be a telephone number", "type")
        try:
            return numbers.parse_e164(value, self.region)
        except ValueError as error:
            raise self.bad(str(error), "number") from None


class Digits(Field):
    """Text of decimal digits, leading zeros kept; a JSON number is read as its digits."""

    schema_type: ClassVar[Mapping[str, Any]] = {"type": "string", "pattern": "^[0-9]+$"}

    def parse(self, value: Any) -> str:
        text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(text, str):
            raise self.bad("must be digits", "type")
        text = text.strip()
        if not (text.isascii() and text.isdigit()):
            raise self.bad("must be digits", "digits")
        return text


def _utc(value: datetime) -> str:
    """To the second, or to the microsecond where there are any."""
    return (value if value.tzinfo is UTC else value.astimezone(UTC)).isoformat()[:-6]


def _fraction(digits: int) -> Renderer:
    end, none = 20 + digits, f".{'0' * digits}Z"

    def render(value: datetime) -> str:
        text = _utc(value)
        return f"{text[:end]}Z" if value.microsecond else f"{text}{none}"

    return render


class Instant(Field):
    """Point in time, aware UTC. Styles: default milliseconds and Z, `seconds`, `hundredths`,
    `micros`, `offset` (microseconds and +00:00), `epoch_ms`. Reads what `instants` reads."""

    kind = "instant"
    schema_type: ClassVar[Mapping[str, Any]] = {"type": "string", "format": "date-time"}
    style_types: ClassVar[Mapping[str, Any]] = {
        "epoch_ms": {"type": "integer"},
        "offset": {"type": "string", "format": "date-time"},
    }
    styles: ClassVar[Mapping[str, Renderer]] = {
        "default": _fraction(3),
        "hundredths": _fraction(2),
        "micros": _fraction(6),
        "seconds": lambda value: _utc(value)[:19] + "Z",
        "offset": lambda value: value.astimezone(UTC).isoformat(),
        "epoch_ms": lambda value: instants.micros(value) // 1000,
    }

    def parse(self, value: Any) -> datetime:
        if not isinstance(value, str):
            raise self.bad("must be a date or time", "type")
        try:
            return instants.parse_instant(value)
        except ValueError:
            raise self.bad("must be a date or time", "instant") from None


class EpochMillis(Field):
    """Point in time as a number of milliseconds since 1970; aware UTC in the core."""

    kind = "epoch_millis"
    schema_type: ClassVar[Mapping[str, Any]] = {"type": "integer", "format": "int64"}
    styles: ClassVar[Mapping[str, Renderer]] = {
        "default": lambda value: instants.micros(value) // 1000
    }

    def parse(self, value: Any) -> datetime:
        millis = Int.parse(Int(), value)
        if not 0 <= millis < 253402300800000:
            raise self.bad("is out of range", "range")
        return instants.from_micros(millis * 1000)


def _money_number(value: int) -> float | int:
    number = value / NANO
    return int(number) if number.is_integer() else number


def _money_text(value: int) -> str:
    return format((Decimal(value) / NANO).quantize(Decimal("0.0001")), "f")


class NanoMoney(Field):
    """Money in nano units. Styles: default a number of units, `text` four decimals, `dollars` the
    same with a dollar sign, `nano` the whole number. Reads numbers and texts: nano units in style
    `nano`, else units."""

    kind = "money"
    schema_type: ClassVar[Mapping[str, Any]] = {"type": "number"}
    style_types: ClassVar[Mapping[str, Any]] = {
        "nano": {"type": "integer"},
        "text": STRING,
        "dollars": STRING,
    }
    styles: ClassVar[Mapping[str, Renderer]] = {
        "default": _money_number,
        "text": _money_text,
        "dollars": lambda value: "$" + _money_text(value),
        "nano": int,
    }

    def parse(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise self.bad("must be an amount", "type")
        try:
            amount = Decimal(str(value).strip().removeprefix("$"))
        except InvalidOperation:
            raise self.bad("must be an amount", "money") from None
        if not amount.is_finite() or amount.adjusted() > MOST_DIGITS:
            raise self.bad("is out of range", "range")
        nano = int(amount if self.style == "nano" else amount * NANO)
        if not -INT64 <= nano < INT64:
            raise self.bad("is out of range", "range")
        return nano


class SecretText(Text):
    """A secret. Styles: default in clear, `stars`, `head6` (six characters, then X).

    A mask that comes back reads as KEEP. Never written when `load_only`.
    """

    kind = "secret"
    styles: ClassVar[Mapping[str, Renderer]] = {
        "stars": lambda value: "***",
        "head6": lambda value: value[:6] + "X" * max(len(value) - 6, 0),
    }

    def parse(self, value: Any) -> Any:
        text = super().parse(value)
        tail = text[6:]
        masked = (text and set(text) == {"*"}) or (len(tail) > 2 and set(tail) == {"X"})
        return KEEP if masked else text

    def turn_to_client(self) -> None:
        """Whoever is to replay a secret must be sent it."""
        super().turn_to_client()
        self.style = "default"


class Ref(Field):
    """An id. In: `ids.Ref`, unresolved. Out: the alias of the row if it has one, else the codec's
    text. `alias` names the attribute holding the uid an alias is known by, where the id itself is
    another column; `codec` "text" stands for a column written as it is."""

    kind = "id"
    schema_type: ClassVar[Mapping[str, Any]] = {"type": "string", "minLength": 1}

    def __init__(
        self, codec: str, data_key: str | None = None, *, alias: str = "", **options: Any
    ) -> None:
        super().__init__(data_key, **options)
        if codec != "text" and codec not in ids.CODECS:
            raise ValueError(f"no id codec {codec!r}")
        self.codec, self.alias = codec, alias
        self.encode: Renderer = str if codec == "text" else ids.CODECS[codec].encode

    def parse(self, value: Any) -> ids.Ref:
        if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
            raise self.bad("must be an id", "type")
        return ids.Ref(self.codec, str(value))

    def shown(self, value: Any, uid: UUID, view: View) -> str:
        """The text for a row, looking for an alias first; LookupError when a provider needs one.

        An id in the provider's own spelling is that text.
        """
        if isinstance(value, ids.Ref):
            return value.text
        known = view.aliases.get(uid)
        if known is None and not view.local:
            raise LookupError(f"no alias for {uid}")
        return known if known is not None else str(self.encode(value))

    def expression(self, compiler: Compiler) -> str:
        compiler.uses_plain = True
        encode, shown = compiler.name(self.encode), compiler.name(self.shown)
        uid = "v" if not self.alias else f"row.{self.alias}"
        return (
            f"None if (v := {self.source(compiler)}) is None"
            f" else {encode}(v) if plain else {shown}(v, {uid}, view)"
        )

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        if value is None:
            return missing if self.omits(view_of(self).profile) else None
        uid = fetch(obj, (self.alias,)) if self.alias else value
        return self.shown(value, uid, view_of(self))
