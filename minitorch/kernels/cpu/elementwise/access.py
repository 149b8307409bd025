"""How the loops of elementwise kernels read and write, and what they share."""

from collections.abc import Iterator
from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic, overload
from numba.np.arrayobj import make_array, populate_array

# The compiler is told that no element that is read lies where another one is written. It need not
# compare addresses before each row, and makes vectors also where a result takes the place of its
# operand: there the two are the same element, which is read before it is written.
_SCOPE = "elements of the result"


def _result_scope(module: ir.Module) -> Any:
    domain = module.add_metadata(["minitorch elementwise"])
    return module.add_metadata([module.add_metadata([_SCOPE, domain])])


def _mark(builder: ir.IRBuilder, opname: str, kind: str) -> None:
    """Mark the instruction of this name that was written last."""
    for instruction in reversed(builder.block.instructions):
        if instruction.opname == opname:
            instruction.set_metadata(kind, _result_scope(builder.module))
            return


def load(array: Any, i: int) -> Any:
    """Read element i of a dense operand; compiled code checks nothing."""
    return array[i]


def store(array: Any, i: int, value: Any) -> None:
    """Write element i of a dense result; compiled code checks nothing."""
    array[i] = value


@intrinsic
def _load(context: Any, array: Any, i: Any) -> Any:

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        memory = make_array(array)(context, builder, arguments[0]).data
        place = builder.gep(memory, [arguments[1]])
        value = context.unpack_value(builder, array.dtype, place)
        _mark(builder, "load", "noalias")
        return value

    return array.dtype(array, i), build


@intrinsic
def _store(context: Any, array: Any, i: Any, value: Any) -> Any:

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        memory = make_array(array)(context, builder, arguments[0]).data
        place = builder.gep(memory, [arguments[1]])
        converted = context.cast(builder, arguments[2], value, array.dtype)
        context.pack_value(builder, array.dtype, converted, place)
        _mark(builder, "store", "alias.scope")
        return context.get_dummy_value()

    return types.void(array, i, value), build


@overload(load, jit_options={"forceinline": True})
def _compiled_load(array, i):  # type: ignore[no-untyped-def]
    return lambda array, i: _load(array, i)


@overload(store, jit_options={"forceinline": True})
def _compiled_store(array, i, value):  # type: ignore[no-untyped-def]
    return lambda array, i, value: _store(array, i, value)


def prefer_wide_vectors() -> None:
    """Ask for the widest vectors in the function that this is called in.

    LLVM makes do with half of them on Intel's processors, because the first ones of their kind ran
    slower for it.
    """


@intrinsic
def _prefer_wide_vectors(context: Any) -> Any:
    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        # llvmlite's own method knows no attributes with a value.
        set.add(builder.function.attributes, '"prefer-vector-width"="512"')
        return context.get_dummy_value()

    return types.void(), build


@overload(prefer_wide_vectors, inline="always")
def _compiled_prefer_wide_vectors():  # type: ignore[no-untyped-def]
    return lambda: _prefer_wide_vectors()


def window(array: Any, start: int, size: int) -> Any:
    """Show some elements of a dense array; compiled code checks nothing.

    A slice would keep the array alive, which costs more than to add up a row of a hundred numbers.
    This does not: it must not outlive the array.
    """
    return array[start : start + size]


@intrinsic
def _window(context: Any, array: Any, start: Any, size: Any) -> Any:
    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        whole = make_array(array)(context, builder, arguments[0])
        part = make_array(array)(context, builder)
        data = builder.gep(whole.data, [arguments[1]])
        populate_array(part, data, [arguments[2]], [whole.itemsize], whole.itemsize, meminfo=None)
        return part._getvalue()

    return array(array, types.intp, types.intp), build


@overload(window, jit_options={"forceinline": True})
def _compiled_window(array, start, size):  # type: ignore[no-untyped-def]
    return lambda array, start, size: _window(array, start, size)


