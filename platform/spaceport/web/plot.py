"""Figures over time as lines of a picture: what stands in an SVG, so that no script is needed. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

#: Size of the drawing in its own units; the page stretches it.
WIDTH, HEIGHT = 600, 120
#: Dots of a line at most: more could not be seen.
_MOST_DOTS = 200


@dataclass(frozen=True)
class Dot:
    """The mean of the values in a piece of time, ``x`` being its middle; None where there were none."""

    x: float
    value: float | None


@dataclass(frozen=True)
class Plot:
    """
    ``line`` and ``area`` are paths in the units of the drawing; there is a gap where nothing was measured.

    ``top`` is the value at the upper edge, ``last`` and ``highest`` are None where nothing was measured at all.
    """

    line: str
    area: str
    top: float
    last: float | None
    highest: float | None


def plot_of(points: Sequence[tuple[float, float]], start: float, end: float, step: float, top: float = 0.0) -> Plot:
    """
    The values at moments between ``start`` and ``end``, up to ``top``, or where that is 0 up to the highest.

    They are measured about every ``step``; it is one line as long as no two pieces of time in a row are empty.
    """
    inside = [(at, value) for at, value in points if start <= at <= end]
    highest = max((value for _, value in inside), default=None)
    top = top or highest or 1.0
    dots = _dots(inside, start, end, step)
    pieces = _pieces(dots)
    line = " ".join(_path(piece, top) for piece in pieces)
    area = " ".join(f"{_path(piece, top)} L{piece[-1].x:.1f} {HEIGHT} L{piece[0].x:.1f} {HEIGHT} Z" for piece in pieces)
    return Plot(line, area, top, inside[-1][1] if inside else None, highest)


def _dots(points: Sequence[tuple[float, float]], start: float, end: float, step: float) -> list[Dot]:
    length = end - start
    count = min(_MOST_DOTS, max(1, int(length / step)))
    sums = [(0.0, 0)] * count
    for at, value in points:
        place = min(count - 1, int((at - start) / length * count))
        total, number = sums[place]
        sums[place] = (total + value, number + 1)
    return [
        Dot((place + 0.5) * WIDTH / count, total / number if number else None)
        for place, (total, number) in enumerate(sums)
    ]


def _pieces(dots: Sequence[Dot]) -> list[list[Dot]]:
    pieces: list[list[Dot]] = []
    missing = 2
    for dot in dots:
        if dot.value is None:
            missing += 1
            continue
        if missing > 1:
            pieces.append([])
        pieces[-1].append(dot)
        missing = 0
    return pieces


def _path(piece: Sequence[Dot], top: float) -> str:
    places = [f"{dot.x:.1f} {_height(dot.value or 0.0, top):.1f}" for dot in piece]
    if len(piece) == 1:
        # A line of no length is not drawn at all.
        places.append(f"{piece[0].x + 1:.1f} {_height(piece[0].value or 0.0, top):.1f}")
    return "M" + " L".join(places)


def _height(value: float, top: float) -> float:
    return HEIGHT * (1 - min(max(value / top, 0.0), 1.0))
