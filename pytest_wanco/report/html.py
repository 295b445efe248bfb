"""The report as one self-contained HTML page, without scripts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from pytest_wanco.report.coverage import everywhere, isas_of, verified
from pytest_wanco.result import Failure, Verification

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2em auto; max-width: 72em; padding: 0 1em; color: #222; background: #fff }
table { border-collapse: collapse; margin: .6em 0 1.4em }
th, td { border: 1px solid #ccc; padding: .25em .7em; text-align: right }
th:first-child, td:first-child { text-align: left }
th { background: #f2f2f2 }
.good { background: #dff3df } .part { background: #fff4d6 } .bad { background: #fbdede }
.failure { border: 1px solid #d88; border-left-width: 6px; padding: .2em 1em; margin: 1em 0 }
.sides { display: flex; gap: 1em } .sides > div { flex: 1; min-width: 0 }
pre { background: #f7f7f7; padding: .7em; overflow: auto; max-height: 32em; font-size: 13px }
pre mark { background: #ffd9a8 }
svg { width: 100%; height: 46px; background: #f7f7f7 }
svg line { stroke: #3572b0; stroke-width: 1.5 } svg .failed { stroke: #c22; stroke-width: 4 }
.small { color: #666; font-size: 13px }
@media (prefers-color-scheme: dark) {
 body { background: #1b1b1b; color: #ddd } th, pre, svg { background: #2a2a2a } th, td { border-color: #444 }
 .good { background: #1f3d22 } .part { background: #443a1c } .bad { background: #4a2222 } pre mark { background: #7a5020; color: #fff }
}
"""


def as_html(results: Sequence[tuple[str, Verification]]) -> str:
    """The page for all results of a session."""
    found = [one for _, one in results]
    failed = sum(one.failure is not None for one in found)
    body = [
        "<h1>Cross-ISA verification</h1>",
        f"<p>{len(found) - failed} of {len(found)} programs identical; "
        f"{sum(len(one.points) for one in found)} checkpoints, {sum(one.runs for one in found)} runs, "
        f"{sum(one.seconds for one in found):.1f} s.</p>",
        *_matrix(found),
        *_overview(results),
    ]
    for number, (test, one) in enumerate(results):
        body += _program(number, test, one)
    head = (
        "<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'><title>Cross-ISA verification</title>"
        f"<meta name='viewport' content='width=device-width'><style>{_STYLE}</style></head>"
    )
    return "\n".join([head, "<body>", *body, "</body></html>", ""])


