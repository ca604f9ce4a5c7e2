"""The benchmark's own parts: what it sends, counts, asks and prints."""

from __future__ import annotations

import json
import socket
import sqlite3
import struct
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest

from emulators.bench import (
    bundle,
    cases,
    command,
    forwarding,
    load,
    processes,
    progress,
    providers,
    report,
    worlds,
)
from emulators.bench.apis import APIS, Make
from emulators.bench.cases import Drained, Measured, Messages, Pace
from emulators.bench.forwarding import Row, Timed
from emulators.bench.processes import Child
from emulators.bench.sink import Sink
from gateway.models.database import upgrade
from gateway.services import bundles
from gateway.settings import Settings
from gateway.transports.smpp import codec
from gateway.universe import make_universe

HEADER = struct.Struct(">IIII")


# load


def result(rate: float = 100.0, p99_ms: float = 10.0) -> load.Result:
    return load.Result(100, 100 / rate, [p99_ms / 1000] * 100)


def test_percentiles_are_milliseconds_of_sorted_latencies() -> None:
    some = load.Result(4, 2.0, [0.001, 0.002, 0.003, 0.1])
    assert some.rate == 2.0
    assert [some.percentile(share) for share in (0.0, 0.5, 0.99, 1.0)] == [1.0, 3.0, 100.0, 100.0]
    assert load.Result(0, 0.0, []).rate == load.Result(0, 0.0, []).percentile(0.5) == 0.0


