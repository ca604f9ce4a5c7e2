"""Which parts of an OpenAPI document were seen: operations, statuses, members, words."""

from __future__ import annotations

from typing import Any

from emulators.openapi import Document, Operation

KINDS = ("operations", "statuses", "parameters", "members", "enum values")


class Coverage:
    """Two sets per kind: what the contract declares and what was seen."""

    def __init__(self, name: str, document: Document) -> None:
        self.name = name
        self.document = document
        self.declared = {kind: set(rows) for kind, rows in declared(document).items()}
        self.seen: dict[str, set[str]] = {kind: set() for kind in KINDS}

    def answer(self, operation: Operation, status: int) -> None:
        self.seen["operations"].add(operation.name)
        self.seen["statuses"].add(f"{operation.name} {status}")

    def parameter(self, operation: Operation, where: str, name: str, value: str) -> None:
        parameter = operation.parameters.get((where, name))
        if parameter is not None:
            key = f"{operation.name} {where} {name}"
            self.seen["parameters"].add(key)
            if value in parameter.get("schema", {}).get("enum", ()):
                self.seen["enum values"].add(f"{key} = {value}")

    def body(self, operation: Operation, schema: dict[str, Any], value: Any) -> None:
        for seen in self.document.walk(schema, value, operation.name):
            key = f"{seen.owner}.{seen.path}"
            if seen.value is None:
                continue
            self.seen["members"].add(key)
            if isinstance(seen.value, str) and seen.value in seen.schema.get("enum", ()):
                self.seen["enum values"].add(f"{key} = {seen.value}")

    def missing(self, kind: str) -> list[str]:
        return sorted(self.declared[kind] - self.seen[kind])


def declared(document: Document) -> dict[str, list[str]]:
    rows: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for operation in document.operations:
        rows["operations"].append(operation.name)
        rows["statuses"] += [f"{operation.name} {status}" for status in operation.statuses]
        for (where, name), parameter in operation.parameters.items():
            key = f"{operation.name} {where} {name}"
            rows["parameters"].append(key)
            rows["enum values"] += [
                f"{key} = {value}" for value in parameter.get("schema", {}).get("enum", ())
            ]
    for owner, path, schema in document.members():
        rows["members"].append(f"{owner}.{path}")
        rows["enum values"] += [f"{owner}.{path} = {value}" for value in schema.get("enum", ())]
    return rows
