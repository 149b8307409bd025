"""Square brackets read and write as PyTorch's do, with gradients, and change what they should."""

from __future__ import annotations

import pytest

import minitorch.torch as ours

from .pairs import (
    DTYPES,
    LAYOUTS,
    Run,
    check_error,
    check_gradients,
    check_values,
    node_name,
    theirs,
)

VIEWS = [
    "x[0]", "x[-1]", "x[1, 2]", "x[1, 2, 3]", "v[2]", "x[:]", "x[:, 1]", "x[..., -1]",
    "x[0, ..., 1]", "x[...]", "x[()]", "x[None]", "x[:, None]", "x[None, 0, :, None]",
    "x[..., None]", "s[...]", "s[None]", "s[()]", "x[0:1]", "x[:, ::2]", "x[:, 1:, -3:-1]",
    "x[5:]", "x[:, 2:1]", "x[:, :, 1:100:3]", "e[:, 1]", "x[:-1, 0]", "x[z]", "x[z, 1:]",
    "x[np.int64(1)]", "x[:, np.array(1)]", "x[z:, :z]", "x[..., ...]",
    "x[torch.tensor(1, dtype=torch.int16)]", "list(x)", "list(m)", "x[0][1:][0]", "x[:, 1][1]",
    "x[:, :]",
]  # fmt: skip

COPIES = [
    "x[i]", "x[[0, 1]]", "x[[-1]]", "x[:, [2, 0, 0]]", "x[..., k]", "x[i, [1, 2]]",
    "x[i, :, k[:2]]", "x[0, :, [1, 2]]", "x[z, :, [1, 2]]", "x[[0, 1], 0]", "x[:, None, [0, 1]]",
    "x[None, i]", "x[i, None]", "x[i][:, j]", "x[:, j]", "x[:, j, k[:2]]", "x[j - j, :, j]",
    "x[[[0], [1]], [[0, 1]]]", "x[n]", "x[mask]", "x[none]", "x[rows]", "x[grid]",
    "x[:, torch.tensor([True, False, True])]", "x[0, mask[0]]", "x[mask[:, :, 0]]", "x[rows, 1]",
    "x[rows, i[:1]]", "x[[True, False]]", "x[grid, 0]", "x[grid, k[0:1]]", "x[np.array([1, 0])]",
    "x[np.array([1, 0], dtype=np.int16)]", "x[np.array([True, False])]", "x[i.int()]", "x[True]",
    "x[False]", "x[True, 0]", "x[True, [0, 1]]", "x[torch.tensor(True)]", "s[True]", "s[False]",
    "s[torch.tensor(True)]", "x[[]]", "x[:, []]", "x[range(2)]", "x[(0, 1),]",
    "x[[[0, 1], [1, 0]]]", "x[[slice(0, 1), 1]]", "x[[None, 0]]", "x[[i, i]]",
    "x[torch.tensor([1, 0], dtype=torch.uint8)]", "x[i, i, i]", "x[..., i, i]", "x[i, ..., i]",
    "x[1:, i, ::2]", "x[:, ::2, i]", "x[i[:0]]", "e[:, i]",
    "x[[torch.tensor(1), torch.tensor(0)]]", "v[k]", "v[v > 0]", "x[x > 0]", "x[i, :, None, 1]",
    "x[:, 1, i]",
]  # fmt: skip

# What is assigned to c, a copy of x.
ASSIGNMENTS = [
    "c[0] = 1.", "c[1, 2] = 3", "c[:, 1] = v", "c[0] = m", "c[...] = y", "c[:] = s", "c[()] = 2",
    "c[:, ::2] = v", "c[0] = y[:1]", "c[1:, :, 1:3] = 5.", "c[z] = m", "c[-1, ..., 0] = v[:3]",
    "c[None] = 4", "c[5:] = 1", "c[i] = 1.", "c[i] = y", "c[[1]] = m", "c[:, [2, 0]] = y[:, :2]",
    "c[i, [1, 2]] = v", "c[i, :, k[:2]] = v[:3]", "c[0, :, [1, 2]] = y[0, :, :2]",
    "c[[0, 0], 1] = v", "c[mask] = 0", "c[mask] = s", "c[rows] = m", "c[grid] = v",
    "c[c > 0] = -1", "c[mask] = y[mask]", "c[0, mask[0]] = 7", "c[none] = 1", "c[True] = 5",
    "c[False] = 5", "c[i] = m[:1]", "c[:, None] = y[:, None]", "c[0] = y[0, None]",
    "c[[0]] = y[None, :1]", "c[[]] = 1.", "c[0] = y.float()[0]",
    "c[mask] = torch.tensor([2], dtype=torch.int64)", "c[torch.tensor(True)] = 3", "c[0][1] = v",
    "c[0][i] = m[:2]", "c[:, 1][:, [0, 2]] = 1", "c[:, 1][c[:, 1] > 0] = 2", "c[1] = c[0]",
    "c[0, 0] += v", "c[i] *= 2", "c[mask] += 1", "c[:, 0] -= c[:, 1]", "c[0] = True",
    "c[i, i, i] = v[:2]", "c[..., 0] = torch.tensor(2)", "c[0] = np.float64(3)",
]  # fmt: skip