@contextmanager
def server(*pieces: bytes) -> Iterator[tuple[str, int]]:
    """Answers each read on one connection with the pieces, one send each."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            while connection.recv(65536):
                for piece in pieces:
                    connection.sendall(piece)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()
    finally:
        thread.join(10)
        listener.close()


@pytest.mark.parametrize(
    "pieces",
    [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}",),
        (b"HTTP/1.1 200 OK\r\nContent-", b"Length: 4\r\n\r\n{", b"}{}"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", b"0\r\n\r\n"),
        (b"HTTP/1.1 204 No Content\r\n\r\n",),
    ],
    ids=["whole", "torn", "chunked", "empty"],
)
def test_every_request_is_sent_once_and_its_whole_answer_read(pieces: tuple[bytes, ...]) -> None:
    request = load.request("GET", "/x", "host", {"A": "b"})
    with server(*pieces) as address:
        found = load.run(address, repeat(request, 5), connections=1, limit_seconds=10)
    assert (found.requests, len(found.latencies)) == (5, 5)
    assert list(found.statuses) == [int(pieces[0][9:12])]


def test_a_request_has_a_length_where_it_may_have_a_body() -> None:
    assert load.request("GET", "/a", "h", {}) == b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
    post = load.request("POST", "/a", "h", {"B": "c"}, b"{}")
    assert post == b"POST /a HTTP/1.1\r\nHost: h\r\nB: c\r\nContent-Length: 2\r\n\r\n{}"
    assert b"Content-Length: 0" in load.request("POST", "/a", "h", {})


# cases


@pytest.mark.parametrize(
    "make",
    [
        cases.texts,
        *(make for api in APIS for make in (api.get, api.list, api.create, *(api.pages or ()))),
    ],
)
def test_cases_have_the_wanted_number_of_requests(make: Make) -> None:
    assert len(list(make("host", 7))) == 7


@pytest.mark.parametrize("make", [cases.texts, *(api.create for api in APIS)])
def test_writes_are_all_different(make: Make) -> None:
    bodies = [json.loads(request.partition(b"\r\n\r\n")[2]) for request in make("host", 400)]
    assert len({json.dumps(body) for body in bodies}) == 400


def test_senders_are_numbers_the_bundle_owns() -> None:
    owned = {number["e164"] for number in bundle.bundle(1)["numbers"]}
    requests = (request.partition(b"\r\n\r\n")[2] for request in cases.texts("host", 600))
    assert {"+" + json.loads(body)["from"] for body in requests} == owned


def test_the_bundle_loads() -> None:
    universe = make_universe(Settings(database_url="sqlite:///:memory:"))
    upgrade(universe.store)
    with universe.entered():
        loaded = bundles.load(universe.context(), bundle.bundle(1, numbers=2, calls=3))
    universe.close()
    assert (loaded.updated, loaded.unchanged) == (0, 0)
    assert loaded.created > bundle.CARRIERS


def test_pace_is_the_mean_of_before_and_after() -> None:
    rates = iter([100.0, 300.0])

    class Peer(cases.Peer):
        def __init__(self) -> None:
            pass

        def pace(self) -> float:
            return next(rates)

    with Pace(Peer()) as pace:
        pass
    assert pace.value == 200.0
    with Pace(None) as pace:
        pass
    assert pace.value == 0.0


# forwarding


def timed(median_ms: float, **more: float) -> Timed:
    return Timed(load.Result(3, 1.0, [0.001, median_ms / 1000, 0.1]), **more)


def test_what_is_added_is_above_asking_the_provider() -> None:
    through = timed(9.0, cpu_ms=4.2, asked=2.0)
    made = Row("PUT a thing", here=timed(2.0, cpu_ms=0.5), through=through, direct=timed(3.5))
    assert (made.added(0.5), made.added(0.99)) == (pytest.approx(5.5), 0.0)
    head, _, line = report.forwarding([made]).splitlines()
    assert head.split()[-2:] == ["through", "asked"]
    told = "2.0 100.0 3.5 100.0 9.0 100.0 5.5 0.0 0.5 4.2 2.0"
    assert line.split() == ["PUT", "a", "thing", *told.split()]


def test_messages_over_http_are_a_share_of_those_over_smpp() -> None:
    http = Messages(Measured("x", result(100), 0.5), 50.0, 1.5)
    smpp = Messages(Measured("x", result(400), 0.5), 100.0, 0.1)
    _, _, over_http, over_smpp, share = report.ways(http, smpp).splitlines()
    assert over_http.split()[-4:] == ["100", "50", "0.50", "1.50"]
    assert over_smpp.split()[-4:] == ["400", "100", "0.50", "0.10"]
    assert share.split() == ["share", "0.25", "0.50"]


@pytest.mark.parametrize("numbers", [1, 2, 3, 10])
def test_every_turn_gives_a_number_the_route_it_does_not_have(numbers: int) -> None:
    held = providers.bundle(providers.SAME, numbers)["numbers"]
    now = {row["e164"]: row["primary_endpoint"] for row in held}
    for number, route in forwarding.turned(providers.SAME, range(3 * numbers), numbers):
        assert now[f"+{number}"] in {"route-1", "route-2"} - {f"route-{route}"}
        now[f"+{number}"] = f"route-{route}"


@pytest.mark.parametrize(
    "made",
    [providers.bundle(providers.SAME, 2), providers.project(providers.CROSS, 2)],
    ids=["account", "project"],
)
def test_the_bundles_of_accounts_load(made: dict[str, Any]) -> None:
    universe = make_universe(Settings(database_url="sqlite:///:memory:"))
    upgrade(universe.store)
    with universe.entered():
        assert bundles.load(universe.context(), made).created > 2
    universe.close()


@pytest.mark.long
def test_what_forwarding_costs_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Figures depend on the machine, but not how often the provider is asked."""
    nothing_else = ["--dialects", "", "--universes", "0", "--stores", ""]
    assert command.bench([*nothing_else, "--changes", "4"]) == 0
    title, _, _, *lines = capsys.readouterr().out.splitlines()
    assert title == "forwarding, 4 changes of each kind, accounts of 100 numbers"
    rows, sms = lines[: lines.index("")], lines[lines.index("") + 1 :]
    asked = {line.rpartition(")")[0] + ")": float(line.split()[-1]) for line in rows}
    assert len(asked) == len(rows) == 7
    assert asked.pop("GET a number (flowroute)") == 0
    assert min(asked.values()) >= 1
    assert [line.split()[0] for line in sms if line] == ["SMS", "-" * 21, "over", "over", "share"]


# the SMSC


