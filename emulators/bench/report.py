"""The benchmark's report: every figure beside its peer of the same run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from emulators.bench.cases import Drained, Measured, Messages
from emulators.bench.forwarding import Row, Timed
from emulators.bench.processes import Memory

# Measured once on one machine together with Prism's GET rate there; a run scales them by its own
# figure for Prism, so that they stand for the same machine.
PRISM_THEN = 3790.0
KANNEL_ACCEPTED = 2450.0
KANNEL_SENT = 4090.0
JAMBONZ_GET = 1170.0
JAMBONZ_POST = 1075.0
JASMIN_ACCEPTED = 1470.0
MEMORY_BARS = {"web": 110, "worker": 90}

# what is compared, the value measured, the target, and whether higher is better
Bar = tuple[str, float, float, bool]


def table(rows: Iterable[tuple[str, ...]]) -> str:
    """Rows as aligned columns; the first row is the head."""
    grid = [tuple(str(cell) for cell in row) for row in rows]
    widths = [max(len(row[i]) for row in grid) for i in range(len(grid[0]))]
    lines = [
        "  ".join(
            cell.ljust(w) if i == 0 else cell.rjust(w)
            for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in grid
    ]
    lines.insert(1, "  ".join("-" * w for w in widths))
    return "\n".join(lines)


def measured(title: str, rows: Iterable[Measured]) -> str:
    head = (title, "a second", "p50 ms", "p99 ms", "cpu ms/request")
    return table(
        [
            head,
            *(
                (
                    m.name,
                    f"{m.result.rate:.0f}",
                    f"{m.result.percentile(0.5):.1f}",
                    f"{m.result.percentile(0.99):.1f}",
                    f"{m.cpu_ms:.3f}",
                )
                for m in rows
            ),
        ]
    )


def bars(rows: Iterable[Bar]) -> str:
    lines = [("bar", "measured", "target", "")]
    for name, got, target, higher in rows:
        met = got >= target if higher else got <= target
        sign = ">=" if higher else "<="
        lines.append((name, f"{got:.2f}", f"{sign} {target:g}", "met" if met else "NOT MET"))
    return table(lines)


def messages(paths: Mapping[str, Messages]) -> str:
    """Processor times are per message: of the web processes, the worker, the worker draining."""
    head = ("message path", "accepted/s", "p50 ms", "p99 ms", "web cpu ms", "end to end/s")
    rows = [
        (
            name,
            f"{path.accepted.result.rate:.0f}",
            f"{path.accepted.result.percentile(0.5):.1f}",
            f"{path.accepted.result.percentile(0.99):.1f}",
            f"{path.accepted.cpu_ms:.3f}",
            f"{path.end_to_end_rate:.0f}",
            f"{path.worker_ms:.3f}",
            f"{path.drained.rate:.0f}",
            f"{path.drained.cpu_ms:.3f}",
        )
        for name, path in paths.items()
    ]
    return table([(*head, "worker cpu ms", "drained/s", "cpu ms"), *rows])


def forwarding(rows: Iterable[Row]) -> str:
    """Milliseconds; what is added is above asking the provider directly."""

    def times(timed: Timed) -> tuple[str, str]:
        return f"{timed.ms(0.5):.1f}", f"{timed.ms(0.99):.1f}"

    head = ("one app, ms", "here p50", "p99", "direct p50", "p99", "through p50", "p99")
    return table(
        [
            (*head, "added p50", "p99", "cpu here", "cpu through", "asked"),
            *(
                (
                    row.name,
                    *times(row.here),
                    *times(row.direct),
                    *times(row.through),
                    f"{row.added(0.5):.1f}",
                    f"{row.added(0.99):.1f}",
                    f"{row.here.cpu_ms:.1f}",
                    f"{row.through.cpu_ms:.1f}",
                    f"{row.through.asked:.1f}",
                )
                for row in rows
            ),
        ]
    )


def ways(http: Messages, smpp: Messages) -> str:
    """A message path over a provider's API beside the one over SMPP, and what share it is."""

    def rates(path: Messages) -> tuple[float, ...]:
        return (path.accepted.result.rate, path.end_to_end_rate)

    rows = [
        (name, *(f"{rate:.0f}" for rate in rates(path)), f"{path.accepted.cpu_ms:.2f}",
         f"{path.worker_ms:.2f}")
        for name, path in (("over a provider's API", http), ("over SMPP", smpp))
    ]  # fmt: skip
    shares = [f"{one / other:.2f}" for one, other in zip(rates(http), rates(smpp), strict=True)]
    head = ("SMS", "accepted/s", "end to end/s", "web cpu ms", "worker cpu ms")
    return table([head, *rows, ("share", *shares, "", "")])


