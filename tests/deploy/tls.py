"""Throw-away certificates, and the real nginx with the site of deploy/nginx/ on free ports."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.deploy.tools import DEPLOY, check
from tests.support.free_port import free_port
from tests.support.network import eventually

SITE = DEPLOY / "nginx" / "liveledger.conf"
NAME = "localhost"
_STOP_SECONDS = 20


@dataclass(frozen=True)
class Authority:
    """A certificate authority of one test; ``folder`` holds its files."""

    folder: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def make(cls, folder: Path, name: str) -> Authority:
        """A new authority, its certificate in ``name.pem``."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _certificate(key, name, key, name, authority=True)
        (folder / f"{name}.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return cls(folder, key, certificate)

    def issue(self, name: str) -> tuple[Path, Path]:
        """Certificate and key files of ``name``."""
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = str(self.certificate.subject.rfc4514_string()).removeprefix("CN=")
        certificate = _certificate(key, name, self.key, issuer, authority=False)
        paths = self.folder / f"{issuer}-{name}.pem", self.folder / f"{issuer}-{name}.key"
        paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        plain = serialization.NoEncryption()
        form = serialization.PrivateFormat.PKCS8
        paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
        return paths


def _certificate(
    key: ec.EllipticCurvePrivateKey, name: str, signer: ec.EllipticCurvePrivateKey, issuer: str, *, authority: bool
) -> x509.Certificate:
    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    )
    return builder.sign(signer, hashes.SHA256())


@dataclass(frozen=True)
class TlsServer:
    """The running nginx; ``public`` signed its certificate, ``clients`` those of its clients."""

    https: str
    http: str
    public: Authority
    clients: Authority

    def context(self, *, client: tuple[Path, Path] | None = None) -> ssl.SSLContext:
        """Trusts the public authority alone; shows ``client`` when the server asks."""
        context = ssl.create_default_context(cadata=_pem(self.public.certificate))
        if client:
            context.load_cert_chain(*client)
        return context

    def client(self, *, certificate: tuple[Path, Path] | None = None) -> httpx.Client:
        """A client that verifies the server's certificate."""
        context = self.context(client=certificate)
        return httpx.Client(base_url=self.https, verify=context, timeout=60, trust_env=False)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


@contextlib.contextmanager
def running_nginx(nginx: str, folder: Path, api_port: int, *, rate: str = "20r/s") -> Iterator[TlsServer]:
    """Starts nginx in front of the API at ``api_port``; only names, paths, ports and ``rate`` of the site change."""
    public, clients = Authority.make(folder, "public-ca"), Authority.make(folder, "clients-ca")
    certificate, key = public.issue(NAME)
    http, https = free_port(), free_port()
    changes = {
        r"^.*listen \[::\].*$": "",
        r"listen 80 ": f"listen 127.0.0.1:{http} ",
        r"listen 443 ": f"listen 127.0.0.1:{https} ",
        r"ledger\.example\.org": NAME,
        r"/etc/liveledger/tls/fullchain\.pem": str(certificate),
        r"/etc/liveledger/tls/key\.pem": str(key),
        r"/etc/liveledger/tls/clients-ca\.pem": str(folder / "clients-ca.pem"),
        r"127\.0\.0\.1:8600": f"127.0.0.1:{api_port}",
        r"rate=20r/s": f"rate={rate}",
    }
    site = SITE.read_text()
    for pattern, replacement in changes.items():
        site, count = re.subn(pattern, replacement, site, flags=re.MULTILINE)
        assert count, pattern
    (folder / "site.conf").write_text(site)
    (folder / "nginx.conf").write_text(_main(folder))
    command = [nginx, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "start.log")]
    check(*command, "-t")
    with subprocess.Popen(command) as process:
        try:
            eventually("nginx listens", lambda: _listens(https), 20)
            yield TlsServer(f"https://{NAME}:{https}", f"http://{NAME}:{http}", public, clients)
        finally:
            process.terminate()
            process.wait(_STOP_SECONDS)


def _main(folder: Path) -> str:
    """The rest of nginx's configuration: everything it writes is below ``folder``."""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "\n".join(f"    {kind}_temp_path {folder}/{kind};" for kind in kinds)
    user = "user root;\n" if os.geteuid() == 0 else ""
    return (
        f"{user}daemon off;\nworker_processes 1;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\n"
        f"events {{ worker_connections 256; }}\nhttp {{\n    access_log {folder}/access.log;\n{temporary}\n"
        f"    include {folder}/site.conf;\n}}\n"
    )


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
