"""Every setting of the product in one frozen, typed object, so that a wrong value stops the start.

A setting is a field of `Settings`; its environment variable is POLYTRUNK_ and the field's name in
upper case. `document()` writes the reference table from the same fields, so text and behaviour
cannot part.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import os
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import urlsplit

PREFIX = "POLYTRUNK_"
PER_DIALECT = {"hosts": "HOSTS_", "profiles": "PROFILE_"}
OF_DIALECT = {"engines": "_ENGINE_URL"}
"""Settings per dialect whose name comes first: <DIALECT>_ENGINE_URL."""
NOT_OURS = ("TEST_",)
SERVING_RATE = 100.0

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class SettingsError(ValueError):
    """One or more settings cannot be used; the text has one line for each."""


def _setting(
    default: Any, about: str, *, unit: str = "", least: float | None = None, **more: Any
) -> Any:
    """A field with its sentence; `least` is the smallest number, `choices` the set of words."""
    metadata = {"about": about, "unit": unit, "least": least, **more}
    if isinstance(default, dict):
        return field(default_factory=dict, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What an operator can decide. Times are seconds unless the name says otherwise."""

    # storage
    database_url: str = _setting(
        "sqlite:///polytrunk.db",
        "Where everything is kept: sqlite:///FILE, sqlite:///:memory: or postgresql://USER@HOST/NAME.",
    )
    secret_key: str | None = _setting(
        None,
        "Key of secrets and credential look-ups, 32 characters or more; PostgreSQL needs it.",
        secret=True,
    )
    key_file: str | None = _setting(
        None,
        "File of the secret key when SECRET_KEY is unset; made beside the SQLite file.",
    )
    synchronous: str = _setting(
        "FULL",
        "SQLite durability: FULL survives a power cut, NORMAL a crash of the process.",
        choices=("FULL", "NORMAL"),
    )
    pool_size: int = _setting(8, "Most database connections of one process.", least=1)
    retention_days: int = _setting(
        0,
        "Messages, receipts, calls and deliveries older than this are removed; 0 keeps them.",
        least=0,
    )
    mask_text: bool = _setting(
        False, "Keep message texts only until they are delivered, and never in logs."
    )

    # HTTP
    bind: str = _setting("127.0.0.1:8080", "Address and port the web processes listen on.")
    web: int = _setting(2, "Web processes of `serve`.", least=1)
    workers: int = _setting(1, "Worker processes of `serve`.", least=0)
    public_url: str | None = _setting(
        None, "Root of the links in answers; unset: scheme and Host of the request.", url=True
    )
    trusted_proxies: tuple[Network, ...] = _setting(
        (),
        "Addresses or networks whose X-Forwarded-* headers are believed; comma list.",
    )
    hosts: Mapping[str, tuple[str, ...]] = _setting(
        {}, "Host names that belong to one dialect whatever the path; comma list."
    )
    profiles: Mapping[str, str] = _setting(
        {}, "Profile of a dialect: how it renders and answers where sources disagree."
    )
    max_body_bytes: int = _setting(1_048_576, "Largest request body; above it 413.", least=1024)
    max_json_depth: int = _setting(
        32, "Deepest nesting of a JSON body; above it the body is malformed.", least=4
    )
    rate_limit: float | None = _setting(
        None,
        "Requests a second of one credential, counted per web process; 0 switches the limit off. "
        "Unset: 100 in `serve` and `web`, off in `emulate`.",
        least=0,
    )
    rate_burst: int = _setting(
        200, "Requests a credential may make at once before the rate counts.", least=1
    )
    idempotency_hours: int = _setting(
        24, "How long an Idempotency-Key gives its first answer again.", least=1
    )
    database_wait: float = _setting(2.0, "Longest wait for a locked database before 503.", least=0)
    shutdown_grace: float = _setting(
        30.0, "Time a stopping process has for open requests, binds and jobs.", least=0
    )

    # credentials
    jwt_secret: str | None = _setting(
        None, "Key of bearer tokens; unset: derived from the secret key.", secret=True
    )
    token_minutes: int = _setting(
        60, "How long a bearer token of a person who signed in lasts.", unit="minutes", least=1
    )
    token_issuer: str = _setting("polytrunk", "The `iss` claim of bearer tokens.")
    show_tokens: bool = _setting(
        True, "Answer stored tokens in clear where a dialect documents that; false masks them."
    )

    # messages
    mms: str = _setting(
        "refuse",
        "Messages with media: refuse, send links in the text, or simulate a carrier of media.",
        choices=("refuse", "links", "simulate"),
    )
    sms_price_nano: int = _setting(
        4_000_000, "Price of one outbound segment in billionths of a dollar.", least=0
    )
    sms_inbound_price_nano: int = _setting(
        7_000_000, "Price of one inbound text message in billionths of a dollar.", least=0
    )
    mms_price_nano: int = _setting(
        9_500_000, "Price of one media message in billionths of a dollar.", least=0
    )
    max_segments: int = _setting(255, "Most segments of one message.", least=1)
    validity_hours: int = _setting(
        72, "A message not handed to a carrier after this time is expired.", least=1
    )
    message_wait: float = _setting(
        10.0,
        "Longest wait for the carrier's answer where a dialect answers a message with it.",
        least=0,
    )
    receipt_hours: int = _setting(
        96, "A sent message without a final receipt after this time becomes unknown.", least=1
    )
    reassembly_seconds: float = _setting(
        600.0, "How long parts of an inbound message wait for the missing ones.", least=1
    )

    # webhooks
    allow_private_hooks: bool = _setting(
        False, "Call webhooks on loopback and private addresses; link-local ones stay shut."
    )
    hook_timeout: float = _setting(10.0, "Longest wait for a webhook's answer.", least=0.1)
    hook_concurrency: int = _setting(32, "Webhooks one worker calls at the same time.", least=1)

    # calls
    engines: Mapping[str, str] = _setting(
        {},
        "Root of a feature server that carries the calls of a dialect; unset: calls are simulated.",
        url=True,
    )
    engine_timeout: float = _setting(10.0, "Longest wait for a feature server's answer.", least=0.1)

    # workers and SMPP
    smpp_bind: str = _setting(
        "", "Address and port at which carriers may bind to a worker; unset: none may."
    )
    smpp_enquire_seconds: float = _setting(
        30.0, "Quiet time after which a link is asked for a sign of life.", least=0.05
    )
    smpp_response_seconds: float = _setting(
        60.0, "Longest wait for the answer to a request on a link.", least=0.05
    )
    smpp_bind_seconds: float = _setting(15.0, "Longest wait for connection and bind.", least=0.05)
    smpp_window: int = _setting(10, "Unanswered submits of a link that sets no window.", least=1)
    smpp_tick_ms: int = _setting(
        5, "Pause between two transactions of a worker that has work.", unit="ms", least=1
    )
    smpp_sweep_ms: int = _setting(
        250, "Longest time without looking for due work on PostgreSQL.", unit="ms", least=1
    )
    smpp_claim_windows: int = _setting(
        2, "Jobs of a link a worker holds ahead, in windows.", least=1
    )
    smpp_claim_least: int = _setting(200, "Jobs of a link a worker holds ahead at least.", least=1)
    claim_seconds: float = _setting(
        60.0, "A claimed job that is not renewed for this long is due again.", least=0.1
    )
    lease_seconds: float = _setting(
        5.0, "A link belongs to its worker for this long after the last renewal.", least=0.1
    )

    # logs
    log_level: str = _setting(
        "INFO", "Least level written.", choices=("DEBUG", "INFO", "WARNING", "ERROR")
    )
    access_log: bool = _setting(False, "Log a line for each request.")
    log_format: str = _setting(
        "json", "One JSON object a line, or text for people.", choices=("json", "text")
    )

    def __post_init__(self) -> None:
        faults = [
            f"{env_name(f)}: {why}"
            for f in fields(self)
            if (why := _fault(f, getattr(self, f.name)))
        ]
        if faults:
            raise SettingsError("\n".join(faults))

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
        """Read POLYTRUNK_*; an empty variable counts as unset; `overrides` (field names) win.

        Raises SettingsError naming every variable that cannot be used.
        """
        environ = os.environ if environ is None else environ
        values: dict[str, Any] = {}
        faults = []
        types = typing.get_type_hints(cls)
        for f in fields(cls):
            try:
                if f.name in PER_DIALECT:
                    values[f.name] = _per_dialect(f.name, environ)
                elif f.name in OF_DIALECT:
                    values[f.name] = _of_dialect(f.name, environ)
                elif text := environ.get(env_name(f), "").strip():
                    values[f.name] = _parse(types[f.name], text)
            except ValueError as error:
                faults.append(f"{env_name(f)}: {error}")
        try:
            made = cls(**{**values, **overrides})
        except SettingsError as error:
            faults.append(str(error))
        if faults:
            raise SettingsError("\n".join(faults))
        return made

    def for_serving(self) -> Settings:
        """The settings with what production has and a test does not: a rate limit."""
        return self if self.rate_limit is not None else self.but(rate_limit=SERVING_RATE)

    def but(self, **changes: Any) -> Settings:
        """The same settings with some fields changed."""
        return dataclasses.replace(self, **changes)

    @property
    def bind_host(self) -> str:
        return self.bind.rpartition(":")[0].strip("[]")

    @property
    def bind_port(self) -> int:
        return int(self.bind.rpartition(":")[2])

    @property
    def on_loopback(self) -> bool:
        """True when only this machine can reach the web processes."""
        try:
            return ipaddress.ip_address(self.bind_host).is_loopback
        except ValueError:
            return self.bind_host == "localhost"

    def __repr__(self) -> str:
        shown = (f"{f.name}={_shown(f, getattr(self, f.name))}" for f in fields(self))
        return f"Settings({', '.join(shown)})"


