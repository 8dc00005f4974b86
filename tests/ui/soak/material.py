"""Files of every kind that the application opens, and of kinds that it refuses."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image

ASSETS = Path(__file__).resolve().parents[3] / "assets"

_TEXTS = {
    "words.txt": "tonight we are eating at home and there is time for dinner",
    "empty.txt": "",
    "long.txt": "the moon and the sun and " * 60,
    "table.csv": "hour,load\n" + "".join(f"{hour},{hour % 7 + 0.5}\n" for hour in range(40)),
    "table.tsv": "a\tb\n1\t2\n3\t4\n5\t6\n",
    "ragged.csv": "a,b\n1,2\n3\n4,5,6\n",
    "words.csv": "a,b\nx,y\n",
    "own.cell": "# TITLE: Own\nh[t] = tanh(W @ x[t] + U @ h[t-1] + b)\n",
    "wrong.cell": "h[t] = tanh(W @ x[t] + \n",
    "unknown.xyz": "what is this",
    "not-a-session.rnnviz": "no zip at all",
    "model.pt": "no model either",
}


def write_material(folder: Path) -> list[Path]:
    """Write the files into a folder; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in _TEXTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "bytes.txt").write_bytes(Random(1).randbytes(300))
    (folder / "folder.txt").mkdir(exist_ok=True)
    Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16)).save(folder / "picture.png")
    (folder / "cut.png").write_bytes((folder / "picture.png").read_bytes()[:60])
    for sample in sorted((ASSETS / "sessions").glob("*.rnnviz")):
        shutil.copy(sample, folder / sample.name)
    return sorted(folder.iterdir())
