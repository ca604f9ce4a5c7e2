"""The `polytrunk` command: which sub-commands there are and what arguments they take.

What a command does is imported when it runs, so that help and mistakes answer at once and so that
the serving commands can patch the process first. Packages beside the gateway add commands by the
entry point group `polytrunk.commands`; each is a function from arguments to an exit code.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import sys
import tomllib
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

GROUP = "polytrunk.commands"
OK, FAILED, MISUSED = 0, 1, 2
BROKEN_OFF = 130

Command = Callable[[Sequence[str]], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; 0 when it did what was asked, 1 when it could not, 2 for wrong arguments."""
    given = list(sys.argv[1:] if argv is None else argv)
    added = added_commands()
    if given and given[0] in added:
        return _load(added[given[0]])(given[1:])
    options = parser(sorted(added)).parse_args(given)
    module, name = options.run.split(":")
    command = getattr(importlib.import_module(f"gateway.commands.{module}"), name)
    return _guarded(lambda: command(options))


def _guarded(command: Callable[[], int | None]) -> int:
    """Expected failures are one line on stderr, not a traceback."""
    from gateway.domain.problems import Problem

    try:
        return command() or OK
    except BrokenPipeError:
        return FAILED
    except KeyboardInterrupt:
        print("polytrunk: broken off; what was begun is on record", file=sys.stderr)
        return BROKEN_OFF
    except (Problem, ValueError, OSError) as error:
        print(f"polytrunk: {_told(error)}", file=sys.stderr)
        return FAILED


def _told(error: Exception) -> str:
    """A problem with several reasons names each with its path, one a line."""
    fields = getattr(error, "fields", None) or {}
    lines = [f"{path}: {why.text}" for path, reasons in fields.items() for why in reasons]
    return "\n  ".join(["these values cannot be used:", *lines]) if lines else str(error)


def added_commands() -> dict[str, str]:
    """Name -> `module:function` of commands that packages beside the gateway add.

    From the installed distribution, else, in a checkout, from its project file.
    """
    found = {point.name: point.value for point in importlib.metadata.entry_points(group=GROUP)}
    project = Path(__file__).parents[1] / "pyproject.toml"
    if project.is_file():
        data = tomllib.loads(project.read_text(encoding="utf-8"))
        points = data.get("project", {}).get("entry-points", {})
        found = {**points.get(GROUP, {}), **found}
    return found


def _load(target: str) -> Command:
    module, _, name = target.partition(":")
    return cast(Command, getattr(importlib.import_module(module), name))


def parser(added: Sequence[str] = ()) -> argparse.ArgumentParser:
    """All commands. `added` are shown in the help only: they read their own arguments."""
    top = argparse.ArgumentParser(
        prog="polytrunk",
        description="One telephony server that speaks several provider dialects.",
        epilog=f"further commands: {', '.join(added)}" if added else None,
    )
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    _serving(commands)
    _data(commands)
    _keys(commands)
    _routes(commands)
    _connections(commands)
    _message_routes(commands)
    _moving(commands)
    _verifying(commands)
    return top


def _add(commands: Any, name: str, run: str, about: str) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = commands.add_parser(name, help=about, description=about)
    made.set_defaults(run=run)
    return made


def _group(commands: Any, name: str, about: str) -> Any:
    made = commands.add_parser(name, help=about, description=about)
    return made.add_subparsers(metavar="COMMAND", required=True)


def _serving(commands: Any) -> None:
    serve = _add(commands, "serve", "serving:serve", "run web and worker processes, kept alive")
    web = _add(commands, "web", "serving:web", "run the web processes alone")
    _add(commands, "worker", "serving:worker", "run one worker process alone")
    for each in (serve, web):
        each.add_argument("--bind", metavar="HOST:PORT", help="address to listen on")
        each.add_argument("--web", type=_count, metavar="N", help="web processes")
    serve.add_argument("--workers", type=_count, metavar="N", help="worker processes")


