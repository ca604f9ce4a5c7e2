"""The command over HTTP: keys from the environment, what it prints and writes, its exit code."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from xml.etree import ElementTree

import pytest

from emulators.conform.command import PREFIX, conform

PAGE = b'{"data": [{"id": "206"}], "links": {"self": "http://x/?limit=1&offset=0"}}'
REFUSAL = b'{"errors": [{"id": "1", "title": "<Unauthorized>", "status": 401, "detail": "no"}]}'


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


def half_a_provider(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Answers area codes rightly and everything else as if nobody were known."""
    right = environ.get("HTTP_AUTHORIZATION", "").endswith("azpzOnM=")
    good = right and environ["PATH_INFO"] == "/base/v2/numbers/available/areacodes"
    body = PAGE if good else REFUSAL
    headers = [("Content-Type", "application/vnd.api+json"), ("Content-Length", str(len(body)))]
    start_response("200 OK" if good else "401 Unauthorized", headers)
    return [body]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = Server(("127.0.0.1", 0), Quiet)
    server.set_app(half_a_provider)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/base"
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIX}FLOWROUTE_KEY", "k")
    monkeypatch.setenv(f"{PREFIX}FLOWROUTE_SECRET", "s:s")


def test_missing_keys_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(f"{PREFIX}SINCH_KEY", "k")
    assert conform(["sinch", "--base-url", "http://127.0.0.1:9"]) == 2
    told = capsys.readouterr().err
    assert f"{PREFIX}SINCH_SECRET: its secret" in told
    assert f"{PREFIX}SINCH_PROJECT" in told
    assert f"{PREFIX}SINCH_KEY" not in told


@pytest.mark.parametrize(
    "arguments",
    [["nobody", "--base-url", "http://x"], ["sinch"], ["sinch", "--base-url", "localhost"]],
)
def test_wrong_arguments(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code = conform(arguments)
    except SystemExit as stopped:
        code = int(stopped.code or 0)
    assert code == 2
    assert capsys.readouterr().err


@pytest.mark.usefixtures("keys")
def test_reports(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    junit, html, saved = (tmp_path / name for name in ("j.xml", "h.html", "s.json"))
    files = ["--junit", str(junit), "--html", str(html), "--save", str(saved)]
    assert conform(["Flowroute", "--base-url", url, *files]) == 1
    told = capsys.readouterr().out
    assert "ok      list area codes\n" in told
    assert "FAILED  list numbers\n        GET /v2/numbers?limit=2&offset=0\n" in told
    assert "skipped create a route\n        needs --write\n" in told
    summary = told.splitlines()[-1]
    _junit(junit, summary)
    assert summary in html.read_text()
    assert "&lt;Unauthorized&gt;" in html.read_text()
    assert "<Unauthorized>" not in html.read_text()
    _closed(html.read_text())
    compared = ["--compare", str(saved)]
    assert conform(["flowroute", "--base-url", url, *compared]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == summary


def _junit(path: Path, summary: str) -> None:
    suite = ElementTree.parse(path).getroot()
    failures, skipped = suite.findall("testcase/failure"), suite.findall("testcase/skipped")
    passed = len(suite) - len(failures) - len(skipped)
    assert summary == f"{passed} passed, {len(failures)} failed, {len(skipped)} skipped"
    assert suite.get("tests") == str(len(suite))
    assert suite.get("failures") == str(len(failures))
    assert suite.get("skipped") == str(len(skipped))
    assert "401 found" in failures[0].get("message", "")


def _closed(page: str) -> None:
    """Every element of a page is closed in order."""
    open_tags: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, _: Any) -> None:
            if tag not in ("meta", "br"):
                open_tags.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert open_tags.pop() == tag

    Reader().feed(page)
    assert open_tags == []