def row_of(matrix: Any, i: int) -> Any:
    """Show a row of a dense matrix, as `window` does."""
    return matrix[i]


@intrinsic
def _row_of(context: Any, matrix: Any, i: Any) -> Any:
    kind = types.Array(matrix.dtype, 1, "C")

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        whole = make_array(matrix)(context, builder, arguments[0])
        part = make_array(kind)(context, builder)
        size = builder.extract_value(whole.shape, 1)
        data = builder.gep(whole.data, [builder.mul(arguments[1], size)])
        populate_array(part, data, [size], [whole.itemsize], whole.itemsize, meminfo=None)
        return part._getvalue()

    return kind(matrix, types.intp), build


@overload(row_of, jit_options={"forceinline": True})
def _compiled_row_of(matrix, i):  # type: ignore[no-untyped-def]
    return lambda matrix, i: _row_of(matrix, i)


# Rows and columns of a block that is transposed in registers.
BLOCK_SIDE = 8


def transpose_block(a: Any, at: int, step: int, out: Any, place: int, out_step: int) -> None:
    """Put 8 rows of 8 elements into dense memory as columns; compiled code checks nothing.

    Args:
        a: dense memory.
        at: where the first row starts.
        step: from there to the next one.
        out: other dense memory.
        place: where the first new row starts.
        out_step: from there to the next one.
    """
    for i in range(BLOCK_SIDE):
        for j in range(BLOCK_SIDE):
            out[place + i * out_step + j] = a[at + j * step + i]


@intrinsic
def _transpose_block(
    context: Any, a: Any, at: Any, step: Any, out: Any, place: Any, out_step: Any
) -> Any:
    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source = make_array(a)(context, builder, arguments[0]).data
        target = make_array(out)(context, builder, arguments[3]).data
        vector = ir.VectorType(source.type.pointee, BLOCK_SIDE).as_pointer()
        size = context.get_abi_sizeof(source.type.pointee)

        def rows(memory: Any, start: Any, step: Any) -> Iterator[Any]:
            for k in range(BLOCK_SIDE):
                shift = builder.mul(step, ir.Constant(step.type, k))
                yield builder.bitcast(builder.gep(memory, [builder.add(start, shift)]), vector)

        vectors = [
            builder.load(row, align=size) for row in rows(source, arguments[1], arguments[2])
        ]
        for block, row in zip(
            _transposed(builder, vectors), rows(target, arguments[4], arguments[5]), strict=True
        ):
            builder.store(block, row, align=size)
        return context.get_dummy_value()

    return types.void(a, types.intp, types.intp, out, types.intp, types.intp), build


