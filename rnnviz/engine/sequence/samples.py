"""Make the sample sequences that come with rnnviz.

    python -m rnnviz.engine.sequence.samples assets/sequences

The same files come out every time: `hourly.csv`, `messages.txt`, `digit.png` and `waves.json`.
"""

from __future__ import annotations

import argparse
import io
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from PIL import Image

from rnnviz.engine.sequence.encode import to_json
from rnnviz.engine.sequence.messages import message
from rnnviz.engine.sequence.model import FloatArray, IntArray
from rnnviz.engine.sequence.signals import SignalSource, Wave

SEED = 20_250_303
DAYS = 60
MESSAGES = 240
DIGIT_SIZE = 28

_START = datetime(2025, 3, 3, tzinfo=UTC)
_NOON = 13.0

WAVES = SignalSource(
    components=(
        Wave(kind="sine", amplitude=1.0, period=24.0),
        Wave(kind="sine", amplitude=0.4, period=7.0, phase=2.0),
        Wave(kind="step", amplitude=0.8, at=60),
        Wave(kind="noise", amplitude=0.05),
    ),
    steps=120,
    targets="next",
)
"""The signal that a new network is fed with: two beats, a jump half way, and a little noise."""


def write(folder: Path) -> tuple[Path, ...]:
    """Write all samples into a folder, which is made if it is missing.

    Returns
    -------
    tuple of pathlib.Path
        The files written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "hourly.csv": hourly_table().encode(),
        "messages.txt": messages_text().encode(),
        "digit.png": digit_png(),
        "waves.json": to_json(WAVES) + b"\n",
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return tuple(folder / name for name in files)


def messages_text() -> str:
    """Write 240 different messages, one a line, each with its ending."""
    rng = np.random.default_rng(SEED)
    lines: dict[str, None] = {}
    while len(lines) < MESSAGES:
        tokens, ending = message(rng)
        lines[" ".join((*tokens, ending)).replace(" ,", ",")] = None
    return "\n".join(lines) + "\n"


def hourly_table() -> str:
    """Make up the load of an office building, hour by hour over 60 days from Monday, 3 March 2025.

    What the load follows from lies in the past: the building stores heat, so that heating answers to the
    weather of the last half day; machines that people switch on keep running for hours; a visit to the
    kitchens follows three hours after people came. A network that sees one hour at a time cannot know these.

    Returns
    -------
    str
        CSV: time, temperature (degrees C), humidity (%), occupancy (0 to 1), daylight (klx), load (kW).
    """
    rng = np.random.default_rng(SEED)
    hours = np.arange(24 * DAYS)
    cloud = _slow(rng, len(hours), memory=0.97, middle=0.5, spread=0.28).clip(0.0, 1.0)
    daylight = _daylight(hours, cloud).round(1)
    temperature = _temperature(rng, hours, cloud).round(1)
    humidity = _humidity(rng, temperature, cloud).round(1)
    occupancy = _occupancy(rng, hours).round(2)
    load = _load(rng, hours, temperature, humidity, occupancy, daylight).round(1)
    rows = ["time,temperature,humidity,occupancy,daylight,load"]
    for hour in hours:
        time = (_START + timedelta(hours=int(hour))).strftime("%Y-%m-%d %H:%M")
        rows.append(
            f"{time},{temperature[hour]:.1f},{humidity[hour]:.1f},{occupancy[hour]:.2f},"
            f"{daylight[hour]:.1f},{load[hour]:.1f}"
        )
    return "\n".join(rows) + "\n"


def digit_png() -> bytes:
    """Draw a three with a brush, white on black, 28 by 28 pixels.

    Returns
    -------
    bytes
        A PNG file of 8-bit grey values.
    """
    rng = np.random.default_rng(SEED)
    path = _three() + _slow(rng, 240, memory=0.98, middle=0.0, spread=0.18)[:, None] * (0.6, 1.0)
    width = np.linspace(1.55, 1.15, len(path)) + _slow(rng, len(path), memory=0.97, middle=0.0, spread=0.1)
    rows, columns = np.mgrid[0:DIGIT_SIZE, 0:DIGIT_SIZE]
    distance = np.hypot(columns[..., None] - path[:, 0], rows[..., None] - path[:, 1])
    ink = np.clip(0.5 - 0.8 * (distance - width).min(axis=-1), 0.0, 1.0)
    buffer = io.BytesIO()
    Image.fromarray(np.round(255 * ink).astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def _three() -> FloatArray:
    """Give the stroke of a three as points (column, row) of shape [240, 2]."""
    upper = np.linspace(np.radians(205), np.radians(450), 110)
    lower = np.linspace(np.radians(270), np.radians(510), 130)
    bowls = (
        np.stack([13.2 + 4.6 * np.cos(upper), 9.0 + 4.4 * np.sin(upper)], axis=1),
        np.stack([13.2 + 5.6 * np.cos(lower), 18.4 + 5.0 * np.sin(lower)], axis=1),
    )
    stroke = np.concatenate(bowls)
    # The slant of a right hand.
    stroke[:, 0] += 0.12 * (DIGIT_SIZE / 2 - stroke[:, 1])
    return stroke


def _slow(rng: np.random.Generator, length: int, memory: float, middle: float, spread: float) -> FloatArray:
    """Draw an autoregressive series with the given mean and standard deviation, of shape [length]."""
    values = np.empty(length)
    kick = spread * np.sqrt(1.0 - memory**2)
    deviation = spread * rng.standard_normal()
    for step in range(length):
        deviation = memory * deviation + kick * rng.standard_normal()
        values[step] = middle + deviation
    return values


def _lag(values: FloatArray, hours: int) -> FloatArray:
    return np.concatenate([np.full(hours, values[0]), values[:-hours]])


def _smooth(values: FloatArray, hours: float) -> FloatArray:
    """Let a store of the given time constant follow `values`, as a wall follows the weather."""
    level = np.empty_like(values)
    level[0] = values[0]
    for step in range(1, len(values)):
        level[step] = level[step - 1] + (values[step - 1] - level[step - 1]) / hours
    return level


def _daylight(hours: IntArray, cloud: FloatArray) -> FloatArray:
    half_day = 5.5 + hours / len(hours)
    height = np.cos(np.pi / 2 * (hours % 24 - _NOON) / half_day)
    up = np.abs(hours % 24 - _NOON) < half_day
    return np.where(up, 70.0 * height * (1.0 - 0.75 * cloud), 0.0)


def _temperature(rng: np.random.Generator, hours: IntArray, cloud: FloatArray) -> FloatArray:
    season = 5.0 + 7.0 * hours / len(hours)
    day = (5.5 - 3.5 * cloud) * np.cos(2 * np.pi * (hours % 24 - 15) / 24)
    return season + day + _slow(rng, len(hours), memory=0.985, middle=0.0, spread=3.0)


def _humidity(rng: np.random.Generator, temperature: FloatArray, cloud: FloatArray) -> FloatArray:
    weather = _slow(rng, len(temperature), memory=0.95, middle=0.0, spread=6.0)
    return (62.0 + 22.0 * (cloud - 0.5) - 1.6 * (temperature - 8.5) + weather).clip(25.0, 99.0)


def _occupancy(rng: np.random.Generator, hours: IntArray) -> FloatArray:
    hour, day = hours % 24, hours // 24
    present = 1 / (1 + np.exp(-(hour - 8.0) / 0.6)) - 1 / (1 + np.exp(-(hour - 17.0) / 0.9))
    lunch = 0.3 * np.exp(-(((hour - 12.5) / 0.7) ** 2))
    weekend = np.where(day % 7 >= 5, 0.12, 1.0)
    turnout = rng.uniform(0.55, 1.0, size=DAYS)[day]
    crowd: FloatArray = weekend * turnout * (present - lunch) * rng.uniform(0.85, 1.1, size=len(hours))
    return crowd.clip(0.0, 1.0)


def _load(
    rng: np.random.Generator,
    hours: IntArray,
    temperature: FloatArray,
    humidity: FloatArray,
    occupancy: FloatArray,
    daylight: FloatArray,
) -> FloatArray:
    heating = 2.6 * (17.0 - _smooth(temperature, 10.0)).clip(0.0, None)
    machines = 34.0 * _smooth(occupancy, 3.0)
    kitchen = 16.0 * _lag(occupancy, 3)
    lamps = 14.0 * occupancy * np.exp(-daylight / 12.0)
    drying = 0.18 * (_lag(humidity, 2) - 60.0).clip(0.0, None)
    pumps = 3.0 * np.cos(2 * np.pi * (hours % 24 - 6) / 24)
    return 18.0 + heating + machines + kitchen + lamps + drying + pumps + rng.normal(0.0, 0.8, size=len(hours))


def main() -> None:
    """Write the samples into the folder named on the command line."""
    parser = argparse.ArgumentParser(description="Make the sample sequences that come with rnnviz.")
    parser.add_argument("folder", type=Path)
    for path in write(parser.parse_args().folder):
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
