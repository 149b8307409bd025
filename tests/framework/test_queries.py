"""Questions about devices and settings have PyTorch's answers for a machine without a GPU."""

from __future__ import annotations

import math
import warnings
from typing import Any

import pytest

import minitorch.torch as ours
from minitorch.torch import _uncompiled
from minitorch.torch._version_text import TorchVersion

# Expressions that both libraries answer alike; "!" marks those that raise in both.
ANSWERS = """
torch.cuda.is_available()
torch.cuda.device_count()
torch.cuda.is_initialized()
torch.cuda.is_bf16_supported()
torch.cuda.get_arch_list()
torch.cuda.manual_seed(1)
torch.cuda.manual_seed_all(1)
torch.cuda.seed()
torch.cuda.seed_all()
torch.cuda.get_rng_state_all()
torch.cuda.set_rng_state_all([])
torch.cuda.set_rng_state(torch.get_rng_state())
torch.cuda.empty_cache()
torch.cuda.memory_allocated()
torch.cuda.max_memory_allocated()
torch.cuda.memory_reserved()
torch.cuda.max_memory_reserved()
dict(torch.cuda.memory_stats())
torch.cuda.set_device(-1)
torch.cuda.device(-1).__enter__()
torch.cuda.device_of(torch.ones(1)).__enter__()
torch.cuda.stream(None).__enter__()
isinstance(torch.ones(1), torch.cuda.FloatTensor)
issubclass(torch.cuda.OutOfMemoryError, RuntimeError)
torch.OutOfMemoryError is torch.cuda.OutOfMemoryError
! torch.cuda.current_device()
! torch.cuda.init()
! torch.cuda.synchronize()
! torch.cuda.initial_seed()
! torch.cuda.get_rng_state()
! torch.cuda.get_device_name()
! torch.cuda.get_device_name(0)
! torch.cuda.get_device_capability()
! torch.cuda.get_device_properties(0)
! torch.cuda.mem_get_info()
! torch.cuda.ipc_collect()
! torch.cuda.current_stream()
! torch.cuda.default_stream()
! torch.cuda.can_device_access_peer(0, 1)
! torch.cuda.set_device("cpu")
! torch.cuda.device(0).__enter__()
! torch.cuda.Stream()
! torch.cuda.Event(enable_timing=True)
! torch.cuda.FloatTensor(3)
! torch.zeros(1).cuda()
torch.accelerator.is_available()
torch.accelerator.device_count()
torch.accelerator.current_accelerator()
torch.accelerator.current_accelerator(check_available=True)
torch.accelerator.device_index(None).__enter__()
! torch.accelerator.current_device_index()
! torch.accelerator.set_device_index(0)
! torch.accelerator.synchronize()
! torch.accelerator.memory_allocated()
! torch.accelerator.memory_reserved()
! torch.accelerator.empty_cache()
torch.mps.is_available()
torch.mps.device_count()
torch.mps.manual_seed(1)
! torch.mps.synchronize()
! torch.mps.empty_cache()
! torch.mps.current_allocated_memory()
torch.xpu.is_available()
torch.xpu.device_count()
torch.cpu.is_available()
torch.cpu.device_count()
torch.cpu.current_device()
torch.cpu.synchronize()
torch.backends.cuda.is_built()
torch.backends.cuda.matmul.allow_tf32
torch.backends.cudnn.is_available()
torch.backends.cudnn.version()
torch.backends.cudnn.enabled
torch.backends.cudnn.benchmark
torch.backends.cudnn.deterministic
torch.backends.cudnn.allow_tf32
torch.backends.mps.is_available()
torch.backends.mps.is_built()
torch.backends.cpu.get_cpu_capability()
torch.backends.openmp.is_available()
torch.backends.opt_einsum.is_available()
torch.backends.mha.get_fastpath_enabled()
torch.version.cuda
torch.version.hip
torch.version.debug
torch.__version__ == torch.version.__version__
torch.__version__ > "1.10"
torch.__version__ >= (2, 13)
torch.__version__.split("+")[0]
str(torch.__version__).startswith("2.13")
torch.are_deterministic_algorithms_enabled()
torch.is_deterministic_algorithms_warn_only_enabled()
torch.get_deterministic_debug_mode()
torch.get_float32_matmul_precision()
torch.is_warn_always_enabled()
torch.is_autocast_enabled()
torch.autocast("cpu", enabled=False)._enabled
torch.amp.autocast("cuda", enabled=False).__enter__()._enabled
torch.amp.GradScaler("cuda", enabled=False).is_enabled()
torch.amp.GradScaler("cuda", enabled=False).state_dict()
torch.amp.GradScaler("cpu").is_enabled()
torch.amp.GradScaler("cpu").get_scale()
torch.amp.GradScaler("cpu").state_dict()
torch.amp.GradScaler("cpu").scale(torch.ones(2)).tolist()
! torch.amp.GradScaler("cpu", growth_factor=0.5)
! torch.amp.GradScaler("cpu").update()
! torch.autocast(1)
! torch.autocast("foo")
! torch.set_num_threads(0)
! torch.set_num_threads("1")
! torch.set_num_interop_threads(0)
! torch.use_deterministic_algorithms(1)
! torch.set_deterministic_debug_mode("foo")
torch.jit.is_scripting()
torch.jit.is_tracing()
torch.jit.annotate(int, 3)
torch.jit.isinstance(3, int)
torch.jit.isinstance([1, 2], typing.List[int])
torch.jit.isinstance([1, "2"], typing.List[int])
torch.jit.isinstance({"a": 1.5}, typing.Dict[str, float])
torch.jit.isinstance((1, "a"), typing.Tuple[int, str])
torch.jit.isinstance(None, typing.Optional[int])
torch.jit.Final is typing.Final
tuple(torch.jit.Attribute(3, int))
torch.compiler.is_compiling()
torch.compiler.is_dynamo_compiling()
! torch.compile(len, mode="default", options={"a": 1})
torch.overrides.is_tensor_like(3)
torch.overrides.is_tensor_like(torch.ones(1))
torch.overrides.has_torch_function((torch.ones(1),))
torch.profiler.record_function("x").__enter__().name
""".strip().splitlines()

