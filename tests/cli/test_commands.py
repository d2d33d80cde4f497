"""The command line as people use it: in its own process, with its exit codes and sentences."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import pytest
from PIL import Image

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent
STUDY = """
name = "small"
[model]
name = "tests.small_study:small_model"
size = 32
mean = [0.5, 0.5, 0.5]
std = [0.25, 0.25, 0.25]
[selection]
count = 3
top_edge_num = 14
bottom_edge_num = 14
top_min = 0.0
min_max_ratio_min = 1.01
overlap_max = 1.0
similarity_max = 1.0
visualization_min = 0.0
[visualization]
method = "madry"
iterations = 3
[gridcam]
windows = [4, 7]
"""


def generator(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "300", "OMP_NUM_THREADS": "1", "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, "-m", "generator", *map(str, words)], cwd=cwd, env=environment, capture_output=True, text=True
    )


def command_error(*words: str | Path, cwd: Path) -> str:
    """The one sentence of a command that fails."""
    done = generator(*words, cwd=cwd)
    assert done.returncode == 1 and done.stdout == ""
    assert "Traceback" not in done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    return line.removeprefix("error: ")


def test_a_build_ends_with_what_was_made_and_what_to_do_next(photographs: Path, tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(STUDY)
    done = generator(
        "build", "--exp", "3", "--study", "study.toml", "--images", photographs, "--device", "cpu", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    (study,) = (tmp_path / "private").iterdir()
    for stage in ("pictures", "activations", "selection", "visualization", "grid-cam", "questions", "sites"):
        assert re.search(rf"✓ {stage} ", done.stderr), stage
    assert f"private/{study.name}/answer_key.json" in done.stderr
    assert "python -m generator serve" in done.stderr
    assert [p.name for p in sorted((tmp_path / "dist").glob("exp*"))] == ["exp3"]


def test_bad_input_is_one_sentence_and_exit_1(photographs: Path, tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(STUDY)
    assert command_error("build", "--images", "none", cwd=tmp_path) == "picture folder none does not exist"
    assert command_error("build", "--model", "wrld", cwd=tmp_path).endswith("did you mean 'world'?")
    assert command_error("build", "--study", "none.toml", cwd=tmp_path) == "study file none.toml does not exist"
    assert command_error(
        "build", "--study", "study.toml", "--images", photographs, "--layer", "9", cwd=tmp_path
    ).startswith("tests.small_study:small_model has no layer '9'; near names are ")
    assert command_error(
        "build", "--study", "study.toml", "--images", photographs, "--device", "tpu", cwd=tmp_path
    ) == ("device 'tpu' is not known; allowed are auto, cpu, cuda, mps")
    assert (
        command_error("serve", cwd=tmp_path)
        == "dist holds no sites; build them first: python -m generator build --exp 3"
    )
    assert not (tmp_path / "dist").exists() and not (tmp_path / "private").exists()


def test_folders_that_cannot_be_written_are_one_sentence(photographs: Path, tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(STUDY)
    (tmp_path / "taken").write_text("a file")
    words = ("build", "--study", "study.toml", "--images", photographs)
    for option in ("--artifacts", "--private", "--out"):
        sentence = command_error(*words, option, "taken", cwd=tmp_path)
        assert sentence.startswith("taken") and sentence.endswith("; name another place or change its permissions")
    assert command_error("world", "--out", "taken", "--per-class", "1", cwd=tmp_path) == (
        "taken/dog cannot be used: Not a directory; name another place or change its permissions"
    )
    assert (tmp_path / "taken").read_text() == "a file"


def test_a_wrong_network_is_told_before_anything_is_painted(tmp_path: Path) -> None:
    assert command_error("build", "--weights", "none.safetensors", cwd=tmp_path) == (
        "weights file none.safetensors does not exist"
    )
    assert command_error("build", "--device", "tpu", cwd=tmp_path).startswith("device 'tpu' is not known")
    assert not (tmp_path / "artifacts").exists()


def test_words_that_are_no_options_are_told(tmp_path: Path) -> None:
    for words in (["build", "--expp", "3"], ["biuld"]):
        done = generator(*words, cwd=tmp_path)
        assert done.returncode == 2 and "Traceback" not in done.stderr
        assert words[-1].lstrip("-") in done.stderr or "--exp" in done.stderr


def interruptible() -> None:
    """Where the tests run in the background, Ctrl-C is ignored, and their children would inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_keeps_finished_work(photographs: Path, tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(STUDY.replace("iterations = 3", "iterations = 100000"))
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    words = [sys.executable, "-m", "generator", "build", "--study", "study.toml", "--images", str(photographs)]
    process = subprocess.Popen(
        words, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True,
        preexec_fn=interruptible,
    )  # fmt: skip
    assert process.stderr is not None
    for line in process.stderr:
        if "activations" in line:
            break
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    assert "stopped; finished work is kept, the same command goes on from here" in process.stderr.read()
    process.stderr.close()
    assert process.wait(20) == 130
    assert not (tmp_path / "dist").exists()
    (tmp_path / "study.toml").write_text(STUDY)
    done = generator("build", "--study", "study.toml", "--images", photographs, cwd=tmp_path)
    assert done.returncode == 0 and re.search(r"✓ activations +kept", done.stderr)


@pytest.mark.skipif(os.name == "nt", reason="signals differ")
def test_ctrl_c_while_painting_stops_the_painters_quietly(tmp_path: Path) -> None:
    """A terminal sends the signal to the painting processes, too."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "300"}
    process = subprocess.Popen(
        [sys.executable, "-m", "generator", "build", "--seed", "77"], cwd=tmp_path, env=environment, text=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True, preexec_fn=interruptible,
    )  # fmt: skip
    while process.poll() is None and not any((tmp_path / "artifacts").glob("pictures/*")):
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    _, output = process.communicate(timeout=300)
    assert output.strip() == "stopped; finished work is kept, the same command goes on from here"
    assert process.returncode in (130, -signal.SIGINT)  # the same to a shell: Python ends so if exec() was interrupted


def test_too_few_pictures(photographs: Path, tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(STUDY.replace("top_edge_num = 14", "top_edge_num = 100"))
    sentence = command_error("build", "--study", "study.toml", "--images", photographs, cwd=tmp_path)
    assert sentence.startswith(
        "60 pictures are too few for a top group of 100 and a bottom group of 14: give at least 114"
    )


def test_help_teaches_every_command() -> None:
    top = generator("--help", cwd=ROOT).stdout
    for command in ("build", "serve", "world", "train-world"):
        assert command in top
        assert generator(command, "--help", cwd=ROOT).returncode == 0
    build = generator("build", "--help", cwd=ROOT).stdout
    for option in (
        "--exp",
        "--study",
        "--out",
        "--images",
        "--model",
        "--weights",
        "--layer",
        "--device",
        "--seed",
        "--fresh",
    ):
        assert option in build


def test_readme_commands_exist() -> None:
    """Every `python -m generator` line of the README names a command and options that its --help knows."""
    lines = re.findall(r"^(?:\.venv/bin/)?python -m generator (\S+)(.*)$", (ROOT / "README.md").read_text(), re.M)
    assert len(lines) >= 4
    for command, rest in lines:
        finished = generator(command, "--help", cwd=ROOT)
        assert finished.returncode == 0
        for option in re.findall(r"--[\w-]+", rest.split("#")[0]):
            assert option in finished.stdout, f"{command} {option}"


def test_world_writes_pictures(tmp_path: Path) -> None:
    assert generator("world", "--out", "w", "--per-class", "1", "--size", "32", cwd=tmp_path).returncode == 0
    files = sorted((tmp_path / "w").rglob("*.png"))
    assert len(files) == 9
    assert all(Image.open(file).size == (32, 32) for file in files)


@pytest.mark.skipif(os.name == "nt", reason="signals differ")
@pytest.mark.parametrize("sites", [["exp1"], ["pilot"], ["exp1", "exp3", "pilot"]], ids="+".join)
def test_serve_answers_on_loopback_and_stops_on_ctrl_c(tmp_path: Path, sites: list[str]) -> None:
    for site in sites:
        (tmp_path / "dist" / site).mkdir(parents=True)
        (tmp_path / "dist" / site / "index.html").write_text(f"<p>{site} is here</p>")
    # As a build leaves it that is killed while it puts a new site in the place of the old one.
    (tmp_path / "dist" / sites[-1]).rename(tmp_path / "dist" / f".imetric-old-{sites[-1]}")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-m", "generator", "serve", "--port", "0"], cwd=tmp_path, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=interruptible,
    )  # fmt: skip
    assert process.stdout is not None
    limit = threading.Timer(30, process.kill)  # an address that is never printed would be waited for
    limit.start()
    for site in sites:
        address = process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:") and address.endswith(f"/{site}/")
        assert f"{site} is here".encode() in urllib.request.urlopen(address).read()
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 130
    limit.cancel()
    process.stdout.close()
