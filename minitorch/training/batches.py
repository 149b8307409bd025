"""Cut the points of a data set into batches."""

import random

from minitorch.datasets import Graph


def shuffled_batches(data: Graph, batch_size: int | None) -> list[Graph]:
    """Cut the points into batches, in an order that Python's `random` draws anew each time.

    Args:
        data: the points.
        batch_size: number of points in each batch, the last may have fewer; None: all of them, in
            the order that they have.
    """
    if batch_size is None:
        return [data]
    pairs = list(zip(data.X, data.y, strict=True))
    random.shuffle(pairs)
    parts = [pairs[start : start + batch_size] for start in range(0, len(pairs), batch_size)]
    return [Graph(len(part), [x for x, _ in part], [y for _, y in part]) for part in parts]
