"""Every fault of a server ends in success through another way, or in one clear sentence."""

from __future__ import annotations

import hashlib
import io
import random
import shutil
import tarfile
import threading
import zipfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.errors import ZooError
from harness.resources import starter_path
from harness.zoo.fetch.cache import Cache, digest_of
from harness.zoo.fetch.download import Patience
from harness.zoo.fetch.fetch import Fetcher
from harness.zoo.fetch.source import FetchTarget, Source, mirrored
from harness.zoo.fetch.trust import TrustStore, write_lock
from tests.zoo.fetch.server import FaultyServer, serving

CONTENT = b"\x1c\x00\x00\x00TFL3" + random.Random(5).randbytes(200_000)
MODEL = (starter_path() / "models" / "starter_large_int8.tflite").read_bytes()
DIGEST = hashlib.sha256(CONTENT).hexdigest()
IMPATIENT = Patience(attempts=2, first_wait_s=0.01, longest_wait_s=0.02, connect_timeout_s=2, silence_s=0.3)


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with serving(CONTENT) as running:
        yield running


def fetcher(folder: Path, **changes: object) -> Fetcher:
    settings: dict[str, object] = {"mirror": None, "patience": IMPATIENT, **changes}
    return Fetcher(Cache(folder / "cache"), TrustStore(folder / "lock.json"), **settings)  # type: ignore[arg-type]


def target(*urls: str, sha256: str | None = DIGEST) -> FetchTarget:
    return FetchTarget("m", tuple(Source(url) for url in urls), sha256, len(CONTENT) if sha256 else None)


@pytest.mark.parametrize(
    "fault", ["good", "noranges", "fifth", "redirects", "chunked", "lies_upwards", "versioned"]
)
def test_what_a_server_can_give_is_had(tmp_path: Path, server: FaultyServer, fault: str):
    path = fetcher(tmp_path).fetch(target(server.url(fault)))
    assert path.read_bytes() == CONTENT


def test_a_server_that_recovers_is_asked_again(tmp_path: Path, server: FaultyServer):
    patience = Patience(attempts=4, first_wait_s=0.01, longest_wait_s=0.02)
    assert fetcher(tmp_path, patience=patience).fetch(target(server.url("flaky"))).read_bytes() == CONTENT
    assert server.requests["/flaky/model.tflite"] == 3


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("truncates", "the connection ended after"),
        ("shrinks", "the connection ended after"),
        ("crawls", "slower than 1024 bytes a second"),
        ("chunked_cut", "the connection ended after"),
        ("portal", "has sha256"),
        ("endless", "larger than 200008 bytes; refused"),
        ("hangs_up", "the server gave no answer"),
        ("babbles", "the server gave no answer"),
        ("nonsense", "has sha256|100 bytes"),
        ("leads_to_a_file", "No connection adapters"),
        ("lies", "has sha256"),
        ("stalls", "nothing came for 0.3 s"),
        ("wrong", "has sha256"),
        ("403", "HTTP 403"),
        ("404", "HTTP 404"),
        ("500", "HTTP 500"),
        ("loops", "redirects"),
    ],
)
def test_a_fault_is_one_sentence_or_another_address(
    tmp_path: Path, server: FaultyServer, fault: str, sentence: str
):
    with pytest.raises(ZooError, match=f"(?i){sentence}") as caught:
        fetcher(tmp_path).fetch(target(server.url(fault)))
    assert "\n" not in caught.value.message
    assert not list((tmp_path / "cache").rglob("*.tflite"))
    path = fetcher(tmp_path).fetch(target(server.url(fault), server.url("good")))
    assert path.read_bytes() == CONTENT


def test_what_cannot_change_is_not_asked_twice(tmp_path: Path, server: FaultyServer):
    with pytest.raises(ZooError):
        fetcher(tmp_path).fetch(target(server.url("404")))
    assert server.requests["/404/model.tflite"] == 1


