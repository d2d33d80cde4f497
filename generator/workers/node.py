"""What runs on a node of a cluster: a process that holds network and store, and does one task after another."""

from __future__ import annotations

import os
import socket
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import PACKAGE
from ..errors import StudyError, Unreachable
from ..store import Place, Store, source_digest
from .executor import Task, Worker
from .processes import PROCESSES


@dataclass(frozen=True)
class Plan:
    """What a process on a node is made with, and what must be the same there as here."""

    handle_of: Callable[[str], Any]  # device -> the network's handle
    device: str
    identity: str
    code: str
    place: Place
    fresh: bool
    probe: str
    folder: Path  # where this process runs: relative paths begin there
    needs: tuple[Path, ...]
    processes: int  # that one on a node may begin beside it


@dataclass(frozen=True)
class Outcome:
    """How a task went: names of the artifacts that it wrote, or why it failed. final: no further attempt helps."""

    written: tuple[str, ...] = ()
    cause: str = ""
    final: bool = False


class Node:
    """A process on a node: a network and the store, held from task to task."""

    def __init__(self) -> None:
        self.worker: Worker | None = None

    def begin(self, plan: Plan) -> tuple[str, str]:
        """The node's name and "", or why it cannot work: the network, the code or the store are not those of here.

        The network of an earlier plan goes.
        """
        import ray

        self.worker = None
        name = f"{socket.gethostname()} ({ray.get_runtime_context().get_node_id()[:6]})"
        if plan.device == "cpu":  # one thread, as in any other place: how many share a sum may change its last digit
            import torch

            torch.set_num_threads(1)
        try:
            if plan.folder.is_dir():
                os.chdir(plan.folder)
            os.environ[PROCESSES] = str(plan.processes)
            if source_digest(PACKAGE) != plan.code:
                return name, "it runs another version of this package: install the same one on every node"
            store = Store(plan.place, plan.fresh)
            if isinstance(plan.place, Path) and not (plan.place / plan.probe).exists():
                return name, (
                    f"it does not see {plan.place}: name with --artifacts a folder that every node shares, or an "
                    "address such as s3://bucket/prefix"
                )
            missing = [path for path in plan.needs if not path.exists()]
            if missing:
                return name, f"it does not see {missing[0]}: pictures must lie where every node sees them"
            handle = plan.handle_of(plan.device)
            if handle.identity != plan.identity:
                return name, (
                    "its network is another one: give every node the same weights, on a folder that all of them see, "
                    "and the same code of the network"
                )
        except StudyError as error:
            return name, f"{error} (weights must lie where every node sees them)"
        except Exception as error:  # noqa: BLE001  whatever is missing there is told, not where it was noticed
            return name, f"{type(error).__name__}: {error}"
        self.worker = Worker(handle, store)
        return name, ""

    def do(self, task: Task, made: frozenset[str]) -> Outcome:
        """Do a task. made: artifacts of this run, which `--fresh` lets alone."""
        assert self.worker is not None
        store = self.worker.store
        store.made |= made
        before = set(store.made)
        try:
            task.run(self.worker, lambda count: None)
        except StudyError as error:
            return Outcome(tuple(store.made - before), str(error), final=not isinstance(error, Unreachable))
        except Exception as error:  # noqa: BLE001
            last = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(last.filename).name}, line {last.lineno}"
            return Outcome(tuple(store.made - before), f"{type(error).__name__}: {error} ({where})")
        return Outcome(tuple(store.made - before))
