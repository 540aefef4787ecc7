"""The ``spaceport`` command: starts the processes of this machine and speaks to hubs near or far."""

from spaceport.cli.commands import main

__all__ = ["main"]
