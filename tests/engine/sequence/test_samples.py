"""The samples are what their makers promise, and the files in assets are theirs."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rnnviz.assets import asset
from rnnviz.engine.errors import SequenceError
from rnnviz.engine.sequence import TextSource, columns, encode
from rnnviz.engine.sequence.gallery import SAMPLES, hourly, sample, sample_messages
from rnnviz.engine.sequence.messages import ENDINGS, LONGEST_GAP, SHORTEST_GAP, TIMES, VOCABULARY, message
from rnnviz.engine.sequence.samples import main, write


@pytest.fixture(scope="module")
def drawn() -> list[tuple[tuple[str, ...], str]]:
    rng = np.random.default_rng(0)
    return [message(rng) for _ in range(3000)]


def _times_in(text: str) -> list[tuple[str, str]]:
    found = [(time, ending) for ending, times in TIMES.items() for time in times if f" {time} " in f" {text} "]
    # "in the evening" also stands in "late in the evening".
    return [pair for pair in found if not any(pair[0] in other and pair != (other, end) for other, end in found)]


def test_the_ending_follows_from_the_one_time_of_day_in_the_message(
    drawn: list[tuple[tuple[str, ...], str]],
) -> None:
    for tokens, ending in drawn:
        assert [owner for _, owner in _times_in(" ".join(tokens))] == [ending]
        assert tokens[-3:] == ("let's", "meet", "for")
        assert not set(ENDINGS) & set(tokens)


def test_between_time_and_ending_stand_6_to_18_words(drawn: list[tuple[tuple[str, ...], str]]) -> None:
    gaps = set()
    for tokens, _ in drawn:
        text = " ".join(tokens)
        ((time, _),) = _times_in(text)
        gaps.add(len(text.split(f"{time} ", 1)[1].replace(",", "").split()))
    assert min(gaps) >= SHORTEST_GAP == 6
    assert max(gaps) <= LONGEST_GAP == 18
    assert len(gaps) >= 10


def test_endings_are_equally_likely_and_nothing_else_tells_them(
    drawn: list[tuple[tuple[str, ...], str]],
) -> None:
    counts = Counter(ending for _, ending in drawn)
    assert set(counts) == set(ENDINGS)
    assert all(abs(count / len(drawn) - 0.25) < 0.03 for count in counts.values())
    telling = {word for times in TIMES.values() for time in times for word in time.split()}
    for word in set(VOCABULARY) - telling - set(ENDINGS):
        owners = Counter(ending for tokens, ending in drawn if word in tokens)
        share = max(owners.values()) / owners.total()
        assert share < 0.25 + 4 * (0.1875 / owners.total()) ** 0.5, word


def test_the_vocabulary_is_small_sorted_and_complete(drawn: list[tuple[tuple[str, ...], str]]) -> None:
    assert len(VOCABULARY) <= 120
    assert list(VOCABULARY) == sorted(set(VOCABULARY))
    assert {word for tokens, ending in drawn for word in (*tokens, ending)} == set(VOCABULARY)


def test_messages_are_drawn_from_the_generator_alone() -> None:
    assert [message(np.random.default_rng(5)) for _ in range(2)] == [message(np.random.default_rng(5))] * 2


def test_every_sample_message_is_made_of_the_vocabulary_and_ends_in_an_ending() -> None:
    messages = sample_messages()
    assert len(set(messages)) == len(messages) >= 200
    for text in messages:
        assert encode(TextSource(text, vocabulary=VOCABULARY)).labels[-1] in ENDINGS


def test_the_files_in_assets_are_what_the_command_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["samples", str(tmp_path / "new")])
    main()
    written = [Path(line) for line in capsys.readouterr().out.split("\n") if line]
    assert {path.name for path in written} == {"hourly.csv", "messages.txt", "digit.png", "waves.json"}
    for path in written:
        shipped = asset("sequences", path.name).read_bytes()
        if path.suffix == ".png":
            assert _pixels(shipped).tolist() == _pixels(path.read_bytes()).tolist()
        else:
            assert shipped == path.read_bytes()


def test_writing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    for one, other in zip(write(tmp_path / "a"), write(tmp_path / "b"), strict=True):
        assert one.read_bytes() == other.read_bytes()


def _pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)))


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_can_be_encoded(name: str) -> None:
    assert encode(sample(name)).steps > 5  # type: ignore[arg-type]


def test_a_sample_that_does_not_exist_is_refused() -> None:
    with pytest.raises(SequenceError, match=r"no sample 'sonnet'.*'messages'"):
        sample("sonnet")  # type: ignore[arg-type]


def test_the_table_has_four_features_and_a_target_by_the_hour() -> None:
    sequence = encode(sample("hourly"))
    assert sequence.steps == 60 * 24
    assert sequence.input_names == ("temperature", "humidity", "occupancy", "daylight")
    assert sequence.target_names == ("load",)
    assert sequence.labels[:2] == ("3 Mar 00:00", "01:00")
    info = columns(hourly().content)
    assert info.names == ("time", "temperature", "humidity", "occupancy", "daylight", "load")
    assert info.numeric == info.names[1:]


def test_the_load_follows_from_earlier_hours_and_not_from_the_present_one() -> None:
    sequence = encode(sample("hourly"))
    assert sequence.target is not None
    load = sequence.target[24:, 0]

    def explained(hours: int) -> float:
        lagged = [sequence.x[24 - lag : sequence.steps - lag] for lag in range(hours)]
        known = np.column_stack([*lagged, np.ones(len(load))])
        half = len(load) // 2
        weights = np.linalg.lstsq(known[:half], load[:half], rcond=None)[0]
        missed = known[half:] @ weights - load[half:]
        return float(1 - (missed**2).mean() / load[half:].var())

    assert explained(1) < 0.6
    assert explained(12) > 0.95


def test_an_excerpt_of_the_table_is_that_part_of_it() -> None:
    whole = encode(hourly())
    part = encode(hourly(first=24, rows=48))
    assert part.steps == 48
    assert part.labels[1:] == whole.labels[25:72]
    assert part.input_scale is not None
    assert whole.input_scale is not None
    own = [scale[0] + scale[1] * x for scale, x in ((part.input_scale, part.x), (whole.input_scale, whole.x[24:72]))]
    np.testing.assert_allclose(own[0], own[1], atol=1e-9)


def test_the_digit_is_28_by_28_with_ink_on_a_clear_border() -> None:
    x = encode(sample("digit")).x
    assert x.shape == (28, 28)
    assert x.max() == 1
    border = np.concatenate([x[:2].ravel(), x[-2:].ravel(), x[:, :4].ravel(), x[:, -4:].ravel()])
    assert border.max() == 0
    assert 0.08 < x.mean() < 0.3
