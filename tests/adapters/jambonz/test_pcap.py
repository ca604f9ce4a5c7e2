"""Captures of calls: a file that carries the trace, and that tshark reads."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from gateway.models import Call
from tests.adapters.jambonz import world
from tests.adapters.jambonz.call_rows import BUSY, CALL_ID, INBOUND, OVER
from tests.unit.domain.test_pcap import packets

HOMES = [
    ("alpha", f"/v1/Accounts/{world.ALPHA}/RecentCalls"),
    ("provider", f"/v1/ServiceProviders/{world.PROVIDER}/RecentCalls"),
]


@pytest.mark.parametrize(("who", "path"), HOMES)
def test_the_capture_is_the_trace(connect: Any, who: str, path: str) -> None:
    client = connect(who)
    answer = client.get(f"{path}/{CALL_ID}/pcap")
    assert answer.content_type == "application/octet-stream"
    named = f"attachment; filename=callid-{CALL_ID}.pcap"
    assert answer.headers["Content-Disposition"] == named
    found = packets(answer.data)
    traced = client.get(f"{path}/{CALL_ID}").json["data"]["messages"]
    assert [packet[28:].decode() for _, packet in found] == [m["raw"] for m in traced]
    times = [(m["timeSeconds"], m["timeUseconds"]) for m in traced]
    assert [(int(at), round(at % 1 * 1e6)) for at, _ in found] == times


def test_a_name_cannot_break_out_of_its_header(client: Any) -> None:
    Call.update(sip_call_id='a"; x=y\r\n').where(Call.uid == OVER).execute()
    answer = client.get(f"{HOMES[0][1]}/a%22%3B%20x%3Dy%0D%0A/pcap")
    assert answer.headers["Content-Disposition"] == "attachment; filename=callid-a___x_y__.pcap"


def flow(capture: bytes, place: Path) -> list[list[str]]:
    """Call-ID, method or status, and address as tshark decodes them; malformed ones fail."""
    place.write_bytes(capture)
    fields = (
        "sip.Call-ID",
        "sip.Method",
        "sip.Status-Code",
        "ip.src",
        "_ws.malformed",
        "udp.checksum.status",
    )
    command = ["tshark", "-r", str(place), "-T", "fields", "-E", "separator=|"]
    command += ["-o", "udp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"]
    for name in fields:
        command += ["-e", name]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return [line.split("|") for line in done.stdout.splitlines()]


@pytest.mark.tshark
@pytest.mark.parametrize(
    ("sid", "wanted"),
    [
        (OVER, ["INVITE", "100", "180", "200", "ACK", "BYE", "200"]),
        (BUSY, ["INVITE", "100", "486", "ACK"]),
        (INBOUND, ["INVITE", "100", "200", "ACK", "BYE", "200"]),
    ],
)
def test_tshark_reads_it(client: Any, tmp_path: Path, sid: str, wanted: list[str]) -> None:
    octets = client.get(f"{HOMES[0][1]}/{sid}/pcap").data
    read = flow(octets, tmp_path / "call.pcap")
    assert [method or status for _, method, status, *_ in read] == wanted
    assert {call_id for call_id, *_ in read} == {Call.get(Call.uid == sid).sip_call_id}
    assert [malformed for *_, malformed, _ in read] == [""] * len(wanted)
    assert [sum_ for *_, sum_ in read] == ["1"] * len(wanted)
