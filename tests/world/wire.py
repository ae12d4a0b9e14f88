"""A wire between a client and a server, which can be cut without anybody being told."""

import asyncio
import threading
from contextlib import suppress


class Wire:
    """`address` leads to the server; while `cut`, what is sent is swallowed, and nobody hears why."""

    def __init__(self, upstream):
        host, _, port = upstream.partition(":")
        self._upstream, self._cut = (host, int(port)), False
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self):
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(10)

    def cut(self):
        self._cut = True

    def mend(self):
        """For new connections; those of before stay dead, as a stateful firewall has forgotten them."""
        self._cut = False

    async def _serve(self):
        self._loop, self._ended, self._open = asyncio.get_running_loop(), asyncio.Event(), []
        server = await asyncio.start_server(self._join, "127.0.0.1", 0)
        self.address = "{}:{}".format(*server.sockets[0].getsockname())
        self._ready.set()
        await self._ended.wait()
        server.close()
        for writer in self._open:
            writer.transport.abort()
        await asyncio.sleep(0.1)

    async def _join(self, reader, writer):
        self._open.append(writer)
        if self._cut:
            return
        upstream = await asyncio.open_connection(*self._upstream)
        self._open.append(upstream[1])
        await asyncio.gather(self._pass(reader, upstream[1]), self._pass(upstream[0], writer))

    async def _pass(self, reader, writer):
        dead = False
        with suppress(OSError):
            while data := await reader.read(65536):
                dead = dead or self._cut
                if not dead:
                    writer.write(data)
                    await writer.drain()
        if not dead:
            writer.close()
