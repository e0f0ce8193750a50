"""Starts `clapmark`, and `python -m clapmark`, so that Ctrl-C is a sentence from the first moment on."""

import sys

_INTERRUPTED = 130


def main() -> None:
    """Import the command line and run it."""
    try:
        from clapmark import cli  # noqa: PLC0415  # takes long enough for an impatient Ctrl-C

        cli.main()
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted before anything was done.\n")
        sys.exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
