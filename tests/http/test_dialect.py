"""What a dialect may declare, how adapters are found, and how credentials are read."""

from __future__ import annotations

import sys
from base64 import b64encode

import pytest

from gateway.dialect import Credentials, discover
from gateway.wire import Profile
from tests.http.toy import toy

WRONG = {
    "prefix without slashes": ({"prefixes": ("v2",)}, "must look like"),
    "prefix without end": ({"prefixes": ("/v2",)}, "must look like"),
    "root": ({"prefixes": ("/",)}, "must look like"),
    "default profile": ({"default_profile": "x"}, "no profile 'x'"),
    "rules": (
        {"profiles": {"documented": Profile(rules=frozenset({"x"}))}},
        "unknown rules",
    ),
}


@pytest.mark.parametrize(("changes", "text"), WRONG.values(), ids=WRONG)
def test_a_wrong_declaration_is_refused(changes, text):
    with pytest.raises(ValueError, match=text):
        toy(**changes)


def test_profiles_by_name():
    assert toy().profile().name == "documented"
    assert toy().profile("observed").name == "observed"
    with pytest.raises(ValueError, match="only documented, observed"):
        toy().profile("other")


def test_rules_are_a_closed_set():
    made = toy(
        rules=frozenset({"clears"}),
        profiles={"documented": Profile(rules=frozenset({"clears"}))},
    )
    assert made.profile().holds("clears")
    assert not Profile().holds("clears")


@pytest.fixture
def adapters(tmp_path, monkeypatch):
    """A package of adapters in a folder of its own."""
    package = tmp_path / "pretended"
    package.mkdir()
    (package / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))

    def add(folder, text):
        (package / folder).mkdir()
        (package / folder / "__init__.py").write_text(text)

    yield add
    for name in [n for n in sys.modules if n.partition(".")[0] == "pretended"]:
        del sys.modules[name]


def test_adapters_are_found_by_being_there(adapters):
    adapters("toy", "from tests.http.toy import toy\nDIALECT = toy()\n")
    adapters("toys", "from tests.http.toy import toy\nDIALECT = toy(name='toys')\n")
    assert list(discover("pretended")) == ["toy", "toys"]


def test_an_adapter_is_named_as_its_folder(adapters):
    adapters("doll", "from tests.http.toy import toy\nDIALECT = toy()\n")
    with pytest.raises(ValueError, match="adapter doll declares the dialect 'toy'"):
        discover("pretended")


def basic(text):
    return "Basic " + b64encode(text.encode()).decode()


HEADERS = {
    "pair": (basic("key:secret"), ("basic", "key", "secret")),
    "colon in the secret": (basic("key:a:b"), ("basic", "key", "a:b")),
    "empty secret": (basic("key:"), ("basic", "key", "")),
    "beyond ASCII": (basic("k\u00e9y:\u20ac"), ("basic", "k\u00e9y", "\u20ac")),
    "any case": ("bAsIc " + basic("k:s")[6:], ("basic", "k", "s")),
    "bearer": ("Bearer  abc ", ("bearer", "", "abc")),
    "no colon": (basic("key"), ("", "", "")),
    "no base64": ("Basic ~~~", ("", "", "")),
    "no text": ("Basic //8=", ("", "", "")),
    "nothing": (None, ("", "", "")),
    "blank": ("  ", ("", "", "")),
}


@pytest.mark.parametrize(("header", "read"), HEADERS.values(), ids=HEADERS)
def test_credentials(header, read):
    found = Credentials.parse(header)
    assert (found.scheme, found.user, found.secret) == read


def test_a_secret_is_not_shown():
    assert "hunter2" not in repr(Credentials.parse("Bearer hunter2"))