def _data(commands: Any) -> None:
    db = _group(commands, "db", "look after the database's tables")
    _add(db, "upgrade", "data:upgrade", "bring the tables up to this version")
    _add(db, "status", "data:status", "list the migrations and when they were applied")
    seed = _add(commands, "seed", "data:seed", "load a bundle; loading it again changes nothing")
    bundle = _group(commands, "bundle", "move an account's inventory as one file")
    load = _add(bundle, "import", "data:seed", "load a bundle; the same as seed")
    for each in (seed, load):
        each.add_argument("file", metavar="FILE", help="a JSON document, - for standard input")
    export = _add(bundle, "export", "data:export", "write an account's inventory")
    export.add_argument("account", metavar="ACCOUNT", help="uid or name")
    export.add_argument("--secrets", action="store_true", help="with secrets, users and keys")
    export.add_argument("--output", metavar="FILE", default="-", help="where to; - is stdout")
    hooks = _group(commands, "hooks", "look after webhooks")
    resend = _add(hooks, "resend", "data:resend", "tell an event's subscribers once more")
    resend.add_argument("event", metavar="EVENT", help="uid of the event")


def _keys(commands: Any) -> None:
    keys = _group(commands, "keys", "look after credentials")
    create = _add(keys, "create", "keys:create", "make a credential; its secret is shown once")
    owner = create.add_mutually_exclusive_group(required=True)
    owner.add_argument("--account", metavar="ACCOUNT", help="of this account (uid or name)")
    owner.add_argument("--provider", metavar="PROVIDER", help="of this provider (uid or name)")
    owner.add_argument("--admin", action="store_true", help="of the whole installation")
    create.add_argument("--user", metavar="LOGIN", help="a user with a password, not a key")
    create.add_argument("--role", metavar="ROLE", action="append", default=[], help="of a user")
    create.add_argument("--label", metavar="TEXT", help="what the key is for")
    listing = _add(keys, "list", "keys:listing", "list the keys, without secrets")
    listing.add_argument("--account", metavar="ACCOUNT", help="only of this account")
    revoke = _add(keys, "revoke", "keys:revoke", "let a key open nothing from now on")
    revoke.add_argument("key_id", metavar="KEY_ID")


def _routes(commands: Any) -> None:
    routes = _group(commands, "routes", "look after where calls go")
    explain = _add(routes, "explain", "routes:explain", "say where a call to a number would go")
    explain.add_argument("number", metavar="NUMBER")
    explain.add_argument("--from", dest="caller", metavar="NUMBER", default="", help="who calls")
    explain.add_argument("--at", metavar="TIME", default="", help="when (ISO 8601), else now")
    explain.add_argument("--zone", metavar="ZONE", default="", help="the zone it comes in by")
    explain.add_argument(
        "--outcome", metavar="OUTCOME", action="append", default=[],
        help="what comes of the next thing that is dialled or asked; may repeat",
    )  # fmt: skip
    explain.add_argument("--json", action="store_true", help="as the API tells it")


def _connections(commands: Any) -> None:
    group = _group(commands, "connections", "look after real providers")
    _connection(_add(group, "add", "upstream:add", "keep how an account is reached at a provider"))
    _change(_add(group, "change", "upstream:change", "have it reached in another way"))
    _add(group, "list", "upstream:listing", "list the connections, without secrets")
    named = {
        "test": _add(group, "test", "upstream:test", "read each kind once and count"),
        "pull": _add(group, "pull", "upstream:pull", "write what is there as a bundle"),
        "remove": _add(group, "remove", "upstream:remove", "forget a connection"),
        "events": _add(group, "events", "events:address", "say where to tell of events"),
    }
    for each in named.values():
        each.add_argument("name", metavar="NAME")
    _syncing(group)
    named["pull"].add_argument("--secrets", action="store_true", help="with secrets")
    named["pull"].add_argument("--output", metavar="FILE", default="-", help="- is stdout")
    proof = named["events"].add_mutually_exclusive_group()
    proof.add_argument("--secret", metavar="SECRET", help="what proves the provider; '' for none")
    proof.add_argument("--secret-env", metavar="NAME", help="the variable that has it each time")
    named["events"].add_argument("--renew", action="store_true", help="close the former address")


