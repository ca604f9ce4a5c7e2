"""The runner of documents fails where a reader would stumble."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.doctest_shell import Step, Wrong, fits, sessions, shell
from tests.support.markdown import anchors, blocks, links

Run = Callable[..., None]


def console(*lines: str, language: str = "console") -> str:
    return "\n".join([f"```{language}", *lines, "```"])


def steps_of(text: str) -> list[Step]:
    return sessions(text)["main"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run(*texts: str, **more: Any) -> None:
        with shell(tmp_path, "page.md", **more) as here:
            here.run(steps_of("\n\n".join(texts)))

    return run


# reading


def test_a_console_block_is_commands_and_what_they_print() -> None:
    found = steps_of(console("$ echo a", "a", "$ echo b \\", "  c", "b c", "", "$ true"))
    assert [step.command for step in found] == ["echo a", "echo b \\\n  c", "true"]
    assert [step.expected for step in found] == ["a", "b c", ""]


def test_a_here_document_belongs_to_its_command() -> None:
    lines = ["$ cat > f <<'END'", "$ not a command", "END", "$ cat f", "$ not a command"]
    assert steps_of(console(*lines[:4]))[0].command == "\n".join(lines[:3]).removeprefix("$ ")


def test_a_console_block_that_begins_with_output_is_refused() -> None:
    with pytest.raises(ValueError, match="begins with a command"):
        steps_of(console("out", "$ true"))


def test_a_comment_begins_another_session() -> None:
    text = "\n".join([console("$ a"), "<!-- session: far -->", console("$ b"), console("$ c")])
    assert {k: [s.command for s in v] for k, v in sessions(text).items()} == {
        "main": ["a"],
        "far": ["b", "c"],
    }


def test_an_open_block_is_an_error() -> None:
    with pytest.raises(ValueError, match="has no end"):
        list(blocks("text\n```console\n$ true\n"))


@pytest.mark.parametrize(
    ("expected", "printed", "right"),
    [
        ("a", "a\n", True),
        ("a", "b", False),
        ("a", "a\nb", False),
        ("a...", "a\nb", True),
        ('{"id":"x-...","n":1}', '{"id":"x-77","n":1}', True),
        ('{"id":"x-...","n":1}', '{"id":"x-77","n":2}', False),
        ("a.c", "abc", False),
        ("a\nb", "a  \nb", True),
    ],
)
def test_fits(expected: str, printed: str, right: bool) -> None:
    assert fits(expected, printed) is right


def test_what_looks_up_is_repeated_and_what_acts_is_not() -> None:
    assert Step("curl -u a:b http://x/y | python3 -m json.tool", "", 1).looks_up
    for acting in ("curl http://x -d '{}'", "curl -X DELETE http://x", "polytrunk db status"):
        assert not Step(acting, "", 1).looks_up


def test_links_and_anchors() -> None:
    text = "# A `b`, c\n[x](y.md#z) `[no](no.md)`\n```\n[no](no.md)\n```\n"
    assert links(text) == ["y.md#z"]
    assert anchors(text) == {"a-b-c"}


# running


def test_state_stays_between_commands(run: Run) -> None:
    run(console("$ A=1; cd /; export B=2", "$ echo $A $PWD $B", "1 / 2"))


@pytest.mark.parametrize(
    "lines",
    [
        ["$ false"],
        ["$ echo a", "b"],
        ["$ echo a"],
        ["$ true", "$ ls nowhere", "..."],
        ["$ ID=x-..."],
    ],
    ids=["status", "output", "unsaid", "second", "nothing to paste"],
)
def test_what_is_wrong_fails_with_its_place(run: Run, lines: list[str]) -> None:
    with pytest.raises(Wrong, match=r"page\.md:[23]"):
        run(console(*lines))


def test_ports_are_free_ones_everywhere(run: Run) -> None:
    run(console("$ test 8080 != 80''80 && echo 8080 8081", "8080 8081"))


def test_a_pasted_id_is_the_last_one_printed(run: Run) -> None:
    run(console("$ echo id-1 id-2", "id-...", "$ ID=id-...   # the id", "$ echo $ID", "id-2"))


def test_python_prints_what_its_comments_say(run: Run) -> None:
    run(console("x = 1", "print(x + 1)  # 2", language="python"))


def test_python_that_prints_something_else_fails(run: Run) -> None:
    with pytest.raises(Wrong, match=r"page\.md:2"):
        run(console("print(1)  # 2", language="python"))


def test_what_is_not_run_is_left_out(run: Run) -> None:
    run(console("$ exit 3   # ends", "$ true"), not_run={"exit 3": "it would end the shell"})


LATER = """import os, time
open('pid', 'w').write(str(os.getpid()))
print('up')
time.sleep({seconds})
print('{word}')
time.sleep(60)"""


def staying(seconds: float, word: str) -> str:
    program = LATER.format(seconds=seconds, word=word).splitlines()
    return console("$ cat > r.py <<'END'", *program, "END", "$ python3 r.py", "up", "later")


def test_a_staying_command_may_print_later(run: Run) -> None:
    run(staying(0.2, "later"), console("$ echo meanwhile", "meanwhile"))


def test_a_staying_command_that_never_prints_a_line_fails(run: Run) -> None:
    with pytest.raises(Wrong, match="a line like this: later"):
        run(staying(0.1, "other"), patience=0.5)


def test_a_staying_command_that_dies_fails_at_once(run: Run) -> None:
    with pytest.raises(Wrong, match="can't open file"):
        run(console("$ python3 nothing.py", "up"))


def test_nothing_runs_on_after_the_session(run: Run, tmp_path: Path) -> None:
    run(staying(0.0, "later"))
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