def memory(processes: Memory) -> str:
    sizes = ", ".join(f"{role} {size:.0f}" for role, size in processes)
    return f"resident MB: {sizes}"


def http_bars(name: str, ours: Sequence[Measured], peer: Sequence[Measured]) -> list[Bar]:
    """Bars of one dialect's HTTP cases, each by Prism's pace around its own case."""
    get, listed, post, *pages = ours
    get_then = get.result.rate * listed.pace / get.pace
    jambonz_get, jambonz_post = scaled(JAMBONZ_GET, get.pace), scaled(JAMBONZ_POST, post.pace)
    prism_p99 = peer[0].result.percentile(0.99)
    rows: list[Bar] = [
        ("GET / prism GET", get.result.rate / get.pace, 1.0, True),
        ("GET / jambonz-api-server GET (scaled)", get.result.rate / jambonz_get, 3, True),
        ("list of 100 / GET", listed.result.rate / get_then, 0.35, True),
        ("list of 100, p99 ms", listed.result.percentile(0.99), 250, False),
        ("POST / jambonz-api-server POST (scaled)", post.result.rate / jambonz_post, 1.5, True),
        ("p99 of GET / prism's", get.result.percentile(0.99) / prism_p99, 1.5, False),
    ]
    if pages:  # too slow for a pace beside them to say much: processor time is steadier
        first, late = (page.cpu_ms for page in pages)
        rows.append(("late page / first page, cpu", late / first, 1.5, False))
    return [(f"{name}: {what}", got, target, higher) for what, got, target, higher in rows]


def scaled(rate: float, pace: float) -> float:
    """What an absent peer would do on a machine where Prism has this pace."""
    return rate * pace / PRISM_THEN


# accepted and end to end, as a share of Kannel's accepted rate
MESSAGE_BARS = {"SQLite NORMAL": (0.9, 0.85), "SQLite FULL": (0.75, 0.7), "PostgreSQL": (0.6, 0.6)}


def message_bars(paths: Mapping[str, Messages]) -> list[Bar]:
    """Bars of the stores that have any, by Prism's pace around each part of the path."""
    rows: list[Bar] = []
    for name in MESSAGE_BARS.keys() & paths.keys():
        path, (accepted, end_to_end) = paths[name], MESSAGE_BARS[name]
        rate, pace = path.accepted.result.rate, path.accepted.pace
        kannel, sent = scaled(KANNEL_ACCEPTED, pace), scaled(KANNEL_SENT, path.drained.pace)
        rows += [
            (f"{name}: accepted / Kannel", rate / kannel, accepted, True),
            (f"{name}: end to end / Kannel", path.end_to_end_rate / kannel, end_to_end, True),
            (f"{name}: drained / Kannel sent", path.drained.rate / sent, 1.5, True),
            (f"{name}: accepted / Jasmin", rate / scaled(JASMIN_ACCEPTED, pace), 1.2, True),
        ]
    return sorted(rows)


def slow_bar(drained: Drained, window: int, seconds: float) -> Bar:
    """A link can do no more than a window in each round trip."""
    return (
        f"{seconds * 1000:.0f} ms peer / its window",
        drained.rate * seconds / window,
        0.9,
        True,
    )


def memory_bars(processes: Memory) -> list[Bar]:
    """The largest process of each role that has a bar."""
    return [
        (f"{role} process, MB", max(size for r, size in processes if r == role), most, False)
        for role, most in MEMORY_BARS.items()
        if any(r == role for r, _ in processes)
    ]
