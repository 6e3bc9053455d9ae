"""What an operator is told when the embedded servers cannot run."""


class EmbeddedError(Exception):
    """An embedded server cannot be used; the message is one line that says why and what helps."""


class DirectoryInUseError(EmbeddedError):
    """Another service runs on the data directory."""
