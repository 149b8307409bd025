"""Where loaded storages go: `map_location`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...errors import DeviceError
from .._device import device
from ..storage import TypedStorage, UntypedStorage
from .rebuild import Storage

MapLocation = Callable[[UntypedStorage, str], Any] | device | str | Mapping[str, str] | None
Restore = Callable[[Storage, str], Storage]


def restorer(map_location: MapLocation) -> Restore:
    """Make the function that puts a storage where it belongs.

    Args:
        map_location: None for the place that the file names; a device for all storages; a dict of
            places; or a function of a storage and its place, which gives a storage, or None to
            leave it where the file says.

    Raises:
        TypeError: it is none of these.
    """
    if map_location is None:
        return _restore
    if isinstance(map_location, str | device):
        chosen = str(map_location)
        return lambda storage, location: _restore(storage, chosen)
    if isinstance(map_location, Mapping):
        places = {str(key): str(value) for key, value in map_location.items()}
        return lambda storage, location: _restore(storage, places.get(location, location))
    if not callable(map_location):
        raise TypeError(
            "map_location must be None, a device, a str, a dict of places or a function, got "
            f"{map_location!r}."
        )
    function = map_location

    def restore(storage: Storage, location: str) -> Storage:
        given = UntypedStorage._of(storage.memory)
        found = function(given, location)
        if found is None:
            return _restore(storage, location)
        if isinstance(found, TypedStorage):
            found = found.untyped()
        if not isinstance(found, UntypedStorage) or found.nbytes() != storage.memory.nbytes:
            raise TypeError(
                f"map_location gave {type(found).__name__} for a storage of "
                f"{storage.memory.nbytes} bytes on {location!r}; it must give a storage of the "
                "same size, or None."
            )
        return storage if found is given else Storage(found._bytes, storage.dtype)

    return restore


def _restore(storage: Storage, location: str) -> Storage:
    kind = location.partition(":")[0]
    if kind == "cpu":
        return storage
    if kind == "cuda":
        raise DeviceError(
            "Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is "
            f"False: the file has a storage for {location!r}. Use torch.load with "
            "map_location=torch.device('cpu') to bring all storages to the CPU."
        )
    raise DeviceError(
        f"don't know how to restore data location {location!r} of a storage. Use torch.load with "
        "map_location=torch.device('cpu') to bring all storages to the CPU."
    )
