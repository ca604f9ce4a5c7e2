"""A test client that lets no answer pass that the dialect's contract does not allow.

It wraps werkzeug's client: each answer must have a declared status, its media type and a body that
validates. What the contract does not list is checked against the document the product serves, and
errors outside both against the contract's general error reading.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson
from werkzeug.test import Client, TestResponse

from emulators.conform.contract import undeclared
from emulators.coverage import Coverage
from gateway.http.body import FORM
from tests.support.openapi import JSON_MEDIA, Document, Operation

UNSET: Any = object()


class ContractError(AssertionError):
    """An answer that breaks the contract."""


class ContractClient:
    """Sends requests to a WSGI app and judges the answers.

    `auth` is the default Basic pair, `headers` go with every request. `served` is the OpenAPI
    document of the running app, for what lies beyond the contract. `beyond` names members
    (`Component.path`) that answers may carry although the contract lacks them; any other undeclared
    member is a failure. `strip` is the path prefix under which the dialect is mounted.
    """

    def __init__(
        self,
        app: Any,
        contract: Document,
        *,
        coverage: Coverage | None = None,
        auth: tuple[str, str] | None = None,
        served: Document | None = None,
        beyond: frozenset[str] = frozenset(),
        observed: bool = False,
        strip: str = "",
        headers: dict[str, str] | None = None,
    ) -> None:
        self.client = Client(app)
        self.contract = contract
        self.coverage = coverage
        self.auth = auth
        self.served = served
        self.beyond = beyond
        self.observed = observed
        self.strip = strip
        self.headers = headers or {}

    def open(
        self,
        method: str,
        path: str,
        *,
        json: Any = UNSET,
        data: bytes | str | None = None,
        content_type: str | None = UNSET,
        auth: tuple[str, str] | None = UNSET,
        headers: dict[str, str] | None = None,
    ) -> TestResponse:
        """One request; `json` is sent with the contract's media type unless told otherwise."""
        if json is not UNSET:
            if content_type is UNSET:
                content_type = self._request_media(method, path)
            data = urlencode(json) if content_type == FORM else orjson.dumps(json)
        response = self.client.open(
            path,
            method=method,
            data=data,
            content_type=None if content_type is UNSET else content_type,
            auth=self.auth if auth is UNSET else auth,
            headers={**self.headers, **(headers or {})},
        )
        self.check(method, path, response, sent=None if json is UNSET else json)
        return response

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.open("GET", path, **more)

    def post(self, path: str, **more: Any) -> TestResponse:
        return self.open("POST", path, **more)

    def put(self, path: str, **more: Any) -> TestResponse:
        return self.open("PUT", path, **more)

    def patch(self, path: str, **more: Any) -> TestResponse:
        return self.open("PATCH", path, **more)

    def delete(self, path: str, **more: Any) -> TestResponse:
        return self.open("DELETE", path, **more)

    # ---- judging

    def check(self, method: str, target: str, response: TestResponse, *, sent: Any = None) -> None:
        """Raises ContractError when the answer is not one the documents allow."""
        url = urlsplit(target)
        path = self._path(url.path)
        operation = self._operation(method, path)
        label = f"{method} {target} -> {response.status_code}"
        if response.status_code == 500:
            raise ContractError(f"{label}: a fault of ours\n{response.text}")
        content = operation.content(response.status_code) if operation else None
        if content is None:
            content = self._error_content(response.status_code, label)
        schema = self._media(response, content, label, method)
        if schema is not None:
            self._body(operation, schema, response, label)
        if operation is not None and operation.document is self.contract and self.coverage:
            self._record(operation, url.query, path, response, sent)

    def _path(self, path: str) -> str:
        """As the documents spell it: below the mount, without a final slash."""
        return path.removeprefix(self.strip).rstrip("/") or "/"

    def _operation(self, method: str, path: str) -> Operation | None:
        """The contract's, unless we serve more at a path that fits better: a literal segment wins
        over a variable one there too."""
        documents = [self.contract, *([self.served] if self.served else [])]
        hits = [found for d in documents if (found := d.find(method, path)) is not None]
        return min(hits, key=lambda op: op.path.count("{"), default=None)

    def _request_media(self, method: str, path: str) -> str:
        operation = self._operation(method, self._path(urlsplit(path).path))
        if operation is not None:
            content = operation.document.deref(operation.body.get("requestBody", {})).get("content")
            if content:
                return str(next(iter(content)))
        return "application/json"

    def _error_content(self, status: int, label: str) -> dict[str, Any]:
        if self.contract is self.served:
            shared = self.served.raw["components"]["responses"].get(f"Error{status}", {})
            return {media: one["schema"] for media, one in shared.get("content", {}).items()}
        reading = self.contract.raw.get("x-error-reading", {})
        entry = reading.get(f"{status // 100}XX")
        if entry is None:
            raise ContractError(f"{label}: this status is declared nowhere")
        return {entry["media"]: entry["schema"]}

    def _media(
        self, response: TestResponse, content: dict[str, Any], label: str, method: str
    ) -> dict[str, Any] | None:
        if not content and response.data and response.status_code >= 400:
            content = self._error_content(response.status_code, label)
        if not content:
            if response.data:
                raise ContractError(f"{label}: a body where none is declared: {response.data!r}")
            return None
        if method == "HEAD":
            return None
        if not response.data and self.contract is self.served and response.status_code >= 400:
            return None
        media = response.mimetype
        if media not in content:
            raise ContractError(f"{label}: media type {media!r} instead of {list(content)}")
        schema = content[media]
        return schema if JSON_MEDIA.match(media) else None

    def _body(
        self, operation: Operation | None, schema: dict, response: TestResponse, label: str
    ) -> None:
        document, served = self.contract, self.served
        if (
            served is not None
            and operation is not None
            and operation.document is served
            and operation.content(response.status_code) is not None
        ):
            document = served
        try:
            value = orjson.loads(response.data)
        except orjson.JSONDecodeError as error:
            raise ContractError(f"{label}: the body is not JSON: {response.data!r}") from error
        wrong = document.errors(schema, value, observed=self.observed)
        if wrong:
            raise ContractError(f"{label}: {wrong}\n{response.text}")
        extra = undeclared(document, schema, value) - self.beyond
        if extra:
            raise ContractError(f"{label}: undeclared members {sorted(extra)}\n{response.text}")

    def _record(
        self, operation: Operation, query: str, path: str, response: TestResponse, sent: Any
    ) -> None:
        assert self.coverage is not None
        self.coverage.answer(operation, response.status_code)
        content = operation.content(response.status_code) or {}
        if not content and response.status_code >= 400 and response.data:
            content = self._error_content(response.status_code, operation.name)
        for schema in content.values():
            self.coverage.body(operation, schema, response.json)
        if response.status_code >= 400:
            return
        for name, value in parse_qsl(query, keep_blank_values=True):
            self.coverage.parameter(operation, "query", name, value)
        for where, name in operation.parameters:
            if where == "path":
                self.coverage.parameter(operation, where, name, path)
        if sent is not None and operation.request_schema is not None:
            self.coverage.body(operation, operation.request_schema, sent)
