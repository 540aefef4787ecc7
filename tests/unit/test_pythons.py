"""Which Python a Space gets where there are only some."""

import pytest

from spaceport_runner.engines.engine import BuildFailed
from spaceport_runner.engines.required_python import require_python
from spaceport_runner.pythons import python_for


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("3.11", "3.11"),
        ("3.11.4", "3.11"),
        ("3.12", "3.12"),
        ("3.13", "3.12"),
        ("3.15", "3.12"),
        ("3.10.13", "3.11"),
        ("3.8", "3.11"),
        ("3.7", None),
        ("3.16", None),
        ("2.7", None),
    ],
)
def test_the_nearest_python_stands_in(wanted: str, given: str | None) -> None:
    assert python_for(wanted, ("3.11", "3.12.1")) == given


def test_of_two_that_are_as_near_it_is_the_newer() -> None:
    assert python_for("3.12", ("3.11", "3.13")) == "3.13"


def test_a_build_tells_of_the_python_that_stands_in() -> None:
    lines: list[str] = []
    for wanted in (None, "3.11.2", "3.13"):
        require_python(wanted, ("3.11",), "the base image", lines.append)

    assert lines == ["python_version 3.13 is not available here: this Space runs with Python 3.11"]


def test_a_build_fails_where_no_python_is_near() -> None:
    with pytest.raises(BuildFailed, match=r"asks for Python 3\.7; the base image here has Python 3\.11 only"):
        require_python("3.7", ("3.11",), "the base image", print)