def _syncing(group: Any) -> None:
    mode = _add(group, "mode", "modes:mode", "say whose record counts")
    mode.add_argument("name", metavar="NAME")
    mode.add_argument("mode", choices=("local", "forward", "sync"))
    mode.add_argument(
        "--policy", choices=("refuse", "warn", "carry"), help="what to do where something is lost"
    )
    mode.add_argument("--spend", action="store_true", help="numbers may be bought there")
    sync = _add(group, "sync", "syncing:sync", "bring what each side changed to the other")
    sync.add_argument("name", metavar="NAME")
    sync.add_argument("--dry-run", action="store_true", help="say what would be done")
    sync.add_argument("--only", choices=("pull", "push"), help="one way")
    sync.add_argument("--take", choices=("ours", "theirs"), help="decide conflicts for one side")
    sync.add_argument(
        "--key", metavar="KEY", action="append", default=[],
        help="only conflicts about this; may repeat",
    )  # fmt: skip
    sync.add_argument("--deletions", action="store_true", help="numbers may be given up")
    sync.add_argument("--spend", action="store_true", help="numbers may be bought")
    sync.add_argument("--json", action="store_true", help="as one JSON document")


def _connection(add: argparse.ArgumentParser) -> None:
    add.add_argument("dialect", metavar="DIALECT")
    add.add_argument("url", metavar="URL", nargs="?", help="default: the provider's own")
    add.add_argument("--account", metavar="ACCOUNT", required=True, help="ours (uid or name)")
    add.add_argument("--name", metavar="NAME", default="", help="default: the dialect's")
    add.add_argument("--kind", metavar="KIND", action="append", default=[], help="may repeat")
    add.add_argument("--mode", choices=("local", "sync"), default="local", help="default: local")
    _reaching(add)


def _change(change: argparse.ArgumentParser) -> None:
    change.add_argument("name", metavar="NAME")
    change.add_argument("--url", metavar="URL", default="", help="another address")
    change.add_argument(
        "--without", metavar="SETTING", action="append", default=[],
        help="forget a setting, such as messages; may repeat",
    )  # fmt: skip
    _reaching(change)


def _reaching(command: argparse.ArgumentParser) -> None:
    """How a provider is reached: the secret and what is told beside it."""
    secret = command.add_mutually_exclusive_group()
    secret.add_argument("--secret", metavar="SECRET", help="else add reads it from standard input")
    secret.add_argument("--secret-env", metavar="NAME", help="the variable that has it each time")
    peer: dict[str, Any] = {"metavar": "HOST[:PORT][;TRANSPORT][/PREFIX]", "action": "append"}
    at: dict[str, dict[str, Any]] = {
        "key": {"metavar": "KEY", "help": "key id or user name there"},
        "at": {"metavar": "ID", "dest": "at_account", "help": "the account or project there"},
        "oauth": {"action": "store_true", "help": "show the key for tokens only"},
        "rate": {"metavar": "N", "type": _positive, "help": "most requests a second"},
        "timeout": {"metavar": "SECONDS", "type": _positive, "help": "of one request"},
        "signalling": {"help": "an address calls come from and go to there; may repeat", **peer},
        "sbc": {"dest": "at_sbcs", "help": "the platform's own address; may repeat", **peer},
        "ca-file": {"metavar": "FILE", "help": "authorities to trust in place of the usual"},
        "messages": {"action": "store_true", "help": "messages may be sent there, which costs"},
        "at-once": {"metavar": "N", "type": _count, "help": "most messages on their way at once"},
        "on-ambiguous": {"choices": ("resend", "hold"), "help": "messages that may have arrived"},
        "idempotency": {"action": "store_true", "help": "repetitions are told by their key there"},
    }
    for name, options in at.items():
        command.add_argument(f"--{name}", **{"dest": f"at_{name.replace('-', '_')}", **options})


