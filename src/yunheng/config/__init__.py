"""Settings, addresses and the middlewares that stand before every page."""
