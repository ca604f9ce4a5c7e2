"""Credentials at vendors of speech: kept encrypted, shown masked, changed little, tried."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from gateway.domain.context import Context
from gateway.models import Document
from gateway.models.current import current_store
from gateway.models.database import db, write
from gateway.services import speech
from gateway.services.ports import Ports
from gateway.services.ports.speech import Checked, Outcome
from tests.adapters.jambonz import document_rows as rows
from tests.adapters.jambonz import world

Connect = Callable[..., Any]
Made = Mapping[str, str]
ALPHA, PROVIDER, BETA = (
    f"/v1{rows.SPEECH[who]}/SpeechCredentials" for who in ("alpha", "provider", "beta")
)
KIND = "jambonz.speech_credential"
SUCCESS = {"status": "success", "reason": None}
observed = pytest.mark.parametrize("profile", ["observed"])


def raw(client: Any, method: str, path: str, body: Any = None) -> Any:
    """An answer with words the contract does not have."""
    answer = client.client.open(path, method=method, json=body, headers=client.headers)
    assert 200 <= answer.status_code < 300, answer.text
    return answer.json


def remove(client: Any, path: str) -> None:
    """Make room for other credentials of the same vendors."""
    for row in client.get(path).json:
        assert client.delete(f"{path}/{row['speech_credential_sid']}").status_code == 204


def test_the_answer_masks_what_is_secret(client: Any, made: Made) -> None:
    read = client.get(f"{ALPHA}/{made['docs_doomed']}").json
    assert read == {
        "speech_credential_sid": made["docs_doomed"],
        "service_provider_sid": world.PROVIDER,
        "account_sid": world.ALPHA,
        "vendor": "aws",
        "use_for_tts": True,
        "use_for_stt": True,
        "service_key": None,
        "access_key_id": "AKIAIOXXXXXXXXXXXXXX",
        "secret_access_key": "wJalrX" + 34 * "X",
        "aws_region": "us-east-1",
        "api_key": None,
        "region": None,
        "client_id": None,
        "secret": None,
        "use_custom_tts": None,
        "custom_tts_endpoint": None,
        "use_custom_stt": None,
        "custom_stt_endpoint": None,
        "last_used": None,
        "last_tested": None,
        "tts_tested_ok": None,
        "stt_tested_ok": None,
        "created_at": "2026-03-01T12:00:00.000Z",
    }
    assert read in client.get(ALPHA).json


def test_a_service_key_stays_json_with_its_private_key_masked(client: Any, made: Made) -> None:
    shown = json.loads(client.get(f"{ALPHA}/{made['docs_google']}").json["service_key"])
    private = shown.pop("private_key")
    assert shown == {name: rows.KEY[name] for name in shown}
    header = "-----BEGIN PRIVATE KEY-----\n"
    assert private == header + "MIIEvd" + "X" * (len(rows.PEM) - len(header) - 6)


def test_short_secrets_show_nothing(client: Any) -> None:
    body = {"vendor": "wellsaid", "api_key": "short"}
    sid = client.post(ALPHA, json=body).json["sid"]
    assert raw(client, "GET", f"{ALPHA}/{sid}")["api_key"] == "XXXXX"


def test_nothing_secret_is_stored_in_clear(client: Any, connect: Connect, made: Made) -> None:
    raw(client, "POST", ALPHA, rows.NUANCE)
    raw(connect("provider"), "POST", f"{PROVIDER}/", rows.MICROSOFT)
    kept = str(db.execute_sql("SELECT body FROM document").fetchall())
    for secret in (
        "MIIEv",
        rows.AWS["access_key_id"],
        rows.AWS["secret_access_key"],
        rows.MICROSOFT["api_key"],
        rows.NUANCE["client_id"],
        rows.NUANCE["secret"],
    ):
        assert secret not in kept
    assert "us-east-1" in kept


def test_secrets_a_bundle_brought_in_clear_are_masked_too(client: Any, made: Made) -> None:
    with write():
        row = Document.get(Document.uid == made["docs_doomed"])
        row.body = {**row.body, "access_key_id": "AKIAIOSFODNN7EXAMPLE"}
        row.save()
    read = client.get(f"{ALPHA}/{made['docs_doomed']}").json
    assert read["access_key_id"] == "AKIAIOXXXXXXXXXXXXXX"


def test_only_the_uses_change_and_all_else_may_come_back(client: Any, made: Made) -> None:
    one = f"{ALPHA}/{made['docs_google']}"
    before = client.get(one).json
    assert client.put(one, json={**before, "use_for_stt": True}).status_code == 204
    assert client.get(one).json == {**before, "use_for_stt": True}
    stale = {**before, "last_tested": "2020-01-01T00:00:00Z", "tts_tested_ok": False}
    assert client.put(one, json={**stale, "use_for_tts": False}).status_code == 204
    after = client.get(one).json
    assert after == {**before, "use_for_tts": False, "use_for_stt": False}
    assert stored_key(made) == rows.SERVICE_KEY


def stored_key(made: Made) -> str:
    row = Document.get(Document.uid == made["docs_google"])
    return current_store().keyring.decrypt(row.body["service_key"])


def test_a_vendor_is_stored_once_for_each_owner(connect: Connect, made: Made) -> None:
    answer = connect("alpha").post(ALPHA, json=rows.AWS)
    said = f"Duplicate entry 'aws-{world.ALPHA}' for key 'speech_credentials_idx_1'"
    assert (answer.status_code, answer.json) == (422, {"msg": said})
    remove(connect("alpha"), ALPHA)
    assert connect("alpha").post(ALPHA, json=rows.AWS).status_code == 201


def test_a_provider_has_its_own_and_may_make_those_of_its_accounts(
    connect: Connect, made: Made
) -> None:
    provider = connect("provider")
    own = raw(provider, "GET", f"{PROVIDER}/")
    sids = {row["speech_credential_sid"] for row in own}
    assert sids == {made["docs_provider"], made["docs_doomed_sp"]}
    assert {(row["account_sid"], row["service_provider_sid"]) for row in own} == {
        (None, world.PROVIDER)
    }
    body = {**rows.NUANCE, "account_sid": world.BETA}
    sid = raw(provider, "POST", f"{PROVIDER}/", body)["sid"]
    assert raw(connect("beta"), "GET", f"{BETA}/{sid}")["account_sid"] == world.BETA
    assert raw(provider, "GET", f"{BETA}/{sid}")["account_sid"] == world.BETA
    assert provider.get(f"{PROVIDER}/{sid}").status_code == 404
    for path in (PROVIDER, f"{PROVIDER}/"):
        assert len(raw(connect("admin"), "GET", path)) == 2


def test_a_body_may_name_the_account_of_its_path(connect: Connect) -> None:
    for who in ("admin", "provider"):
        remove(connect(who), BETA)
        body = {**rows.GOOGLE, "account_sid": world.BETA}
        sid = connect(who).post(BETA, json=body).json["sid"]
        assert connect("beta").get(f"{BETA}/{sid}").json["account_sid"] == world.BETA


VENDORS: tuple[tuple[dict[str, Any], str], ...] = (
    (rows.GOOGLE, ""),
    ({**rows.GOOGLE, "service_key": json.dumps({**rows.KEY, "type": "user"})}, "service account"),
    *(
        ({**rows.GOOGLE, "service_key": json.dumps({**rows.KEY, name: value})}, name)
        for name, value in (
            ("project_id", None),
            ("private_key", rows.PEM.replace("BEGIN", "BEGAN")),
            ("private_key", rows.PEM[:-20]),
            ("client_email", "nobody"),
        )
    ),
    (rows.AWS, ""),
    ({**rows.AWS, "access_key_id": "AKIA1"}, "access_key_id"),
    ({**rows.AWS, "access_key_id": rows.AWS["secret_access_key"]}, "access_key_id"),
    ({**rows.AWS, "secret_access_key": rows.AWS["secret_access_key"][:-1]}, "secret_access_key"),
    ({**rows.AWS, "aws_region": "nowhere"}, "aws_region"),
    (rows.MICROSOFT, ""),
    ({**rows.MICROSOFT, "api_key": "short"}, "api_key"),
    ({**rows.MICROSOFT, "region": "West US"}, "region"),
    (rows.NUANCE, ""),
    ({**rows.NUANCE, "secret": "a b c d e f g"}, "secret"),
    (rows.WELLSAID, ""),
    ({**rows.WELLSAID, "api_key": "?"}, "api_key"),
)


@pytest.mark.parametrize(
    ("body", "reason"), VENDORS, ids=[f"{b['vendor']} {r}" for b, r in VENDORS]
)
def test_each_vendor_judges_its_keys(
    client: Any, body: dict[str, Any], reason: str, clock: Any
) -> None:
    sid = client.post(ALPHA, json={**body, "use_for_tts": True, "use_for_stt": True}).json["sid"]
    clock.advance(60)
    found = client.get(f"{ALPHA}/{sid}/test").json
    read = raw(client, "GET", f"{ALPHA}/{sid}")
    assert read["last_tested"] == "2026-03-01T12:01:00.000Z"
    if reason:
        assert (found["tts"]["status"], found["stt"]["status"]) == ("fail", "fail")
        assert reason in found["tts"]["reason"]
    else:
        assert found["tts"] == SUCCESS
        recognizes = body["vendor"] != "wellsaid"
        assert (found["stt"]["status"] == "success") is recognizes
        assert read["stt_tested_ok"] is recognizes
    assert read["tts_tested_ok"] is not bool(reason)


@pytest.mark.parametrize("tts", [True, False, None])
@pytest.mark.parametrize("stt", [True, False, None])
def test_synthesis_that_is_not_in_use_is_not_tested(
    client: Any, tts: bool | None, stt: bool | None
) -> None:
    """The document has no such word for recognition, which is always tested."""
    sid = client.post(ALPHA, json={**rows.AWS, "use_for_tts": tts, "use_for_stt": stt}).json["sid"]
    found = client.get(f"{ALPHA}/{sid}/test").json
    nothing = {"status": "not tested", "reason": None}
    assert found == {"tts": SUCCESS if tts else nothing, "stt": SUCCESS}
    read = client.get(f"{ALPHA}/{sid}").json
    assert (read["tts_tested_ok"], read["stt_tested_ok"]) == (True if tts else None, True)


@observed
@pytest.mark.parametrize("use", [True, False])
def test_the_server_tests_what_is_in_use(connect: Connect, profile: str, use: bool) -> None:
    client = connect("alpha")
    body = {**rows.AWS, "use_for_tts": use, "use_for_stt": not use}
    one = f"{ALPHA}/{raw(client, 'POST', ALPHA, body)['sid']}"
    done, left = {"status": "ok", "reason": None}, {"status": "not tested", "reason": None}
    found = raw(client, "GET", f"{one}/test")
    assert found == {"tts": done if use else left, "stt": left if use else done}
    read = raw(client, "GET", one)
    assert (read["use_for_tts"], read["use_for_stt"]) == (int(use), int(not use))
    assert (read["tts_tested_ok"], read["stt_tested_ok"]) == ((1, None) if use else (None, 1))


@observed
def test_nothing_in_use_asks_nobody(
    context: Callable[[str], Context], connect: Connect, profile: str
) -> None:
    client = connect("alpha")
    body = {**rows.AWS, "use_for_tts": False, "use_for_stt": False}
    one = f"{ALPHA}/{raw(client, 'POST', ALPHA, body)['sid']}"
    found = raw(client, "GET", f"{one}/test")
    assert {use: told["status"] for use, told in found.items()} == {
        "tts": "not tested",
        "stt": "not tested",
    }
    assert raw(client, "GET", one)["last_tested"] is None


def test_another_vendor_port_is_asked_with_the_keys_in_clear(
    context: Callable[[str], Context], made: Made
) -> None:
    asked = []

    class Recorded:
        def check(self, vendor: str, key: Mapping[str, Any]) -> Checked:
            asked.append((vendor, key["secret_access_key"]))
            return Checked(Outcome(True), Outcome(False, "quota exceeded"))

    sid = UUID(made["docs_doomed"])
    ctx = replace(context("alpha"), ports=Ports(speech=Recorded()))
    found = speech.check(ctx, KIND, sid)
    assert asked == [("aws", rows.AWS["secret_access_key"])]
    assert (found.tts.status, found.stt) == ("success", ("fail", "quota exceeded"))
