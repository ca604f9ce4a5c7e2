"""`polytrunk connections`: secrets go in and never come out."""

from __future__ import annotations

from pathlib import Path

from gateway.app import Application
from tests.support.serving import served
from tests.upstream import world
from tests.upstream.conftest import Run


def test_a_connection_from_beginning_to_end(
    run: Run, provider: Application, tmp_path: Path
) -> None:
    add = ("connections", "add", "jambonz")
    file = tmp_path / "there.json"
    with served(provider) as url:
        told = [run(*add, url, "--account", "mine", "--rate", "1000", line=world.SECRET)]
        told += [run("connections", "list"), run("connections", "test", "jambonz")]
        told += [run("connections", "pull", "jambonz", "--output", str(file))]
        assert run(*add, url, "--account", "mine", "--name", "wrong", line="not-it")[0] == 0
        code, text = run("connections", "test", "wrong")
    assert (code, "the provider answered 401" in text, "not-it" in text) == (1, True, False)
    assert [code for code, _ in told] == [0, 0, 0, 0]
    assert "secret kept" in told[1][1]
    assert "smpp_links        1" in told[2][1]
    assert "keys of speech vendors are not told" in told[3][1]
    assert world.SECRET not in "".join(text for _, text in told)
    assert "register-me" not in file.read_text()
    assert run("seed", str(file))[0] == 0
    assert run("connections", "remove", "jambonz")[0] == 0
    assert run("connections", "test", "jambonz") == (1, "polytrunk: no connection jambonz\n")


def test_arguments_that_make_no_connection(run: Run) -> None:
    add = ("connections", "add")
    code, text = run(*add, "nobody", "https://x", "--account", "mine", line="s")
    assert (code, "there is no dialect 'nobody'" in text) == (1, True)
    code, text = run(*add, "sinch", "https://u:p@x", "--account", "mine", line="s")
    assert (code, "must have no login" in text) == (1, True)
    code, text = run(*add, "sinch", "--account", "mine", line="")
    assert (code, "must not be empty" in text) == (1, True)
    code, text = run(*add, "sinch", "--account", "mine", "--secret-env", "NOT_THERE_YET")
    assert (code, "NOT_THERE_YET is not set yet" in text) == (0, True)
    assert "https://elastic-trunking.api.sinch.com" in run("connections", "list")[1]


def test_a_connection_is_reached_in_another_way(run: Run, provider: Application) -> None:
    with served(provider) as url:
        run("connections", "add", "jambonz", "http://127.0.0.1:9", "--account", "mine", line="old")
        changed = run("connections", "change", "jambonz", "--url", url, "--secret", world.SECRET)
        assert changed == (0, "changed jambonz\n")
        assert run("connections", "test", "jambonz")[0] == 0
    assert run("connections", "change", "jambonz", "--messages", "--rate", "5")[0] == 0
    route = ("message-routes", "add", "all", "--account", "mine", "--connection", "jambonz")
    assert run(*route)[0] == 0
    assert run("connections", "change", "jambonz", "--without", "messages")[0] == 0
    code, text = run("connections", "change", "jambonz", "--without", "wings")
    assert (code, "wings is none of" in text) == (1, True)
    code, text = run("connections", "change", "jambonz", "--url", "ftp://x")
    assert (code, "http or https" in text) == (1, True)
    assert run("connections", "change", "nobody")[0] == 1
