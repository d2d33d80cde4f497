"""Artifacts at an address: a real S3 server, and what is said where one cannot be used."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from generator.errors import StudyError, Unreachable
from generator.store import Store, clear_unfinished, place_of

BUCKET = "kept"


@pytest.fixture(scope="module")
def client() -> Iterator:
    """A client of an S3 server with one bucket, which the environment names to whoever asks."""
    server_of = pytest.importorskip("moto.server", reason="moto's server is not installed")
    pytest.importorskip("s3fs", reason="s3fs is not installed: pip install 'imetric[cluster]'")
    import boto3

    server = server_of.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "of-tests")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        made = boto3.client("s3")
        made.create_bucket(Bucket=BUCKET)
        yield made
    server.stop()


def arrays(number: int) -> dict[str, np.ndarray]:
    return {"a": np.full((2, 3), number, np.float32), "empty": np.zeros((0, 2), np.uint8)}


@pytest.mark.parametrize("failures", [1, 2, 3])
def test_an_address_that_fails_is_asked_again(failures: int, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = pytest.importorskip("fsspec.implementations.memory", reason="fsspec is not installed").MemoryFileSystem
    monkeypatch.setattr("generator.store.PAUSES", (0.0, 0.0))
    left = {"cat_file": failures, "pipe_file": failures}

    def failing(name: str) -> None:
        real = getattr(memory, name)

        def run(self: object, *words: object, **others: object) -> object:
            left[name] -= 1
            if left[name] >= 0:
                raise ConnectionError("reset by peer")
            return real(self, *words, **others)

        monkeypatch.setattr(memory, name, run)

    for name in left:
        failing(name)
    kept = Store(f"memory://failing-{failures}")
    if failures == 3:
        with pytest.raises(Unreachable, match=r"cannot be written \(reset by peer\)"):
            kept.write("stage", 1, arrays(1))
        with pytest.raises(Unreachable, match=r"cannot be read \(reset by peer\)"):
            kept.read("stage", 1)
        return
    kept.write("stage", 1, arrays(1))
    found = kept.read("stage", 1)
    assert found is not None and found["a"][0, 0] == 1


@pytest.mark.slow
def test_artifacts_in_a_bucket_are_those_of_a_folder(client, tmp_path: Path) -> None:
    address = f"s3://{BUCKET}/study"
    bucket, folder = Store(address), Store(tmp_path)
    bucket.check()
    assert bucket.read("stage", 0) is None and bucket.read_all("stage", [0, 1]) == [None, None]
    for store in (bucket, folder):
        for k in range(20):
            store.get("stage", k, lambda k=k: arrays(k), lambda: {"device": "cpu"})
    assert bucket.written == folder.written == 20
    for k in range(20):
        body = client.get_object(Bucket=BUCKET, Key=f"study/{bucket.name('stage', k)}")["Body"].read()
        assert body == folder.path("stage", k).read_bytes()
    again = Store(address + "/")
    found = again.read_all("stage", list(range(21)))
    assert [None if each is None else each["a"][0, 0] for each in found] == [*range(20), None]
    assert again.written == 0 and again.origins == {"stage": [{"device": "cpu"}]}


@pytest.mark.slow
def test_a_damaged_object_is_made_again_and_fresh_ones_once(client) -> None:
    store = Store(f"s3://{BUCKET}/damaged")
    store.write("stage", 1, arrays(1))
    key = f"damaged/{store.name('stage', 1)}"
    body = client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    for damaged in (body[:-7], body[:-1] + bytes([body[-1] ^ 0xFF]), b""):
        client.put_object(Bucket=BUCKET, Key=key, Body=damaged)
        assert store.read("stage", 1) is None
    fresh = Store(f"s3://{BUCKET}/damaged", fresh=True)
    for _ in range(2):
        fresh.get("stage", 1, lambda: arrays(1))
    assert fresh.written == 1


@pytest.mark.slow
def test_a_bucket_that_is_not_there_is_one_sentence_before_anything_is_computed(client) -> None:
    with pytest.raises(StudyError) as caught:
        Store("s3://elsewhere/study").check()
    assert str(caught.value) == (
        "artifacts at s3://elsewhere/study cannot be written (The specified bucket does not exist): look at the address, at "
        "who may use it and at the connection, and run the same command again; finished work is kept"
    )


def test_an_address_of_no_kind_is_one_sentence() -> None:
    pytest.importorskip("fsspec", reason="fsspec is not installed: pip install 'imetric[cluster]'")
    with pytest.raises(StudyError) as caught:
        Store("nowhere://bucket")
    assert str(caught.value) == (
        "artifacts cannot lie at nowhere://bucket: Protocol not known: nowhere; name a folder, or an address such as "
        "s3://bucket/prefix"
    )


def test_folders_and_addresses_are_told_apart(tmp_path: Path) -> None:
    assert place_of("artifacts") == Path("artifacts") and place_of(tmp_path) == tmp_path
    assert place_of("file:///data/kept%20here") == Path("/data/kept here")
    assert place_of("s3://bucket/prefix/") == "s3://bucket/prefix"
    clear_unfinished("s3://bucket/prefix")  # nothing to do, and nobody is asked


def test_what_others_wrote_counts_as_made(tmp_path: Path) -> None:
    here, elsewhere = Store(tmp_path, fresh=True), Store(tmp_path)
    elsewhere.write("stage", 1, arrays(1), {"device": "another"})
    assert here.read("stage", 1) is None
    here.adopt(elsewhere.made)
    here.adopt(elsewhere.made)
    assert here.written == 1 and here.read("stage", 1) is not None and here.origins == {"stage": [{"device": "another"}]}


def test_a_folder_needs_no_further_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    Store(tmp_path).write("stage", 1, arrays(1))
    with pytest.raises(StudyError) as caught:
        Store("s3://bucket/prefix")
    assert str(caught.value).startswith(
        "artifacts at s3://bucket/prefix need the packages of an extra: pip install 'imetric[cluster]', and whatever fsspec "
        "asks for addresses of s3:// ("
    )
