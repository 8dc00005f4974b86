"""The measure of memory tells growth from rest, and never takes too few notes for none."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import pytest

from tests.growth import LEAST, can_measure, growth, kilobytes_in_use, kilobytes_resident, repeat

needs_glibc = pytest.mark.skipif(not can_measure(), reason="reads memory as Linux and glibc tell it")


@pytest.mark.parametrize("count", [0, 1, LEAST - 1])
def test_too_few_measures_are_refused_however_much_they_grow(count: int) -> None:
    with pytest.raises(ValueError, match=f"there are {count} measures of memory, but no fewer than {LEAST}"):
        growth([(number, 1e6 * number) for number in range(count)])


def test_growth_is_the_slope_of_the_later_half() -> None:
    filling = [(number, 500.0 * number) for number in range(LEAST)]
    steady = [(number, 9000.0 + 3.0 * number) for number in range(LEAST, 2 * LEAST)]
    assert growth([*filling, *steady]) == pytest.approx(3.0)


def test_what_goes_up_and_down_does_not_grow() -> None:
    assert growth([(number, 100.0 * (number % 2)) for number in range(400)]) == pytest.approx(0.0, abs=0.02)


def _bytes() -> object:
    return bytearray(40 * 1024)


def _objects() -> object:
    return [[number] for number in range(200)]


def _outside_python() -> object:
    allocate = ctypes.CDLL(None).malloc
    allocate.restype = ctypes.c_void_p
    return allocate(40 * 1024)


@needs_glibc
@pytest.mark.parametrize("leak", [_bytes, _objects, _outside_python])
def test_a_planted_leak_is_found(leak: Callable[[], object]) -> None:
    kept: list[object] = []
    found = repeat(lambda number: kept.append(leak()), LEAST)
    assert found.kilobytes > 10


@needs_glibc
def test_what_is_let_go_is_no_leak() -> None:
    def deed(number: int) -> None:
        cycle: list[object] = [_bytes(), _objects()]
        cycle.append(cycle)

    found = repeat(deed, LEAST)
    assert abs(found.kilobytes) < 1
    assert abs(found.objects) < 1


@needs_glibc
def test_a_cache_that_fills_at_first_is_no_leak() -> None:
    cache: dict[int, object] = {}
    found = repeat(lambda number: cache.setdefault(number % 8, _bytes()), LEAST)
    assert abs(found.kilobytes) < 1


@needs_glibc
def test_resident_memory_is_that_which_is_touched() -> None:
    before = kilobytes_resident()
    kept = bytearray(b"1") * (64 << 20)
    assert kilobytes_resident() - before == pytest.approx(len(kept) / 1024, rel=0.1)
    assert kilobytes_in_use() > len(kept) / 1024


def test_what_happens_before_a_measure_happens_before_each() -> None:
    told: list[str] = []
    repeat(lambda number: told.append("deed"), LEAST, lambda: float(told.count("rest")), lambda: told.append("rest"))
    assert told == ["deed", "rest"] * LEAST
