"""What docs/cluster.md gives to copy: Slurm's script, whose commands are stand-ins here, and the launcher's file."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import Result
from typer.testing import CliRunner

from generator.cli.app import app

pytestmark = pytest.mark.skipif(os.name == "nt", reason="bash")
PAGE = (Path(__file__).parents[2] / "docs" / "cluster.md").read_text()
STAND_INS = {
    "scontrol": '[ "$1 $2 $3" = "show hostnames n[1-3]" ] && printf "n1\\nn2\\nn3\\n"',
    "hostname": '[ "$1" = --ip-address ] && echo "10.9.0.1 fe80::1"',
    "srun": 'on=everywhere; while [[ $1 == -* ]]; do [ "$1" = -w ] && on=$2 && shift; shift; done; echo "$on: $*" >> "$LOG"; "$@"',
    "ray": 'echo "ray $*" >> "$LOG"; [ "$1" != symmetric-run ] || [ "$RAY_AUTH_MODE" = token ]',
}


def test_the_script_for_slurm_asks_for_a_cluster_of_its_nodes(tmp_path: Path) -> None:
    (script,) = re.findall(r"```sh\n(#!/bin/bash\n#SBATCH.+?)```", PAGE, re.S)
    shared, bin_ = tmp_path / "shared", tmp_path / "bin"
    for folder in (shared / "venv" / "bin", shared / "study", bin_):
        folder.mkdir(parents=True)
    (shared / "venv" / "bin" / "activate").touch()
    for name, body in STAND_INS.items():
        (bin_ / name).write_text(f"#!/bin/bash\n{body}\n")
        (bin_ / name).chmod(0o755)
    environment = {
        **os.environ, "PATH": f"{bin_}:{os.environ['PATH']}", "LOG": str(tmp_path / "log"), "SLURM_JOB_NODELIST": "n[1-3]",
        "SLURM_JOB_NUM_NODES": "3", "SLURM_CPUS_PER_TASK": "32",
    }  # fmt: skip
    done = subprocess.run(
        ["bash", "-eu", "-c", script.replace("/shared", str(shared))], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0 and not done.stderr, done.stderr
    first, token, on_all, ray = (tmp_path / "log").read_text().splitlines()
    assert first == "n1: hostname --ip-address" and token == "ray get-auth-token --generate"
    assert on_all == f"everywhere: {ray}"
    of_ray, _, command = ray.partition(" -- ")
    assert of_ray == "ray symmetric-run --address 10.9.0.1:6379 --min-nodes 3 --num-cpus 32 --num-gpus 4"
    assert command.startswith("python -m generator build ")
    assert "study.toml" in parsed(command).output, "a command line that the program takes: it looks for the study"


def parsed(command: str) -> Result:
    """What the program says to a command line; it must end for want of a file, not because of an option."""
    result = CliRunner().invoke(app, shlex.split(command)[3:])
    assert result.exit_code == 1, result.output
    return result


def test_the_launchers_file_fits_rays_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ray", reason="Ray is not installed: pip install 'imetric[cluster]'")
    jsonschema = pytest.importorskip("jsonschema", reason="Ray's schema is read by jsonschema")
    from ray.autoscaler._private.util import prepare_config, validate_config

    (text,) = re.findall(r"```yaml\n(cluster_name.+?)```", PAGE, re.S)

    def check(config: dict[str, Any]) -> dict[str, Any]:
        prepared = prepare_config(config)
        validate_config(prepared)
        return prepared

    kinds = check(yaml.safe_load(text))["available_node_types"]
    assert kinds["head"]["resources"] == {"CPU": 0} and kinds["gpu"]["max_workers"] == 8
    wrong = yaml.safe_load(text)
    wrong["available_node_types"]["gpu"]["max_worker"] = 8
    with pytest.raises(jsonschema.ValidationError):
        check(wrong)
    monkeypatch.chdir(tmp_path)
    (command,) = re.findall(r"^ray exec cluster\.yaml '(.+)'$", PAGE, re.M)
    assert "study.toml" in parsed(command).output
