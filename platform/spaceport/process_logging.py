"""What operators read: one line an event, on standard error."""

import logging
import sys
from pathlib import Path

import structlog

from spaceport.trouble_file import TroubleFile


def configure_logging(process: str, data_dir: Path) -> None:
    """Called once at the start of a process; errors are kept in the data folder, too."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(name)s %(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            TroubleFile(data_dir),
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    structlog.contextvars.bind_contextvars(process=process)
