"""Settings from an environment: every kind of value and fault, and the reference page."""

from __future__ import annotations

import ipaddress
from dataclasses import fields
from pathlib import Path

import pytest

from gateway.settings import Settings, SettingsError, document, env_name, unknown_names


def read(**environ):
    return Settings.from_env({f"POLYTRUNK_{name}": value for name, value in environ.items()})


def test_defaults_need_no_environment():
    assert Settings.from_env({}) == Settings()
    assert read(WEB="", PUBLIC_URL="  ") == Settings()


VALUES = {
    "text": ({"TOKEN_ISSUER": "me"}, "token_issuer", "me"),
    "whole": ({"WEB": "4"}, "web", 4),
    "number": ({"HOOK_TIMEOUT": "2.5"}, "hook_timeout", 2.5),
    "flag": ({"MASK_TEXT": "Yes"}, "mask_text", True),
    "flag off": ({"SHOW_TOKENS": "0"}, "show_tokens", False),
    "choice": ({"MMS": "links"}, "mms", "links"),
    "rate": ({"RATE_LIMIT": "5"}, "rate_limit", 5.0),
    "networks": (
        {"TRUSTED_PROXIES": "10.1.2.3/8, ::1"},
        "trusted_proxies",
        (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("::1/128")),
    ),
    "hosts": ({"HOSTS_TOY": "A.Example , b"}, "hosts", {"toy": ("a.example", "b")}),
    "profiles": ({"PROFILE_TOY": "observed"}, "profiles", {"toy": "observed"}),
    "engines": ({"TOY_ENGINE_URL": "http://e:3000/ "}, "engines", {"toy": "http://e:3000"}),
}


@pytest.mark.parametrize(("environ", "name", "value"), VALUES.values(), ids=VALUES)
def test_values(environ, name, value):
    assert getattr(read(**environ), name) == value


FAULTS = {
    "whole": ({"WEB": "two"}, "POLYTRUNK_WEB: must be a whole number, not 'two'"),
    "least": ({"WEB": "0"}, "POLYTRUNK_WEB: must be at least 1, not 0"),
    "number": ({"HOOK_TIMEOUT": "soon"}, "POLYTRUNK_HOOK_TIMEOUT: must be a number"),
    "endless": ({"HOOK_TIMEOUT": "inf"}, "POLYTRUNK_HOOK_TIMEOUT: must be a finite number"),
    "flag": ({"MASK_TEXT": "maybe"}, "POLYTRUNK_MASK_TEXT: must be true or false"),
    "choice": ({"MMS": "fax"}, "POLYTRUNK_MMS: must be one of refuse, links, simulate"),
    "network": ({"TRUSTED_PROXIES": "everyone"}, "POLYTRUNK_TRUSTED_PROXIES: must be addresses"),
    "url": ({"PUBLIC_URL": "api.example"}, "POLYTRUNK_PUBLIC_URL: must start with http"),
    "engine": ({"TOY_ENGINE_URL": "e:3000"}, "POLYTRUNK_<DIALECT>_ENGINE_URL: must start with"),
    "bind": ({"BIND": "localhost"}, "POLYTRUNK_BIND: must be HOST:PORT"),
    "short key": ({"SECRET_KEY": "short"}, "POLYTRUNK_SECRET_KEY: must have 32 characters"),
    "rate": ({"RATE_LIMIT": "-1"}, "POLYTRUNK_RATE_LIMIT: must be at least 0"),
}


@pytest.mark.parametrize(("environ", "text"), FAULTS.values(), ids=FAULTS)
def test_faults_name_the_variable(environ, text):
    with pytest.raises(SettingsError, match=text.replace(".", r"\.")):
        read(**environ)


def test_all_faults_come_at_once():
    with pytest.raises(SettingsError) as caught:
        read(WEB="two", MMS="fax", BIND="x")
    assert len(str(caught.value).splitlines()) == 3


def test_overrides_win():
    assert Settings.from_env({"POLYTRUNK_WEB": "4"}, web=3).web == 3


def test_misspelled_names_are_found():
    environ = {"POLYTRUNK_RATE_LIMITS": "1", "POLYTRUNK_TEST_X": "", "POLYTRUNK_HOSTS_TOY": "a"}
    assert unknown_names({**environ, "POLYTRUNK_WEB": "1", "HOME": "/"}) == [
        "POLYTRUNK_RATE_LIMITS"
    ]


def test_a_settings_object_shows_no_secret():
    shown = repr(Settings(secret_key="k" * 32, jwt_secret="j", database_url="postgresql://u:p@h/n"))
    assert "kkk" not in shown
    assert "'j'" not in shown
    assert "u:p" not in shown
    assert "postgresql://***@h/n" in shown


@pytest.mark.parametrize(
    ("bind", "loopback"),
    [("127.0.0.1:1", True), ("[::1]:1", True), ("localhost:1", True), ("0.0.0.0:1", False)],
)
def test_loopback(bind, loopback):
    assert Settings(bind=bind).on_loopback is loopback
    assert Settings(bind=bind).bind_port == 1


def test_serving_has_a_rate_limit_unless_it_is_set():
    assert Settings().for_serving().rate_limit == 100
    assert Settings(rate_limit=0).for_serving().rate_limit == 0


def test_every_setting_is_documented_with_a_sentence():
    page = document()
    for field in fields(Settings):
        line = next(row for row in page.splitlines() if row.startswith(f"| `{env_name(field)}` |"))
        assert line.rstrip(" |").endswith("."), line
    assert "`POLYTRUNK_PROFILE_<DIALECT>`" in page


def test_the_reference_page_is_fresh():
    page = Path(__file__).parents[2] / "docs" / "settings.md"
    assert page.read_text() == document()