def _message_routes(commands: Any) -> None:
    group = _group(commands, "message-routes", "look after which way messages take")
    add = _add(group, "add", "message_routes:add", "have messages take a link or a connection")
    listing = _add(group, "list", "message_routes:listing", "list an account's routes")
    remove = _add(group, "remove", "message_routes:remove", "forget a route")
    trace = _add(group, "trace", "message_routes:trace", "say which ways a message left, and why")
    trace.add_argument("message", metavar="MESSAGE", help="its id, as any dialect writes it")
    for each in (add, remove):
        each.add_argument("name", metavar="NAME")
    for each in (add, listing, remove):
        each.add_argument("--account", metavar="ACCOUNT", required=True, help="uid or name")
    add.add_argument("--from-number", metavar="NUMBER", help="only messages of this number")
    add.add_argument("--prefix", metavar="DIGITS", help="only to numbers that begin so")
    add.add_argument("--country", metavar="CODE", help="only to numbers of a country (GB)")
    way = add.add_mutually_exclusive_group(required=True)
    way.add_argument("--link", metavar="LINK", help="trunk's name, HOST:PORT or uid")
    way.add_argument("--connection", metavar="CONNECTION", help="name or uid")
    add.add_argument("--priority", metavar="N", type=_count, help="the smaller goes first (1)")
    add.add_argument("--weight", metavar="N", type=_count, help="share among equals (1)")
    add.add_argument("--cost", metavar="MONEY", type=_nano, help="of a segment; the least first")


def _nano(text: str) -> int:
    """An amount of money in billionths."""
    try:
        return int(Decimal(text) * 10**9)
    except (ArithmeticError, ValueError):
        raise argparse.ArgumentTypeError("must be an amount such as 0.0075") from None


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError("must be above 0")
    return value


def _moving(commands: Any) -> None:
    plan = _add(commands, "plan", "moving:plan", "say what a move between providers would do")
    plan.add_argument("--json", action="store_true", help="as one JSON document")
    plan.add_argument("--output", metavar="FILE", help="keep the plan, for `apply --plan`")
    apply = _add(commands, "apply", "moving:apply", "carry a plan out, or go on with it")
    apply.add_argument("--plan", metavar="FILE", help="this plan; else one is made now")
    apply.add_argument("--spend", action="store_true", help="numbers may be bought")
    back = _add(commands, "rollback", "moving:rollback", "take the last move back")
    for name, each in (("plan", plan), ("apply", apply), ("rollback", back)):
        each.add_argument(
            "--connect", dest="run", action="store_const", const=f"connecting:{name}",
            help="connect the platform to the provider: both ends are written to",
        )  # fmt: skip
        each.add_argument("--from", dest="source", metavar="CONNECTION", required=True)
        each.add_argument("--to", dest="target", metavar="CONNECTION", required=True)
    for each in (plan, apply):
        each.add_argument(
            "--policy", choices=("refuse", "warn", "carry"), default="warn",
            help="what to do where something is lost",
        )  # fmt: skip
        each.add_argument(
            "--number", action="append", default=[], metavar="E164",
            help="move only this number and what it needs; may repeat",
        )  # fmt: skip


def _verifying(commands: Any) -> None:
    about = "compare two providers after a move, and sign what came of it"
    verify = _add(commands, "verify", "verifying:verify", about)
    verify.set_defaults(misused=verify.error)
    verify.add_argument("--from", dest="source", metavar="CONNECTION", help="where it was")
    verify.add_argument("--to", dest="target", metavar="CONNECTION", help="where it is now")
    verify.add_argument("--json", metavar="FILE", help="write the signed report")
    verify.add_argument("--html", metavar="FILE", help="write it as a page, for people")
    verify.add_argument(
        "--number", metavar="NUMBER", action="append", default=[],
        help="look at no other numbers; may repeat",
    )  # fmt: skip
    verify.add_argument("--check", metavar="FILE", help="is this report as it was signed?")
    verify.add_argument("--key", metavar="FINGERPRINT", help="whose report --check expects")
    verify.add_argument("--public-key", action="store_true", help="print this installation's key")


def _count(text: str) -> int:
    value = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= value <= 1024:
        raise argparse.ArgumentTypeError("must be a whole number from 0 to 1024")
    return value
