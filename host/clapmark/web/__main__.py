"""Writes the site into a folder: `python -m clapmark.web FOLDER`."""

import sys
from pathlib import Path

from clapmark.base.errors import ClapmarkError
from clapmark.web.site_files import write_site


def main() -> int:
    """Write the site; return the exit code."""
    target = Path(sys.argv[1])
    try:
        size = write_site(target, lambda text: print(text, file=sys.stderr))  # noqa: T201
    except ClapmarkError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return int(error.exit_code)
    print(f"{target}: {size / 1024:.0f} KB; any static web server can serve it")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
