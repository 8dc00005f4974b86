"""The diagram of a cell, derived from its equations: what it is made of, where that stands, and how it is painted."""
