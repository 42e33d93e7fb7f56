"""The archive's bytes: what comes back is what went in, and whatever was changed on the way is refused."""

from __future__ import annotations

import gzip
import io
import random
import stat
import tarfile
import zlib
from pathlib import Path

import pytest

from liveledger.domain.errors import ConfigurationError, Unavailable
from liveledger.maintenance import archive
from liveledger.maintenance.errors import ArchiveRefused
from liveledger.maintenance.manifest import NAME, SNAPSHOT, Manifest
from tests.support.archives import MadeHome, made_home


@pytest.fixture
def made(tmp_path: Path) -> MadeHome:
    return made_home(tmp_path / "home")


def extract(path: Path, folder: Path) -> Manifest:
    with archive.opened(path) as reader:
        reader.extract(lambda name: folder / name)
        return reader.manifest


def tar_of(*entries: tuple[str, bytes], kind: bytes = tarfile.REGTYPE) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name, content in entries:
            info = tarfile.TarInfo(name)
            info.size, info.type = len(content), kind
            tar.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def test_what_comes_back_is_what_went_in(made: MadeHome, tmp_path: Path) -> None:
    manifest = made.archive(tmp_path / "a")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600
    assert extract(tmp_path / "a", tmp_path / "out") == manifest
    assert (tmp_path / "out/node/geth/geth/chaindata/000001.sst").read_bytes() == b"state " * 9_000
    names = [entry.name for entry in manifest.files]
    assert names[0].startswith("node/geth/")
    assert not any(
        name.endswith(("LOCK", "nodekey", ".key", "priv_validator_key.json", "node_key.json")) for name in names
    )


def test_a_snapshot_holds_nothing_private(made: MadeHome, tmp_path: Path) -> None:
    manifest = made.archive(tmp_path / "a", kind=SNAPSHOT, keys=True)
    assert {entry.name for entry in manifest.files} == {
        "node/geth/geth/chaindata/000001.sst",
        "node/cometbft/data/blockstore.db/000001.ldb",
        "node/cometbft/data/state.db/000001.ldb",
    }


def test_keys_are_in_it_only_when_asked_for(made: MadeHome, tmp_path: Path) -> None:
    secrets = [path.read_bytes() for path in made.home.directory.rglob("*.key")]
    made.archive(tmp_path / "without")
    made.archive(tmp_path / "with", keys=True)
    assert not any(secret in gzip.decompress((tmp_path / "without").read_bytes()) for secret in secrets)
    assert all(secret in gzip.decompress((tmp_path / "with").read_bytes()) for secret in secrets)


def test_any_change_is_refused(made: MadeHome, tmp_path: Path) -> None:
    made.archive(tmp_path / "a")
    plain = gzip.decompress((tmp_path / "a").read_bytes())
    dice = random.Random(7)
    checked = 0
    for position in dice.sample(range(len(plain)), 150):
        changed = bytearray(plain)
        changed[position] ^= 1 << dice.randrange(8)
        (tmp_path / "b").write_bytes(gzip.compress(bytes(changed), 1))
        try:
            found = extract(tmp_path / "b", tmp_path / f"out{position}")
        except ArchiveRefused:
            checked += 1
        else:  # a header's time, owner or mode, which nobody reads, or a text of the manifest that is checked later
            assert [entry.sha256 for entry in found.files] == [
                e.sha256 for e in archive.read_manifest(tmp_path / "a").files
            ]
    assert checked > 75


def test_damage_of_the_stream_is_refused(made: MadeHome, tmp_path: Path) -> None:
    """Or it changes nothing: where bytes repeat, gzip has several ways to write the same."""
    manifest = made.archive(tmp_path / "a")
    raw = (tmp_path / "a").read_bytes()
    dice = random.Random(8)
    for number, position in enumerate(dice.sample(range(10, len(raw)), 60)):
        changed = raw[:position] + bytes([raw[position] ^ 0xFF]) + raw[position + 1 :]
        (tmp_path / "b").write_bytes(raw[:position])
        with pytest.raises(ArchiveRefused):
            extract(tmp_path / "b", tmp_path / f"cut{number}")
        (tmp_path / "b").write_bytes(changed)
        if gzip_bytes(changed) == gzip_bytes(raw):
            assert extract(tmp_path / "b", tmp_path / f"same{number}") == manifest
        else:
            with pytest.raises(ArchiveRefused):
                extract(tmp_path / "b", tmp_path / f"changed{number}")


def gzip_bytes(content: bytes) -> bytes | None:
    """What a gzip stream holds; None where it is none."""
    try:
        return gzip.decompress(content)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        return None


def test_strange_archives_are_refused(made: MadeHome, tmp_path: Path) -> None:
    manifest = made.archive(tmp_path / "a")
    head = manifest.emit()
    first = manifest.files[0].name
    cases = {
        "empty": b"",
        "no tar": b"x" * 4096,
        "no manifest first": tar_of((first, b"")),
        "a link": tar_of((NAME, b""), kind=tarfile.SYMTYPE),
        "an extended header": tar_of(("x" * 300, b"")),
        "no JSON": tar_of((NAME, b"{")),
        "deep JSON": tar_of((NAME, b"[" * 100_000)),
        "another order": tar_of((NAME, head), (manifest.files[1].name, b"")),
        "a file too few": tar_of((NAME, head)),
        "another version": tar_of((NAME, head.replace(b"liveledger-archive/2", b"liveledger-archive/3"))),
    }
    for name, content in cases.items():
        (tmp_path / "b").write_bytes(gzip.compress(content))
        with pytest.raises(ArchiveRefused):
            extract(tmp_path / "b", tmp_path / name)
    (tmp_path / "b").write_bytes(b"plain text")
    with pytest.raises(ArchiveRefused):
        extract(tmp_path / "b", tmp_path / "plain")
    with pytest.raises(ConfigurationError, match="there is no"):
        archive.read_manifest(tmp_path / "missing")


@pytest.mark.parametrize(
    "name", ["node/../x", "/etc/passwd", "node//x", "node/.ssh/x", "keys/a", "node", "node/a\\b", "node/" + "a" * 120]
)
def test_names_that_lead_elsewhere_are_refused(made: MadeHome, tmp_path: Path, name: str) -> None:
    manifest = made.archive(tmp_path / "a")
    content = manifest.emit().replace(manifest.files[0].name.encode(), name.replace("\\", "\\\\").encode())
    with pytest.raises(ArchiveRefused):
        Manifest.parse(content)


def test_an_interrupted_archive_leaves_nothing(made: MadeHome, tmp_path: Path) -> None:
    def cut() -> None:
        raise KeyboardInterrupt

    target = tmp_path / "out" / "a"
    target.parent.mkdir()
    manifest = made.archive(tmp_path / "a")
    found = {entry.name: tmp_path / "x" / entry.name for entry in manifest.files}
    extract(tmp_path / "a", tmp_path / "x")
    with pytest.raises(KeyboardInterrupt):
        archive.write(target, manifest, found, before=cut)
    found[manifest.files[0].name].write_bytes(b"grown")
    with pytest.raises(Unavailable, match="changed while"):
        archive.write(target, manifest, found, before=cut)
    assert list(target.parent.iterdir()) == []
    with pytest.raises(ConfigurationError, match="there already"):
        archive.write(tmp_path / "a", manifest, found, before=cut)
