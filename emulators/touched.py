"""Which parts of each dialect the traffic of a universe touched, read from its journal.

The parts are those of the documents that are served. It is a report on the user's test suite: what
its app never asked for, and which answers it never got.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from emulators.coverage import KINDS, Coverage
from emulators.openapi import Document, Operation
from gateway.app import Application

Entry = Mapping[str, Any]


class Surveyor:
    """Reads entries by the documents of an application, which are read once."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._documents: dict[str, Document] = {}

    def new(self) -> Survey:
        """One that has seen nothing."""
        return Survey({name: Coverage(name, self._document(name)) for name in self._names})

    def read(self, entries: Iterable[Entry], survey: Survey) -> None:
        """Add the requests among the entries to a survey."""
        for entry in entries:
            if entry["kind"] != "http":
                continue
            name, path = self._place(entry["request"])
            if name is not None:
                survey.add(name, path, entry)

    @property
    def _names(self) -> list[str]:
        return sorted(self._application.dialects)

    def _document(self, name: str) -> Document:
        if name not in self._documents:
            folds = self._application.dialects[name].folds_path_case
            document = self._application.document(name)
            self._documents[name] = Document(document, folds_case=folds)
        return self._documents[name]

    def _place(self, request: Mapping[str, Any]) -> tuple[str | None, str]:
        """The dialect a request went to, and its path there."""
        host = request["headers"].get("Host", "")
        environ = {"PATH_INFO": request["path"], "HTTP_HOST": host}
        chosen = self._application.dispatcher.choose(environ)
        apps = self._application.dispatcher.apps
        name = next((name for name, app in apps.items() if app == chosen), None)
        return name, environ["PATH_INFO"]


class Survey:
    """What was touched. `strange` are requests at paths no document has, `unread` bodies that the
    journal did not keep whole."""

    def __init__(self, coverages: Mapping[str, Coverage]) -> None:
        self.coverages = coverages
        self.requests = self.strange = self.unread = 0

    def add(self, name: str, path: str, entry: Entry) -> None:
        """Count one request to a dialect; one whose connection was broken has no answer."""
        self.requests += 1
        coverage, request = self.coverages[name], entry["request"]
        operation = coverage.document.find(request["method"], path)
        if operation is None:
            self.strange += 1
            return
        _parameters(coverage, operation, request)
        if operation.request_schema is not None:
            self._body(coverage, operation, operation.request_schema, request["body"])
        answer = entry["answer"]
        if answer is None:
            return
        coverage.answer(operation, answer["status"])
        for schema in list((operation.content(answer["status"]) or {}).values())[:1]:
            self._body(coverage, operation, schema, answer["body"])

    def absorb(self, other: Survey) -> None:
        """Add what another one of the same application has seen."""
        self.requests += other.requests
        self.strange += other.strange
        self.unread += other.unread
        for name, coverage in self.coverages.items():
            for kind, seen in coverage.seen.items():
                seen |= other.coverages[name].seen[kind]

    def _body(
        self, coverage: Coverage, operation: Operation, schema: dict[str, Any], body: Any
    ) -> None:
        if isinstance(body, str) and body[:1] in ("{", "["):
            try:
                body = orjson.loads(body)
            except orjson.JSONDecodeError:
                self.unread += 1
        if body is not None:
            coverage.body(operation, schema, body)

    def as_dict(self) -> dict[str, Any]:
        """Numbers of each kind and dialect, with the names of what was not touched."""
        dialects = {
            name: {kind: _counted(coverage, kind) for kind in KINDS}
            for name, coverage in self.coverages.items()
        }
        counts = {"requests": self.requests, "strange": self.strange, "unread": self.unread}
        return {**counts, "dialects": dialects}

    def as_text(self) -> str:
        """The numbers, and the operations that were not touched; of the others the statuses."""
        lines = [f"{self.requests} requests, {self.strange} at unknown paths"]
        for name, coverage in self.coverages.items():
            lines += ["", name]
            for kind in KINDS:
                seen, declared = len(_seen(coverage, kind)), len(coverage.declared[kind])
                lines.append(f"  {kind:<12} {seen:>5} of {declared}")
            for operation in coverage.document.operations:
                lines += _untouched(coverage, operation)
        return "\n".join(lines) + "\n"


def _parameters(coverage: Coverage, operation: Operation, request: Mapping[str, Any]) -> None:
    headers = {name.lower(): value for name, value in request["headers"].items()}
    for where, name in operation.parameters:
        given = {"query": request["query"], "path": {name: ""}, "header": headers}.get(where, {})
        key = name.lower() if where == "header" else name
        if key in given:
            coverage.parameter(operation, where, name, given[key])


def _seen(coverage: Coverage, kind: str) -> set[str]:
    return coverage.seen[kind] & coverage.declared[kind]


def _counted(coverage: Coverage, kind: str) -> dict[str, Any]:
    return {
        "declared": len(coverage.declared[kind]),
        "seen": len(_seen(coverage, kind)),
        "missing": coverage.missing(kind),
    }


def _untouched(coverage: Coverage, operation: Operation) -> list[str]:
    if operation.name not in coverage.seen["operations"]:
        return [f"  not asked: {operation.name} ({operation.method.upper()} {operation.path})"]
    seen = coverage.seen["statuses"]
    never = [s for s in operation.statuses if f"{operation.name} {s}" not in seen]
    return [f"  {operation.name} never answered: {' '.join(never)}"] if never else []
