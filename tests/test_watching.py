"""`archcalc view`: one page, on this machine alone, that follows its file."""

from __future__ import annotations

import socket
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from archcalc.cli.main import main
from archcalc.errors import ArchcalcError, UsageError
from archcalc.watching import LOOPBACK, Watched, serve, write_once

GOOD = "input: 4x8x8\nlayers:\n  a: conv 4 3x3\n"
BAD = "input: 4x8x8\nlayers:\n  a: conv 4 9x9\n"


@pytest.fixture
def watched(tmp_path):
    file = tmp_path / "net.yaml"
    file.write_text(GOOD, encoding="utf-8")
    return Watched(str(file), {}, None), file


def get(address, **headers):
    with urlopen(Request(address, headers=headers), timeout=10) as answer:
        return answer.read().decode(), answer.headers


def test_who_knows_the_token_gets_the_page(watched):
    spec, _ = watched
    with serve(spec) as address:
        text, headers = get(address)
        assert "<title>net</title>" in text
        assert headers["Cache-Control"] == "no-store"
        assert "connect-src &#x27;self&#x27;" in text or "connect-src 'self'" in text


def test_nobody_else_does(watched):
    spec, _ = watched
    with serve(spec) as address:
        host = address.split("/")[2]
        for path in ("/", "/favicon.ico", "/wrong-token/", f"/{address.split('/')[3][:-1]}/", "/../etc/passwd"):
            with pytest.raises(HTTPError, match="404"):
                get(f"http://{host}{path}")
        with pytest.raises(HTTPError, match="404"):  # a page elsewhere that has its name point here
            get(address, Host="evil.example")


def test_it_listens_on_the_loopback_address_alone(watched):
    spec, _ = watched
    with serve(spec) as address:
        port = int(address.split(":")[2].split("/")[0])
        others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} - {LOOPBACK}
        for other in others:
            with socket.socket() as probe:
                probe.settimeout(1)
                assert probe.connect_ex((other, port)) != 0


def test_two_servers_have_two_tokens(watched):
    spec, _ = watched
    with serve(spec) as one, serve(spec) as other:
        assert one.split("/")[3] != other.split("/")[3]
        assert len(one.split("/")[3]) >= 32


def test_a_saved_file_is_another_state_and_errors_are_shown(watched):
    spec, file = watched
    with serve(spec) as address:
        before, _ = get(f"{address}state?seen=")
        file.write_text(BAD, encoding="utf-8")
        after, _ = get(f"{address}state?seen={before}")
        assert after != before
        text, _ = get(address)
        assert "net.yaml:3" in text
        assert "1 error" in text
        file.unlink()
        assert get(f"{address}state?seen={after}")[0] == "gone"
        assert "error" in get(address)[0]


def test_a_port_that_is_taken(watched):
    spec, _ = watched
    with serve(spec) as address:
        port = int(address.split(":")[2].split("/")[0])
        with pytest.raises(UsageError, match=f"port {port} cannot be used"), serve(spec, port):
            pass


def test_once_is_a_file_and_errors_are_raised(watched):
    from pathlib import Path

    spec, file = watched
    written = Path(write_once(spec))
    assert written.read_text(encoding="utf-8").startswith("<!doctype html>")
    written.unlink()
    file.write_text(BAD, encoding="utf-8")
    with pytest.raises(ArchcalcError):
        write_once(spec)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["lenet5", "--port", "80"], "error: --port goes with --watch\n= help: add --watch, or leave --port out\n"),
        (["lenet5", "--watch", "--port", "-1"], "error: --port is from 0 to 65535, got -1\n"),
        (["lenet5", "--watch"], "error: --watch follows a file\n= help: give a path\n"),
    ],
)
def test_what_is_refused(capsys, options, message):
    assert main(["view", "--no-browser", *options]) == 2
    assert capsys.readouterr().err == message
