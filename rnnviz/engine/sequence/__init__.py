"""Sequences: text, signals, tables and images as steps that a network can take.

A source says what the sequence is made of, can be stored and sent, and is turned into numbers by `encode`.
"""

from rnnviz.engine.sequence.encode import SequenceSource, append, encode, from_json, to_json
from rnnviz.engine.sequence.files import read_image_file, read_table_file, read_text_file
from rnnviz.engine.sequence.image import ImageSource
from rnnviz.engine.sequence.model import MAX_STEPS, Sequence
from rnnviz.engine.sequence.signals import SignalSource, Wave
from rnnviz.engine.sequence.table import ColumnScale, TableSource, fix_statistics
from rnnviz.engine.sequence.tableinfo import ColumnInfo, TableInfo, columns
from rnnviz.engine.sequence.text import TextSource, token_vocabulary

__all__ = [
    "MAX_STEPS",
    "ColumnInfo",
    "ColumnScale",
    "ImageSource",
    "Sequence",
    "SequenceSource",
    "SignalSource",
    "TableInfo",
    "TableSource",
    "TextSource",
    "Wave",
    "append",
    "columns",
    "encode",
    "fix_statistics",
    "from_json",
    "read_image_file",
    "read_table_file",
    "read_text_file",
    "to_json",
    "token_vocabulary",
]
