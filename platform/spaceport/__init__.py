"""Spaceport: push a Space, get a running app at its own URL."""

__version__ = "0.1.0"
