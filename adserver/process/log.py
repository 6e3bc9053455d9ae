"""How the service's processes write their log: short lines on standard error."""

import logging


def configure_logging(level: str, process: str) -> None:
    """Log as `process` from now on. Access is not logged, and a library's start and stop is nobody's news."""
    logging.basicConfig(level=level.upper(), format=f"%(asctime)s %(levelname)s {process}: %(message)s")
    for library in ("asyncio", "uvicorn"):
        logging.getLogger(library).setLevel(logging.WARNING)
