"""Tasks done on a Ray cluster: processes on its nodes that hold network and store, one for each GPU or core.

Results go from there into the store; this process hands out tasks and reads them back.
"""

from __future__ import annotations

import os
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import PACKAGE
from ..errors import StudyError
from ..store import Store, source_digest
from .executor import OnProgress, Task
from .node import Node, Outcome, Plan

AUTO = "auto"
ATTEMPTS = 3  # of a task, beyond what StudyError says at once
LOOK = 2.0  # seconds between looks at which nodes there are
PATIENCE = 60.0  # seconds without any process at work until that is told
ENDED_EARLY = 8  # processes, one after another, that end before they have begun
PROBE = ".imetric-cluster-"  # begins the name of a file that nodes must see


@dataclass
class _Place:
    """A process on a node as it is seen from here: beginning, idle or with a task."""

    actor: Any
    plan: Plan  # that it has begun with, or is beginning with
    name: str = ""  # of its node, once it has begun


class Cluster:
    """A Ray cluster, and the processes on its nodes: one for each GPU or core, for all networks of a run in turn.

    address: `auto` (the one that runs on this machine or that RAY_ADDRESS names; where there is none, one of this
    machine's own cores and GPUs) or where it is; tell: is told sentences about nodes. Raises StudyError where there is
    none. Whoever makes one closes it.
    """

    def __init__(
        self, address: str, device: str = "auto", tell: Callable[[str], None] = lambda sentence: None
    ) -> None:
        self._ray, self._connected_here = _connected(address)
        self.tell = tell
        self._places: dict[Any, _Place] = {}  # by what they are waited for: of beginning or of a task
        self._idle: list[_Place] = []
        self._told: Counter[str] = Counter()
        self._probes: set[Path] = set()
        self._ended_early = 0
        self._gpus = device != "cpu" and self._ray.cluster_resources().get("GPU", 0) >= 1
        if device not in ("auto", "cpu", "cuda") or (device == "cuda" and not self._gpus):
            self.close()
            raise StudyError(f"device '{device}' is not available on this cluster; available are auto, cpu")

    @property
    def places(self) -> int:
        """How many tasks are done at once."""
        return max(1, int(self._ray.cluster_resources().get("GPU" if self._gpus else "CPU", 0)))

    def executor(
        self, handle_of: Callable[[str], Any], identity: str, store: Store, needs: Sequence[Path] = ()
    ) -> OnCluster:
        """What does tasks with a network here.

        handle_of(device): makes the network's handle on a node, whose identity must be the one given; needs: files and
        folders that tasks read.
        """
        place = store.root.absolute() if isinstance(store.root, Path) else store.root
        plan = Plan(
            handle_of, "cuda" if self._gpus else "cpu", identity, source_digest(PACKAGE), place, store.fresh,
            f"{PROBE}{uuid.uuid4().hex[:12]}", Path.cwd(), tuple(path.absolute() for path in needs),
            max(1, int(self._ray.cluster_resources().get("CPU", 0)) // self.places),
        )  # fmt: skip
        return OnCluster(self, plan, store)

    def close(self) -> None:
        """End the processes on the nodes, and the cluster where it was started from here.

        What the processes are doing is lost, what they finished is not.
        """
        self.stop()
        if self._connected_here and self._ray.is_initialized():
            self._ray.shutdown()

    def stop(self) -> None:
        """End the processes on the nodes."""
        for place in [*self._places.values(), *self._idle]:
            self._ray.kill(place.actor)
        self._places, self._idle = {}, []
        for probe in self._probes:
            probe.unlink(missing_ok=True)
        self._probes = set()

    # What a run needs of the cluster.

    def put(self, probe: Path) -> None:
        """Put a file where processes look for it that begin, as one may do after the run that it was begun for."""
        probe.parent.mkdir(parents=True, exist_ok=True)
        probe.touch()
        self._probes.add(probe)

    def fill(self, wanted: int, plan: Plan) -> None:
        """Begin processes until there are as many as tasks are left, or as the cluster has room for.

        Those that have been at another plan begin with this one.
        """
        for place in [each for each in self._idle if each.plan is not plan]:
            self._idle.remove(place)
            self._begin(place.actor, plan)
        for _ in range(min(wanted, self.places) - len(self._places) - len(self._idle)):
            needs = {"num_gpus": 1} if self._gpus else {"num_cpus": 1}
            self._begin(self._ray.remote(Node).options(scheduling_strategy="SPREAD", **needs).remote(), plan)

    def _begin(self, actor: Any, plan: Plan) -> None:
        self._places[actor.begin.remote(plan)] = _Place(actor, plan)

    def begun(self, ref: Any, plan: Plan) -> None:
        """Take up a process that has begun. Raises StudyError for one that cannot work at this plan."""
        place = self._places.pop(ref)
        try:
            name, why = self._ray.get(ref)
        except self._ray.exceptions.RayError as error:  # its node died meanwhile, or none of them can
            self._ended_early += 1
            if self._ended_early >= ENDED_EARLY:
                raise StudyError(
                    "processes on the cluster's nodes end before they have begun: is this package installed on every "
                    f"node, the same version, and memory enough for the network? ({_first_line(error)})"
                ) from error
            return
        self._ended_early = 0
        if why and place.plan is plan:  # else it begins with this one next
            raise StudyError(f"node {name} of the cluster cannot work: {why}")
        place.name = name
        self._idle.append(place)

    def submit(self, task: Task, store: Store) -> Any:
        """Give a task to an idle process; returns what to wait for."""
        place = self._idle.pop()
        made = frozenset(store.made) if store.fresh else frozenset()
        ref = place.actor.do.remote(task, made)
        self._places[ref] = place
        return ref

    def outcome(self, ref: Any, store: Store) -> Outcome:
        """How a task went. The process is idle again, or gone."""
        place = self._places.pop(ref)
        try:
            outcome = self._ray.get(ref)
        except self._ray.exceptions.RayTaskError as error:  # the task could not even be begun there
            self._idle.append(place)
            return Outcome(cause=_first_line(error.cause))
        except self._ray.exceptions.RayError:
            return Outcome(cause=f"the process that did it, on node {place.name}, died")
        store.adopt(outcome.written)
        self._idle.append(place)
        return outcome

    def can_give(self) -> bool:
        return bool(self._idle)

    def ready(self) -> list[Any]:
        """What is finished, waited for a moment."""
        if not self._places:
            time.sleep(LOOK / 10)
            return []
        return self._ray.wait(list(self._places), num_returns=1, timeout=LOOK)[0]

    def tell_of_nodes(self) -> None:
        """Tell which nodes work, when that has changed."""
        places = [*self._places.values(), *self._idle]
        names = Counter(place.name for place in places if place.name)
        all_begun = all(place.name for place in places)
        if names and (names.keys() != self._told.keys() or (all_begun and names != self._told)):
            self._told = names
            kind = "GPU" if self._gpus else "core"
            each = [f"{name}: {count} {kind}{'s' * (count > 1)}" for name, count in sorted(names.items())]
            self.tell(f"{len(names)} {'node works' if len(names) == 1 else 'nodes work'}: {', '.join(each)}")


class OnCluster:
    """Does tasks with one network on a cluster.

    A process or a node that dies costs the tasks that it had at that moment, which are done elsewhere.
    """

    def __init__(self, cluster: Cluster, plan: Plan, store: Store) -> None:
        self.cluster, self.plan, self.store = cluster, plan, store

    @property
    def places(self) -> int:
        return self.cluster.places

    def run(self, tasks: Sequence[Task], on_progress: OnProgress) -> None:
        """Do all tasks; one that cannot be done is told when all others are finished. Raises StudyError."""
        if not tasks:
            return
        if isinstance(self.plan.place, Path):
            self.cluster.put(self.plan.place / self.plan.probe)
        try:
            failed = _Run(self, tasks, on_progress).finish()
        except BaseException:  # Ctrl-C too: nobody would take what the nodes are doing
            self.cluster.stop()
            raise
        if failed:
            raise StudyError(_failures(failed, len(tasks)))


class _Run:
    """Tasks on their way: waiting, with a process, finished or failed."""

    def __init__(self, executor: OnCluster, tasks: Sequence[Task], on_progress: OnProgress) -> None:
        self.executor, self.cluster = executor, executor.cluster
        self.tasks, self.on_progress = tasks, on_progress
        self.waiting = list(range(len(tasks)))[::-1]
        self.running: dict[Any, int] = {}
        self.attempts: Counter[int] = Counter()
        self.failed: list[tuple[str, str, int]] = []  # name, cause, attempts
        self.done, self.total = 0.0, sum(task.size for task in tasks)

    def finish(self) -> list[tuple[str, str, int]]:
        """Do all tasks; returns those that cannot be done."""
        last = time.monotonic()
        while self.waiting or self.running:
            self.cluster.fill(len(self.waiting) + len(self.running), self.executor.plan)
            while self.waiting and self.cluster.can_give():
                task = self.waiting.pop()
                self.running[self.cluster.submit(self.tasks[task], self.executor.store)] = task
            for ref in self.cluster.ready():
                if ref in self.running:
                    self._take(self.running.pop(ref), self.cluster.outcome(ref, self.executor.store))
                else:
                    self.cluster.begun(ref, self.executor.plan)
                self.cluster.tell_of_nodes()
            if self.running:
                last = time.monotonic()
            elif time.monotonic() - last > PATIENCE:
                last = time.monotonic()
                self.cluster.tell("no node of the cluster is free: waiting for one")
        return self.failed

    def _take(self, task: int, outcome: Outcome) -> None:
        self.attempts[task] += 1
        name, size = self.tasks[task].name, self.tasks[task].size
        if outcome.cause and not outcome.final and self.attempts[task] < ATTEMPTS:
            self.cluster.tell(f"{name}: {outcome.cause}; done again")
            self.waiting.append(task)
            return
        if outcome.cause:
            self.failed.append((name, outcome.cause, self.attempts[task]))
        self.done += size
        self.on_progress(min(self.done, self.total), self.total)


def _failures(failed: Sequence[tuple[str, str, int]], total: int) -> str:
    """What could not be done and why, in one sentence; the first five by name."""
    named = [
        f"{name} ({cause}{f', {attempts} times' if attempts > 1 else ''})" for name, cause, attempts in failed[:5]
    ]
    more = f"; and {len(failed) - 5} more" if len(failed) > 5 else ""
    return (
        f"{len(failed)} of {total} tasks could not be done: {'; '.join(named)}{more}; the others are finished and "
        "kept, the same command tries these again"
    )


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")


def _connected(address: str) -> tuple[Any, bool]:
    """Ray, connected, and whether it has been connected here. Raises StudyError."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to anybody
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # Ray's own future default
    try:
        import ray
    except ImportError as error:
        raise StudyError(
            f"--cluster needs the packages of an extra: pip install 'imetric[cluster]' ({error})"
        ) from error
    if ray.is_initialized():
        return ray, False
    try:
        ray.init(
            None if address == AUTO else address, log_to_driver=False, configure_logging=False,
            logging_level="ERROR", **({"include_dashboard": False} if address == AUTO else {}),
        )  # fmt: skip
    except (ConnectionError, ValueError, RuntimeError, TimeoutError) as error:
        raise StudyError(
            f"there is no Ray cluster at '{address}' ({_first_line(error)}): name {AUTO}, or the address that "
            "ray start --head shows"
        ) from error
    return ray, True
