"""What runs on the device during a deploy, as MicroPython source: it works on every version from 1.23 on.

The undo file is Python that boot.py runs first of all, as long as it is there. Until the file TRIAL appears it brings
the app before back; with TRIAL it lets the new app have its one start. An app that has answered a laptop deletes it.
"""

from collections.abc import Iterable, Iterator, Sequence

UNDO = "deploy-undo.py"
UNDONE = "deploy-undone.py"
TRIAL = "deploy-trial"
NEW, OLD = ".new", ".old"

SAID_UNDONE = "clapmark deploy: the new app did not start, the one before is back"

# what boot.py has to begin with; the app's own does
HOOK = f"""try:
    execfile("{UNDO}")
except OSError:
    pass
"""

# who the device is, and functions for what follows; frees what an app has left in memory
PREPARE = """
import sys, gc, os
for n in list(sys.modules):
    if n.split('.')[0] == 'firmware': del sys.modules[n]
for n in ('app', 'safe', 'overlay'): globals().pop(n, None)
gc.collect()
import binascii, hashlib
def sha(p):
    h = hashlib.sha256()
    b = bytearray(512)
    with open(p, 'rb') as f:
        while True:
            n = f.readinto(b)
            if not n: break
            h.update(b if n == 512 else bytes(b[:n]))
    return binascii.hexlify(h.digest()).decode()
def there(p):
    try: return os.stat(p)[0]
    except OSError: return 0
TOP = 'boot.py', 'main.py', 'board.json', 'rom-app'
def walk(d):
    for e in (os.ilistdir(d) if d else os.ilistdir()):
        p = d + '/' + e[0] if d else e[0]
        if e[1] == 0x4000:
            if d or p == 'firmware': walk(p)
        elif d or p in TOP or p.startswith('deploy-') or p[-4:] in ('.old', '.new'): print(p, sha(p))
i = sys.implementation
try: s = os.statvfs('')
except OSError: s = os.statvfs('/')
print(sys.platform, getattr(i, '_mpy', 0), '.'.join([str(n) for n in i.version[:3]]), s[0] * s[3])
print(getattr(i, '_machine', ''))
"""

WALK = "walk('')"
_MOST_PATHS = 16  # in one piece of code: all of them at once would need kilobytes in a row of the device's heap


def in_parts(paths: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield the paths, a few at a time."""
    for start in range(0, len(paths), _MOST_PATHS):
        yield paths[start : start + _MOST_PATHS]


def begin_file(path: str) -> str:
    """Open the new file next to `path`; create missing folders."""
    folders = path.split("/")[:-1]
    made = [
        f"if not there({'/'.join(folders[: n + 1])!r}): os.mkdir({'/'.join(folders[: n + 1])!r})\n"
        for n in range(len(folders))
    ]
    return "".join(made) + f"f = open({path + NEW!r}, 'wb')\n"


def write_piece(encoded: str) -> str:
    """Write a piece, in base64."""
    return f"_ = f.write(binascii.a2b_base64('{encoded}'))\n"


def end_file(path: str) -> str:
    """Close the new file next to `path`, and print its SHA-256."""
    return f"f.close()\nprint(sha({path + NEW!r}))\n"


def remove(paths: Iterable[str]) -> str:
    """Remove files that may be there."""
    return f"for p in {tuple(paths)!r}:\n    if there(p): os.remove(p)\n"


def count_blocks(paths: Iterable[str]) -> str:
    """Print how many blocks of the file system these files take."""
    return f"print(sum(os.stat(p)[6] // 4096 + 1 for p in {tuple(paths)!r}))\n"


def copy(source: str, target: str) -> str:
    """Copy a small file."""
    return f"with open({source!r}, 'rb') as a, open({target!r}, 'wb') as b: _ = b.write(a.read())\n"


def replace(source: str, target: str) -> str:
    """Replace one file with another, in one step of the file system."""
    return f"os.rename({source!r}, {target!r})\n"


def put_in_place(paths: Iterable[str]) -> str:
    """Install new files; existing ones are kept next to them."""
    return f"for p in {tuple(paths)!r}:\n    if there(p): os.rename(p, p + '{OLD}')\n    os.rename(p + '{NEW}', p)\n"


def put_aside(paths: Iterable[str]) -> str:
    """Rename old files, so that their names become free."""
    return f"for p in {tuple(paths)!r}: os.rename(p, p + '{OLD}')\n"


TRY = f"open({TRIAL!r}, 'wb').close()\n"
RUN_UNDO = f"execfile({UNDO!r})\n"


def undo_file(old: Iterable[str], added: Iterable[str]) -> str:
    """Return the undo file for a swap that renames the files `old` and adds `added`. The swap may be cut anywhere."""
    return f"""# left by `clapmark deploy` until the new app has run
import os
def undo():
    try:
        os.remove({TRIAL!r})
        return
    except OSError:
        pass
    for path in {tuple(old)!r}:
        try:
            os.rename(path + {OLD!r}, path)
        except OSError:
            pass
    for path in {tuple(added)!r}:
        try:
            os.remove(path)
        except OSError:
            pass
    os.rename({UNDO!r}, {UNDONE!r})
    print({SAID_UNDONE!r})
undo()
"""
