"""A signed parity report as one page for people: it can be read, printed and sent on, asks for
nothing from elsewhere, and has the report itself inside, so that it can be checked as the file can.

The page is a function of the report: who checks one writes it again and compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final

from gateway.domain.parity import canonical
from gateway.domain.parity_rows import Same

_OPENING: Final = '<script type="application/json" id="report">'
_CLOSING: Final = "</script>"
STYLE: Final = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#222}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}code{font-family:ui-monospace,monospace}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.2rem .6rem .2rem 0;
vertical-align:top;border-bottom:1px solid #ddd}
td:last-child,tr[class] td:nth-child(n+3){overflow-wrap:anywhere}
.verdict{font-size:1.2rem;font-weight:bold;border:2px solid;padding:.5rem 1rem}
.unexplained{background:#fde8e8}.explained,.extra{background:#fff8e1}
@media print{body{margin:0;max-width:none}tr{break-inside:avoid}thead{display:table-header-group}}
"""


def document_in(text: str) -> str | None:
    """The JSON document of a page, None where the text is no such page."""
    _, opening, rest = text.partition(_OPENING)
    return rest.partition(_CLOSING)[0] if opening else None


def page(signed: Mapping[str, Any]) -> str:
    """The whole page. The document in it has no `<`, so nothing in a report can end it."""
    told, seal = signed["report"], signed["signature"]
    title = f"Parity of {told['from']['name']} and {told['to']['name']}"
    inside = canonical(dict(signed)).decode().replace("<", "\\u003c")
    parts = [_head(told), _kinds(told), _numbers(told), _differences(told), _losses(told)]
    parts += [_notes(told), _seal(seal)]
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width">'
        f"<title>{escape(title)}</title>"
        f"<style>{STYLE}</style><h1>{escape(title)}</h1>\n"
        + "\n".join(parts)
        + f"\n{_OPENING}{inside}{_CLOSING}\n</html>\n"
    )


def _head(told: Mapping[str, Any]) -> str:
    only = f", only of {', '.join(told['only'])}" if told["only"] else ""
    counts = ", ".join(f"{told['counts'][word]} {word}" for word in Same)
    sides = [
        (word, side["name"], side["dialect"], side["base_url"], side["inventory"])
        for word, side in (("from", told["from"]), ("to", told["to"]))
    ]
    return (
        f'<p class="verdict">{escape(told["verdict"])}</p>'
        f"<p>{escape(told['at'])}, polytrunk {escape(told['installation']['version'])}"
        f"{escape(only)}. Paths of numbers: {escape(counts)}."
        f" Readiness of the target: {told['readiness']}%.</p>"
        + _table(("", "connection", "dialect", "address", "inventory"), sides)
    )


def _kinds(told: Mapping[str, Any]) -> str:
    rows = [
        (
            one["kind"],
            *(one[side][count] for side in ("from", "to") for count in ("held", "compared")),
            one["from"].get("digest", "")[:16],
            one["to"].get("digest", "")[:16],
        )
        for one in told["kinds"]
    ]
    head = ("kind", "held", "compared", "held there", "compared there", "digest", "digest there")
    return "<h2>What is held</h2>" + _table(head, rows)


def _numbers(told: Mapping[str, Any]) -> str:
    """Every number, those that need a reader first."""
    order = {word: place for place, word in enumerate(("unexplained", "explained", "extra"))}
    rows = sorted(told["numbers"], key=lambda row: order.get(row["verdict"], len(order)))
    lines = (
        f'<tr class="{escape(row["verdict"])}">'
        + "".join(
            f"<td>{cell}"
            for cell in (
                escape(row["number"]),
                escape(row["verdict"]),
                _lines(row["from"]),
                _lines(row["to"]),
                _lines(row["reasons"]),
            )
        )
        for row in rows
    )
    head = "".join(f"<th>{one}" for one in ("number", "paths", "from", "to", "reasons"))
    return (
        "<h2>Where calls go</h2><p>What is done with a call when nobody who is dialled answers.</p>"
        f"<table><thead><tr>{head}<tbody>{''.join(lines)}</table>"
    )


def _lines(steps: Sequence[str] | None) -> str:
    return "not there" if steps is None else "<br>".join(escape(step) for step in steps)


def _differences(told: Mapping[str, Any]) -> str:
    rows = [(one["key"], one["state"], one["why"]) for one in told["differences"]]
    return _section("What differs", ("row", "is", "why"), rows)


def _losses(told: Mapping[str, Any]) -> str:
    rows = [
        (f"{one['object']}.{one['member']}", one["why"], len(one["rows"]), ", ".join(one["rows"]))
        for one in told["losses"]
    ]
    return _section("What is lost", ("member", "why", "times", "of"), rows)


def _notes(told: Mapping[str, Any]) -> str:
    rows = [(side, note) for side in ("from", "to") for note in told["notes"][side]]
    return _section("What was not understood or not told", ("side", "note"), rows)


def _seal(seal: Mapping[str, Any]) -> str:
    rows = [(name, seal[name]) for name in ("algorithm", "fingerprint", "public_key", "value")]
    about = (
        "<p>The signature is of the report inside this page, in canonical form. Whether the key is"
        " the installation's own can only be told by its fingerprint, learnt in another way.</p>"
    )
    return "<h2>Signature</h2>" + about + _table(("", ""), rows)


def _section(title: str, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    return f"<h2>{title}</h2>" + (_table(head, rows) if rows else "<p>Nothing.</p>")


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    def cells(tag: str, row: Iterable[Any]) -> Iterator[str]:
        return (f"<{tag}>{escape(str(cell))}" for cell in row)

    lines = "".join(f"<tr>{''.join(cells('td', row))}" for row in rows)
    return f"<table><thead><tr>{''.join(cells('th', head))}<tbody>{lines}</table>"
