"""The report of Numba's compiler on the four kernels."""

import re

import numba
import pytest

from minitorch.training.parallel_check import main


@pytest.mark.slow
@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")
def test_each_kernel_is_reported_with_a_parallel_loop(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main()
    text = capsys.readouterr().out
    headings = ["MAP", "ZIP", "REDUCE", "MATRIX MULTIPLY"]
    lines = text.splitlines()
    places = [lines.index(heading) for heading in headings]
    assert places == sorted(places)
    for start, end in zip(places, [*places[1:], len(lines)], strict=True):
        report = "\n".join(lines[start:end])
        assert "Parallel Accelerator Optimizing" in report
        assert re.search(r"prange\(.*\| #\d", report)