def test_a_broken_download_is_resumed_by_the_next_run(tmp_path: Path, server: FaultyServer):
    first = fetcher(tmp_path)
    first.cache.part(server.url("good")).write_bytes(CONTENT[:150_000])
    told: list[int] = []
    second = fetcher(tmp_path, on_bytes=lambda name, done, total: told.append(done))
    assert second.fetch(target(server.url("good"))).read_bytes() == CONTENT
    assert min(told) > 150_000


def test_a_server_that_answers_another_range_is_asked_for_the_whole(tmp_path: Path, server: FaultyServer):
    one = fetcher(tmp_path)
    one.cache.part(server.url("misplaces")).write_bytes(CONTENT[:1000])
    assert one.fetch(target(server.url("misplaces"))).read_bytes() == CONTENT


def test_what_was_kept_of_another_version_is_not_joined_to_the_new_one(tmp_path: Path, server: FaultyServer):
    server.content, server.whole = bytes(len(CONTENT)), False
    wanted = target(server.url("versioned"), sha256=None)
    once = Patience(attempts=1, slowest_bytes_per_s=1e12)
    with pytest.raises(ZooError, match="ended after"):
        fetcher(tmp_path, patience=once).fetch(wanted)
    server.content, server.whole = MODEL, True
    assert fetcher(tmp_path).fetch(wanted).read_bytes() == MODEL


def test_a_kept_part_that_proves_wrong_is_fetched_anew(tmp_path: Path, server: FaultyServer):
    one = fetcher(tmp_path)
    one.cache.part(server.url("good")).write_bytes(bytes(1000))
    assert one.fetch(target(server.url("good"))).read_bytes() == CONTENT


def test_a_kept_part_that_is_too_long_is_started_over(tmp_path: Path, server: FaultyServer):
    fetcher(tmp_path).cache.part(server.url("good")).write_bytes(bytes(len(CONTENT) + 10))
    assert fetcher(tmp_path).fetch(target(server.url("good"))).read_bytes() == CONTENT


def test_the_cache_answers_without_the_network(tmp_path: Path, server: FaultyServer):
    fetcher(tmp_path).fetch(target(server.url("good")))
    path = fetcher(tmp_path, offline=True).fetch(target(server.url("404")))
    assert digest_of(path) == DIGEST
    with pytest.raises(ZooError, match="--offline"):
        fetcher(tmp_path / "other", offline=True).fetch(target(server.url("good")))


def test_a_damaged_file_of_the_cache_is_fetched_anew(tmp_path: Path, server: FaultyServer):
    path = fetcher(tmp_path).fetch(target(server.url("good")))
    path.write_bytes(b"bit rot")
    assert fetcher(tmp_path).fetch(target(server.url("good"))).read_bytes() == CONTENT


def test_a_file_without_digest_is_trusted_once_and_held_to_it(tmp_path: Path, server: FaultyServer):
    wanted = target(server.url("good"), sha256=None)
    server.content = MODEL
    fetcher(tmp_path).fetch(wanted)
    assert TrustStore(tmp_path / "lock.json").digests() == {"m": hashlib.sha256(MODEL).hexdigest()}
    for file in (tmp_path / "cache").rglob("*.tflite"):
        file.unlink()
    server.content = MODEL + b"replaced"
    with pytest.raises(ZooError, match="expected"):
        fetcher(tmp_path).fetch(wanted)


@pytest.mark.parametrize("fault", ["portal", "lies", "wrong"])
def test_what_is_no_model_is_never_trusted_on_first_use(tmp_path: Path, server: FaultyServer, fault: str):
    server.content = MODEL
    with pytest.raises(ZooError, match=r"what was downloaded (is no|.* cut off)"):
        fetcher(tmp_path).fetch(target(server.url(fault), sha256=None))
    assert not TrustStore(tmp_path / "lock.json").digests()


def test_a_size_that_is_known_must_fit_on_first_use(tmp_path: Path, server: FaultyServer):
    server.content = MODEL
    wanted = FetchTarget("m", (Source(server.url("good")),), None, size_bytes=len(MODEL) + 1)
    with pytest.raises(ZooError, match=f"{len(MODEL)} bytes, expected {len(MODEL) + 1}"):
        fetcher(tmp_path).fetch(wanted)


