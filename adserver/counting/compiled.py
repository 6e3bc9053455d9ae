"""What is compiled of counting, where the package was installed with a C compiler at hand; otherwise Python does it."""

from adserver.counting.bundle import take_in_python
from adserver.counting.reported import read_line_in_python

try:
    from adserver.counting import fast
except ImportError:
    fast = None  # type: ignore[assignment]

read_line = read_line_in_python if fast is None else fast.read_line
take = take_in_python if fast is None else fast.take

__all__ = ["fast", "read_line", "take"]
