"""Creatives' images, kept in memory while they are asked for."""

from collections import OrderedDict

from adserver.inventory.images import Asset

ASSET_BYTES_KEPT = 32 * 1024 * 1024


class AssetCache:
    """Images lately asked for, ASSET_BYTES_KEPT of them."""

    def __init__(self) -> None:
        self._assets: OrderedDict[str, Asset] = OrderedDict()
        self._bytes = 0

    def get(self, name: str) -> Asset | None:
        """Return the asset if it is here."""
        asset = self._assets.get(name)
        if asset is not None:
            self._assets.move_to_end(name)
        return asset

    def put(self, asset: Asset) -> None:
        """Keep the asset; the least lately asked ones make room."""
        if asset.name in self._assets:
            return
        self._assets[asset.name] = asset
        self._bytes += len(asset.content)
        while self._bytes > ASSET_BYTES_KEPT and len(self._assets) > 1:
            _, gone = self._assets.popitem(last=False)
            self._bytes -= len(gone.content)
