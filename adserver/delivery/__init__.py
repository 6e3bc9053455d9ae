"""The hot addresses, plain ASGI: ads, events, clicks, slots, views, the tag."""
