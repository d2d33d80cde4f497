"""The paper's other experiments: the pilot study and the latency experiment."""
