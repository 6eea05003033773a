"""Servers that are killed, pages that go, and what a plain session would have written."""

from __future__ import annotations

import http.client
import json
import random
import re
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import pytest

pytest.importorskip("starlette", reason="needs objclass[ui]")

from browser import OpenedPage, chromium
from labelling_fake import FakeSession
from page_served import TOKEN, remembered, served

import workflows
from objclass.session import ObjectRef, Session
from workflows import Bench


class PlainPage:
    """What a page says, without a browser."""

    def __init__(self, address: str) -> None:
        self.address = urlsplit(address)

    def say(self, path: str, **said: Any) -> dict[str, Any]:
        """Post to the server and return its answer."""
        origin = {"Origin": f"http://{self.address.netloc}"}
        wire = http.client.HTTPConnection(self.address.netloc, timeout=30)
        wire.request("POST", f"{self.address.path}api/{path}", json.dumps(said), origin)
        answer = wire.getresponse()
        found: dict[str, Any] = json.loads(answer.read())
        wire.close()
        assert answer.status == 200, found
        return found


@contextmanager
def labelled(bench: Bench) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the command on a workflow; yields it and the address that it prints."""
    words = [sys.executable, "-m", "objclass", "label", bench.file.name, "--port=0", "--no-browser"]
    with subprocess.Popen(words, cwd=bench.folder, stdout=subprocess.PIPE, text=True) as command:
        assert command.stdout is not None
        printed = (re.search(r"http://\S+", line) for line in command.stdout)
        yield command, next(filter(None, printed))[0]
        command.kill()


def test_a_server_that_is_killed_has_saved_every_click_that_it_answered(tmp_path: Path) -> None:
    bench = workflows.flat(tmp_path)
    with labelled(bench) as (command, address):
        page = PlainPage(address)
        for number in range(1, 13):
            page.say("annotate", refs=[["raw", None, number]], **{"class": "ignore"})
        command.send_signal(signal.SIGKILL)
        command.wait(10)
    session = Session.open(bench.file)
    assert [row.class_ for row in session.annotations()] == ["ignore"] * 12
    session.close()


@pytest.mark.parametrize("count", [80, pytest.param(1000, marks=pytest.mark.slow)])
def test_random_actions_of_a_page_leave_the_file_that_a_session_without_it_leaves(
    tmp_path: Path, count: int
) -> None:
    benches = [tmp_path / name for name in ("page", "plain")]
    for folder in benches:
        folder.mkdir()
    with_page, plain = (workflows.flat(folder) for folder in benches)
    twin, chance = Session.open(plain.file), random.Random(3)
    twin.live(False)
    with served(lambda tell: Session.open(with_page.file, on_change=tell)) as address:
        page = PlainPage(address)
        for _ in range(count):
            refs = [ObjectRef("raw", None, k) for k in chance.sample(range(1, 13), 2)]
            sent = [[ref.image, ref.t, ref.object] for ref in refs]
            what = chance.choice(["large", "small", "ignore", "erase", "undo", "redo"])
            if what == "erase":
                page.say("erase", refs=sent)
                twin.erase(refs)
            elif what == "undo" and twin.can_undo:
                page.say("undo")
                twin.undo()
            elif what == "redo" and twin.can_redo:
                page.say("redo")
                twin.redo()
            elif what not in ("undo", "redo"):
                page.say("annotate", refs=sent, **{"class": what})
                twin.annotate(refs, what)
    twin.close()
    assert with_page.annotations.read_bytes() == plain.annotations.read_bytes()


def test_pages_that_vanish_without_a_word_are_forgotten() -> None:
    session = FakeSession()
    with served(remembered(session)) as address:
        host, port = urlsplit(address).netloc.split(":")
        head = (
            f"GET /{TOKEN}/api/updates HTTP/1.1\r\nHost: {host}:{port}\r\n"
            f"Origin: http://{host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        for _ in range(20):
            with socket.create_connection((host, int(port)), timeout=10) as wire:
                wire.sendall(head.encode())
                assert wire.recv(64).startswith(b"HTTP/1.1 101")
                reset = struct.pack("ii", 1, 0)  # no goodbye: the cable was pulled
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
        answer = PlainPage(address).say(
            "annotate", refs=[["plate1_A01", None, 1]], **{"class": "mitotic"}
        )
        assert answer["version"] == session.version


def test_a_fault_behind_the_page_is_told_on_it_until_it_is_over() -> None:
    session = FakeSession()
    with chromium() as browser, served(remembered(session)) as address:
        opened = OpenedPage(browser, session, address)
        session.fault = "something unexpected happened while learning: boom"
        session.learn_now()
        opened.page.wait_for_selector("#notices:has-text('boom')")
        session.fault = ""
        session.learn_now()
        opened.page.wait_for_selector("#notices:has-text('boom')", state="detached")
        opened.page.close()


def test_pixels_and_clicks_do_not_wait_behind_objects_that_are_being_made() -> None:
    session, made = FakeSession(shape=(1, 2048, 2048)), Event()
    real = session.label_tile

    def late(*args: Any) -> Any:
        assert made.wait(30)
        return real(*args)

    session.label_tile = late  # type: ignore[method-assign]
    with chromium() as browser, served(remembered(session)) as address:
        opened = OpenedPage(browser, session, address)
        with opened.page.expect_response(lambda answer: "/api/raw?" in answer.url, timeout=10_000):
            opened.press("v")
        opened.page.fill("#new-class", "third")
        opened.page.press("#new-class", "Enter")
        opened.until(lambda: len(session.class_list) == 3)
        made.set()
        opened.page.wait_for_timeout(200)
        opened.page.close()