def _transposed(builder: ir.IRBuilder, rows: list[Any]) -> list[Any]:
    """Transpose by zipping each row of the upper half with one of the lower half, thrice."""
    half = BLOCK_SIDE // 2
    number = ir.VectorType(ir.IntType(32), BLOCK_SIDE)
    low, high = (
        ir.Constant(number, [start + k // 2 + k % 2 * BLOCK_SIDE for k in range(BLOCK_SIDE)])
        for start in (0, half)
    )
    for _ in range(BLOCK_SIDE.bit_length() - 1):
        rows = [
            builder.shuffle_vector(rows[k], rows[k + half], mask)
            for k in range(half)
            for mask in (low, high)
        ]
    return rows


@overload(transpose_block, jit_options={"forceinline": True})
def _compiled_transpose_block(a, at, step, out, place, out_step):  # type: ignore[no-untyped-def]
    return lambda a, at, step, out, place, out_step: _transpose_block(
        a, at, step, out, place, out_step
    )


# Elements that are picked from vectors at a time, and the longest steps between them.
PICKED = 16
LONGEST_STEP = 4


def pick(a: Any, at: int, step: int, out: Any, place: int) -> None:
    """Put 16 elements of every second, third or fourth place side by side.

    A loop would read them one by one, or by the processor's gathering, which is slower still.
    Compiled code checks nothing, and reads whole vectors: all `step * PICKED` elements.
    """
    for i in range(PICKED):
        out[place + i] = a[at + i * step]


def _picking(step: int) -> Any:
    """Make the intrinsic of `pick` for a step."""

    def choice(element: int, block: int) -> int:
        """Tell where an element is: among those picked so far, or after them in the block."""
        if element // PICKED == block:
            return PICKED + element % PICKED
        return min(element // step, PICKED - 1)

    def pick(context: Any, a: Any, at: Any, out: Any, place: Any) -> Any:
        def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            source = make_array(a)(context, builder, arguments[0]).data
            target = make_array(out)(context, builder, arguments[2]).data
            vector = ir.VectorType(source.type.pointee, PICKED)
            size = context.get_abi_sizeof(source.type.pointee)
            picked = ir.Constant(vector, ir.Undefined)
            for k in range(step):
                start = builder.add(arguments[1], ir.Constant(arguments[1].type, k * PICKED))
                pointer = builder.bitcast(builder.gep(source, [start]), vector.as_pointer())
                block = builder.load(pointer, align=size)
                mask = [choice(i * step, k) for i in range(PICKED)]
                numbers = ir.Constant(ir.VectorType(ir.IntType(32), PICKED), mask)
                picked = builder.shuffle_vector(picked, block, numbers)
            pointer = builder.bitcast(builder.gep(target, [arguments[3]]), vector.as_pointer())
            builder.store(picked, pointer, align=size)
            return context.get_dummy_value()

        return types.void(a, types.intp, out, types.intp), build

    return intrinsic(pick)


_pick_2, _pick_3, _pick_4 = _picking(2), _picking(3), _picking(4)


@overload(pick, jit_options={"forceinline": True})
def _compiled_pick(a, at, step, out, place):  # type: ignore[no-untyped-def]
    def pick(a, at, step, out, place):  # type: ignore[no-untyped-def]
        if step == 2:
            _pick_2(a, at, out, place)
        elif step == 3:
            _pick_3(a, at, out, place)
        else:
            _pick_4(a, at, out, place)

    return pick


@njit(error_model="numpy")
def gather(a: Any, at: int, step: int, dense: Any, place: int, count: int) -> None:
    """Put elements with gaps between them side by side, into other memory."""
    first = 0
    if 1 < step <= LONGEST_STEP:
        # The last ones are left: what follows them may not be memory of the array.
        while first + PICKED < count:
            pick(a, at + first * step, step, dense, place + first)
            first += PICKED
    for j in range(first, count):
        store(dense, place + j, load(a, at + j * step))


def call(function: Any, arguments: tuple[Any, ...]) -> None:
    """Call a compiled function by its address; it must take arguments of these types.

    So a loop over rows is compiled once for all functions of a row.
    """
    function(*arguments)


@intrinsic
def _call(context: Any, address: Any, arguments: Any) -> Any:
    def build(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        kinds = tuple(arguments.types)
        convention = context.call_conv
        kind = convention.get_function_type(types.void, kinds)
        function = builder.inttoptr(values[0], kind.as_pointer())
        unpacked = [builder.extract_value(values[1], k) for k in range(len(kinds))]
        status, _ = convention.call_function(builder, function, types.void, kinds, unpacked)
        with cgutils.if_unlikely(builder, status.is_error):
            convention.return_status_propagate(builder, status)
        return context.get_dummy_value()

    return types.void(address, arguments), build


@overload(call, jit_options={"forceinline": True})
def _compiled_call(function, arguments):  # type: ignore[no-untyped-def]
    return lambda function, arguments: _call(function, arguments)


@njit(error_model="numpy", forceinline=True)
def stays_within(a: Any, reach: float) -> Any:
    """Tell whether no element is farther from 0, or NaN."""
    outside = 0
    for i in range(a.size):
        outside |= not abs(a[i]) <= reach
    return outside == 0
