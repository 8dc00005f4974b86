"""The window: it shows what the engine recorded; it never imports torch."""
