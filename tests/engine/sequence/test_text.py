from __future__ import annotations

import numpy as np
import pytest

from rnnviz.engine.errors import SequenceError
from rnnviz.engine.sequence import TextSource, append, encode, token_vocabulary


def test_words_and_punctuation_marks_are_steps_and_apostrophes_stay_inside() -> None:
    sequence = encode(TextSource("Let's meet, at four: O'Neill's!"))
    assert sequence.labels == ("let's", "meet", ",", "at", "four", ":", "o'neill's", "!")


def test_a_typographic_apostrophe_is_the_same_word_as_a_straight_one() -> None:
    assert encode(TextSource("let\N{RIGHT SINGLE QUOTATION MARK}s")).labels == ("let's",)


def test_an_accent_typed_as_two_characters_is_the_same_word() -> None:
    assert encode(TextSource("cafe\N{COMBINING ACUTE ACCENT} caf\N{LATIN SMALL LETTER E WITH ACUTE}")).input_size == 1


def test_words_of_scripts_with_marks_stay_whole() -> None:
    assert encode(TextSource("हिन्दी भाषा")).labels == ("हिन्दी", "भाषा")


def test_case_is_kept_on_request() -> None:
    assert encode(TextSource("The the", lowercase=False)).input_names == ("The", "the")
    assert encode(TextSource("The the")).input_names == ("the",)


def test_a_text_can_ask_to_be_repeated() -> None:
    sequence = encode(TextSource("ab a", level="character", targets="same"))
    assert sequence.target_kind == "class"
    assert sequence.target_names == ("␣", "a", "b")
    np.testing.assert_array_equal(sequence.target, [1, 2, 0, 1])


def test_the_vocabulary_is_sorted_and_rows_are_one_hot() -> None:
    sequence = encode(TextSource("cab", level="character"))
    assert sequence.input_names == ("a", "b", "c")
    np.testing.assert_array_equal(sequence.x, [[0, 0, 1], [1, 0, 0], [0, 1, 0]])
    np.testing.assert_array_equal(sequence.indices, [2, 0, 1])


def test_a_given_vocabulary_keeps_its_order() -> None:
    sequence = encode(TextSource("a b", vocabulary=("b", "c", "a")))
    np.testing.assert_array_equal(sequence.x, [[0, 0, 1], [1, 0, 0]])
    assert sequence.input_names == ("b", "c", "a")


def test_white_space_is_visible_in_labels_but_not_changed_in_the_vocabulary() -> None:
    source = TextSource("a\tb \nc\u200b", level="character")
    assert encode(source).labels == ("a", "⇥", "b", "␣", "↵", "c", "U+200B")
    assert token_vocabulary(source) == ("\t", "\n", " ", "a", "b", "c", "\u200b")


def test_spans_are_the_places_of_the_tokens_in_the_text() -> None:
    text = "  So, let's \n meet"
    spans = encode(TextSource(text, lowercase=False)).spans
    assert spans is not None
    assert [text[start:end] for start, end in spans] == ["So", ",", "let's", "meet"]


def test_the_next_token_is_the_target_and_the_last_step_has_none() -> None:
    sequence = encode(TextSource("abca", level="character"))
    np.testing.assert_array_equal(sequence.target, [1, 2, 0, -1])
    assert sequence.target_kind == "class"
    assert sequence.target_names == ("a", "b", "c")


def test_a_label_is_the_target_of_the_last_step_alone() -> None:
    sequence = encode(TextSource("a b c", targets="label", label="no", classes=("yes", "no")))
    np.testing.assert_array_equal(sequence.target, [-1, -1, 1])
    assert sequence.target_names == ("yes", "no")


def test_a_text_whose_class_is_not_known_has_classes_and_no_target() -> None:
    sequence = encode(TextSource("a b", targets="label", classes=("yes", "no")))
    np.testing.assert_array_equal(sequence.target, [-1, -1])
    assert sequence.target_names == ("yes", "no")


def test_an_appended_word_is_set_off_by_a_space_and_a_comma_is_not() -> None:
    vocabulary = ("let", "'", "s", "meet", ",")
    source = TextSource("let", vocabulary=vocabulary)
    assert append(source, "meet").text == "let meet"  # type: ignore[union-attr]
    assert append(source, ", meet").text == "let, meet"  # type: ignore[union-attr]
    assert encode(append(source, "'s")).labels == ("let", "'", "s")


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        (TextSource(""), ["empty"]),
        (TextSource("", level="character"), ["empty"]),
        (TextSource(" \n\t"), ["white space", "3 characters"]),
        (TextSource("   ", level="character"), ["white space", "3 characters"]),
        (TextSource("ab\ud800"), ["character 3", "U+D800"]),
        (
            TextSource("the brunch", vocabulary=("the", "lunch")),
            ["'brunch'", "word 2", "character 5", "2 tokens"],
        ),
        (TextSource("caé", level="character", vocabulary=tuple("abc")), ["'é'", "character 3", "3 tokens"]),
        (TextSource("a b", level="character", vocabulary=tuple("abc")), ["'␣'", "character 2"]),
        (TextSource("a", vocabulary=()), ["vocabulary", "empty"]),
        (TextSource("a", vocabulary=("a", "b", "a")), ["'a'", "places 1 and 3"]),
        (TextSource("a", level="sentence"), ["level", "'sentence'", "'character', 'word'"]),  # type: ignore[arg-type]
        (TextSource("a", targets="all"), ["target", "'all'"]),  # type: ignore[arg-type]
        (TextSource("a", targets="label", label="x"), ["classes", "empty"]),
        (TextSource("a", targets="label", label="x", classes=("y", "z")), ["'x'", "'y', 'z'"]),
        (TextSource("a", targets="label", classes=("y", "y")), ["'y'", "places 1 and 2"]),
    ],
)
def test_a_bad_text_is_refused_with_cause_and_place(source: TextSource, parts: list[str]) -> None:
    with pytest.raises(SequenceError) as refusal:
        encode(source)
    for part in parts:
        assert part in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_appending_a_word_outside_the_vocabulary_names_word_place_and_size() -> None:
    source = TextSource("let's meet for", vocabulary=("let's", "meet", "for", "lunch"))
    with pytest.raises(SequenceError, match=r"'brunch' \(word 4, character 16\) .* vocabulary of 4 tokens"):
        append(source, "brunch")


def test_a_new_word_cannot_grow_a_vocabulary_made_from_the_text_and_the_way_out_is_named() -> None:
    with pytest.raises(SequenceError, match=r"'c' \(word 3, character 5\).*input size.*before you build"):
        append(TextSource("a b"), "c")


@pytest.mark.parametrize("level", ["word", "character"])
def test_appending_nothing_is_refused(level: str) -> None:
    with pytest.raises(SequenceError, match=f"adds no {level}"):
        append(TextSource("a b", level=level), "")  # type: ignore[arg-type]


def test_appending_white_space_adds_no_word() -> None:
    with pytest.raises(SequenceError, match="adds no word"):
        append(TextSource("a b"), " \n ")
