"""What a call is given, checked before anything is computed."""

from __future__ import annotations

from ..errors import StudyError
from ..models import NetworkHandle


def check_neuron(network: NetworkHandle, neuron: object) -> int:
    """The neuron's number. Raises StudyError for one that the layer does not have."""
    from ..explanations.visualization.items import Item, check_item

    if isinstance(neuron, bool) or not hasattr(neuron, "__index__"):
        raise StudyError(f"a neuron cannot be {neuron!r}: it is a whole number from 0 to {network.units - 1}")
    number = neuron.__index__()
    try:
        check_item(network.network, Item(number))
    except ValueError as error:
        raise StudyError(str(error)) from None
    return number
