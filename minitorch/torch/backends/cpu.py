"""The CPU that kernels are compiled for: `torch.backends.cpu`."""


def get_cpu_capability() -> str:
    """Name the widest vector instructions of this CPU: "AVX512", "AVX2", or "DEFAULT"."""
    from llvmlite.binding import get_host_cpu_features

    features = get_host_cpu_features()
    if all(features.get(name) for name in ("avx512f", "avx512bw", "avx512vl", "avx512dq")):
        return "AVX512"
    return "AVX2" if features.get("avx2") and features.get("fma") else "DEFAULT"
