"""A picture of one value over time and the words beside it, as ``_plot.html`` shows them."""

from collections.abc import Callable
from dataclasses import dataclass

from spaceport.web.plot import Plot


@dataclass(frozen=True)
class Figure:
    """The words say what the value is at the upper edge, at the end, at most, and where that means something in all."""

    name: str
    plot: Plot
    top_words: str
    last_words: str
    highest_words: str
    sum_words: str = ""


def figure_of(name: str, plot: Plot, words: Callable[[float], str], sum_words: str = "") -> Figure:
    """All the words said in the same way; what was not measured counts as nothing. Pure."""
    return Figure(name, plot, words(plot.top), words(plot.last or 0.0), words(plot.highest or 0.0), sum_words)