def env_name(f: dataclasses.Field[Any]) -> str:
    """The environment variable of a field; per-dialect ones have <DIALECT> in it."""
    if f.name in PER_DIALECT:
        return f"{PREFIX}{PER_DIALECT[f.name]}<DIALECT>"
    if f.name in OF_DIALECT:
        return f"{PREFIX}<DIALECT>{OF_DIALECT[f.name]}"
    return PREFIX + f.name.upper()


def unknown_names(environ: Mapping[str, str]) -> list[str]:
    """POLYTRUNK_ variables that are no setting: mostly misspelled, so worth a warning."""
    known = {env_name(f) for f in fields(Settings)}
    families = tuple(PREFIX + p for p in (*PER_DIALECT.values(), *NOT_OURS))
    ends = tuple(OF_DIALECT.values())
    return sorted(
        n
        for n in environ
        if n.startswith(PREFIX)
        and n not in known
        and not n.startswith(families)
        and not n.endswith(ends)
    )


def document() -> str:
    """The reference table of all settings as Markdown."""
    lines = [
        "# Settings",
        "",
        "Read from the environment at start. An empty variable counts as unset.",
        "This page is generated from `gateway/settings.py`.",
        "",
        "| variable | default | meaning |",
        "|---|---|---|",
    ]
    for f in fields(Settings):
        default = f.default if f.default is not dataclasses.MISSING else None
        lines.append(f"| `{env_name(f)}` | {_documented(default)} | {_sentence(f)} |")
    return "\n".join(lines) + "\n"


