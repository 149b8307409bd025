"""The errors of minitorch, each a subclass of what users already catch."""

import pickle


class IndexingError(RuntimeError):
    """An index or a pair of shapes that does not fit a tensor."""


class ShapeError(RuntimeError, ValueError):
    """Sizes, strides or dimensions that an operation cannot work with."""


class CourseShapeError(ShapeError, AssertionError):
    """A ShapeError of the course, whose assignments and tests expect an AssertionError.

    It is raised, so it also comes under `python -O`.
    """


class DTypeError(TypeError, RuntimeError):
    """Elements of a type that an operation cannot work with."""


class IntegerDivisionError(ZeroDivisionError, RuntimeError):
    """An integer divided by 0."""


class LayoutError(RuntimeError):
    """Memory that is read-only, or laid out in a way that an operation cannot work with."""


class DataError(ValueError):
    """A data file is damaged, truncated or of another format than its name says."""


class ChecksumError(DataError):
    """A file does not have the checksum that was published for it."""


class DownloadError(OSError):
    """A file could not be fetched: offline, refused, cut off or unknown to the server."""


class UnknownNameError(ValueError):
    """A data set, backend or option of this name does not exist."""


class DeviceError(RuntimeError):
    """A computation was sent to a device that this machine does not have."""


class MissingPackageError(ImportError):
    """An optional package is needed here and not installed."""


class CacheWarning(UserWarning):
    """Compiled kernels cannot be kept on disk, so every process compiles them again."""


class GraphFreedError(RuntimeError):
    """A second backward through a graph that has given up what it saved."""


class GradientError(RuntimeError):
    """A gradient that was asked for where there is none, or given in another shape or dtype."""


class InPlaceError(RuntimeError):
    """A change in place of a value that is still needed as it was."""


class NonFiniteError(ArithmeticError, RuntimeError):
    """A number that is none, where anomaly mode looks for them."""


class GradcheckError(RuntimeError):
    """A gradient that is not what finite differences say it is."""


class ChoiceError(ValueError, AssertionError):
    """A word that an argument does not take, where PyTorch asserts that it does."""


class StateError(RuntimeError):
    """A state dict does not fit the module that it is loaded into."""


class OutputWarning(UserWarning):
    """A tensor that was chosen for a result had another shape."""


class GraphWarning(UserWarning):
    """Something is asked of the graph that it can give, but that is probably not meant."""


class CheckpointError(OSError, RuntimeError):
    """A file of saved tensors is damaged, cut off, or of another kind."""


class EmptyCheckpointError(CheckpointError, EOFError):
    """A file of saved tensors holds nothing at all."""


class CheckpointPickleError(CheckpointError, pickle.UnpicklingError):
    """A saved pickle asks for something that loading may not do, or makes no sense."""
