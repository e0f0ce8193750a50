"""`clapmark play` answers this computer's own pages, and nobody else."""

import http.client

import pytest

from clapmark.base.errors import ClapmarkError
from clapmark.web.server import listen
from tests.support.web.browser import serving

FILES = {"index.html": b"<!doctype html>", "device/x.mjs": b"export {}", "a.wasm": b"\0asm"}


@pytest.fixture(scope="module")
def port():
    with serving(FILES) as address:
        yield int(address.rstrip("/").rpartition(":")[2])


def ask(port: int, path: str = "/", **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.putrequest("GET", path, skip_host=True)
    for name, value in ({"Host": f"127.0.0.1:{port}"} | headers).items():
        connection.putheader(name, value)
    connection.endheaders()
    return connection.getresponse()


def test_a_page_has_a_strict_policy_and_its_type(port):
    answer = ask(port)
    assert answer.status == 200
    assert answer.read() == FILES["index.html"]
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "connect-src 'self'" in policy
    assert ask(port, "/a.wasm").headers["Content-Type"] == "application/wasm"
    assert ask(port, "/device/x.mjs").headers["Content-Type"].startswith("text/javascript")


@pytest.mark.parametrize("path", ["/nothing", "/../pyproject.toml", "/%2e%2e/pyproject.toml", "//etc/passwd"])
def test_there_is_nothing_but_the_site(port, path):
    assert ask(port, path).status == 404


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", ""])
def test_another_host_name_is_refused(port, host):
    assert ask(port, Host=host.format(port=port)).status == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1:{port}"])
def test_another_origin_is_refused(port, origin):
    assert ask(port, Origin=origin.format(port=port)).status == 403


def test_its_own_names_are_answered(port):
    for name in ("127.0.0.1", "localhost"):
        assert ask(port, Host=f"{name}:{port}", Origin=f"http://{name}:{port}").status == 200


def test_a_port_in_use_is_a_sentence(port):
    with pytest.raises(ClapmarkError, match="in use by another program"):
        listen(port)


def test_two_that_start_at_the_same_moment_listen_at_different_ports():
    with listen(None) as one, listen(None) as other:
        assert one.getsockname() != other.getsockname()