def test_the_sink_answers_as_an_smsc_and_keeps_what_is_incomplete() -> None:
    sink = Sink()
    body = codec.encode_submit_body({"destination_addr": "1206", "short_message": b"hi"})
    submit = HEADER.pack(16 + len(body), 0x04, 0, 7) + body
    bind = HEADER.pack(16, 0x09, 0, 1)
    answers, rest = sink.answer(bind + submit + submit[:20])
    assert rest == submit[:20]
    first, size = codec.decode(answers)
    second, _ = codec.decode(answers[size:])
    assert first is not None
    assert second is not None
    assert (first.command, first.sequence, first.status) == (0x80000009, 1, 0)
    assert (second.command, second.sequence, second.status) == (0x80000004, 7, 0)
    assert second.fields["message_id"]
    answers, rest = sink.answer(rest + submit[20:] + HEADER.pack(16, 0x15, 0, 9))
    assert (rest, sink.submits) == (b"", 2)
    assert answers.endswith(HEADER.pack(16, 0x80000015, 0, 9))


# progress


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "p.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE job (topic, done_at)")
        connection.execute("CREATE TABLE message_part (state)")
        connection.execute("INSERT INTO job VALUES ('submit', NULL), ('submit', 1), ('hook', NULL)")
        connection.execute("INSERT INTO message_part VALUES ('sent'), ('pending')")
    connection.close()
    return path


def test_progress_counts_open_submits_and_sent_parts(database: Path) -> None:
    ask = progress.asker(f"sqlite:///{database}")
    assert (ask(progress.LEFT), ask(progress.ANY_LEFT), ask(progress.SENT)) == (1, 1, 1)
    assert progress.wait_left(ask, 1, 1)[1] == 1
    progress.check_sent(ask, 1)
    with pytest.raises(RuntimeError, match="1 of 2 messages were sent"):
        progress.check_sent(ask, 2)
    with pytest.raises(RuntimeError, match="1 messages are left"):
        progress.wait_done(ask, 0.01)
    with sqlite3.connect(database) as connection:
        connection.execute("DELETE FROM job")
    connection.close()
    progress.wait_done(ask, 1)


# report


def row(rate: float, pace: float, p99_ms: float = 10.0) -> Measured:
    return Measured("case", result(rate, p99_ms), 0.1, pace)


def test_bars_say_which_are_met() -> None:
    text = report.bars([("a", 1.0, 1.0, True), ("b", 0.9, 1.0, True), ("c", 2.0, 1.5, False)])
    lines = text.splitlines()[2:]
    assert [line.split()[-1] for line in lines] == ["met", "MET", "MET"]
    assert ["NOT" in line for line in lines] == [False, True, True]
    assert len({len(line.rstrip()) for line in text.splitlines()[1:2]}) == 1


def test_http_bars_compare_each_case_with_the_pace_around_it() -> None:
    """The machine was half as fast during the list: the share of GET takes that into account."""
    ours = [row(4000, 2000, 15), row(1000, 1000, 90), row(1075, report.PRISM_THEN)]
    bars = {name: value for name, value, *_ in report.http_bars("x", ours, [row(2000, 0, 10)])}
    assert bars["x: GET / prism GET"] == pytest.approx(2.0)
    assert bars["x: list of 100 / GET"] == pytest.approx(0.5)
    assert bars["x: list of 100, p99 ms"] == pytest.approx(90)
    assert bars["x: POST / jambonz-api-server POST (scaled)"] == pytest.approx(1.0)
    assert bars["x: p99 of GET / prism's"] == pytest.approx(1.5)


def test_a_late_page_is_judged_by_what_the_first_one_costs() -> None:
    pages = [Measured("first", result(), 20.0), Measured("late", result(), 25.0)]
    *_, bar = report.http_bars("x", [row(4000, 2000)] * 3 + pages, [row(2000, 0)])
    assert bar == ("x: late page / first page, cpu", 1.25, 1.5, False)
    assert len(report.http_bars("x", [row(4000, 2000)] * 3, [row(2000, 0)])) == 6


