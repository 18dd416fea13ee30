"""How a process logs: JSON lines in production, readable lines at a desk; always to stderr."""

import logging
import sys
from typing import Final

import structlog
from structlog.dev import plain_traceback

from hub.settings import Settings

#: Where an error came from, without the variables' values: they may be a person's.
_FRAMES: Final = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)


def write_logs(settings: Settings, level: int = logging.INFO) -> None:
    """Send structlog's and the standard library's lines to stderr in the form that the settings ask for.

    Every command that opens a room below needs it: stdout is for data.
    """
    before: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    production = settings.env == "production"
    last: list[structlog.typing.Processor] = (
        [structlog.processors.ExceptionRenderer(_FRAMES), structlog.processors.JSONRenderer()]
        if production
        else [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain_traceback)]
    )
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