# Those that answer otherwise on purpose, with the answer.
OWN_ANSWERS = {
    "torch.__version__": "2.13.0+minitorch",
    "torch.backends.mkl.is_available()": False,
    "torch.backends.mkldnn.is_available()": False,
    "torch.get_num_interop_threads()": 1,
    "torch.set_flush_denormal(True)": False,
    "torch.compiler.list_backends()": [],
}


def answer(library: Any, expression: str) -> Any:
    import typing

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return eval(expression, {"torch": library, "typing": typing})


@pytest.mark.parametrize("line", ANSWERS)
def test_answers_and_errors_are_pytorchs(line: str) -> None:
    theirs = pytest.importorskip("torch")
    expression = line.removeprefix("! ")
    if line == expression:
        own, expected = answer(ours, expression), answer(theirs, expression)
        assert own == expected or (own is not own and math.isnan(own))
        return
    with pytest.raises(Exception) as expected:
        answer(theirs, expression)
    with pytest.raises(expected.type) as raised:
        answer(ours, expression)
    assert len(str(raised.value)) > 20


@pytest.mark.parametrize("expression", OWN_ANSWERS)
def test_own_answers_are_the_truth(expression: str) -> None:
    assert answer(ours, expression) == OWN_ANSWERS[expression]


def test_versions_are_compared_as_versions() -> None:
    theirs = pytest.importorskip("torch")
    known = ("1.9", "1.10", "2.13.0", "2.13.0+cpu", "2.13.0+minitorch", "2.13", "2.14.0a0",
             "2.13.0.dev20260101", "2.13.0rc1", "2.13.0.post1", "3", "no version")  # fmt: skip
    for first in known:
        for second in (*known, (2, 13), (2, 13, 1), (3,)):
            own, expected = TorchVersion(first), theirs.torch_version.TorchVersion(first)
            for operator in ("__lt__", "__le__", "__eq__", "__gt__", "__ge__"):
                wanted = getattr(expected, operator)(second)
                if wanted is not NotImplemented:
                    assert getattr(own, operator)(second) == wanted, (first, operator, second)
    assert hash(TorchVersion("2.1")) == hash("2.1")


def test_flags_of_libraries_that_are_not_there_can_be_set() -> None:
    cudnn = ours.backends.cudnn
    cudnn.benchmark = True
    assert cudnn.benchmark is True
    cudnn.benchmark = False
    with cudnn.flags(enabled=False, deterministic=True):
        assert not cudnn.enabled
        assert cudnn.deterministic
    assert cudnn.enabled
    assert not cudnn.deterministic
    ours.backends.mha.set_fastpath_enabled(False)
    assert not ours.backends.mha.get_fastpath_enabled()
    ours.backends.mha.set_fastpath_enabled(True)


def test_settings_are_kept() -> None:
    threads = ours.get_num_threads()
    ours.set_num_threads(threads + 1)
    assert ours.get_num_threads() == threads + 1
    ours.set_num_threads(threads)
    ours.set_num_interop_threads(2)
    assert ours.get_num_interop_threads() == 2
    ours.set_num_interop_threads(1)
    ours.use_deterministic_algorithms(True, warn_only=True)
    assert ours.are_deterministic_algorithms_enabled()
    assert ours.is_deterministic_algorithms_warn_only_enabled()
    ours.set_deterministic_debug_mode("error")
    assert ours.get_deterministic_debug_mode() == 2
    ours.use_deterministic_algorithms(False)
    ours.set_float32_matmul_precision("high")
    assert ours.get_float32_matmul_precision() == "high"
    with pytest.warns(UserWarning, match="'foo' is not one of"):
        ours.set_float32_matmul_precision("foo")
    ours.set_float32_matmul_precision("highest")