class TestNoNetwork:
    def test_it_is_one_sentence_with_the_ways_out(self, tmp_path: Path):
        nowhere = target("http://127.0.0.1:9/a/m.tflite", "http://localhost:9/m.tflite")
        with pytest.raises(ZooError) as caught:
            fetcher(tmp_path).fetch(nowhere)
        assert caught.value.message == (
            "m cannot be fetched, no network: 127.0.0.1:9 refuses the connection;"
            " localhost:9 refuses the connection"
        )
        assert "--from FILE" in str(caught.value.next_step)
        assert "HARNESS_ZOO_MIRROR" in str(caught.value.next_step)

    def test_a_host_that_was_out_of_reach_is_not_asked_for_the_next_model(self, tmp_path: Path):
        slept: list[float] = []
        patient = Patience(first_wait_s=0.2)
        one = fetcher(tmp_path, patience=patient, sleep=slept.append)
        for name in "abcdef":
            with pytest.raises(ZooError, match="no network"):
                one.fetch(FetchTarget(name, (Source("http://127.0.0.1:9/m.tflite"),), DIGEST))
        assert len(slept) == patient.connect_attempts - 1

    def test_a_data_set_says_where_to_put_what_was_downloaded(self, tmp_path: Path):
        wanted = FetchTarget("photos", (Source("http://127.0.0.1:9/a/p.tgz"),), DIGEST, suffix=".tgz")
        with pytest.raises(ZooError) as caught:
            fetcher(tmp_path).fetch(wanted)
        assert "DIR/127.0.0.1:9/a/p.tgz, and set HARNESS_ZOO_MIRROR=DIR" in str(caught.value.next_step)

    def test_a_digest_is_not_doubted_for_a_server_that_is_away(self, tmp_path: Path, server: FaultyServer):
        one = fetcher(tmp_path)
        one.trust.record("m", DIGEST)
        with pytest.raises(ZooError, match="HTTP 404") as caught:
            one.fetch(target(server.url("404"), sha256=None))
        assert "delete the line" not in str(caught.value.next_step)

    def test_a_name_that_is_not_known_is_said_to_be_one(self, tmp_path: Path):
        with pytest.raises(ZooError, match=r"the name nowhere\.invalid cannot be resolved"):
            fetcher(tmp_path).fetch(target("http://nowhere.invalid/m.tflite"))


def test_a_full_disk_is_one_sentence(tmp_path: Path, server: FaultyServer):
    one = fetcher(tmp_path)
    part = one.cache.part(server.url("good"))
    part.symlink_to("/dev/full")
    with pytest.raises(ZooError, match="cannot be written: No space left on device"):
        one.fetch(target(server.url("good")))


def test_a_cache_that_can_only_be_read_serves_what_it_has(tmp_path: Path, server: FaultyServer):
    one = fetcher(tmp_path)
    one.fetch(target(server.url("good")))
    shutil.rmtree(tmp_path / "cache" / "locks")
    (tmp_path / "cache" / "locks").write_text("no folder")
    assert digest_of(one.fetch(target(server.url("404")))) == DIGEST


def test_models_of_one_archive_may_be_fetched_by_two_at_once(tmp_path: Path):
    archive = tar_of({"a.tflite": MODEL, "b.tflite": CONTENT})
    with serving(archive) as server:
        url = server.url("fifth", "both.tgz")
        wanted = [
            FetchTarget(name, (Source(url, f"{name}.tflite"),), hashlib.sha256(content).hexdigest())
            for name, content in (("a", MODEL), ("b", CONTENT))
        ]
        with ThreadPoolExecutor(2) as pool:
            paths = list(pool.map(lambda each: fetcher(tmp_path).fetch(each), wanted))
    assert [path.read_bytes() for path in paths] == [MODEL, CONTENT]


