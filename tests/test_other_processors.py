"""The numeric tests once more as older processors compute: without AVX-512, without AVX at all, on one thread.

oneDNN and torch's own kernels are told what to use (ONEDNN_MAX_CPU_ISA, ATEN_CPU_CAPABILITY); where the processor is of
another family the first has no effect. In 32 bits these differ in the last digits, which is what a tolerance has to hold.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = ["tests/explanations", "tests/models/test_network.py"]
RUN = """
import sys, pytest, torch
assert torch.backends.cpu.get_cpu_capability() == sys.argv[1], torch.backends.cpu.get_cpu_capability()
sys.exit(pytest.main(["-m", "not slow", "-p", "no:cacheprovider", "-p", "no:xdist", *sys.argv[2:]]))
"""


@pytest.mark.slow
@pytest.mark.skipif(os.environ.get("ATEN_CPU_CAPABILITY") is not None, reason="already computing as another processor")
@pytest.mark.parametrize("convolutions, kernels", [("AVX2", "avx2"), ("SSE41", "default")])
def test_numbers_hold_on_an_older_processor(convolutions: str, kernels: str) -> None:
    if kernels == "avx2" and not _has_avx2():
        pytest.skip("this processor has no AVX2")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment |= {"ONEDNN_MAX_CPU_ISA": convolutions, "ATEN_CPU_CAPABILITY": kernels, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", RUN, kernels.upper(), *FILES], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]


def _has_avx2() -> bool:
    import torch

    return torch.backends.cpu.get_cpu_capability().startswith("AVX")