def _table(rows: Iterable[Sequence[str]], head: Sequence[str]) -> Iterator[str]:
    yield "<table><tr>" + "".join(f"<th>{escape(cell)}</th>" for cell in head) + "</tr>"
    for row in rows:
        yield "<tr>" + "".join(cell if cell.startswith("<td") else f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
    yield "</table>"


def _share(part: int, whole: int, failed: bool = False) -> str:
    kind = "bad" if failed else "good" if part == whole else "part"
    return f"<td class='{kind}'>{part}/{whole}</td>"


def _matrix(found: Sequence[Verification]) -> Iterator[str]:
    isas = isas_of(found)
    yield "<h2>Pairs of instruction sets</h2><p class='small'>Safepoints that went on correctly, of those that the runs reach.</p>"

    def cell(saved_on: str, continued_on: str) -> str:
        here = [one for one in found if {saved_on, continued_on} <= set(one.isas)]
        failed = any(one.failure and (one.failure.saved_on, one.failure.continued_on) == (saved_on, continued_on) for one in here)
        return _share(sum(len(verified(one, saved_on, continued_on)) for one in here), sum(len(one.reached) for one in here), failed)

    yield from _table(([a, *(cell(a, b) for b in isas)] for a in isas), ["saved on / continued on", *isas])


def _overview(results: Sequence[tuple[str, Verification]]) -> Iterator[str]:
    yield "<h2>Programs</h2>"
    yield from _table(
        (
            [
                f"<td><a href='#p{number}'>{escape(one.program)}</a><br><span class='small'>{escape(test)}</span></td>",
                str(one.stops),
                str(len(one.points)),
                _share(len(one.reached), len(one.sites)),
                _share(len(everywhere(one)), len(one.reached), one.failure is not None),
                f"{one.seconds:.1f} s",
                f"<td class='bad'>{escape(one.failure.kind)}</td>" if one.failure else "<td class='good'>identical</td>",
            ]
            for number, (test, one) in enumerate(results)
        ),
        ["program", "stops", "checkpoints", "reached/all safepoints", "verified/reached", "time", "result"],
    )


def _program(number: int, test: str, found: Verification) -> Iterator[str]:
    yield f"<h2 id='p{number}'>{escape(found.program)}</h2><p class='small'>{escape(test)}<br>{escape(found.settings)}</p>"
    if found.failure:
        yield from _failure(found.failure)
    yield from _time_line(found)
    yield from _functions(found)


def _time_line(found: Verification) -> Iterator[str]:
    """Where checkpoints fell, over the stops of the run."""
    if not found.stops:
        yield "<p>The run has no stops.</p>"
        return

    def x(stop: int) -> float:
        return 1000 * stop / (found.stops + 1)

    def mark(stop: int, text: str, kind: str, top: int, bottom: int) -> str:
        place = f"x1='{x(stop):.2f}' x2='{x(stop):.2f}' y1='{top}' y2='{bottom}'"
        return f"<line class='{kind}' {place}><title>stop {stop}, {escape(text)}</title></line>"

    failed = {found.failure.stop, found.failure.diverged_at} - {0} if found.failure else set()
    points = zip(found.points, found.point_sites, strict=False)
    lines = [mark(stop, _place(found, site), "point", 6, 34) for stop, site in points]
    lines += [mark(stop, "failure", "failed", 0, 44) for stop in failed]
    yield f"<p>{len(found.points)} checkpoints in a run of {found.stops} stops:</p>"
    yield f"<svg viewBox='0 0 1000 46' preserveAspectRatio='none' role='img' aria-label='checkpoints'>{''.join(lines)}</svg>"


def _place(found: Verification, site: int) -> str:
    if not 0 <= site < len(found.sites):
        return "unknown"
    function, offset, _ = found.sites[site]
    return f"{found.names.get(str(function), f'func[{function}]')} +{offset:#x}"


def _functions(found: Verification) -> Iterator[str]:
    """Coverage of each function that has safepoints."""
    reached, good = set(found.reached), everywhere(found)
    by_function: dict[int, list[int]] = {}
    for number, (function, _, _) in enumerate(found.sites):
        by_function.setdefault(function, []).append(number)
    yield from _table(
        (
            [
                found.names.get(str(function), f"func[{function}]"),
                str(len(numbers)),
                _share(len(reached.intersection(numbers)), len(numbers)),
                _share(len(good.intersection(numbers)), len(reached.intersection(numbers))),
            ]
            for function, numbers in sorted(by_function.items())
        ),
        ["function", "safepoints", "reached", "verified"],
    )


def _failure(failure: Failure) -> Iterator[str]:
    yield f"<div class='failure'><h3>{escape(failure.summary)}</h3><pre>{escape(str(failure))}</pre>"
    if failure.expected or failure.actual:
        left, right = _marked(failure.expected, failure.actual)
        yield f"<div class='sides'><div><h4>expected</h4><pre>{left}</pre></div>"
        yield f"<div><h4>{escape(failure.continued_on)}</h4><pre>{right}</pre></div></div>"
    yield "</div>"


def _marked(expected: str, actual: str) -> tuple[str, str]:
    """Both texts, lines that the other does not have marked."""
    left, right = expected.splitlines(), actual.splitlines()

    def mark(lines: list[str], other: list[str]) -> str:
        known = set(other)
        return "\n".join(escape(line) if line in known or line.startswith("written ") else f"<mark>{escape(line)}</mark>" for line in lines)

    return mark(left, right), mark(right, left)
