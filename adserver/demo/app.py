"""The demo's web application: the service, and beside it the news site."""

from adserver.app import create_app as create_service
from adserver.delivery.hot import HotAddresses
from adserver.demo.site import routes
from adserver.settings import Settings


def create_app(settings: Settings) -> HotAddresses:
    """Return one worker's application; a factory for `adserver.process.worker`."""
    return create_service(settings, pages=routes())
