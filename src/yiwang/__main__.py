"""`python -m yiwang` is the command ``yiwang``."""

from yiwang.cli.main import main

main()
