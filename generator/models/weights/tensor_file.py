"""Read the tensors of a file that torch.save wrote, without running anything the file may ask for.

A pickle is a program: it may name any function and call it with arguments of its own. Here every name that it gives,
except the few that make up tensors, becomes a stand-in that takes arguments and does nothing. Tensors are records of
where their numbers lie in the file; numbers are read for those that are wanted, after their bounds are checked.
"""

from __future__ import annotations

import math
import pickle
import sys
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor

from ...study.model import ModelError

# torch.serialization: the first objects of a file of the time before the zip format, PyTorch 1.6.
LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
LEGACY_PROTOCOL = 1001
PICKLE_MAX = 64 * 2**20  # bytes; the pickle of a ResNet-152 with its optimizer is below 1 MB, numbers lie outside it

STORAGES = {
    "DoubleStorage": torch.float64, "FloatStorage": torch.float32, "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16, "LongStorage": torch.int64, "IntStorage": torch.int32,
    "ShortStorage": torch.int16, "CharStorage": torch.int8, "ByteStorage": torch.uint8, "BoolStorage": torch.bool,
}  # fmt: skip

# Names that files of weights are known to hold beside their tensors. All of them stay stand-ins; any other name is a
# reason to refuse the file.
HARMLESS = {
    "collections": {"OrderedDict", "defaultdict", "Counter"},
    "builtins": {"set", "frozenset", "complex", "slice", "bytearray", "object", "int", "float", "str", "list", "dict"},
    "_codecs": {"encode"},  # how protocol 2 spells the bytes of a number of numpy
    "argparse": {"Namespace"},
    "numpy": {"dtype", "ndarray", "float64", "float32", "int64"},
    "numpy.core.multiarray": {"scalar", "_reconstruct"},
    "numpy._core.multiarray": {"scalar", "_reconstruct"},
    "torch": {"Size", "device", "dtype", "float64", "float32", "float16", "bfloat16"},
    "torch._utils": {"_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_parameter"},
    "torch.nn.parameter": {"Parameter"},
}
# Their classes may lie in a training state, or among the settings beside a dictionary.
CLASSES_OF = ("robustness", "cox", "apex", "torch.optim", "vit_prisma")


class TensorFileError(ModelError):
    """A file whose tensors cannot be read, or must not."""


@dataclass(frozen=True)
class StorageRecord:
    """A row of numbers in the file: its key, their type and how many they are."""

    key: str
    dtype: torch.dtype
    length: int

    def __setstate__(self, state: object) -> None:
        raise ValueError("a storage that changes after it was made")


@dataclass(frozen=True)
class TensorRecord:
    """Where a tensor's numbers lie: in a storage, from an offset on, with a stride for each dimension."""

    storage: StorageRecord
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]

    def __setstate__(self, state: object) -> None:
        raise ValueError("a tensor that changes after it was made")


class StandIn:
    """What any other name of the file becomes: takes whatever it is given and keeps nothing."""

    name = ""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def __call__(self, *_: object, **__: object) -> None:
        raise TensorFileError(f"calls what it made with {_shown(self.name)}")

    def __setstate__(self, state: object) -> None:
        pass

    def append(self, item: object) -> None:
        pass

    extend = add = append

    def __setitem__(self, key: object, value: object) -> None:
        pass


def _stand_in(name: str) -> type[StandIn]:
    """A class of its own for every name: a pickle can alter nothing that outlives it."""
    return type("StandIn", (StandIn,), {"name": name})


def _shown(name: str) -> str:
    return name if name.isprintable() and len(name) <= 80 else ascii(name)[:80]


class _Table(dict):
    """An ordered dictionary of the file; the attributes it comes with (versions of modules) are not kept."""

    def __setstate__(self, state: object) -> None:
        """Take the state, keep nothing of it."""


class _Function:
    """One of the few names that do something: a function of this file in its place."""

    def __init__(self, run: Callable[..., Any]) -> None:
        self._run = run

    def __call__(self, *arguments: object) -> Any:
        return self._run(*arguments)

    def __setstate__(self, state: object) -> None:
        raise ValueError("a function that changes")


