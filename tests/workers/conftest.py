"""A real cluster of three nodes on this machine, and an object store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

ROOT = Path(__file__).parents[2]
MEMORY = 80 * 2**20  # bytes of a node's object store, the least that Ray takes
BUCKET = "imetric-artifacts"


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """The address of an empty bucket of an S3 server."""
    server_of = pytest.importorskip("moto.server", reason="moto's server is not installed")
    import boto3

    server = server_of.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_ACCESS_KEY_ID": "of-tests", "AWS_SECRET_ACCESS_KEY": "of-tests",
            "AWS_DEFAULT_REGION": "us-east-1",
        }.items():  # fmt: skip
            patch.setenv(name, value)
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        yield f"s3://{BUCKET}/study"
    server.stop()


@pytest.fixture(scope="module")
def nodes(bucket: str) -> Iterator[Any]:
    """Three nodes with a core each, that find this project's modules where this process does."""
    import ray
    from ray.cluster_utils import Cluster as Nodes

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # as on the nodes
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        started = Nodes(
            initialize_head=True,
            head_node_args={"num_cpus": 1, "object_store_memory": MEMORY, "include_dashboard": False},
        )
        for _ in range(2):
            started.add_node(num_cpus=1, object_store_memory=MEMORY)
        ray.init(started.address, log_to_driver=False, configure_logging=False)
        yield started
        ray.shutdown()
        started.shutdown()
    torch.set_num_threads(threads)
