"""The real nginx with the site of deploy/nginx/ in front of the real API: TLS, who gets in, what is refused where."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from liveledger_api.ports import FIRST_PORT
from liveledger_api.settings import MEBIBYTE, ApiSettings
from tests.api.ledger import RunningApi
from tests.deploy.tls import NAME, SITE, Authority, TlsServer, running_nginx
from tests.deploy.tools import need

network = pytest.mark.network
SUBMISSION = "/movements"
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def nginx() -> str:
    """The program; the tests are skipped where it is not installed."""
    return need("nginx", "apt-get install nginx-light")


@pytest.fixture(scope="module")
def api(nginx: str, shared_api: RunningApi) -> RunningApi:
    """A ledger of one validator and its API."""
    return shared_api


@pytest.fixture(scope="module")
def server(nginx: str, api: RunningApi, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsServer]:
    """nginx in front of it."""
    with running_nginx(nginx, tmp_path_factory.mktemp("nginx"), api_port(api)) as running:
        yield running


@pytest.fixture
def member(server: TlsServer) -> Iterator[httpx.Client]:
    """A client with a certificate of the organisation."""
    with server.client(certificate=server.clients.issue("erp")) as client:
        yield client


def api_port(api: RunningApi) -> int:
    """The API's own port."""
    port = api.http.base_url.port
    assert port is not None
    return port


def test_the_limits_are_those_of_the_api() -> None:
    site, settings = SITE.read_text(), ApiSettings()
    assert re.findall(r"client_max_body_size (\d+)m;", site) == [str(settings.max_body_bytes // MEBIBYTE)]
    assert re.findall(r"client_body_timeout (\d+)s;", site) == [f"{settings.max_body_seconds:.0f}"]
    assert f"server 127.0.0.1:{FIRST_PORT};" in site


@network
def test_health_over_https_with_a_verified_certificate(server: TlsServer) -> None:
    with server.client() as stranger:
        answer = stranger.get("/health/live")
    assert answer.json() == {"status": "live"}
    assert answer.headers["strict-transport-security"].startswith("max-age=")
    assert answer.headers["server"] == "nginx"


@network
def test_a_client_that_trusts_another_authority_does_not_connect(server: TlsServer, tmp_path: Path) -> None:
    other = Authority.make(tmp_path, "other-ca")
    strange = TlsServer(server.https, server.http, other, server.clients)
    with strange.client() as client, pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        client.get("/health/live")


@network
def test_plain_http_is_sent_to_https(server: TlsServer) -> None:
    answer = httpx.post(f"{server.http}{SUBMISSION}?x=1", content=b"{}", trust_env=False)
    assert answer.status_code == 308
    assert answer.headers["location"] == f"https://{NAME}{SUBMISSION}?x=1"


@network
@pytest.mark.parametrize(
    "path",
    ["/openapi.json", "/trust", "/metrics", "/health", "/health/x", "/health/%2e%2e/trust", "/%2e%2e/trust"],
)
def test_a_stranger_gets_nothing_else(server: TlsServer, path: str) -> None:
    with server.client() as stranger:
        for answer in (stranger.get(path), stranger.post(path, content=b"{}")):
            assert answer.status_code in (400, 403, 404)
            # It is nginx that refuses: the API's own refusals are problem details.
            assert answer.headers["content-type"] == "text/html"


@network
def test_a_certificate_of_another_authority_is_refused(server: TlsServer, tmp_path: Path) -> None:
    impostor = Authority.make(tmp_path, "clients-ca").issue("erp")
    with server.client(certificate=impostor) as client:
        assert client.get("/openapi.json").status_code in (400, 403)


@network
def test_a_member_reaches_the_api_and_not_its_metrics(api: RunningApi, member: httpx.Client) -> None:
    assert "/movements" in member.get("/openapi.json").json()["paths"]
    refused = member.post(SUBMISSION, content=b"not json", headers=JSON)
    assert (refused.status_code, refused.json()["code"]) == (400, "malformed-json")
    assert member.get("/metrics").status_code == 404
    metrics = api.http.get("/metrics").text
    assert 'liveledger_api_refusals_total{code="malformed-json"}' in metrics
    assert "liveledger_index_lag_blocks" in metrics
    assert re.search(r"^liveledger_sender_acknowledged_total ", metrics, re.MULTILINE)


@network
def test_a_body_over_the_limit_ends_at_the_door(server: TlsServer, member: httpx.Client, api: RunningApi) -> None:
    limit = ApiSettings().max_body_bytes
    before = api.http.get("/metrics").text.count("too-large")
    refused = member.post(SUBMISSION, content=b" " * (limit + 1), headers=JSON)
    assert refused.status_code == 413
    assert "problem+json" not in refused.headers["content-type"]
    assert api.http.get("/metrics").text.count("too-large") == before
    # What is just within it is for the API to judge.
    assert member.post(SUBMISSION, content=b" " * limit, headers=JSON).json()["code"] == "malformed-json"


@network
@pytest.mark.parametrize(("version", "accepted"), [(ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True)])
def test_old_tls_is_refused(server: TlsServer, version: ssl.TLSVersion, accepted: bool) -> None:
    context = server.context()
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    port = int(server.https.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as plain:
        if not accepted:
            with pytest.raises((ssl.SSLError, ConnectionError)):
                context.wrap_socket(plain, server_hostname=NAME)
        else:
            with context.wrap_socket(plain, server_hostname=NAME) as secure:
                assert secure.version() == "TLSv1.2"


@network
def test_another_name_gets_no_certificate(server: TlsServer) -> None:
    port = int(server.https.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as plain, pytest.raises(ssl.SSLError):
        server.context().wrap_socket(plain, server_hostname="evil.example.com")


@network
def test_too_many_requests_are_refused(nginx: str, api: RunningApi, tmp_path: Path) -> None:
    # One a minute beside the burst of 40, so that a slow machine sees the limit, too.
    with running_nginx(nginx, tmp_path, api_port(api), rate="1r/m") as server, server.client() as client:
        statuses = [client.get("/health/live").status_code for _ in range(45)]
    assert statuses.count(200) >= 40
    assert statuses[-1] == 429
