"""What `print(type(x))` shows: the name by which users know a class."""

from __future__ import annotations

_HOME = __name__.rpartition(".")[0]

# Where PyTorch's class is defined in a module of another name.
_MOVED = {f"{_HOME}._generator": "torch._C"}


class NamedClass(type):
    """The class of classes that show PyTorch's name: `<class 'torch.Tensor'>`.

    Only the text is another one: `__module__` stays the module that pickles look in, which has to
    exist in every process. Classes that users derive show their own name.
    """

    def __repr__(cls) -> str:
        module = cls.__module__
        if not module.startswith(f"{_HOME}."):
            return super().__repr__()
        inner = module.removeprefix(_HOME).split(".")
        public = ".".join(["torch", *[name for name in inner if name and name[0] != "_"]])
        return f"<class '{_MOVED.get(module, public)}.{cls.__qualname__}'>"
