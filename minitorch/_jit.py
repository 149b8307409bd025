"""Compiled kernels that outlive the process.

Numba caches a function on disk under its source file alone. A kernel that a factory makes for one
operator is a closure, which is not cached at all, and an edited helper in another file would go on
giving old numbers. So the source of a kernel, and of every function that it calls, is written to a
module file in the cache folder, and that module is what Numba compiles and caches. The file's name
holds a hash of its text, which names the modules of its helpers: an edit anywhere makes a new name.
"""

from __future__ import annotations

import ast
import dis
import hashlib
import importlib.util
import inspect
import os
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from functools import cache, cached_property
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numba
from numba.core import config

from . import _compile_notice, _threads
from ._files import atomic_write
from ._kernel_cache import PREFIX, KernelCache, open_folder, warn_of_cache
from ._runtime import numba_flags

# From this many elements on the work outweighs the start of the threads, which takes microseconds,
# and milliseconds where other programs keep the processor busy.
PARALLEL_THRESHOLD = 1 << 16

_FILE_TIME = 1_000_000_000
# Nobody calls kernels from C, nor helpers from Python: wrappers for that are a tenth of the work.
_FOR_PYTHON = {"no_cfunc_wrapper": True}
_FOR_KERNELS = {"no_cfunc_wrapper": True, "no_cpython_wrapper": True}
# A module that one thread is still importing must not be used by another.
_importing = threading.RLock()


