"""`/api/v1`: what programs may ask, with bearer keys and problem documents."""
