"""The engine: it runs networks and records them; it never imports Qt."""
