"""What code a network of the user's own runs: its function and its modules -> a hash of their sources."""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib.util
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import packages_distributions, version
from pathlib import Path

from torch import nn

from .identity import OWN_SOURCES

_INSTALLED = tuple(Path(p).resolve() for p in {*sysconfig.get_paths().values(), *sys.path} if p.endswith("-packages"))
_STANDARD = tuple(Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib"))
_THIS_PACKAGE = __package__.split(".")[0]


def code_digest(model: nn.Module, entry: str) -> str:
    """A hash that changes when the code that computes the network may have changed.

    entry: dotted name of the module that makes the network. Covered are the source files of that module, of the classes
    of the network's own modules and, followed from import to import, of whatever they import from outside the standard
    library and installed packages; of installed packages the version; and this package's own way to run a network.
    What is read while it runs, such as a file of numbers, is not.
    """
    waiting = {entry, *(type(module).__module__ for module in model.modules())}
    seen: set[str] = set()
    parts: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        source = _source(name)
        top = name.split(".")[0]
        if top == _THIS_PACKAGE or source is None or _inside(source, _STANDARD) and not _inside(source, _INSTALLED):
            continue
        if _inside(source, _INSTALLED):
            parts.update(f"{each}=={version(each)}" for each in _distributions().get(top, ()))
            continue
        content = source.read_bytes()
        parts.add(f"{name} {hashlib.sha256(content).hexdigest()}")
        waiting.update(_imported(content, name, source.name == "__init__.py"))
    own = [hashlib.sha256(source.read_bytes()).hexdigest() for source in OWN_SOURCES]
    return hashlib.sha256("\n".join([*own, *sorted(parts)]).encode()).hexdigest()


@functools.cache
def _distributions() -> Mapping[str, list[str]]:
    """Which distributions each installed module belongs to; listing them takes half a second and more."""
    return packages_distributions()


def _source(name: str) -> Path | None:
    """The source file of a module, imported or not; None if it has none."""
    module = sys.modules.get(name)
    file = getattr(module, "__file__", None)
    if module is None:
        try:
            spec = importlib.util.find_spec(name)
        except (ImportError, AttributeError, ValueError):
            return None
        file = spec.origin if spec else None
    return Path(file).resolve() if file and file.endswith(".py") and Path(file).is_file() else None


def _imported(content: bytes, name: str, is_package: bool) -> Iterator[str]:
    """Dotted names that a module may import: of `from a import b`, a and a.b."""
    package = name if is_package else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".") if node.level else []
            base = ".".join([*parts[: len(parts) - node.level + 1], *([node.module] if node.module else [])])
            if base:
                yield base
                yield from (f"{base}.{alias.name}" for alias in node.names)


def _inside(path: Path, folders: Iterable[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)
