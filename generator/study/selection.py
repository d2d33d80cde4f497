"""Section [selection]: which neurons a study asks about."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from .section import Section


class SelectionSettings(Section):
    """Which neurons are asked about; the first four criteria and their names are the paper's."""

    count: int = Field(10, ge=1, le=200, description="questions of the study, of each of its sets")
    neurons: tuple[int, ...] = Field((), description="explicit neurons, in this order; empty: chosen by the criteria")
    by: Literal["criteria", "spread", "easy", "hard"] = Field(
        "criteria",
        description="which of the neurons that pass: any, in the seed's order; or by a machine score, how many options "
        "the observer features picks right: the highest (easy), the lowest (hard), or evenly over all (spread)",
    )
    top_edge_num: int = Field(100, ge=1, description="size of the top group, pictures with the highest activations")
    top_min: float = Field(0.11, ge=0, description="the smallest activation of the top group exceeds this")
    bottom_edge_num: int = Field(
        100, ge=1, description="size of the bottom group, pictures with the lowest activations"
    )
    min_max_ratio_min: float = Field(
        10_000.0, ge=1, description="smallest of the top group over largest of the bottom group, at least"
    )
    overlap_max: float = Field(
        0.5, ge=0, le=1, description="share of the top group that two chosen neurons may have in common"
    )
    similarity_max: float = Field(
        0.8,
        ge=-1,
        le=1,
        description="cosine of two neurons' visualizations, as the network represents them, centred on the pictures' "
        "mean, at most (two noises, one neuron: 95 in 100 exceed 0.95; two neurons: 1 in 100 exceeds 0.8, "
        "benchmarks/similarity.py)",
    )
    visualization_min: float = Field(
        1.0, ge=0, description="a visualization drives its neuron at least this many times the top group's smallest"
    )

    @model_validator(mode="after")
    def _each_neuron_once(self) -> SelectionSettings:
        twice = next((n for k, n in enumerate(self.neurons) if n in self.neurons[:k]), None)
        if twice is not None:
            raise ValueError(f"neurons names {twice} twice: a study asks about each neuron once")
        return self