def test_message_bars_are_of_the_stores_that_have_some() -> None:
    half = report.PRISM_THEN / 2
    drained = Drained(report.KANNEL_SENT, 0.1, half)
    path = Messages(row(report.KANNEL_ACCEPTED, half), report.KANNEL_ACCEPTED / 2, 0.1, [], drained)
    bars = {name: value for name, value, *_ in report.message_bars({"SQLite FULL": path})}
    assert bars["SQLite FULL: accepted / Kannel"] == pytest.approx(2.0)
    assert bars["SQLite FULL: end to end / Kannel"] == pytest.approx(1.0)
    assert bars["SQLite FULL: drained / Kannel sent"] == pytest.approx(2.0)
    assert report.message_bars({"SQLite OFF": path}) == []
    assert "SQLite OFF" in report.messages({"SQLite OFF": path})


def test_a_slow_peer_is_judged_by_what_its_window_allows() -> None:
    name, value, target, higher = report.slow_bar(Drained(1900.0), window=100, seconds=0.05)
    assert (name, value, target, higher) == ("50 ms peer / its window", 0.95, 0.9, True)


def test_memory_is_judged_by_the_largest_process_of_a_role() -> None:
    sizes = [("serve", 50.0), ("web", 70.4), ("web", 90.0), ("worker", 91.0)]
    assert report.memory(sizes) == "resident MB: serve 50, web 70, web 90, worker 91"
    assert [(value, most) for _, value, most, _ in report.memory_bars(sizes)] == [
        (90.0, 110),
        (91.0, 90),
    ]
    assert report.memory_bars([("serve", 50.0)]) == []


# processes and options


def test_a_child_tells_its_line_its_role_and_what_it_used(tmp_path: Path) -> None:
    program = "import signal; print('{\"port\": 1}', flush=True); signal.pause()"
    child = Child([sys.executable, "-c", program, "gateway", "worker"], tmp_path / "log")
    try:
        assert child.line() == {"port": 1}
        ((role, megabytes),) = child.memory()
        assert role == "worker"
        assert 1 < megabytes < 500
        assert child.cpu_seconds("web") == 0
        assert child.cpu_seconds("worker") == child.cpu_seconds() >= 0
    finally:
        child.stop()
    assert child.process.returncode is not None


def test_the_peer_gets_a_contract_with_its_base_path_in_every_path() -> None:
    made = processes.at_root({"servers": [{"url": "https://a.example/v1"}], "paths": {"/x": {}}})
    assert (list(made["paths"]), made["servers"]) == (["/v1/x"], [{"url": "/"}])
    assert list(processes.at_root({"paths": {"/x": {}}})["paths"]) == ["/x"]


def test_all_dialects_are_measured_unless_some_are_named() -> None:
    assert command._parser().parse_args([]).dialects == [api.name for api in APIS]
    assert command._parser().parse_args(["--dialects", "jambonz"]).dialects == ["jambonz"]


def test_stores_are_named_as_their_bars(tmp_path: Path) -> None:
    options = command._parser().parse_args(["--postgres", "postgresql://x/y"])
    stores = command._stores(command.Run(tmp_path, tmp_path, 1, 1), options)
    assert stores.keys() == report.MESSAGE_BARS.keys()
    assert stores["PostgreSQL"] == ("postgresql://x/y", "FULL")
    none = command._parser().parse_args(["--stores", ""])
    assert command._stores(command.Run(tmp_path, tmp_path, 1, 1), none) == {}


# universes


def test_universes_are_made_and_put_back() -> None:
    figures = worlds.measure(3, dialects={})
    assert (len(figures.made), len(figures.restored)) == (3, 3)
    assert min(figures.made + figures.restored) > 0
    assert [(bar[0], bar[2]) for bar in worlds.bars(figures)] == [
        ("a universe made, cpu ms", 10.0),
        ("a snapshot put back, cpu ms", 20.0),
    ]


@pytest.mark.parametrize("option", ["--requests", "--messages"])
@pytest.mark.parametrize("value", ["499", "-1", "many", ""])
def test_too_few_to_measure_are_refused(
    capsys: pytest.CaptureFixture[str], option: str, value: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        command.bench([option, value])
    assert ended.value.code == 2
    assert "from 500 on" in capsys.readouterr().err
