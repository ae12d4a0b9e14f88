"""To remember what a forge said, the newest of it. Pure."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")
_MOST = 10_000


class BoundedCache(Generic[Key, Value]):
    """May be asked by many threads; two that ask for the same at once may both have to look."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._known: OrderedDict[Key, Value] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Key, look: Callable[[], Value]) -> Value:
        """What is remembered, else what `look` finds."""
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        value = look()
        self.put(key, value)
        return value

    def known(self, key: Key) -> Value | None:
        with self._lock:
            return self._known.get(key)

    def put(self, key: Key, value: Value) -> None:
        with self._lock:
            self._known[key] = value
            self._known.move_to_end(key)
            while len(self._known) > self._most:
                self._known.popitem(last=False)

    def drop(self, key: Key) -> None:
        with self._lock:
            self._known.pop(key, None)
