"""What exists is named in the pages, and what the pages point at exists."""

from __future__ import annotations

import argparse
import re
import subprocess
from collections.abc import Iterator
from dataclasses import MISSING, fields
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from emulators import commands as emulator
from emulators.bench import command as bench
from emulators.conform import command as conform
from emulators.conform import plan as suites
from emulators.control import create_control
from emulators.faults import scripts as chaos_scripts
from emulators.smsc.scripts import MAGIC
from gateway import cli
from gateway.app import Application, create_app
from gateway.dialect import discover
from gateway.domain import call_scripts
from gateway.services.bundle_kinds import KINDS
from gateway.services.links import READERS, LinkSettings
from gateway.settings import OF_DIALECT, Settings, env_name
from gateway.transports.smpp.shapes import LinkSpec
from gateway.workers.connectors import SETTABLE
from gateway.workers.metrics import Metrics
from tests.support.markdown import ROOT, anchors, documents, links, name_of
from tests.support.openapi import Document, load_contract

ROW = re.compile(r"^\| (`[^|]+`) \| ([^|]*) \|", re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")


@cache
def page(name: str) -> str:
    return (ROOT / name).read_text()


@cache
def everything() -> str:
    return "\n".join(document.read_text() for document in documents())


# commands


def leaves(parser: argparse.ArgumentParser, name: str) -> Iterator[tuple[str, argparse.Action]]:
    """Every command with its sub-command and each of its arguments."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, inner in action.choices.items():
                yield from leaves(inner, f"{name} {word}")
        elif not isinstance(action, argparse._HelpAction):
            yield name, action
    if not any(isinstance(action, argparse._SubParsersAction) for action in parser._actions):
        yield name, argparse.Action([], "")


def all_commands() -> list[tuple[str, argparse.Action]]:
    found = list(leaves(cli.parser(), "polytrunk"))
    of_emulator = (emulator._emulate_parser, emulator._demo_parser, emulator._replay_parser)
    for parser in (*(make() for make in of_emulator), bench._parser(), conform._parser()):
        found += leaves(parser, parser.prog)
    return found


def test_the_parsers_are_all_of_the_commands() -> None:
    added = {command.split()[1] for command, _ in all_commands()}
    assert added >= {"serve", "db", "keys", *cli.added_commands()}


@pytest.mark.parametrize("command", sorted({name for name, _ in all_commands()}))
def test_every_command_is_in_the_index(command: str) -> None:
    assert re.search(rf"`{command}[ `]", page("docs/index.md")), command


@pytest.mark.parametrize(
    ("command", "option"),
    sorted(
        {
            (name, option)
            for name, action in all_commands()
            for option in action.option_strings
            if not name.endswith("bench")  # its help is its page
        }
    ),
)
def test_every_option_is_named(command: str, option: str) -> None:
    assert re.search(rf"{re.escape(option)}\b", everything()), f"{command} {option}"


# settings, links, metrics, control calls


@pytest.mark.parametrize("field", fields(Settings), ids=env_name)
def test_every_setting_is_in_the_table(field: Any) -> None:
    assert f"| `{env_name(field)}` |" in page("docs/settings.md")


def test_the_pages_name_no_setting_that_does_not_exist() -> None:
    named = set(re.findall(r"POLYTRUNK_[A-Z_]*[A-Z]", everything()))
    known = {env_name(field).replace("<DIALECT>", "") for field in fields(Settings)}
    families = ("POLYTRUNK_HOSTS_", "POLYTRUNK_PROFILE_", "POLYTRUNK_TEST_", conform.PREFIX)
    ends = tuple(OF_DIALECT.values())
    unknown = {name for name in named - known if not (name + "_").startswith(families)}
    assert {name for name in unknown if not name.endswith(ends)} == set()


@pytest.mark.parametrize("dialect", suites.dialects())
def test_every_variable_of_a_suite_is_in_its_row(dialect: str) -> None:
    (row,) = re.findall(rf"^\| `{dialect}` \|.*$", page("docs/conformance.md"), re.MULTILINE)
    plan = suites.read_plan(dialect)
    assert set(CODE.findall(row)) == {dialect, *plan.environment, *plan.optional}


def link_rows() -> dict[str, str]:
    """Setting -> what its default column says, from the table of the SMPP page."""
    _, _, rest = page("docs/smpp.md").partition("### Settings of a link")
    table = rest.partition("## ")[0]
    return {
        name: default.strip()
        for names, default in ROW.findall(table)
        for name in CODE.findall(names)
    }


def test_every_setting_of_a_link_is_in_the_table() -> None:
    assert set(link_rows()) == SETTABLE | READERS.keys()


# What the operator's settings decide; LinkSpec's own defaults are not used.
DECIDED = {
    "window": "smpp_window",
    "init_seconds": "smpp_bind_seconds",
    "enquire_seconds": "smpp_enquire_seconds",
    "response_seconds": "smpp_response_seconds",
}


@pytest.mark.parametrize(
    "name", sorted(name for name, text in link_rows().items() if text.startswith("`"))
)
def test_the_defaults_of_a_link_are_as_the_table_says(name: str) -> None:
    own = {f.name: f.default for f in (*fields(LinkSpec), *fields(LinkSettings))}
    default = getattr(Settings(), DECIDED[name]) if name in DECIDED else own[name]
    text = str(default).lower() if isinstance(default, bool) else str(default)
    assert link_rows()[name] == f"`{text}`"


@pytest.mark.parametrize(
    "name", sorted(name for name, text in link_rows().items() if not text.startswith("`"))
)
def test_other_settings_of_a_link_are_empty(name: str) -> None:
    spec = {f.name: f for f in (*fields(LinkSpec), *fields(LinkSettings))}
    field = spec[name]
    default = field.default_factory() if field.default is MISSING else field.default
    assert not default


def test_every_metric_is_named() -> None:
    metrics = Metrics()
    names = {family.name for family in metrics.registry.collect()}
    names |= {family.name for family in application().metrics.registry.collect()}
    assert {name for name in names if name not in everything()} == set()


def test_every_kind_of_a_bundle_is_named() -> None:
    listed = page("docs/operations.md")
    internal = {"trunk_access_lists", "trunk_credential_lists"}
    assert {kind for kind in KINDS.keys() - internal if f"`{kind}`" not in listed} == set()


def test_every_control_call_is_in_the_emulators_page() -> None:
    rules = create_control(lambda environ: None, None).url_map.iter_rules()  # type: ignore[arg-type,return-value]
    calls = {
        (method, rule.rule.removeprefix("/_emulator/api"))
        for rule in rules
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    text = page("docs/emulator.md")
    listed = {line for line in text.splitlines() if line.startswith("| `")}
    missing = {
        (method, path)
        for method, path in calls
        if not any(f"`{method}" in line and path in line for line in listed)
    }
    assert missing == set()


def test_every_script_is_in_the_emulators_page() -> None:
    of_messages, _, of_calls = page("docs/emulator.md").partition("## Calls")
    assert ends_listed(of_messages) == MAGIC.keys() - {0}  # 0 does what any other number does
    assert ends_listed(of_calls) == set(call_scripts.MAGIC)


def test_every_chaos_script_is_in_the_emulators_page() -> None:
    listed = page("docs/emulator.md").splitlines()
    rows = [f"| `{script.name}` | {script.summary} |" for script in chaos_scripts.known()]
    assert len(rows) > 0
    assert [row for row in rows if row not in listed] == []


def ends_listed(text: str) -> set[int]:
    """The last three digits of the destinations 5559NNN that tables of a page name."""
    listed: set[int] = set()
    for line in text.splitlines():
        ends = [int(end) for end in re.findall(r"`5559(\d{3})`", line)]
        listed |= set(range(ends[0], ends[1] + 1)) if "` to `" in line and ends else set(ends)
    return listed


def test_every_room_is_in_the_architecture() -> None:
    packages = {path.parent for path in (ROOT / "gateway").glob("*/__init__.py")}
    rooms = {name_of(path) for path in packages} | {"adapters", "emulators", "fixtures"}
    assert {room for room in rooms if f"`{room}" not in page("docs/architecture.md")} == set()


# the README's first screen


@cache
def application() -> Application:
    return create_app(Settings(database_url="sqlite:///:memory:", secret_key="x" * 32))


@pytest.mark.parametrize("name", sorted(discover()))
def test_the_table_of_dialects_counts_right(name: str) -> None:
    dialect = discover()[name]
    contract = load_contract(dialect.contract.removesuffix(".json"))
    promised = {operation.name for operation in contract.operations}
    served = {operation.name for operation in Document(application().document(name)).operations}
    count = f"{len(promised & served)} of {len(promised)}"
    assert f"| {dialect.title} | {count} |" in page("README.md")


def test_the_first_screen_says_what_it_is_and_is_not() -> None:
    first = page("README.md").split("\n## ", 1)[0]
    assert len(first.splitlines()) <= 35
    for needed in ("**It is**", "**It is not**", "$ make run", "$ make test", "| dialect |"):
        assert needed in first


def test_targets_of_make_exist() -> None:
    named = set(re.findall(r"(?<![\w-])make ([a-z][a-z-]*[a-z])`", everything()))
    assert named >= {"install", "lint", "bench", "test-long"}
    for target in sorted(named):
        asked = ["make", "--dry-run", target]
        done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, f"make {target}: {done.stderr}"


# links


@pytest.mark.parametrize("document", documents(), ids=name_of)
def test_links_lead_somewhere(document: Path) -> None:
    for link in links(document.read_text()):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), f"{name_of(document)}: {link}"
        assert not anchor or anchor in anchors(target.read_text()), f"{name_of(document)}: {link}"


def test_every_page_is_reached_from_the_readme() -> None:
    reached, todo = set(), [ROOT / "README.md"]
    while todo:
        document = todo.pop()
        if document in reached or document.suffix != ".md":
            continue
        reached.add(document)
        for link in links(document.read_text()):
            if "://" not in link and not link.startswith("#"):
                todo.append((document.parent / link.partition("#")[0]).resolve())
    assert {name_of(d) for d in documents()} - {name_of(d) for d in reached} == set()
