"""A client that sends a hub what a test wants, on a connection of its own for each request."""

import http.client
import json
from typing import Any


class HubClient:
    """Requests to a hub at a port of this machine."""

    port: int

    def get(self, path: str, timeout: float = 30) -> tuple[int, bytes, dict[str, str]]:
        """Return status, body and headers."""
        return self.request("GET", path, timeout=timeout)

    def post(self, path: str, body: bytes, timeout: float = 30, **headers: str) -> tuple[int, Any]:
        """Return the status and the JSON of the answer."""
        status, data, _ = self.request("POST", path, body, timeout, headers)
        return status, json.loads(data)

    def post_too_large(self, path: str, body: bytes, **headers: str) -> tuple[int, Any]:
        """Like `post`, again where the hub has closed the connection before it had read all of the body."""
        for _ in range(20):
            try:
                return self.post(path, body, **headers)
            except (BrokenPipeError, ConnectionResetError):
                continue
        return self.post(path, body, **headers)

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        timeout: float = 30,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, bytes, dict[str, str]]:
        """Send one request. Raises OSError where the connection ends early."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, {k.replace("_", "-"): v for k, v in (headers or {}).items()})
            answer = connection.getresponse()
            return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
        except http.client.HTTPException as error:
            raise ConnectionError(str(error)) from error
        finally:
            connection.close()
