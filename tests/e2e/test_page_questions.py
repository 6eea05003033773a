"""What is asked wrongly is refused in words: nothing a page can say is a traceback or a burden."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

pytest.importorskip("starlette", reason="needs objclass[ui]")
pytest.importorskip("websockets", reason="needs objclass[ui]")

from labelling_fake import FakeSession
from page_served import TOKEN, remembered, served

WELL = "plate1_A01"
TILE = f"api/raw?image={WELL}&axis=z&channel=0&"
REF = '{"refs": [%s], "class": "mitotic"}'
LASSO = '{"image": "plate1_A01", "t": null, "axis": "z", "index": 0, "outline": %s}'


@pytest.fixture(scope="module")
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture(scope="module")
def port(session: FakeSession) -> Iterator[int]:
    with served(remembered(session)) as address:
        yield urlsplit(address).port or 0


def ask(port: int, path: str, method: str = "GET", body: bytes | None = None) -> tuple[int, str]:
    """Ask as the page does; return the status and what is said."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    origin = {"Origin": f"http://127.0.0.1:{port}"}
    connection.request(method, f"/{TOKEN}/{path}", body, origin)
    answer = connection.getresponse()
    said = answer.read().decode("utf-8", "replace")
    connection.close()
    return answer.status, said


@pytest.mark.parametrize(
    "path",
    [
        f"{TILE}index=0&level=100000000000&region=0,0,1,1",
        f"{TILE}index=0&level=-1&region=0,0,1,1",
        f"{TILE}index=0&level=0&region=0,0,40000,40000",
        f"{TILE}index=0&level=0&region=nan,0,1,1",
        f"{TILE}index=0&level=0&region=0,0,1",
        f"{TILE}index=0&level=0&region=9,0,-99999,-99999999",
        f"{TILE}index=0&level=0&region={'9' * 5000},0,1,1",
        f"{TILE}index=1e3&level=0&region=0,0,1,1",
        f"{TILE}level=0&region=0,0,1,1",
        f"api/object?image={WELL}&point=nan,1",
        f"api/object?image={WELL}&point=99999999999999999999999,1",
        f"api/details?image={WELL}&object=-1",
        f"api/details?image={WELL}&t=soon&object=1",
        f"api/cutout?image={WELL}&object=1&size=96&context=nan&outline=1",
        f"api/cutout?image={WELL}&object=1&size=96&context=inf&outline=1",
        f"api/cutout?image={WELL}&object=1&size=1e9&context=1&outline=1",
        f"api/cutout?image={WELL}&object=1&size=96&context=1&outline=1&channels=a",
        "api/gallery?source=random&n=-5&page=0&seed=0",
        "api/gallery?source=random&n=5&page=-1&seed=0",
        "api/gallery?source=random&n=5&page=0&seed=99999999999999999999999",
        "api/gallery?n=5&page=0&seed=0",
    ],
)
def test_a_question_that_cannot_be_read_is_refused_in_words(port: int, path: str) -> None:
    status, said = ask(port, path)
    assert status == 422, said
    assert len(json.loads(said)["problems"][0]) < 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        *(("annotate", said) for said in ("", "[]", "{", "null", '{"class": "mitotic"}')),
        *(("annotate", said) for said in ("[" * 100_000, '{"a": "\\ud800"}', "\xff")),
        *(
            ("annotate", REF % said)
            for said in (
                '["plate1_A01", null, -1]',
                '["plate1_A01", null, 1.7]',
                '["plate1_A01", null, 1e400]',
                '["plate1_A01", null, 99999999999999999999999]',
                '["plate1_A01", {}, 1]',
                '["plate1_A01", true, 1]',
                '["plate1_A01"]',
                "7",
            )
        ),
        *(
            ("objects", LASSO % said)
            for said in ("[[NaN, 0], [1, 1], [2, 0]]", "[[1e308, 0], [1, 1], [2, 0]]", "3", "[[1]]")
        ),
        ("add_class", "{}"),
    ],
)
def test_what_the_page_says_wrongly_changes_nothing(
    port: int, session: FakeSession, path: str, body: str
) -> None:
    status, said = ask(port, f"api/{path}", "POST", body.encode("latin-1"))
    assert status == 422, said
    assert json.loads(said)["problems"][0]
    assert session.said == {}


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "DELETE", "TRACE", "PATCH"])
def test_what_is_no_question_is_not_answered(port: int, method: str) -> None:
    assert ask(port, "api/state", method)[0] == 405


def test_a_head_says_no_more_than_the_answer_it_stands_for(port: int) -> None:
    assert ask(port, "api/state", "HEAD") == (200, "")
    assert ask(port, "api/annotate", "HEAD")[0] == 405


def test_a_body_that_no_page_sends_is_cut_off(port: int) -> None:
    head = (
        f"POST /{TOKEN}/api/styles?image={WELL} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Origin: http://127.0.0.1:{port}\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    sent, chunk = 0, b"100000\r\n" + bytes(1 << 20) + b"\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=10) as wire:
        wire.sendall(head.encode())
        try:
            for sent in range(200):  # noqa: B007
                wire.sendall(chunk)
        except OSError:
            pass  # it hung up
    assert 30 <= sent < 100
    assert ask(port, "api/state")[0] == 200


def test_a_body_that_comes_too_slowly_holds_nobody_up(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("objclass.page.server.PATIENCE", 0.2)
    head = (
        f"POST /{TOKEN}/api/annotate HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Origin: http://127.0.0.1:{port}\r\nContent-Length: 100\r\n\r\n{{"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=10) as wire:
        wire.sendall(head.encode())
        assert ask(port, "api/state")[0] == 200
        assert wire.recv(64).startswith(b"HTTP/1.1 408")
