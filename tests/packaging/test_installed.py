"""The wheel, installed outside the checkout without the development packages, does all that needs no board."""

import re
import subprocess
import time

import pytest

from clapmark.export.registry import format_names
from clapmark.flash.device_files import app_files, board_file, board_names
from tests.support.board.board_on_pty import BoardOnPty
from tests.support.board.installed import Installed, cache_folder, run, tool
from tests.support.board.stock_image import stock_image

SLUG = "pycon-us-2019"
TALK = "maintai-zz29"
SCRIPT = """start 2019-05-03T15:15:00-04:00
2 plug
+300 press A 80ms
+20 press B 80ms
+5 press A 80ms
+60 press A 80ms
+60 press A 80ms
+10 plug
+2 end
"""
EXTRAS = {"anki": "genanki", "notebook": "nbformat"}


def test_only_clapmark_can_be_imported(installed):
    for name in ("boot", "main", "tests", "firmware"):
        done = subprocess.run([installed.python, "-c", f"import {name}"], capture_output=True, check=False,
                              cwd=installed.work, env=installed.variables())  # fmt: skip
        assert b"ModuleNotFoundError" in done.stderr, name
    script = "import clapmark, firmware.version; print(firmware.__file__)"
    done = subprocess.run([installed.python, "-c", script], capture_output=True, text=True, check=True,
                          cwd=installed.work, env=installed.variables())  # fmt: skip
    assert done.stdout.strip().endswith("site-packages/clapmark/device/firmware/__init__.py")


def wait_for(condition, seconds=60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture(scope="module")
def archive(installed):
    """Play ten minutes with the commands of the installed package; return the archive's folder."""
    sample = next(installed.environment.glob("lib/python*/site-packages/clapmark/sim/demo"))
    (installed.work / "script.txt").write_text(SCRIPT)
    archive, device, port = (installed.work / name for name in ("notes", "device", "port"))
    there = ("--archive", archive)
    installed.type("init", archive)
    installed.type("schedule", "load", sample / "pycon-us-afternoon.txt", "--start", "2019-05-03", "--zone",
                   "America/New_York", "--conference", SLUG, *there)  # fmt: skip
    sim = installed.start("sim", "--state", device, "--link", port, "--headless", "--script", "script.txt")
    log = device / "device.log"
    try:
        wait_for(lambda: log.exists() and " plugged" in log.read_text())
        clock = {"CLAPMARK_CLOCK": str(device / "clock")}
        installed.type("schedule", "push", *there, "--port", port, **clock)
        wait_for(lambda: log.read_text().count(" plugged") == 2)
        installed.type("sync", *there, "--port", port, **clock)
        _, errors = sim.communicate(timeout=60)
        assert sim.returncode == 0, errors
    finally:
        sim.kill()
    return archive


def test_ten_minutes_on_the_virtual_device_become_a_post_and_every_export(installed, archive):
    there = ("--archive", archive)
    installed.type("notes", *there)
    post = archive / "content" / "posts" / f"{SLUG}.md"
    text = post.read_text()
    assert len(re.findall(r"^- \*\*15:2", text, re.MULTILINE)) == 4
    post.write_text(re.sub(r"(- \*\*15:20.* -->)", r"\1 say no, kindly", text, count=1))
    assert "Maintaining a Python Project" in installed.type("show", TALK, *there).stdout
    assert installed.type("search", "maintaining", *there, "--json").stdout.startswith("[")
    installed.type("align", TALK, "--video", "https://youtu.be/abcdefghijk", "--at", "15:22=7:42", *there)
    installed.type("notes", *there)
    for name in format_names():
        target = installed.work / f"export-{name}"
        words = ("export", name, TALK, *there, "-o", target)
        if name in EXTRAS:
            errors = installed.type(*words, code=1).stderr
            assert errors.count("\n") == 1, errors
            command = errors.split(": ", 1)[1].strip()
            assert EXTRAS[name] in command
            variables = {"UV_CACHE_DIR": cache_folder(), "PATH": f"{tool('uv').rpartition('/')[0]}:/usr/bin:/bin"}
            done = run("sh", "-c", command, cwd=installed.work, variables=variables)
            assert done.returncode == 0, (command, done.stderr)
        installed.type(*words)
        assert target.stat().st_size > 20, name


@pytest.mark.parametrize("board", board_names())
def test_a_flash_image_for_each_board_is_made(installed, tmp_path, board):
    firmware = tmp_path / "ESP32_GENERIC.bin"
    firmware.write_bytes(stock_image())
    target = tmp_path / "flash.bin"
    installed.type("flash", "--firmware", firmware, "--board", board, "--image", target)
    assert target.stat().st_size == 4 << 20
    assert f'"board": "{board}"'.encode() in target.read_bytes()


def test_a_deploy_to_a_board_is_previewed(installed, tmp_path):
    files = app_files() | {"board.json": board_file("tdisplay")}
    files.pop("firmware/version.mpy")
    with BoardOnPty(tmp_path, files) as board:
        board.power_on()
        done = installed.type("deploy", "--dry-run", "--port", board.port)
        board.power_off()
    assert "firmware/version.mpy" in done.stdout + done.stderr


def test_the_virtual_device_fetches_micropython_and_says_so(tmp_path, wheel):
    fresh = Installed(tmp_path, wheel)
    (fresh.work / "short.txt").write_text("1 press A 80ms\n3 end\n")
    process = fresh.start("sim", "--state", "device", "--headless", "--script", "short.txt")
    _, errors = process.communicate(timeout=300)
    if process.returncode and "Check the network" in errors:
        pytest.skip(f"Debian's mirror cannot be reached: {errors.strip()}")
    assert process.returncode == 0, errors
    if "Fetching" in errors:  # none on the PATH
        assert (
            errors.index("Fetching 32-bit MicroPython") < errors.index("MicroPython is ready") < errors.index("booted")
        )
        assert (fresh.home / ".cache" / "clapmark" / "micropython" / "i386").is_dir()
    again = fresh.type("sim", "--state", "device", "--headless", "--script", "short.txt")
    assert "Fetching" not in again.stderr


def test_uv_tool_and_pipx_put_clapmark_on_the_path(tmp_path, wheel):
    bins = tmp_path / "bin"
    variables = {"HOME": str(tmp_path), "UV_CACHE_DIR": cache_folder(), "UV_TOOL_DIR": str(tmp_path / "uv"),
                 "UV_TOOL_BIN_DIR": str(bins / "uv"), "PIPX_HOME": str(tmp_path / "pipx"),
                 "PIPX_BIN_DIR": str(bins / "pipx"), "PIPX_DEFAULT_BACKEND": "uv"}  # fmt: skip
    for line in (("uv", "tool", "install", "-q", wheel), ("pipx", "install", wheel)):
        done = run(tool(line[0]), *line[1:], cwd=tmp_path, variables=variables)
        assert done.returncode == 0, done.stderr
        command = bins / line[0] / "clapmark"
        assert "A normal day" in run(command, "--help", cwd=tmp_path, variables=variables).stdout
        (tmp_path / "ESP32.bin").write_bytes(stock_image())
        done = run(command, "flash", "--firmware", "ESP32.bin", "--image", f"{line[0]}.bin", cwd=tmp_path,
                   variables=variables)  # fmt: skip
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "uv.bin").read_bytes() == (tmp_path / "pipx.bin").read_bytes()
