"""`python -m clapmark` is `clapmark`."""

from clapmark.cli import main

main()
