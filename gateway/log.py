"""Log lines as one JSON object each, with everything that opens a door taken out.

Code logs through the standard library, with facts as `extra={...}`. Members named like secrets, and
credentials inside of texts, never reach a line; texts of messages neither when MASK_TEXT is on.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import IO, Any

import orjson

from gateway.settings import Settings

HIDDEN = "***"
SECRETS = frozenset(
    (
        *("access_token", "api_key", "authorization", "cookie", "jwt_secret", "key_secret"),
        *("password", "proxy_authorization", "refresh_token", "secret", "secret_key"),
        *("secret_hash", "set_cookie", "token", "webhook_secret"),
    )
)
TEXTS = frozenset(("text", "body", "short_message", "message_payload"))
STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
SUSPECT = re.compile(r"[\s@=]")  # every leak has one of these, few values do
LEAKS = (
    (re.compile(r"\b(Basic|Bearer)\s+[A-Za-z0-9+/_.~=-]+", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (re.compile(r"(://[^/\s:@]*):[^/\s@]+@"), rf"\1:{HIDDEN}@"),
    (
        re.compile(r"\b(access_token|token|secret|password)=[^&\s\"']+", re.IGNORECASE),
        rf"\1={HIDDEN}",
    ),
)


def redact_text(text: str) -> str:
    """The text without credentials of headers, URLs and query strings."""
    if not SUSPECT.search(text):
        return text
    for pattern, replacement in LEAKS:
        text = pattern.sub(replacement, text)
    return text


def redact(name: str, value: Any, mask_text: bool = False) -> Any:
    """A value fit for a log line; `name` decides for secrets and, with `mask_text`, for texts."""
    plain = name.lower().replace("-", "_")
    if plain in SECRETS or (mask_text and plain in TEXTS):
        return HIDDEN if value is not None else None
    if isinstance(value, Mapping):
        return {str(k): redact(str(k), v, mask_text) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(name, item, mask_text) for item in value]
    if isinstance(value, bool | int | float | type(None)):
        return value
    return redact_text(value if isinstance(value, str) else str(value))


class JsonFormatter(logging.Formatter):
    """One JSON object a line: at, level, logger, event, the extras, and the error if any."""

    def __init__(self, mask_text: bool = False) -> None:
        super().__init__()
        self.mask_text = mask_text

    def facts(self, record: logging.LogRecord) -> dict[str, Any]:
        extras = {k: v for k, v in vars(record).items() if k not in STANDARD}
        return {k: redact(k, v, self.mask_text) for k, v in extras.items()}

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, Any] = {
            "at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "event": redact_text(record.getMessage()),
            **self.facts(record),
        }
        if record.exc_info:
            line["error"] = redact_text(self.formatException(record.exc_info))
        return orjson.dumps(line, default=str).decode()


class TextFormatter(JsonFormatter):
    """The same for people: time, level, event and name=value pairs."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S.%f")[:-3]
        facts = "".join(f" {name}={value}" for name, value in self.facts(record).items())
        line = f"{at} {record.levelname:<7} {redact_text(record.getMessage())}{facts}"
        if record.exc_info:
            line += "\n" + redact_text(self.formatException(record.exc_info))
        return line


def configure(settings: Settings, stream: IO[str] | None = None) -> None:
    """Send all logging of the process to a stream (stderr) in the settings' form and level."""
    handler = logging.StreamHandler(stream or sys.stderr)
    form = JsonFormatter if settings.log_format == "json" else TextFormatter
    handler.setFormatter(form(settings.mask_text))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    for noisy in ("urllib3", "smpplib"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
