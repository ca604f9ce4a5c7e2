"""The benchmark's report: every figure beside its peer of the same run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from emulators.bench.cases import Measured, Messages

# Measured once on one machine together with Prism's GET rate there; a run scales them by its own
# figure for Prism, so that they stand for the same machine.
PRISM_THEN = 3790.0
KANNEL_ACCEPTED = 2450.0
KANNEL_SENT = 4090.0
JAMBONZ_GET = 1170.0
JAMBONZ_POST = 1075.0
JASMIN_ACCEPTED, JASMIN_SENT = 1470.0, 420.0


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


def bars(rows: Iterable[tuple[str, float, float, bool]]) -> str:
    """Rows of (bar, ratio measured, target, higher is better)."""
    lines = [("bar", "measured", "target", "")]
    for name, got, target, higher in rows:
        met = got >= target if higher else got <= target
        sign = ">=" if higher else "<="
        lines.append((name, f"{got:.2f}", f"{sign} {target:g}", "met" if met else "NOT MET"))
    return table(lines)


def messages(paths: Mapping[str, Messages]) -> str:
    head = ("message path", "accepted/s", "p50 ms", "p99 ms", "cpu ms", "end to end/s", "drained/s")
    rows = [
        (
            name,
            f"{path.accepted.result.rate:.0f}",
            f"{path.accepted.result.percentile(0.5):.1f}",
            f"{path.accepted.result.percentile(0.99):.1f}",
            f"{path.accepted.cpu_ms:.3f}",
            f"{path.end_to_end_rate:.0f}",
            f"{path.drain_rate:.0f}",
        )
        for name, path in paths.items()
    ]
    return table([head, *rows])


def memory(title: str, processes: Mapping[int, float]) -> str:
    sizes = ", ".join(f"{size:.0f}" for size in processes.values())
    return f"{title}: {sizes} MB resident"


def http_bars(
    ours: Sequence[Measured], peer: Sequence[Measured]
) -> list[tuple[str, float, float, bool]]:
    """Bars of the HTTP cases; absent peers are scaled by Prism's rate of this run."""
    get, listed, post = ours
    scale = peer[0].result.rate / PRISM_THEN
    prism_p99 = peer[0].result.percentile(0.99)
    return [
        ("GET / prism GET", get.result.rate / peer[0].result.rate, 1.0, True),
        ("GET / jambonz-api-server GET (scaled)", get.result.rate / (JAMBONZ_GET * scale), 3, True),
        ("list of 100 / GET", listed.result.rate / get.result.rate, 0.35, True),
        ("list of 100, p99 ms", listed.result.percentile(0.99), 250, False),
        (
            "POST / jambonz-api-server POST (scaled)",
            post.result.rate / (JAMBONZ_POST * scale),
            1.5,
            True,
        ),
        ("p99 of GET / prism's", get.result.percentile(0.99) / prism_p99, 1.5, False),
    ]


# accepted and end to end, as a share of Kannel's accepted rate
MESSAGE_BARS = {"SQLite NORMAL": (0.9, 0.85), "SQLite FULL": (0.75, 0.7), "PostgreSQL": (0.6, 0.6)}


def message_bars(
    paths: Mapping[str, Messages], peer: Sequence[Measured]
) -> list[tuple[str, float, float, bool]]:
    scale = peer[0].result.rate / PRISM_THEN
    rows = []
    for name, path in paths.items():
        accepted, end_to_end = MESSAGE_BARS[name]
        kannel = KANNEL_ACCEPTED * scale
        drained = path.drain_rate / (KANNEL_SENT * scale)
        rows += [
            (f"{name}: accepted / Kannel", path.accepted.result.rate / kannel, accepted, True),
            (f"{name}: end to end / Kannel", path.end_to_end_rate / kannel, end_to_end, True),
            (f"{name}: drained / Kannel sent", drained, 1.5, True),
        ]
    return rows