def test_what_a_project_pinned_comes_before_what_a_user_trusted(tmp_path: Path, server: FaultyServer):
    write_lock(tmp_path / "pinned.json", {"m": "0" * 64})
    trust = TrustStore(tmp_path / "lock.json", pinned=tmp_path / "pinned.json")
    with pytest.raises(ZooError, match="expected 000") as caught:
        Fetcher(Cache(tmp_path / "cache"), trust, mirror=None).fetch(target(server.url("good"), sha256=None))
    assert "pinned.json" in str(caught.value.next_step)


def test_a_download_made_by_hand_is_verified_like_any_other(tmp_path: Path):
    by_hand = tmp_path / "download.tgz"
    by_hand.write_bytes(tar_with("./m.tflite", CONTENT))
    wanted = FetchTarget("m", (Source("https://a.invalid/m.tgz", "m.tflite", manual=True),), DIGEST)
    path = fetcher(tmp_path, offline=True).adopt(wanted, by_hand)
    assert path.read_bytes() == CONTENT
    assert by_hand.exists()
    by_hand.write_bytes(tar_with("./m.tflite", CONTENT + b"x"))
    with pytest.raises(ZooError, match="has sha256"):
        fetcher(tmp_path / "other").adopt(wanted, by_hand)


def test_two_that_fetch_the_same_share_one_download(tmp_path: Path, server: FaultyServer):
    threads = [
        threading.Thread(target=lambda: fetcher(tmp_path).fetch(target(server.url("good")))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.requests["/good/model.tflite"] == 1


def test_a_browser_only_address_is_said_to_be_one(tmp_path: Path):
    wanted = FetchTarget("m", (Source("https://example.invalid/x", manual=True),), DIGEST)
    with pytest.raises(ZooError, match="browser"):
        fetcher(tmp_path).fetch(wanted)


class TestMirror:
    def test_host_and_path_follow_the_mirror(self):
        places = mirrored("https://a.b/c/d.tgz?x=1", "http://m/z/")
        assert places == ("http://m/z/a.b/c/d.tgz?x=1", "http://m/z/c/d.tgz?x=1")

    @pytest.mark.parametrize("url", ["file:///etc/passwd", "https://a.b/../../etc/passwd", "ftp://a/b"])
    def test_no_address_leads_out_of_it(self, url: str):
        with pytest.raises(ZooError):
            mirrored(url, "/srv/mirror")

    @pytest.mark.parametrize("below", ["host.example/a", "a"])
    @pytest.mark.parametrize("scheme", ["", "file://"])
    def test_a_folder_serves_the_same_paths(self, tmp_path: Path, below: str, scheme: str):
        file = tmp_path / "mirror" / below / "m.tflite"
        file.parent.mkdir(parents=True)
        file.write_bytes(CONTENT)
        wanted = target("https://host.example/a/m.tflite?generation=1")
        path = fetcher(tmp_path, mirror=f"{scheme}{tmp_path / 'mirror'}").fetch(wanted)
        assert path.read_bytes() == CONTENT

    @pytest.mark.parametrize("below", ["good/host.example/a", "good/a"])
    def test_so_does_an_address(self, tmp_path: Path, server: FaultyServer, below: str):
        server.only = f"/{below}/m.tflite"
        wanted = target("https://host.example/a/m.tflite")
        mirror = server.url("good", "")
        assert fetcher(tmp_path, mirror=mirror).fetch(wanted).read_bytes() == CONTENT

    def test_a_mirror_that_lacks_it_says_where_it_was_looked_for(self, tmp_path: Path):
        with pytest.raises(ZooError, match="not in the mirror"):
            fetcher(tmp_path, mirror=str(tmp_path)).fetch(target("https://host.example/a/m.tflite"))


def tar_of(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def tar_with(name: str, content: bytes, *, link: str | None = None, beside: str | None = None) -> bytes:
    """A tar.gz with one member, or a link in its place, or a link beside it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        info = tarfile.TarInfo(name)
        if link is not None:
            info.type, info.linkname = tarfile.SYMTYPE, link
            tar.addfile(info)
        else:
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        if beside is not None:
            other = tarfile.TarInfo("x")
            other.type, other.linkname = tarfile.SYMTYPE, beside
            tar.addfile(other)
    return buffer.getvalue()


def encrypted(archive: bytes) -> bytes:
    """The zip with the bit set that says its first member needs a password."""
    central = archive.index(b"PK\x01\x02")
    data = bytearray(archive)
    data[6] |= 1
    data[central + 8] |= 1
    return bytes(data)


def zip_with(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as container:
        container.writestr(name, content)
    return buffer.getvalue()


class TestArchives:
    def fetch(self, folder: Path, archive: bytes, member: str) -> Path:
        with serving(archive) as server:
            source = Source(server.url("good", "a.tgz"), member=member)
            return fetcher(folder).fetch(FetchTarget("m", (source,), DIGEST))

    @pytest.mark.parametrize(
        "archive", [tar_with("./m.tflite", CONTENT), zip_with("m.tflite", CONTENT)], ids=["tar.gz", "zip"]
    )
    def test_the_named_member_is_taken_out(self, tmp_path: Path, archive: bytes):
        assert self.fetch(tmp_path, archive, "m.tflite").read_bytes() == CONTENT

    @pytest.mark.parametrize(
        ("archive", "sentence"),
        [
            (tar_with("../m.tflite", CONTENT), "leads out"),
            (tar_with("/m.tflite", CONTENT), "leads out"),
            (tar_with("m.tflite", b"", link="/etc/passwd"), "no regular file"),
            (zip_with("..\\m.tflite", CONTENT), "leads out"),
            (tar_with("other.tflite", CONTENT), "has other.tflite"),
            (tar_with("m.tflite", CONTENT)[:5000], "cannot be unpacked"),
            (b"not an archive at all", "has sha256"),
            (tar_with("m.tflite", CONTENT)[:-3000] + bytes(3000), "cannot be unpacked"),
            (encrypted(zip_with("m.tflite", CONTENT)), "cannot be unpacked"),
            (tar_with("m.tflite", CONTENT, beside="/etc/passwd"), "x is a link or a device"),
        ],
    )
    def test_what_an_archive_must_not_hold_is_refused(self, tmp_path: Path, archive: bytes, sentence: str):
        with pytest.raises(ZooError, match=sentence):
            self.fetch(tmp_path, archive, "m.tflite")

    def test_an_archive_in_an_archive_is_looked_into(self, tmp_path: Path):
        archive = zip_with("model.tar.gz", tar_with("1/m.tflite", CONTENT))
        assert self.fetch(tmp_path, archive, "1/m.tflite").read_bytes() == CONTENT

    def test_an_archive_beside_a_note_is_looked_into_too(self, tmp_path: Path):
        archive = tar_of({"README.md": b"hello", "model.tar.gz": tar_with("1.tflite", CONTENT)})
        assert self.fetch(tmp_path, archive, "1.tflite").read_bytes() == CONTENT

    def test_a_compressed_tar_is_not_unpacked_to_look_for_a_name_behind_a_bomb(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("harness.zoo.fetch.archive._MAX_UNPACKED_BYTES", 1_000_000)
        archive = tar_of({"filler": bytes(5_000_000), "m.tflite": CONTENT})
        with pytest.raises(ZooError, match="bomb"):
            self.fetch(tmp_path, archive, "m.tflite")

    def test_a_member_that_leads_out_is_refused_whichever_is_wanted(self, tmp_path: Path):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as container:
            container.writestr("m.tflite", CONTENT)
            container.writestr("../../evil", b"")
        with pytest.raises(ZooError, match="leads out"):
            self.fetch(tmp_path, buffer.getvalue(), "m.tflite")

    def test_a_bomb_is_refused_before_it_fills_the_disk(self, tmp_path: Path):
        from harness.zoo.fetch.archive import copy_member

        archive = tmp_path / "bomb.zip"
        archive.write_bytes(zip_with("m.tflite", bytes(5_000_000)))
        with pytest.raises(ZooError, match="bomb"):
            copy_member(archive, "m.tflite", tmp_path / "out", max_bytes=1_000_000)
        assert (tmp_path / "out").stat().st_size <= 1_000_000
