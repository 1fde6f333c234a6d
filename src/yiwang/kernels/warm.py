"""Compile every kernel into numba's cache, so that no viewer ever waits for a compiler: `python -m yiwang.kernels.warm`."""