class _Unpickler(pickle.Unpickler):
    """Gives a stand-in for every name, and records for tensors."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file, encoding="latin1")
        self.unknown: list[str] = []

    def find_class(self, module: str, name: str) -> Any:
        module = "builtins" if module == "__builtin__" else module  # its name in protocol 2
        full = f"{module}.{name}"
        if module == "torch" and name in STORAGES:
            return _stand_in(name)
        if full == "collections.OrderedDict":
            return _Function(lambda *_: _Table())
        if full in ("torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor"):
            return _Function(_tensor_record)
        if full == "torch._utils._rebuild_parameter":
            return _Function(lambda data, *_: data)
        if full == "torch.Size":
            return _Function(tuple)
        of_package = any(module == package or module.startswith(f"{package}.") for package in CLASSES_OF)
        if name not in HARMLESS.get(module, ()) and not (of_package and name.isidentifier() and name[0].isupper()):
            self.unknown.append(_shown(full))
        return _stand_in(full)

    def persistent_load(self, pid: Any) -> StorageRecord:
        kind, storage, key, _, length, *view = pid
        named = storage.name if isinstance(storage, type) and issubclass(storage, StandIn) else None
        if kind != "storage" or named not in STORAGES or any(view):
            raise ValueError("a storage that is not known")
        if not isinstance(length, int) or length < 0:
            raise ValueError(f"a storage of {length!r} numbers")
        return StorageRecord(str(key), STORAGES[named], length)


def _tensor_record(
    storage: StorageRecord, offset: int, shape: Sequence[int], stride: Sequence[int], *_: object
) -> TensorRecord:
    """Arguments of torch._utils._rebuild_tensor_v2. Raises ValueError if the tensor leaves its storage."""
    shape, stride = tuple(shape), tuple(stride)
    if not isinstance(storage, StorageRecord) or len(shape) != len(stride):
        raise ValueError("a tensor without storage")
    if any(type(k) is not int or k < 0 for k in (offset, *shape, *stride)):
        raise ValueError("a tensor whose shape is not made of whole numbers")
    last = offset + sum((side - 1) * step for side, step in zip(shape, stride, strict=True))
    if math.prod(shape) and last >= storage.length:
        raise ValueError("a tensor that leaves its storage")
    if math.prod(shape) > storage.length:
        raise ValueError("a tensor larger than its storage")
    return TensorRecord(storage, offset, shape, stride)


class TensorFile:
    """A file of torch.save, open for reading: `content` is what was saved, with TensorRecord for tensors.

    Use as a context manager. Raises TensorFileError, a sentence, for a file of another kind, a damaged one, and one
    that names what has no place among weights.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._storages: dict[str, bytearray | tuple[int, int]] = {}
        self._archive: zipfile.ZipFile | None = None
        if not path.is_file():
            raise TensorFileError(f"checkpoint {path} does not exist" + (" (it is a folder)" if path.is_dir() else ""))
        self._file = path.open("rb")
        try:
            self.content = self._open_zip() if zipfile.is_zipfile(self._file) else self._open_legacy()
        except TensorFileError as error:
            self.close()
            if str(error).startswith("calls"):
                raise TensorFileError(self._refusal(str(error))) from None
            raise
        except Exception as error:  # a damaged pickle fails in as many ways as there are instructions
            self.close()
            why = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise TensorFileError(f"{path} is not a checkpoint that can be read as tensors ({why})") from error

    def __enter__(self) -> TensorFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        if self._archive:
            self._archive.close()
        self._file.close()

    def tensor(self, record: TensorRecord) -> Tensor:
        """The tensor itself, contiguous, on the CPU. Raises TensorFileError if the file holds too few numbers."""
        item = torch.empty(0, dtype=record.storage.dtype).element_size()
        raw = self._bytes(record.storage, item)
        if len(raw) < record.storage.length * item:
            raise TensorFileError(
                f"{self.path} is cut short: a storage of {record.storage.length} numbers is not all there"
            )
        if not raw:
            return torch.empty(record.shape, dtype=record.storage.dtype)
        flat = torch.frombuffer(raw, dtype=record.storage.dtype, count=record.storage.length)
        return flat.as_strided(record.shape, record.stride, record.offset).clone().contiguous()

    def _refusal(self, what: str) -> str:
        return (
            f"{self.path} {what}, which has no place in a file of weights; nothing of it was run: "
            "get the file again from where it was published, or do without it"
        )

    def _load(self, file: BinaryIO) -> Any:
        unpickler = _Unpickler(file)
        try:
            return unpickler.load()
        finally:
            if unpickler.unknown:
                raise TensorFileError(self._refusal(f"names {', '.join(sorted(set(unpickler.unknown))[:3])}"))

    def _open_zip(self) -> Any:
        self._archive = archive = zipfile.ZipFile(self._file)
        pickles = [name for name in archive.namelist() if name.endswith("/data.pkl")]
        if len(pickles) != 1:
            raise ValueError("a zip archive without the data.pkl of torch.save")
        info = archive.getinfo(pickles[0])
        if info.compress_type != zipfile.ZIP_STORED or info.file_size > PICKLE_MAX:
            raise ValueError("its data.pkl is compressed or larger than 64 MiB")
        self._prefix = pickles[0].removesuffix("data.pkl")
        if f"{self._prefix}byteorder" in archive.namelist():
            order = archive.read(f"{self._prefix}byteorder")[:8].decode("ascii", "replace")
            if order != sys.byteorder:
                raise ValueError(f"its numbers are {order}-endian")
        with archive.open(info) as file:
            return self._load(file)  # type: ignore[arg-type]

    def _open_legacy(self) -> Any:
        self._file.seek(0)
        if self._load(self._file) != LEGACY_MAGIC or self._load(self._file) != LEGACY_PROTOCOL:
            raise ValueError("it does not begin as torch.save begins its files")
        if dict.get(self._load(self._file), "little_endian") is not (sys.byteorder == "little"):
            raise ValueError("its numbers are in another byte order")
        content = self._load(self._file)
        keys = self._load(self._file)
        lengths = {record.storage.key: record.storage for record in tensors_of(content).values()}
        end = self.path.stat().st_size
        for key in keys:  # each storage: how many numbers, 8 bytes, and the numbers
            length = int.from_bytes(self._file.read(8), sys.byteorder, signed=True)
            known = lengths.get(str(key))
            if known is None or known.length != length:
                raise ValueError("its list of storages is not that of its tensors")
            size = length * torch.empty(0, dtype=known.dtype).element_size()
            start = self._file.tell()
            if start + size > end:
                raise TensorFileError(f"{self.path} is cut short: a storage of {length} numbers is not all there")
            self._storages[str(key)] = (start, size)
            self._file.seek(start + size)
        return content

    def _bytes(self, storage: StorageRecord, item: int) -> bytearray:
        if self._archive is None:
            start, size = self._storages.get(storage.key, (0, 0))
            self._file.seek(start)
            return bytearray(self._file.read(size))
        name = f"{self._prefix}data/{storage.key}"
        try:
            info = self._archive.getinfo(name)
        except KeyError as error:
            raise TensorFileError(f"{self.path} is cut short: its storage {storage.key} is missing") from error
        if info.compress_type != zipfile.ZIP_STORED or info.file_size != storage.length * item:
            raise TensorFileError(f"{self.path} is damaged: its storage {storage.key} is not as long as it says")
        try:
            return bytearray(self._archive.read(info))
        except (zipfile.BadZipFile, OSError, EOFError) as error:
            raise TensorFileError(f"{self.path} is damaged: its storage {storage.key} cannot be read") from error


def tensors_of(content: Any) -> dict[str, TensorRecord]:
    """Every tensor in nested dictionaries, lists and tuples, by its dotted path."""
    found: dict[str, TensorRecord] = {}
    waiting: list[tuple[str, Any]] = [("", content)]
    seen: set[int] = set()
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, TensorRecord):
            found[path] = value
        elif isinstance(value, (dict, list, tuple)) and id(value) not in seen:
            seen.add(id(value))
            pairs = dict.items(value) if isinstance(value, dict) else enumerate(value)
            waiting += [(f"{path}.{key}" if path else str(key), each) for key, each in pairs]
    return found
