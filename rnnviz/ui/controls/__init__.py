"""Form fields and other small widgets that panels are made of."""
