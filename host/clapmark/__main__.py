"""Starts `clapmark`, and `python -m clapmark`."""

from clapmark.cli import main

if __name__ == "__main__":
    main()
