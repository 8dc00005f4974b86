"""Editors of sequences, one per kind of source; an editor is given a source and hands back changed ones."""
