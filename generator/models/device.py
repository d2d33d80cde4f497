"""Where computations run: a word from the command line -> a torch device that is really there."""

from __future__ import annotations

import os
import platform
from contextlib import AbstractContextManager
from pathlib import Path

import torch

from ..study.model import ModelError

# glibc keeps freed blocks of up to 32 MiB for the next step (malloc.h: DEFAULT_MMAP_THRESHOLD_MAX on 64 bits); larger
# ones it gets from the system again and again, page by page: half of ResNet-50's time at 128 pictures, four fifths of
# EfficientNet's.
LARGEST_BLOCK_ON_CPU = 32 * 2**20

# What oneDNN may be held to (its documentation, "CPU dispatcher control") that has no products of bfloat16.
WITHOUT_BFLOAT16 = ("SSE41", "AVX", "AVX2", "AVX2_VNNI", "AVX2_VNNI_2", "AVX512_CORE", "AVX512_CORE_VNNI")


def pick_device(name: str) -> torch.device:
    """'auto' takes CUDA, then Apple's MPS, then the CPU; any other name must exist. Raises ModelError."""
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        return torch.device(next(kind for kind in ("cuda", "mps", "cpu") if there[kind]))
    if name not in there:
        raise ModelError(f"device '{name}' is not known; allowed are auto, cpu, cuda, mps")
    if not there[name]:
        raise ModelError(
            f"device '{name}' is not available on this machine; available are auto, "
            + ", ".join(kind for kind, is_there in there.items() if is_there)
        )
    return torch.device(name)


def device_name(device: torch.device) -> str:
    """The kind and the model of the device: 'cpu: AMD EPYC 7763'."""
    return f"{device.type}: {torch.cuda.get_device_name(device) if device.type == 'cuda' else _processor()}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def bfloat16_is_fast(device: torch.device) -> bool:
    """Whether the hardware multiplies bfloat16 natively."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type != "cpu" or platform.machine() not in ("x86_64", "AMD64"):
        return False
    if os.environ.get("ONEDNN_MAX_CPU_ISA", "").upper() in WITHOUT_BFLOAT16:
        return False
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


def repeatable_kernels() -> AbstractContextManager[None]:
    """While this lasts cuDNN computes the same way each time, and 32 bits in 32 bits: TF32 has ten of the 23 digits.

    cuDNN is not let try which algorithm is quickest either: what wins depends on the moment, and rounds differently.
    """
    return torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False)


def out_of_memory(error: RuntimeError) -> bool:
    """Whether an error of torch says that memory ran out: accelerators have a class for it, the CPU only words."""
    return isinstance(error, torch.OutOfMemoryError) or "allocate memory" in str(error)


def pictures_at_once(device: torch.device, largest_map: int, most: int) -> int:
    """How many pictures to compute together, 1 to `most`, if one picture's largest map has so many bytes."""
    return max(1, min(most, LARGEST_BLOCK_ON_CPU // max(1, largest_map))) if device.type == "cpu" else most
