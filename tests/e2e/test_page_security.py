"""Nobody reads or changes a labelling session but its own page."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

pytest.importorskip("starlette", reason="needs objclass[ui]")
pytest.importorskip("websockets", reason="needs objclass[ui]")

from labelling_fake import FakeSession
from page_served import ONCE, TOKEN, remembered, served
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from objclass.errors import InputError, Place, Problem
from objclass.page.assets import ASSETS, read_asset
from objclass.page.server import listen

PAGE = f"/{TOKEN}/"
OWN = "http://127.0.0.1:{port}"
BODY = json.dumps({"refs": [["plate1_A01", None, 1]], "class": "mitotic"})


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def port(session: FakeSession) -> Iterator[int]:
    with served(remembered(session)) as address:
        yield urlsplit(address).port or 0


def ask(port: int, path: str, method: str = "GET", body: str = "", **headers: str):
    """Send a request with these headers and return the answer, read."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    named = {name.replace("_", "-"): value.format(port=port) for name, value in headers.items()}
    connection.request(method, path, body or None, named)
    answer = connection.getresponse()
    answer.text = answer.read().decode("utf-8", "replace")
    connection.close()
    return answer


def test_the_page_is_read_with_its_token_and_loads_nothing_from_elsewhere(port: int) -> None:
    answer = ask(port, PAGE)
    assert answer.status == 200
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "http://" not in answer.text.replace("http://www.w3.org", "")


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/static/main.js", "/api/state", "/favicon.ico"),
        *(
            "/another-token/",
            "/another-token/api/state",
            f"/{TOKEN}",
            f"/{TOKEN}x/",
            f"/{TOKEN[:-1]}/",
        ),
        *(f"/{TOKEN}/static/", f"/{TOKEN}/static/../../pyproject.toml", f"/{TOKEN}/api/"),
        *(f"/{TOKEN}/static/..%2f__init__.py", f"/{TOKEN}/static/%2e%2e/guard.py"),
        *(
            f"/{TOKEN}/static//etc/passwd",
            f"/{TOKEN}/etc/passwd",
            f"/{TOKEN}/static/index.html%00.js",
        ),
    ],
)
def test_a_guessed_path_leads_nowhere(port: int, path: str) -> None:
    assert ask(port, path).status == 404


def test_what_opens_a_browser_opens_the_page_once(port: int) -> None:
    assert ask(port, f"/{ONCE}/", Host="elsewhere.example").status == 421
    assert ask(port, f"/{ONCE}/", "POST", Origin=OWN).status == 404
    first = ask(port, f"/{ONCE}/")
    assert (first.status, first.headers["location"]) == (303, PAGE)
    assert ask(port, f"/{ONCE}/").status == 404
    assert ask(port, PAGE).status == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", ""])
def test_a_name_that_was_turned_to_this_machine_is_refused(port: int, host: str) -> None:
    assert ask(port, PAGE, Host=host).status in (400, 421)


@pytest.mark.parametrize("host", ["localhost:9999", "127.0.0.1:{port}"])
def test_a_tunnel_may_end_at_another_port(port: int, host: str) -> None:
    assert ask(port, PAGE, Host=host).status == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", None])
def test_a_form_of_another_site_changes_nothing(
    port: int, session: FakeSession, origin: str | None
) -> None:
    headers = {} if origin is None else {"Origin": origin}
    answer = ask(port, f"{PAGE}api/annotate", "POST", BODY, **headers)
    assert answer.status == 403
    assert session.said == {}


def test_the_page_itself_annotates(port: int, session: FakeSession) -> None:
    answer = ask(port, f"{PAGE}api/annotate", "POST", BODY, Origin=OWN)
    assert answer.status == 200
    assert list(session.said.values()) == ["mitotic"]


@pytest.mark.parametrize(
    ("token", "origin"),
    [(TOKEN, "http://evil.example"), (TOKEN, None), ("another", OWN)],
)
def test_a_websocket_of_another_site_is_refused(port: int, token: str, origin: str | None) -> None:
    said = origin.format(port=port) if origin else None
    with (
        pytest.raises(InvalidStatus),
        connect(f"ws://127.0.0.1:{port}/{token}/api/updates", origin=said),
    ):
        pass


def test_the_page_says_whether_the_session_learns_at_once(port: int, session: FakeSession) -> None:
    session.live(False)
    assert json.loads(ask(port, f"/{TOKEN}/api/state").text)["live"] is False


def test_pages_hear_of_changes_and_of_each_other(port: int, session: FakeSession) -> None:
    ask(port, PAGE)
    address, own = f"ws://127.0.0.1:{port}{PAGE}api/updates", OWN.format(port=port)
    with connect(address, origin=own) as first:
        assert json.loads(first.recv(5))["pages"] == 1
        with connect(address, origin=own) as second:
            assert json.loads(second.recv(5))["pages"] == 2
            assert json.loads(first.recv(5))["pages"] == 2
        assert json.loads(first.recv(5))["pages"] == 1
        session.learn_now()
        assert json.loads(first.recv(5))["version"] == session.version


def test_what_is_asked_wrongly_is_refused_in_words(port: int) -> None:
    body = BODY.replace("mitotic", "nothing")
    answer = ask(port, f"{PAGE}api/annotate", "POST", body, Origin=OWN)
    assert answer.status == 422
    assert json.loads(answer.text)["problems"] == ["there is no class 'nothing'"]


def test_a_workflow_with_errors_is_shown_with_line_and_column_until_it_is_mended() -> None:
    found: list[FakeSession] = []

    def opening(tell: object) -> FakeSession:
        if not found:
            place = Place("nuclei.yaml", 7, 3)
            raise InputError(Problem("<b>treshold</b> is no field", place=place))
        return found[0]

    with served(opening) as address:
        port = urlsplit(address).port or 0
        assert "nuclei.yaml:7:3: &lt;b&gt;treshold" in ask(port, PAGE).text
        found.append(FakeSession())
        assert "main.js" in ask(port, PAGE).text


def test_a_busy_port_is_said_and_another_is_found_where_none_was_named() -> None:
    with listen(0) as busy:
        port = busy.getsockname()[1]
        with pytest.raises(InputError, match=f"port {port} is busy"):
            listen(port)
        assert busy.getsockname()[0] == "127.0.0.1"


def test_every_file_of_the_page_stands_in_the_table() -> None:
    from importlib.resources import files

    there = {each.name for each in files("objclass.page").joinpath("static").iterdir()}
    assert there == set(ASSETS)
    assert read_asset("../guard.py") is None


def luminance(color: str) -> float:
    """Relative luminance of ``#rrggbb``, as the guidelines for accessible contents (WCAG) say."""
    shares = [int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return sum(w * s for w, s in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_every_word_is_told_from_its_ground_with_weak_eyes() -> None:
    style = (read_asset("page.css") or b"").decode()
    color = dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", style))
    for word in ("text", "dim", "accent", "warn", "bad"):
        for ground in ("ground", "panel", "raised"):
            ratio = (luminance(color[word]) + 0.05) / (luminance(color[ground]) + 0.05)
            assert ratio >= 4.5, (word, ground, ratio)


def test_without_the_server_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import objclass.page

    objclass.page.require_server()
    monkeypatch.setattr(objclass.page, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'objclass\[ui\]'"):
        objclass.page.require_server()
