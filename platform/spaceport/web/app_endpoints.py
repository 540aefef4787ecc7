"""What a running Gradio app says that can be called: its endpoints and what they take. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

#: Of one app; who writes an app with more knows them.
MAX_ENDPOINTS = 30
_MAX_PARAMETERS = 30
_MAX_TYPE_CHARACTERS = 60
#: Of an example, as it would be written in code.
_MAX_EXAMPLE_CHARACTERS = 200
_NAME = re.compile(r"/[A-Za-z0-9_.-]{1,60}")
_PARAMETER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,60}")
_TYPE = re.compile(r"[\w\[\](), .|'\"-]+")


@dataclass(frozen=True)
class Parameter:
    """
    ``name`` is empty where the app gives none that can be written as one. ``example`` is plain JSON; None for a file
    and where there is none.
    """

    name: str
    type: str
    example: Any = None
    is_optional: bool = False
    is_file: bool = False


@dataclass(frozen=True)
class Endpoint:
    """``name`` begins with a slash."""

    name: str
    parameters: tuple[Parameter, ...]

    @property
    def words(self) -> str:
        """``/greet(name: str, times: float = …)``."""
        told = [
            f"{each.name or f'argument {number}'}{f': {each.type}' if each.type else ''}"
            f"{' = …' if each.is_optional else ''}"
            for number, each in enumerate(self.parameters, 1)
        ]
        return f"{self.name}({', '.join(told)})"


def endpoints_of(info: Any) -> tuple[Endpoint, ...]:
    """
    From the answer of ``/gradio_api/info``, which the app writes as it likes: what is not of that form is left out.

    Source: Gradio ``Blocks.get_api_info``.
    """
    named = info.get("named_endpoints") if isinstance(info, dict) else None
    return tuple(_endpoints(named))[:MAX_ENDPOINTS] if isinstance(named, dict) else ()


def _endpoints(named: dict[str, Any]) -> Iterator[Endpoint]:
    for name, about in named.items():
        parameters = about.get("parameters") if isinstance(about, dict) else None
        if not _NAME.fullmatch(name) or not isinstance(parameters, list) or len(parameters) > _MAX_PARAMETERS:
            continue
        if about.get("show_api") is not False and all(isinstance(each, dict) for each in parameters):
            yield Endpoint(name, tuple(map(_parameter, parameters)))


def _parameter(about: dict[str, Any]) -> Parameter:
    name, kind = str(about.get("parameter_name") or ""), about.get("python_type")
    words = str(kind.get("type") or "") if isinstance(kind, dict) else ""
    example = about.get("example_input")
    meta = example.get("meta") if isinstance(example, dict) else None
    is_file = isinstance(meta, dict) and meta.get("_type") == "gradio.FileData"
    return Parameter(
        name if _PARAMETER.fullmatch(name) else "",
        "file" if is_file else words if _TYPE.fullmatch(words) and len(words) <= _MAX_TYPE_CHARACTERS else "",
        example if _is_plain(example) and len(repr(example)) <= _MAX_EXAMPLE_CHARACTERS else None,
        about.get("parameter_has_default") is True,
        is_file,
    )


def _is_plain(example: Any) -> bool:
    """Whether code of any language can be shown with it: no objects, no numbers that JSON does not have."""
    if isinstance(example, list):
        return all(map(_is_plain, example))
    if isinstance(example, float):
        return example == example and abs(example) != float("inf")
    if isinstance(example, str):
        # Halves of letters, which no page can be sent with.
        return not any("\ud800" <= letter <= "\udfff" for letter in example)
    return example is None or isinstance(example, int)
