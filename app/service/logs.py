"""Logs as one JSON object a line on standard output."""

import logging
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, Processor


def configure(program: str) -> None:
    """Send the logs of the process, those of its libraries too, to standard output.

    Args:
        program: The service name of lines that a library writes.
    """
    common: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*common, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(sys.stdout),
    )

    def name_program(_logger: object, _method: str, event: EventDict) -> EventDict:
        event.setdefault("service", program)
        return event

    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*common, name_program],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def logger(service: str) -> Any:  # noqa: ANN401 - structlog's loggers are typed by configuration
    """Return a logger whose lines carry the service's name.

    Several services may share a process, so the name belongs to the logger, not to the process.
    """
    return structlog.get_logger(service=service)