def test_the_build_describes_itself() -> None:
    assert "minitorch" in ours.__config__.show()
    assert "NumPy" in ours.__config__.show()
    assert "Threads" in ours.__config__.parallel_info()


# ---- mixed precision


def test_autocast_of_devices_that_are_not_there_does_nothing_and_says_so() -> None:
    with pytest.warns(UserWarning, match="Disabling autocast"):
        block = ours.autocast("cuda", dtype=ours.float16)
    with block:
        assert (ours.ones(2, 2) @ ours.ones(2, 2)).dtype is ours.float32

    @ours.autocast("cpu", enabled=False)
    def double(x: Any) -> Any:
        return x * 2

    assert double(ours.ones(1)).item() == 2.0


def test_autocast_on_the_cpu_is_refused() -> None:
    with pytest.raises(NotImplementedError, match="enabled=False"):
        ours.autocast("cpu")


def test_a_disabled_scaler_lets_everything_through() -> None:
    weight = ours.ones(2, requires_grad=True)
    optimizer = ours.optim.SGD([weight], lr=1.0)
    with pytest.warns(UserWarning, match="Disabling"):
        scaler = ours.amp.GradScaler("cuda")
    scaler.scale(weight.sum()).backward()
    scaler.unscale_(optimizer)
    scaler.step(optimizer)
    scaler.update()
    assert weight.tolist() == [0.0, 0.0]
    assert scaler.get_scale() == 1.0


def scaled_steps(torch: Any) -> list[Any]:
    """Take steps of which one has a gradient that is not finite."""
    weight = torch.ones(2, requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=0.5)
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0, growth_interval=2)
    seen: list[Any] = []
    for factor in (1.0, 2.0, float("inf"), 1.0, 1.0, 0.5):
        optimizer.zero_grad()
        scaler.scale((weight * factor).sum()).backward()
        scaler.step(optimizer)
        scaler.update()
        seen.append((weight.tolist(), scaler.get_scale()))
    return [*seen, scaler.state_dict()]


def test_an_enabled_scaler_scales_as_pytorchs() -> None:
    theirs = pytest.importorskip("torch")
    assert scaled_steps(ours) == scaled_steps(theirs)


def test_a_scaler_goes_on_from_a_saved_one() -> None:
    scaler = ours.amp.GradScaler("cpu", init_scale=4.0)
    other = ours.amp.GradScaler("cpu")
    other.load_state_dict(scaler.state_dict())
    assert other.get_scale() == 4.0
    with pytest.raises(RuntimeError, match="empty"):
        other.load_state_dict({})


# ---- what would be compiled


@pytest.fixture
def untold() -> Any:
    """Let warnings that come once come again."""
    told = set(_uncompiled._told)
    _uncompiled._told.clear()
    yield
    _uncompiled._told.clear()
    _uncompiled._told.update(told)


def test_compile_gives_the_object_itself_and_warns_once(untold: None) -> None:
    def function(x: int) -> int:
        return x + 1

    with pytest.warns(_uncompiled.UncompiledWarning, match=r"torch\.compile"):
        assert ours.compile(function) is function
    assert ours.compile(function, fullgraph=True, mode="max-autotune") is function
    assert ours.compile()(function) is function
    assert ours.compiler.disable(function) is function
    assert ours.compiler.disable()(function) is function
    with pytest.raises(TypeError):
        ours.compile(3)


def test_script_gives_the_object_itself_and_warns_once(untold: None) -> None:
    with pytest.warns(_uncompiled.UncompiledWarning, match=r"torch\.jit\.script"):

        @ours.jit.script
        def function(x: int) -> int:
            return x + 1

    assert function(1) == 2
    model = ours.nn.Module()
    assert ours.jit.script(model) is model
    assert ours.jit.ignore(function) is function
    assert ours.jit.ignore(drop=True)(function) is function
    assert ours.jit.export(function) is ours.jit.unused(function) is function


@pytest.mark.parametrize("name", ["trace", "save", "load"])
def test_what_needs_torchscript_is_refused(name: str) -> None:
    with pytest.raises(NotImplementedError, match=name):
        getattr(ours.jit, name)("model.pt", "model.pt")


# ---- classes with functions of their own


def test_functions_of_ones_own_take_part_in_overrides() -> None:
    class Logged:
        @classmethod
        def __torch_function__(
            cls, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            return func.__name__, args, kwargs

    @ours.overrides.wrap_torch_function(lambda x, scale=1: (x,))
    def scaled(x: Any, scale: int = 1) -> Any:
        return x * scale

    logged = Logged()
    assert ours.overrides.has_torch_function((3, logged))
    assert scaled(logged, scale=2) == ("scaled", (logged,), {"scale": 2})
    assert scaled(ours.ones(1), scale=3).item() == 3.0
    assert ours.overrides.is_tensor_like(logged)

    class Silent:
        @classmethod
        def __torch_function__(cls, *args: Any) -> Any:
            return NotImplemented

    with pytest.raises(TypeError, match="Silent"):
        scaled(Silent())
