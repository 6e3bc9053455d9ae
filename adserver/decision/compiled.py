"""The compiled draw, where the package was installed with a C compiler at hand; otherwise Python gives its answers."""

try:
    from adserver.decision import fast
except ImportError:
    fast = None  # type: ignore[assignment]

__all__ = ["fast"]
