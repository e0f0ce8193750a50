"""Runs device tests on MicroPython: `micropython tests/firmware/run.py FILE...` from the repository's root.

Prints a line for each test that fails, and a closing line with the counts; exits with 1 if anything failed.
"""

import sys

sys.path.insert(0, ".")


def run(paths):
    passed = failed = 0
    for path in paths:
        name = path.split("/")[-1][:-3]
        module = __import__(path[:-3].replace("/", "."), None, None, (name,))
        for test_name in sorted(dir(module)):
            test = getattr(module, test_name)
            if not test_name.startswith("test_") or not callable(test):
                continue
            try:
                test()
                passed += 1
            except Exception as error:
                failed += 1
                print("FAILED", name, test_name)
                sys.print_exception(error)
    bits = 64 if sys.maxsize > 1 << 32 else 32
    print("device tests on MicroPython %s, %d bits:" % (".".join([str(n) for n in sys.implementation[1][:3]]), bits))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


sys.exit(run(sys.argv[1:]))
