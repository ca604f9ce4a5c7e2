"""The served document: types of every field, references that resolve, answers that it describes."""

from __future__ import annotations

import flask
import jsonschema
import pytest

from gateway.dialect import ERROR_STATUSES
from gateway.http.openapi import Api
from gateway.wire import View
from tests.http.conftest import BASIC
from tests.http.toy import MEDIA, toy
from tests.wire.objects import PROFILES, SCHEMAS, Attributes, Document, Thing, rows


@pytest.fixture
def document(site):
    return site.app.document("toy", "https://api.example")


def described(profile, *schemas):
    """A document of the catalogue's schemas in one profile."""
    api = Api(flask.Flask("catalogue"), toy(), profile)
    for schema in schemas:
        api.ma_plugin.converter.resolve_nested_schema(schema)
    return api.document()


def references(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for inner in node.values():
            yield from references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from references(inner)


def resolve(document, ref):
    node = document
    for part in ref.removeprefix("#/").split("/"):
        node = node[part]
    return node


def check(document, name, value):
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    jsonschema.Draft202012Validator(schema).validate(value)


@pytest.mark.parametrize("profile", PROFILES, ids=lambda p: p.name)
def test_every_reference_resolves(document, profile):
    for found in (document, described(profile, *(s() for s in SCHEMAS))):
        refs = set(references(found))
        assert refs
        for ref in refs:
            assert resolve(found, ref), ref


@pytest.mark.parametrize("profile", PROFILES, ids=lambda p: p.name)
def test_answers_are_as_described(profile):
    found = described(profile, *(s() for s in SCHEMAS))
    for schema in SCHEMAS:
        for name, row in rows().items():
            if name in ("odd stored words", "empty"):
                continue
            row.port = 5060
            row.kind = "host" if schema in (Attributes, Document) else "longcode"
            answer = schema().present(row, View(profile))
            check(found, schema.__name__, answer)


NO_ZERO = "^[^\\u0000]*$"
MEMBERS = {
    "id": {"type": ["string", "null"], "minLength": 1, "readOnly": True},
    "name": {"type": "string", "pattern": NO_ZERO},
    "count": {"type": ["integer", "null"], "default": 3},
    "active": {"type": ["boolean", "null"]},
    "kind": {
        "type": ["string", "null"],
        "enum": ["long-code", "longcode", "toll-free", None],
    },
    "number": {"type": ["string", "null"]},
    "at": {"type": ["string", "null"], "format": "date-time"},
    "price": {"type": ["number", "null"]},
    "nano": {"type": ["integer", "null"], "readOnly": True},
    "vendor": {"type": ["string", "null"], "maxLength": 5, "pattern": NO_ZERO},
    "zoneList": {
        "type": ["array", "null"],
        "items": {"type": ["string", "null"], "pattern": NO_ZERO},
    },
    "size": {"type": ["integer", "null"], "readOnly": True},
    "hook": {"anyOf": [{"$ref": "#/components/schemas/HookPart"}, {"type": "null"}]},
    "tag": {},
}


@pytest.mark.parametrize(("member", "schema"), MEMBERS.items(), ids=MEMBERS)
def test_a_field_is_described(member, schema):
    found = described(PROFILES[0], Thing())["components"]["schemas"]["Thing"]["properties"]
    assert found[member] == schema


def test_types_follow_the_profile():
    found = described(PROFILES[1], Thing())["components"]["schemas"]["Thing"]["properties"]
    assert found["active"] == {"type": ["integer", "null"], "enum": [0, 1, None]}
    assert found["at"] == {"type": ["integer", "null"]}
    assert found["price"] == {"type": ["string", "null"]}


def test_bounds_and_patterns_are_described():
    found = described(PROFILES[0], *(s() for s in SCHEMAS))["components"]["schemas"]
    assert found["GatewayItem"]["properties"]["port"]["maximum"] == 65535
    assert found["GatewayItem"]["properties"]["address"]["maxLength"] == 20
    assert found["Attributes"]["properties"]["value"]["pattern"] == "^(?:[a-z.]+)$"
    assert found["Attributes"]["required"] == ["alias", "kind"]


def test_a_partial_form_requires_nothing(document):
    schemas = document["components"]["schemas"]
    assert schemas["Thing"]["required"] == ["name"]
    assert "required" not in schemas["ThingChange"]
    body = document["paths"]["/t1/things/{id}"]["patch"]["requestBody"]["content"][MEDIA]
    assert body == {"schema": {"$ref": "#/components/schemas/ThingChange"}}


def test_every_operation_documents_the_shared_errors(document):
    for item in document["paths"].values():
        for method, operation in item.items():
            if method == "parameters":
                continue
            expected = {str(s) for s in ERROR_STATUSES}
            if operation.get("security") == []:
                expected.discard("401")
            assert expected <= set(operation["responses"]), operation["operationId"]
    error = document["components"]["responses"]["Error405"]
    assert error["content"] == {MEDIA: {"schema": {"$ref": "#/components/schemas/Error"}}}
    assert "Allow" in error["headers"]


def test_marks_security_and_servers(document):
    paths = document["paths"]
    delete = paths["/t1/things/{id}"]["delete"]
    assert (delete["x-provenance"], delete["x-beyond-the-seed"]) == ("facts", True)
    assert "x-beyond-the-seed" not in paths["/t1/things"]["get"]
    assert paths["/t1/echo"]["post"]["security"] == []
    assert document["security"] == [{"basicAuth": []}]
    assert document["servers"] == [{"url": "https://api.example"}]
    assert document["openapi"] == "3.1.0"


def test_query_parameters_have_no_null(document):
    parameters = document["paths"]["/t1/things"]["get"]["parameters"]
    assert parameters[0] == {
        "in": "query",
        "name": "limit",
        "required": False,
        "schema": {"type": "integer", "default": 2, "minimum": 1, "maximum": 10},
    }


def test_served_answers_and_errors_are_as_described(site, document):
    made = site.client.post("/t1/things", json={"name": "a"}, headers=BASIC)
    check(document, "Thing", made.json)
    check(document, "Things", site.client.get("/t1/things", headers=BASIC).json)
    check(document, "Error", site.client.get("/t1/nowhere").json)


def test_one_class_may_be_used_by_several_apps(make_site):
    assert make_site().app.document("toy") == make_site().app.document("toy")
