"""Activations -> how alike units are: each is described by how the network represents its top pictures."""

from __future__ import annotations

import numpy as np

from ..models import Activations

MOST_DIMENSIONS = 50  # principal components that units are described in (scikit-learn advises 50 before t-SNE)
MOST_ROWS = 2048  # pictures that components are taken from
AT_ONCE = 1024  # rows of activations in memory


def describe_units(activations: Activations, top: np.ndarray, dead: np.ndarray) -> np.ndarray:
    """Activations of N pictures for U units, and each unit's top pictures [k, U] -> its description, float32 [U, d].

    A picture is represented by all units, each centred on its mean over the pictures and scaled by its spread over top
    pictures, so that no unit counts for more than another; a unit is the mean of its top pictures in the first
    principal components, of length 1. dead: bool [U], units that answer to nothing, which are described by zeros.
    """
    pictures = np.unique(top[:, ~dead])
    units = activations.shape[1]
    if not len(pictures):
        return np.zeros((units, 1), np.float32)
    sample = pictures[np.unique(np.linspace(0, len(pictures) - 1, min(MOST_ROWS, len(pictures))).round().astype(int))]
    rows = activations.rows(sample) - activations.mean
    spread = np.sqrt(np.square(rows).mean(0))
    scale = np.where(spread > 0, 1 / np.maximum(spread, np.finfo(np.float32).tiny), 0)
    components = principal_components(rows * scale, MOST_DIMENSIONS)  # [U, d]
    placed = np.empty((len(pictures), components.shape[1]))
    for first in range(0, len(pictures), AT_ONCE):
        some = activations.rows(pictures[first : first + AT_ONCE])
        placed[first : first + len(some)] = ((some - activations.mean) * scale) @ components
    described = placed[np.searchsorted(pictures, np.where(dead, pictures[0], top))].mean(0)  # [k, U, d] -> [U, d]
    length = np.linalg.norm(described, axis=1, keepdims=True)
    described /= np.where(length > 0, length, 1)
    described[dead] = 0
    return described.astype(np.float32)


def principal_components(rows: np.ndarray, most: int) -> np.ndarray:
    """Centred rows [n, U] -> their first principal directions [U, d], d at most `most`, by eigenvalues of n or U."""
    rows = rows.astype(np.float64)
    wide = rows.shape[1] > rows.shape[0]
    values, vectors = np.linalg.eigh(rows @ rows.T if wide else rows.T @ rows)
    kept = [k for k in np.argsort(values)[::-1][:most] if values[k] > values[-1] * 1e-10]
    if not kept:
        return np.zeros((rows.shape[1], 1))
    return rows.T @ vectors[:, kept] / np.sqrt(values[kept]) if wide else vectors[:, kept]


def most_alike(described: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Descriptions [U, d] of length 1 or 0 -> of each unit the `count` others most like it, and their cosines.

    int [U, c] and float32 [U, c], the most alike first, ties by number; c is `count` or the number of other units.
    """
    units = len(described)
    count = min(count, units - 1)
    others, cosines = np.empty((units, count), int), np.empty((units, count), np.float32)
    for first in range(0, units, AT_ONCE):
        some = np.arange(first, min(first + AT_ONCE, units))
        likeness = described[some] @ described.T
        likeness[np.arange(len(some)), some] = -np.inf
        if count:
            nearest = np.sort(np.argpartition(-likeness, count - 1, axis=1)[:, :count], axis=1)
            order = np.argsort(-np.take_along_axis(likeness, nearest, 1), axis=1, kind="stable")
            others[some] = np.take_along_axis(nearest, order, 1)
            cosines[some] = np.take_along_axis(likeness, others[some], 1)
    return others, cosines
