"""People who may look and not touch, and customers that every sign-in provider vouches for."""

from __future__ import annotations

from collections.abc import Callable

from tests.adapters.jambonz.areas import signup
from tests.support.contract import ContractClient
from tests.support.snapshots import nothing_changes

Connect = Callable[..., ContractClient]


def test_who_may_only_look_changes_nothing_but_the_own_password(connect: Connect) -> None:
    body = {"email": signup.READER_EMAIL, "password": signup.PASSWORD}
    profile = connect(None).post("/v1/signin", json=body).json
    assert profile["scope"] == "read-only"
    reader = connect({"Authorization": f"Bearer {profile['jwt']}"})
    assert [app["name"] for app in reader.get("/v1/Applications").json] == ["trial app"]
    mine = f"/v1/Applications/{signup.APP}"
    with nothing_changes():
        assert reader.post("/v1/Applications", json={"name": "new"}).status_code == 403
        assert reader.put(mine, json={"name": "other"}).status_code == 403
        assert reader.delete(mine).status_code == 403
    passwords = {"old_password": signup.PASSWORD, "new_password": "another-1"}
    assert reader.post("/v1/change-password", json=passwords).status_code == 204
    assert reader.post("/v1/logout").status_code == 204
    assert reader.get("/v1/Applications").status_code == 401


def test_the_console_is_told_who_may_only_look(connect: Connect) -> None:
    for email, permissions in ((signup.READER_EMAIL, ["VIEW_ONLY"]), (signup.EMAIL, [])):
        body = {"username": email, "password": signup.PASSWORD}
        assert connect(None).post("/v1/login", json=body).json["permissions"] == permissions


def test_twitter_vouches_too_and_is_told_as_it_is(connect: Connect) -> None:
    """The contract takes it in a request and forgot it among the words of the answer."""
    body = {**signup.OAUTH, "provider": "twitter"}
    answer = connect(None).client.post("/v1/register", json=body)
    assert answer.status_code == 200, answer.text
    assert (answer.json["provider"], answer.json["is_active"]) == ("twitter", True)
