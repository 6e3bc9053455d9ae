"""The compiled parts of an ad request's way, where the package was installed with a C compiler at hand."""

try:
    from adserver.delivery import fast
except ImportError:
    fast = None  # type: ignore[assignment]

__all__ = ["fast"]
