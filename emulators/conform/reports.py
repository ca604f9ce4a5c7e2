"""What came of a run: as text, as JUnit's XML for a build server, as a page to look at."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from xml.etree import ElementTree

from emulators.conform.run import FAILED, PASSED, SKIPPED, Result

MARKS = {PASSED: "ok", FAILED: "FAILED", SKIPPED: "skipped"}
NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
STYLE = """
:root { color-scheme: light dark; --line: #8885; --bad: #c62828; --good: #2e7d32; }
@media (prefers-color-scheme: dark) { :root { --bad: #ff8a80; --good: #81c784; } }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .4rem .6rem; text-align: left;
  vertical-align: top; }
code, pre { font: .875rem/1.4 ui-monospace, monospace; overflow-wrap: anywhere;
  white-space: pre-wrap; margin: .25rem 0 0; }
.passed th { color: var(--good); }
.failed th { color: var(--bad); }
"""


@dataclass(frozen=True)
class Report:
    """A finished run of a dialect's suite against a server."""

    dialect: str
    base_url: str
    results: Sequence[Result]

    @property
    def failed(self) -> bool:
        return any(result.outcome == FAILED for result in self.results)

    @property
    def summary(self) -> str:
        """`40 passed, 1 failed, 3 skipped`."""
        counts = Counter(result.outcome for result in self.results)
        return ", ".join(f"{counts[outcome]} {outcome}" for outcome in (PASSED, FAILED, SKIPPED))


def line(result: Result) -> str:
    """A step as one line, with a line for each fault and note."""
    told = [f"{MARKS[result.outcome]:8}{result.step.does}"]
    if result.outcome == FAILED and result.request:
        told.append(f"        {result.request}")
    told += [f"        {text}" for text in (*result.faults, *result.notes)]
    return "\n".join(told)


def junit(report: Report) -> bytes:
    """One test case for each step."""
    counts = Counter(result.outcome for result in report.results)
    suite = ElementTree.Element(
        "testsuite",
        name=f"conform {report.dialect}",
        tests=str(len(report.results)),
        failures=str(counts[FAILED]),
        errors="0",
        skipped=str(counts[SKIPPED]),
        time=f"{sum(result.seconds for result in report.results):.3f}",
    )
    for result in report.results:
        case = ElementTree.SubElement(
            suite,
            "testcase",
            classname=f"conform.{report.dialect}",
            name=result.step.does,
            time=f"{result.seconds:.3f}",
        )
        if result.outcome == FAILED:
            told = [_clean(text) for text in (result.request, *result.faults) if text]
            failure = ElementTree.SubElement(case, "failure", message=_clean(result.faults[0]))
            failure.text = "\n".join(told)
        elif result.outcome == SKIPPED:
            ElementTree.SubElement(case, "skipped", message="; ".join(result.notes))
        elif result.notes:
            ElementTree.SubElement(case, "system-out").text = _clean("\n".join(result.notes))
    return ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True)


def _clean(text: str) -> str:
    """Without the characters that XML cannot carry."""
    return NOT_XML.sub("\ufffd", text)


def html(report: Report) -> str:
    """A page that needs nothing from elsewhere; what failed comes first."""
    title = escape(f"{report.dialect} at {report.base_url}")
    order = (FAILED, PASSED, SKIPPED)
    ordered = sorted(report.results, key=lambda result: order.index(result.outcome))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>'
        f"<h1>{title}</h1><p>{report.summary}</p><table><thead><tr>"
        '<th scope="col">outcome</th><th scope="col">step</th><th scope="col">status</th>'
        f"</tr></thead><tbody>{''.join(_rows(ordered))}</tbody></table></body></html>\n"
    )


def _rows(results: Iterable[Result]) -> Iterable[str]:
    for result in results:
        told = escape("\n".join((*result.faults, *result.notes)))
        request = f"<br><code>{escape(result.request)}</code>" if result.request else ""
        yield (
            f'<tr class="{result.outcome}"><th scope="row">{result.outcome}</th>'
            f"<td>{escape(result.step.does)}{request}{f'<pre>{told}</pre>' if told else ''}</td>"
            f"<td>{result.status or ''}</td></tr>\n"
        )