def assigned(statement: str) -> str:
    """Write an assignment as an expression that gives the changed copy of x."""
    for sign in ("+=", "-=", "*=", "="):
        left, found, value = statement.partition(f" {sign} ")
        if found:
            break
    target, _, key = left.removesuffix("]").rpartition("[")
    depth = left.removesuffix("]")
    # The bracket that opens the last key, of which there may be more inside.
    level = 0
    for place in range(len(left) - 1, -1, -1):
        level += {"]": 1, "[": -1}.get(left[place], 0)
        if level == 0 and left[place] == "[":
            target, key = left[:place], depth[place + 1 :]
            break
    if sign != "=":
        name = {"+=": "add_", "-=": "sub_", "*=": "mul_"}[sign]
        value = f"{left}.{name}({value})"
    key = "(slice(None),)" if key == ":" else f"key[{key}]"
    return f"changed(x, lambda c: {target}.__setitem__({key}, {value}))"


@pytest.mark.parametrize("case", VIEWS + COPIES)
def test_parts_are_those_of_torch(case: str) -> None:
    for dtype in DTYPES:
        check_values(case, dtype, "dense", strides=case in VIEWS)
    for layout in LAYOUTS[1:]:
        check_values(case, "float64", layout, strides=case in VIEWS)


@pytest.mark.parametrize("case", ASSIGNMENTS)
def test_assignments_are_those_of_torch(case: str) -> None:
    for dtype in DTYPES if "np.float64" not in case else DTYPES[:2]:
        if dtype == "bool" and any(sign in case for sign in ("+=", "-=", "*=", "> 0")):
            continue
        check_values(assigned(case), dtype, "dense", strides=False)
    for layout in LAYOUTS[1:]:
        check_values(assigned(case), "float64", layout, strides=False)


SMOOTH = [case for case in VIEWS + COPIES if case != "e[:, i]" and "uint8" not in case]


@pytest.mark.parametrize("case", SMOOTH + [assigned(case) for case in ASSIGNMENTS])
def test_gradients(case: str) -> None:
    for layout in ("dense", "turned", "repeated"):
        check_gradients(case, layout, 1)


@pytest.mark.parametrize("case", SMOOTH + [assigned(case) for case in ASSIGNMENTS])
def test_gradients_of_gradients(case: str) -> None:
    check_gradients(case, "dense", 2)


ERRORS = [
    "x[5]", "x[-3]", "x[0, 0, 0, 0]", "x[:, 7]", "x[..., 4]", "x[::-1]", "x[::0]", "x[1.0]",
    "x[v]", "x[torch.tensor(1.)]", "x[torch.tensor([1], dtype=torch.int16)]",
    "x[torch.tensor([5])]", "x[[0, 1], [0, 1, 2]]", "x[0.5:2]",
    "x[torch.ones(3, dtype=torch.bool)]", "x[torch.ones(2, 3, 4, 1, dtype=torch.bool)]", "s[1]",
    "s[0, 0]", "s[:]", "s[[0]]", "s[torch.tensor(0)]", "x[torch.tensor([])]",
    "x.__setitem__(0, [1., 2.])", "x.__setitem__(0, None)", "x.__setitem__(0, y)",
    "x.__setitem__(0, x[:, :2])", "x.__setitem__([0], m[:, :2])", "x.__setitem__(5, 1.)",
    "x.__setitem__(mask, v)", "x.__setitem__([0], m.double())", "x.__setitem__([0], m.long())",
    "x.__setitem__(0, 1e39)", "x.long().__setitem__(0, float('nan'))",
    "x.byte().__setitem__(0, 300)", "x.__setitem__(slice(None, None, -1), 1.)",
    "x.__setitem__((0, 0, 0, 0), 1.)", "x.requires_grad_().__setitem__(0, 1.)",
    "s.__setitem__(0, 1.)", "x.requires_grad_().__setitem__(mask, 1.)",
    "x.requires_grad_()[0].__setitem__(0, 1.)", "'a' in x", "[1.] in x",
    "x.requires_grad_().__setitem__([0], 1.)", "x[object()]",
]  # fmt: skip


@pytest.mark.parametrize("case", ERRORS)
def test_errors_have_the_class_of_torch(case: str) -> None:
    check_error(case, "float32")


NAMES = [
    "x[0]", "x[None]", "x[0:1]", "x[:, ::2]", "x[0, 1]", "x[...]", "x[:]", "x[:, :]", "x[i]",
    "x[mask]", "x[True]", "x[z]", "x[[0, 1]]", "x[()]", "x[:, None, 0]",
]  # fmt: skip


@pytest.mark.parametrize("case", NAMES)
def test_nodes_have_the_names_of_torch(case: str) -> None:
    mine, peer = (Run(library, case, "float64", "dense", True) for library in (ours, theirs))
    assert node_name(mine) == node_name(peer)