def _documented(default: Any) -> str:
    if default in (None, ()):
        return "-"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return f"`{default}`"


def _sentence(f: dataclasses.Field[Any]) -> str:
    extra = [f"One of {', '.join(f.metadata['choices'])}."] if "choices" in f.metadata else []
    if f.metadata["unit"]:
        extra.append(f"In {f.metadata['unit']}.")
    if f.metadata["least"]:
        extra.append(f"At least {f.metadata['least']:g}.")
    return " ".join([f.metadata["about"], *extra])


def _shown(f: dataclasses.Field[Any], value: Any) -> str:
    if f.metadata.get("secret") and value is not None:
        return "'***'"
    if f.name == "database_url" and "@" in value:
        parts = urlsplit(value)
        return repr(parts._replace(netloc="***@" + parts.netloc.rpartition("@")[2]).geturl())
    return repr(value)


def _per_dialect(name: str, environ: Mapping[str, str]) -> dict[str, Any]:
    start = PREFIX + PER_DIALECT[name]
    found = {
        k[len(start) :].lower(): v.strip()
        for k, v in environ.items()
        if k.startswith(start) and v.strip()
    }
    if name == "profiles":
        return dict(found)
    return {dialect: tuple(h.lower() for h in _listed(text)) for dialect, text in found.items()}


def _of_dialect(name: str, environ: Mapping[str, str]) -> dict[str, str]:
    end = OF_DIALECT[name]
    return {
        variable[len(PREFIX) : -len(end)].lower(): text.strip().rstrip("/")
        for variable, text in environ.items()
        if variable.startswith(PREFIX) and variable.endswith(end) and text.strip()
    }


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


TRUTH = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}


def _flag(text: str) -> bool:
    try:
        return TRUTH[text.lower()]
    except KeyError:
        raise ValueError("must be true or false") from None


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"must be a whole number, not {text!r}") from None


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"must be a number, not {text!r}") from None
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError("must be a finite number")
    return value


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part, strict=False) for part in _listed(text))
    except ValueError as error:
        raise ValueError(f"must be addresses or networks: {error}") from None


PARSERS: dict[Any, Callable[[str], Any]] = {
    bool: _flag,
    int: _whole,
    float: _number,
    float | None: _number,
    tuple[Network, ...]: _networks,
}


def _parse(kind: Any, text: str) -> Any:
    return PARSERS.get(kind, str)(text)


def _fault(f: dataclasses.Field[Any], value: Any) -> str | None:
    """Why a value cannot be used, else None."""
    choices, least = f.metadata.get("choices"), f.metadata.get("least")
    if choices and value not in choices:
        return f"must be one of {', '.join(choices)}, not {value!r}"
    if least is not None and value is not None and value < least:
        return f"must be at least {least:g}, not {value!r}"
    if f.name == "secret_key" and value is not None and len(value) < 32:
        return "must have 32 characters or more"
    urls = list(value.values()) if isinstance(value, dict) else [value]
    if f.metadata.get("url") and any(
        url is not None and urlsplit(url).scheme not in ("http", "https") for url in urls
    ):
        return "must start with http:// or https://"
    addresses = ("bind", "smpp_bind") if value else ("bind",)
    if f.name in addresses and not value.rpartition(":")[2].isdigit():
        return "must be HOST:PORT"
    return None
