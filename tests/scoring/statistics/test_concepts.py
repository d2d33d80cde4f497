"""The words participants write."""

from __future__ import annotations

import unicodedata

import pytest

from scoring.statistics.concepts import concepts, vocabulary, words_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", set()),
        ("The FUR of a dog", {"fur", "dog"}),
        ("dog's fur, dog’s legs!", {"dog", "fur", "legs"}),
        ("I don't know", set()),
        ("x 3 4_5", set()),
        ("고양이 털 같은 것", {"고양이", "털"}),
        (unicodedata.normalize("NFD", "고양이 café"), {"고양이", "café"}),
        ("Straße STRASSE", {"strasse"}),
        ("<script>alert(1)</script>", {"script", "alert"}),
    ],
)
def test_words(text, expected) -> None:
    assert words_of(text) == expected


def test_inflected_words_join_bare_ones_only_where_those_were_written() -> None:
    spelling = vocabulary(["legs", "leg", "grass", "eyes", "berries berry", "털이 털을", "털", "고양이", "leaves leaf"])
    assert [spelling[w] for w in ("legs", "grass", "eyes", "berries", "leaves")] == [
        "leg",
        "grass",
        "eyes",
        "berry",
        "leaf",
    ]
    assert [spelling[w] for w in ("털이", "털을", "고양이")] == ["털", "털", "고양이"]


def test_words_are_counted_by_participants() -> None:
    texts = ["fur fur fur", "fur and legs", "leg", "", "the"]
    found = concepts(texts, vocabulary(texts))
    assert found.words == (("fur", 2), ("leg", 2))
    assert found.participants == 3
    assert found.top_share == pytest.approx(2 / 3)
    # Pairs: {fur}-{fur, leg} 1/2, {fur}-{leg} 0, {fur, leg}-{leg} 1/2.
    assert found.agreement == pytest.approx(1 / 3)


def test_nothing_written_says_nothing() -> None:
    found = concepts(["", "?"], {})
    assert (found.words, found.participants, found.top_share, found.agreement) == ((), 0, None, None)
