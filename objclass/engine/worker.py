"""A process that works for another one: takes calls, answers them, and ends with it."""

from __future__ import annotations

import os
import signal
import threading
import time
import traceback
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from queue import SimpleQueue
from typing import Any

from objclass.data.compiling import compiling_told

GRACE = 3.0
"""Seconds to clean up after the process that we work for is gone."""
STOPPING = ("SIGTERM", "SIGHUP")


class _Stopped(BaseException):
    """Somebody ends this process: locks are given back and temporary files removed."""


def serve(number: int) -> None:
    """Answer calls over the socket of this number, until it is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who is interrupted ends us
    for name in STOPPING:
        if signal.getsignal(getattr(signal, name)) is not signal.SIG_IGN:  # nohup
            signal.signal(getattr(signal, name), _stop)
    connection = Connection(number)
    messages: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_listen, args=(connection, messages), daemon=True).start()
    try:
        _answer_all(connection, messages)
    except (_Stopped, OSError):  # nobody hears an answer any more
        os._exit(1)


def _stop(number: int, frame: object) -> None:
    for name in STOPPING:  # a cluster signals us as well: cleaning up is not interrupted
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    raise _Stopped


def _listen(connection: Connection, messages: SimpleQueue[bytes]) -> None:
    """Pass messages on; where the other process is gone, end this one, whatever it does."""
    try:
        while True:
            messages.put(connection.recv_bytes())
    except (EOFError, OSError):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE)
        os._exit(1)


def _answer_all(connection: Connection, messages: SimpleQueue[bytes]) -> None:
    def send(kind: str, value: Any) -> None:
        connection.send_bytes(ForkingPickler.dumps((kind, value)))

    send("begun", os.getpid())
    tell = partial(send, "told")
    with compiling_told(tell):
        try:
            made = ForkingPickler.loads(messages.get())()
        except Exception:
            return send("raised", traceback.format_exc())
        send("ready", None)
        while True:
            _answer(messages.get(), made, tell, send)


def _answer(
    message: bytes, made: Any, tell: Callable[[Any], None], send: Callable[[str, Any], None]
) -> None:
    try:
        function, given = ForkingPickler.loads(message)
        send("made", function(made, tell, *given))
    except Exception:  # what nobody foresaw is told by the other process
        send("raised", traceback.format_exc())
