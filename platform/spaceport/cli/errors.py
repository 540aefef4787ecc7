"""How commands end when something is wrong."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from spaceport.errors import SpaceportError


def plain_errors(function: Callable[..., Any]) -> Callable[..., Any]:
    """What a person did wrong ends the command with one line, not with a stack trace."""

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except SpaceportError as error:
            raise click.ClickException(str(error)) from error

    return call
