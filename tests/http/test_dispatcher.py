"""Which app a request reaches, and the claims that stop a start."""

from __future__ import annotations

import pytest

from gateway.app import create_app
from gateway.http.dispatcher import Dispatcher
from gateway.settings import Settings, SettingsError
from tests.http.toy import toy

DIALECTS = {
    "wide": toy(name="wide", prefixes=("/v1/",)),
    "deep": toy(name="deep", prefixes=("/v1/projects/", "/oauth2/")),
    "other": toy(name="other", prefixes=("/V2/", "/v2.1/")),
}


def dispatcher(dialects=DIALECTS, mounts=(("/_gateway", "ops"),), **fields):
    apps = {name: name for name in dialects}
    return Dispatcher(dialects, apps, Settings(**fields), mounts=mounts, fallback="nobody")


CHOICES = {
    "native": ("/v1/Accounts", "", "wide", "", "/v1/Accounts"),
    "longest first": ("/v1/projects/5", "", "deep", "", "/v1/projects/5"),
    "longer word is not the longer prefix": ("/v1/projectsx", "", "wide", "", "/v1/projectsx"),
    "without case": ("/V1/Projects/5", "", "deep", "", "/V1/Projects/5"),
    "declared in capitals": ("/v2/numbers", "", "other", "", "/v2/numbers"),
    "a dot is no slash": ("/v2.1/messages", "", "other", "", "/v2.1/messages"),
    "prefix without slash": ("/v2.1", "", "other", "", "/v2.1"),
    "no prefix": ("/v3/numbers", "", "nobody", "", "/v3/numbers"),
    "root": ("/", "", "nobody", "", "/"),
    "empty": ("", "", "nobody", "", ""),
    "name": ("/deep/v1/projects/5", "", "deep", "/deep", "/v1/projects/5"),
    "name in capitals": ("/DEEP/x", "", "deep", "/DEEP", "/x"),
    "name alone": ("/deep", "", "deep", "/deep", "/"),
    "name wins over native of another": ("/wide/v2/numbers", "", "wide", "/wide", "/v2/numbers"),
    "a longer first segment": ("/deeper/x", "", "nobody", "", "/deeper/x"),
    "host": ("/anything", "api.other.example", "other", "", "/anything"),
    "host with port and case": ("/v1/x", "API.Other.Example:8080", "other", "", "/v1/x"),
    "host with final dot": ("/v1/x", "api.other.example.", "other", "", "/v1/x"),
    "host and own name": ("/other/v2/x", "api.other.example", "other", "/other", "/v2/x"),
    "host of an address": ("/v1/x", "[::1]:80", "deep", "", "/v1/x"),
    "unknown host": ("/v1/x", "elsewhere", "wide", "", "/v1/x"),
    "ops": ("/_gateway/health", "", "ops", "", "/_gateway/health"),
    "ops on a dialect's host": ("/_gateway/x", "api.other.example", "ops", "", "/_gateway/x"),
    "longer than ops": ("/_gatewayx", "", "nobody", "", "/_gatewayx"),
}


@pytest.mark.parametrize(("path", "host", "app", "script", "rest"), CHOICES.values(), ids=CHOICES)
def test_choice(path, host, app, script, rest):
    found = dispatcher(hosts={"other": ("api.other.example",), "deep": ("::1",)})
    environ = {"PATH_INFO": path, "HTTP_HOST": host, "SCRIPT_NAME": ""}
    assert found.choose(environ) == app
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == (script, rest)


def test_a_name_is_added_to_the_script_name_there_is():
    environ = {"PATH_INFO": "/deep/x", "SCRIPT_NAME": "/_u/one"}
    dispatcher().choose(environ)
    assert environ["SCRIPT_NAME"] == "/_u/one/deep"


CLASHES = {
    "same prefix": ({"a": ("/v1/",), "b": ("/v1/",)}, "b and a both claim /v1/"),
    "same prefix in another case": ({"a": ("/v1/",), "b": ("/V1/",)}, "b and a both claim /V1/"),
    "a dialect's name": ({"a": ("/b/v1/",), "b": ("/v1/",)}, "a and the dialect named b"),
    "the gateway's place": ({"a": ("/_gateway/",)}, "a and the gateway both claim"),
    "inside the gateway's place": ({"a": ("/_gateway/v1/",)}, "a and the gateway both claim"),
}


@pytest.mark.parametrize(("prefixes", "text"), CLASHES.values(), ids=CLASHES)
def test_two_claims_for_one_place_stop_the_start(prefixes, text):
    dialects = {name: toy(name=name, prefixes=p) for name, p in prefixes.items()}
    with pytest.raises(ValueError, match=text):
        dispatcher(dialects)


def test_nested_prefixes_do_not_clash():
    assert dispatcher().prefixes[0] == ("/v1/projects/", "deep")


def test_hosts_and_profiles_must_be_known():
    with pytest.raises(SettingsError, match="POLYTRUNK_HOSTS_NOBODY"):
        dispatcher(hosts={"nobody": ("a",)})
    with pytest.raises(SettingsError, match="both claim the host a"):
        dispatcher(hosts={"wide": ("a",), "deep": ("a",)})


@pytest.mark.parametrize("profiles", [{"toy": "nope"}, {"nobody": "documented"}])
def test_a_wrong_profile_stops_the_start(profiles):
    settings = Settings(database_url="sqlite:///:memory:", profiles=profiles)
    with pytest.raises(SettingsError, match="POLYTRUNK_PROFILE_"):
        create_app(settings, dialects={"toy": toy()})


def test_mounts_are_reached_before_dialects(make_site):
    def control(environ, start):
        start("200 OK", [])
        return [environ["PATH_INFO"].encode()]

    site = make_site(mounts=[("/_emulator/", control)])
    assert site.client.get("/_Emulator/api/x").data == b"/_Emulator/api/x"
    with pytest.raises(ValueError, match="both claim"):
        make_site({"prefixes": ("/_emulator/",)}, mounts=[("/_emulator", control)])
