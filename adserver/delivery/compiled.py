"""What is compiled of the ways of ad requests and beacons, where the package was installed with a C compiler."""

try:
    from adserver.delivery import beacons, fast
except ImportError:
    beacons = fast = None  # type: ignore[assignment]

__all__ = ["beacons", "fast"]
