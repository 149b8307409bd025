"""In which layer of a network an error was raised."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .module import Module

_BEGINNING = "Raised in the layer "


def note_layer(module: Module, problem: BaseException) -> None:
    """Note the path of the layer that was called last, where an error leaves a module's call.

    The call of each module around that layer writes the note anew, with the longer path.

    Args:
        module: whose call the error leaves.
        problem: the error; its traceback begins with that call.
    """
    failed = _called_last(problem)
    if failed is None or failed is module:
        return
    path = next((path for path, layer in module.named_modules() if layer is failed), None)
    if path is None:
        return
    notes = [note for note in _notes(problem) if not note.startswith(_BEGINNING)]
    own = f"{_BEGINNING}{path} ({type(failed).__name__}) of {type(module).__name__}."
    problem.__notes__ = [*notes, own]


def _called_last(problem: BaseException) -> Module | None:
    """Give the innermost module whose call is in the traceback of an error."""
    entry = problem.__traceback__
    if entry is None:
        return None
    outermost, found = entry.tb_frame, None
    while (entry := entry.tb_next) is not None:
        if entry.tb_frame.f_code is outermost.f_code:
            found = entry.tb_frame.f_locals["self"]
    return found


def _notes(problem: BaseException) -> list[str]:
    return getattr(problem, "__notes__", [])
