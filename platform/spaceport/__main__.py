"""``python -m spaceport``."""

from spaceport.cli import main

main()
