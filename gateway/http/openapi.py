"""The served OpenAPI document: wire fields in JSON Schema terms, and what operations share."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import flask_smorest
from apispec.ext.marshmallow import MarshmallowPlugin, OpenAPIConverter

from gateway.dialect import Dialect
from gateway.wire import Computed, Extra
from gateway.wire.base import Field
from gateway.wire.profile import Profile

OPENAPI_VERSION = "3.1.0"
NULLS = ("null", None)


class Converter(OpenAPIConverter):  # type: ignore[misc]
    """apispec's converter, asking the wire fields for their types in one profile."""

    profile: Profile

    def field2type_and_format(self, field: Any, **kwargs: Any) -> dict[str, Any]:
        if isinstance(field, Extra | Computed) and field.of is not None:
            return _without_null(self.field2property(field.of))
        if isinstance(field, Field):
            return field.describe(self.profile)
        return dict(super().field2type_and_format(field, **kwargs))

    def field2nullable(self, field: Any, ret: dict[str, Any]) -> dict[str, Any]:
        found = dict(super().field2nullable(field, ret))
        if field.allow_none and "enum" in ret and None not in ret["enum"]:
            found["enum"] = [*ret["enum"], None]
        return found

    def _field2parameter(self, field: Any, *, name: str, location: str) -> dict[str, Any]:
        found = dict(super()._field2parameter(field, name=name, location=location))
        found["schema"] = _without_null(found["schema"])
        return found

    def schema2jsonschema(self, schema: Any) -> dict[str, Any]:
        name = "openapi_change" if schema.partial else "openapi"
        found = {**super().schema2jsonschema(schema), **getattr(schema, name, {})}
        if schema.is_strict(self.profile):
            passes: dict[str, Any] = {name: {} for name in schema.passes}
            found["properties"] = {**passes, **found["properties"]}
            found["additionalProperties"] = False
        return found


def _without_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The same schema for a place where null cannot occur."""
    found = dict(schema)
    if isinstance(found.get("type"), list):
        kept = [t for t in found["type"] if t != "null"]
        found["type"] = kept[0] if len(kept) == 1 else kept
    if "enum" in found:
        found["enum"] = [value for value in found["enum"] if value is not None]
    return found


class Plugin(MarshmallowPlugin):  # type: ignore[misc]
    Converter = Converter


def component_name(schema: Any) -> str | None:
    """A component per class, and one for its partial form, in which nothing is required; a
    narrowed schema (only, exclude) is written in place."""
    if isinstance(schema, type):
        return _named(schema)
    if schema.only is not None or schema.exclude:
        return None
    return _named(type(schema)) + ("Change" if schema.partial else "")


def _named(cls: type[Any]) -> str:
    return getattr(cls, "component", "") or cls.__name__


class Api(flask_smorest.Api):  # type: ignore[misc]
    """Collects the document of one dialect app; errors are the lifecycle's, not this class's."""

    def __init__(self, app: Any, dialect: Dialect, profile: Profile) -> None:
        self.dialect, self.profile = dialect, profile
        plugin: Any = Plugin(schema_name_resolver=component_name)  # type: ignore[arg-type]
        app.config.update(
            API_TITLE=dialect.title,
            API_VERSION=dialect.version,
            OPENAPI_VERSION=OPENAPI_VERSION,
            API_SPEC_OPTIONS=_options(dialect),
        )
        super().__init__(app, spec_kwargs={"marshmallow_plugin": plugin})
        plugin.converter.profile = profile
        for name, scheme in dialect.security.items():
            self.spec.components.security_scheme(name, dict(scheme))
        for status in dialect.error_statuses:
            self.error(status)

    def _register_error_handlers(self) -> None:
        """Left to the lifecycle, which renders every error in the dialect's words."""

    def _register_responses(self) -> None:
        """No shared responses but the dialect's own."""

    def _register_pagination_header(self) -> None:
        """Pages are described by their schemas."""

    def error(self, status: int) -> str:
        """Name of the shared response of an error status, made when first asked for."""
        name = f"Error{status}"
        if name not in self.spec.components.responses:
            response: dict[str, Any] = {"description": phrase(status)}
            if content := self._error_content():
                response["content"] = content
            if headers := ERROR_HEADERS.get(status):
                response["headers"] = headers
            self.spec.components.response(name, response)
        return name

    def _error_content(self) -> dict[str, Any]:
        if self.dialect.error_content and (own := self.dialect.error_content(self.profile)):
            return {media: {"schema": schema} for media, schema in own.items()}
        if self.dialect.error_schema is None:
            return {}
        return {self.dialect.error_media: {"schema": self.dialect.error_schema}}

    def document(self, base: str = "") -> dict[str, Any]:
        """The whole document, as served below a base URL."""
        found: dict[str, Any] = self.spec.to_dict()
        # Operations have their path's parameters themselves: those that share a path may differ in
        # what they take there, while the collector keeps one list for all, without types.
        paths = {
            path: {method: item[method] for method in item if method != "parameters"}
            for path, item in found["paths"].items()
        }
        return {**found, "paths": paths, "servers": [{"url": base or "/"}]}


TEXT: Mapping[str, Any] = {"schema": {"type": "string"}}
ERROR_HEADERS: Mapping[int, Mapping[str, Any]] = {
    401: {"WWW-Authenticate": TEXT},
    405: {"Allow": TEXT},
    429: {"Retry-After": {"schema": {"type": "integer"}}},
    503: {"Retry-After": {"schema": {"type": "integer"}}},
}


def phrase(status: int) -> str:
    """The usual words for a status; providers have statuses of their own (480)."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"


def _options(dialect: Dialect) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if dialect.security:
        options["security"] = [{name: []} for name in dialect.security]
    return options
