"""TCP relays between nodes that treat what they carry badly: delay, stalls, resets, half-open links. Seeded.

with Relays(Random(7)) as relays:
    port = relays.to(26656)            # connect here instead of to 26656
    relays.misbehave(seconds=30)       # a schedule of faults, from the seed; blocks until it is over
    relays.cut([port]); relays.heal()  # as a pulled cable: nothing passes, nothing is lost, nobody is told
    relays.cut([port], reset=True)     # the same, but what was connected is reset first
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random

DELAY, STALL, RESET, HALF_OPEN = "delay", "stall", "reset", "half-open"
KINDS = (DELAY, STALL, RESET, HALF_OPEN)
_CHUNK = 65_536
_LINGER_ZERO = struct.pack("ii", 1, 0)
_CONNECT_SECONDS = 5.0


@dataclass
class Weather:
    """What happens to the bytes of one relay now: seconds of delay; until when it stalls, or loses one way; a cut."""

    delay: float = 0.0
    stalled_until: float = 0.0
    deaf_until: float = 0.0
    whole: asyncio.Event = field(default_factory=asyncio.Event)
    links: set[asyncio.StreamWriter] = field(default_factory=set)


class Relays:
    """Relays to ports of this machine, in an event loop of their own. ``done`` counts the faults."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._servers: list[asyncio.Server] = []
        self._weather: dict[int, Weather] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.done: Counter[str] = Counter()

    def __enter__(self) -> Relays:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def to(self, port: int) -> int:
        """A port whose connections are carried on to ``port``."""
        return asyncio.run_coroutine_threadsafe(self._listen(port), self._loop).result()

    async def _listen(self, port: int) -> int:
        weather = Weather()
        weather.whole.set()

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            await self._carry(reader, writer, port, weather)

        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        self._servers.append(server)
        own = int(server.sockets[0].getsockname()[1])
        self._weather[own] = weather
        return own

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, weather: Weather
    ) -> None:
        await weather.whole.wait()
        try:
            target = asyncio.open_connection("127.0.0.1", port)
            there, back = await asyncio.wait_for(target, _CONNECT_SECONDS)
        except (OSError, TimeoutError):
            writer.close()
            return
        weather.links |= {writer, back}
        ways = [
            asyncio.ensure_future(_pump(reader, back, weather, deaf=True)),
            asyncio.ensure_future(_pump(there, writer, weather, deaf=False)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            await weather.whole.wait()
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            weather.links -= {writer, back}
            for end in (writer, back):
                end.close()

    def misbehave(self, seconds: float) -> None:
        """Faults on randomly chosen relays for so long; then all is as it should be again."""
        give_up = time.monotonic() + seconds
        while time.monotonic() < give_up:
            kind, weather = self._random.choice(KINDS), self._random.choice(list(self._weather.values()))
            self.done[kind] += 1
            self._loop.call_soon_threadsafe(self._fault, kind, weather, self._random.uniform(0.5, 4.0))
            time.sleep(self._random.uniform(0.1, 1.0))
        for weather in self._weather.values():
            weather.delay = weather.stalled_until = weather.deaf_until = 0.0

    def cut(self, ports: Iterable[int], *, reset: bool = False) -> None:
        """Lets nothing pass these relays until they are healed; what was sent meanwhile arrives then, as TCP has it.

        With ``reset`` both ends of what was connected are told, and have to connect again.
        """
        for port in ports:
            self._loop.call_soon_threadsafe(self._weather[port].whole.clear)
            if reset:
                self._loop.call_soon_threadsafe(_reset_all, self._weather[port])

    def heal(self) -> None:
        """Lets everything pass again."""
        for weather in self._weather.values():
            self._loop.call_soon_threadsafe(weather.whole.set)

    def _fault(self, kind: str, weather: Weather, seconds: float) -> None:
        now = self._loop.time()
        if kind == DELAY:
            weather.delay = seconds / 20
        elif kind == STALL:
            weather.stalled_until = now + seconds
        elif kind == HALF_OPEN:
            # One end speaks to nobody and does not know it, until the connection breaks at last.
            weather.deaf_until = now + seconds
            self._loop.call_later(seconds, _reset_all, weather)
        else:
            _reset_all(weather)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, weather: Weather, *, deaf: bool) -> None:
    """Carries bytes one way. While the link is half open, what the dialler says is lost."""
    loop = asyncio.get_running_loop()
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK):
            if deaf and loop.time() < weather.deaf_until:
                continue
            wait = max(weather.delay, weather.stalled_until - loop.time())
            if wait > 0:
                await asyncio.sleep(wait)
            await weather.whole.wait()
            writer.write(data)
            await writer.drain()


def _reset_all(weather: Weather) -> None:
    for link in list(weather.links):
        _reset(link)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Ends a connection as a crashed machine does: with a reset, not with a farewell."""
    end = writer.get_extra_info("socket")
    if end is not None:
        with contextlib.suppress(OSError):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
    writer.transport.abort()
