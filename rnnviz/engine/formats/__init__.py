"""Networks of other programs, taken over: one file, one foreign format."""