class SizedKernel:
    """One kernel, run by a single thread on small tensors and by all threads on large ones.

    Args:
        make: gives the compiled function whose body is run, when it is first needed.
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    @cached_property
    def _dispatcher(self) -> Any:
        return self._make()

    @cached_property
    def serial(self) -> Any:
        """The kernel for small tensors."""
        return cached(self._dispatcher, parallel=False)

    @cached_property
    def parallel(self) -> Any:
        """The kernel for large tensors."""
        return cached(self._dispatcher)

    @cached_property
    def guarded(self) -> Any:
        """The kernel for large tensors, started by one thread at a time."""
        return _threads.guarded(self.parallel)

    def for_size(self, size: int) -> Any:
        """Choose the kernel for a number of elements (or of steps of similar cost)."""
        if size < PARALLEL_THRESHOLD or _threads.must_be_serial():
            return self.serial
        return self.guarded


def cached(dispatcher: Any, **options: Any) -> Any:
    """Give a twin of a Numba function that is compiled from a module file and cached on disk.

    Args:
        dispatcher: what `numba.njit` returned; anything else is given back as it is (with
            NUMBA_DISABLE_JIT=1 that is a plain function).
        **options: compiler options that differ from the function's own.

    Returns:
        The twin; one that lives in memory only where the source is not known (a lambda, a function
        typed at the prompt) or the cache folder cannot be written.
    """
    if not hasattr(dispatcher, "py_func") or config.DISABLE_JIT:
        return dispatcher
    options = {**_options(dispatcher), **_FOR_PYTHON, **options}
    try:
        with _importing:
            module = _module(dispatcher.py_func, options)
    except (_UnknownSourceError, RecursionError):
        return numba.njit(**options)(dispatcher.py_func)
    except (OSError, RuntimeError) as error:  # Numba raises the latter for a read-only folder.
        warn_of_cache(error)
        return numba.njit(**options)(dispatcher.py_func)
    return getattr(module, dispatcher.py_func.__name__)


def entry_point(kernel: Any, signature: tuple[Any, ...]) -> Callable[..., Any]:
    """Compile a kernel for these types, and give what can be called without Numba's dispatch.

    Nothing checks what it is called with. An array of another rank or dtype than the signature says
    is read and written beyond its end, so callers key entry points by both.
    """
    kernel.compile(signature)
    entry: Callable[..., Any] = kernel.overloads[signature].entry_point
    return _threads.guarded(entry) if kernel.targetoptions.get("parallel") else entry


class _UnknownSourceError(Exception):
    """A function, or something that it uses, cannot be written down as source."""


def _options(dispatcher: Any) -> dict[str, Any]:
    """Read the compiler options of a Numba function that are not the default."""
    options = {
        name: value
        for name, value in dispatcher.targetoptions.items()
        if name not in ("nopython", "cache") and value
    }
    if options.get("inline") == "never":
        del options["inline"]
    return options


def _module(function: FunctionType, options: dict[str, Any]) -> ModuleType:
    """Load the module that holds the source of a function, writing it first if it is new."""
    text = _module_text(function, options)
    digest = hashlib.sha256(text.encode()).hexdigest()[:24]
    name = f"{PREFIX}{function.__name__.strip('_')}_{digest}"
    if name in sys.modules:
        return sys.modules[name]
    path = open_folder() / f"{name}.py"
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        with atomic_write(path, "w") as file:
            file.write(text)
        # Numba drops what it compiled when the file's time changes: two processes that write the
        # same file at once must leave the same time.
        os.utime(path, (_FILE_TIME, _FILE_TIME))
    return _import(name, path, function.__name__)


def _import(name: str, path: Path, kernel_name: str) -> ModuleType:
    """Import a module file, registered first, as Numba's cache needs it, and give it that cache."""
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise OSError(f"{path} is no Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
        kernel = getattr(module, kernel_name)
        kernel._cache = KernelCache(kernel.py_func)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _module_text(function: FunctionType, options: dict[str, Any]) -> str:
    """Write a module with one function and everything that it refers to."""
    references = sorted(_reference(name, value) for name, value in _references(function))
    keywords = ", ".join(f"{name}={_literal(options[name])}" for name in sorted(options))
    return "\n".join(
        [
            f"# Generated from {function.__module__}.{function.__qualname__}: edit it there.",
            "from __future__ import annotations",
            "",
            "import numba",
            "",
            *references,
            "",
            "",
            f"@numba.njit({keywords})",
            _source(function),
        ]
    )


def _literal(value: Any) -> str:
    """Write an option's value, a set in an order that is the same in every process."""
    if isinstance(value, set):
        return f"{{{', '.join(sorted(map(repr, value)))}}}"
    return repr(value)


def _source(function: FunctionType) -> str:
    """Give the text of a function's definition, without its decorators."""
    try:
        text = textwrap.dedent(inspect.getsource(function))
        node = ast.parse(text).body[0]
    except (OSError, TypeError, SyntaxError) as error:
        raise _UnknownSourceError(str(error)) from error
    if not isinstance(node, ast.FunctionDef) or node.name != function.__name__:
        raise _UnknownSourceError(f"{function} is no plain function")
    if function.__defaults__ or function.__kwdefaults__:
        raise _UnknownSourceError(f"{function} has default values")
    return "\n".join(text.splitlines()[node.lineno - 1 : node.end_lineno]) + "\n"


def _references(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """Walk over the global names and the closure's variables that a function uses."""
    code = function.__code__
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        yield name, cell.cell_contents
    for name in _global_names(code):
        if name in function.__globals__:
            yield name, function.__globals__[name]


def _global_names(code: CodeType) -> set[str]:
    names = {i.argval for i in dis.get_instructions(code) if i.opname == "LOAD_GLOBAL"}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            names |= _global_names(constant)
    return names


def _reference(name: str, value: Any) -> str:
    """Write the line that gives a name its value in another module."""
    if hasattr(value, "py_func"):
        helper = value.py_func
        module = _module(helper, {**_options(value), **_FOR_KERNELS}).__name__
        return f"from {module} import {helper.__name__} as {name}"
    if isinstance(value, ModuleType):
        return f"import {value.__name__} as {name}{_fingerprint(value)}"
    if isinstance(value, bool | int | str):
        return f"{name} = {value!r}"
    if isinstance(value, float):
        return f"{name} = float({str(value)!r})"
    home = sys.modules.get(getattr(value, "__module__", None) or "__main__")
    own_name = getattr(value, "__qualname__", "")
    if home and home.__name__ != "__main__" and getattr(home, own_name, None) is value:
        return f"from {home.__name__} import {own_name} as {name}{_fingerprint(home)}"
    raise _UnknownSourceError(f"{name} = {value!r} cannot be written down")


@cache
def _fingerprint(module: ModuleType) -> str:
    """Hash a module's file into a comment: a kernel may read constants that are written there.

    Of a package all files count, since what it offers stands in any of them. Packages whose version
    is part of the folder's name need no hash.
    """
    if module.__name__.partition(".")[0] in numba_flags():
        return ""
    path = Path(getattr(module, "__file__", None) or "")
    if path.suffix != ".py" or not path.is_file():
        return ""
    files = sorted(path.parent.rglob("*.py")) if path.name == "__init__.py" else [path]
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files))
    return f"  # {digest.hexdigest()[:24]}"


_compile_notice.install()
