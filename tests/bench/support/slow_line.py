"""A slow and lossy network in front of a server: a TCP proxy that delays every piece, keeps the order, and loses some.

A lost segment is what TCP makes of it: the data comes later, after a retransmission.
"""

import asyncio
import random
import threading

RETRANSMIT_S = 0.25


class SlowLine:
    """Listens at `port`; each piece takes 0 to `delay_ms` milliseconds, and `loss` of them one retransmission more."""

    def __init__(self, target: int, delay_ms: float, loss: float, seed: int) -> None:
        self._target = target
        self._delay_s = delay_ms / 1000
        self._loss = loss
        self._chance = random.Random(seed)
        self.pieces = self.lost = 0
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait(10)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        await asyncio.gather(self._carry(reader, back), self._carry(there, writer))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        due = 0.0
        try:
            while data := await reader.read(65_536):
                self.pieces += 1
                wait = self._chance.uniform(0, self._delay_s)
                if self._chance.random() < self._loss:
                    self.lost += 1
                    wait += RETRANSMIT_S
                due = max(due, self._loop.time() + wait)
                await asyncio.sleep(max(0, due - self._loop.time()))
                writer.write(data)
                await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
