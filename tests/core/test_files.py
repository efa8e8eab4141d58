"""A file is whole and on disk, or not there; the system's refusals come out as store errors."""

from __future__ import annotations

import errno
import hashlib
import stat
from pathlib import Path

import pytest

from core.errors import StoreError
from core.files import Home, publish_directory, publish_file, remove, sha256_file, store_by_content, storing


def test_everything_in_a_home_is_for_its_owner_only(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.create()
    home.create()
    for path in (home.root, *home.root.iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700, path


def test_a_published_file_replaces_the_old_one_and_leaves_no_staged_copy(tmp_path: Path) -> None:
    staged, final = tmp_path / "staged", tmp_path / "deep" / "final"
    for text in ("old", "new"):
        staged.write_text(text, encoding="utf-8")
        publish_file(staged, final)
        assert final.read_text(encoding="utf-8") == text
        assert not staged.exists()
    assert stat.S_IMODE(final.stat().st_mode) == 0o600


def test_a_published_directory_appears_whole(tmp_path: Path) -> None:
    staged = tmp_path / "staged"
    (staged / "inner").mkdir(parents=True)
    (staged / "a.csv").write_bytes(b"a")
    (staged / "inner" / "b.csv").write_bytes(b"b")
    publish_directory(staged, tmp_path / "deliveries" / "extract-1")
    found = {str(p.relative_to(tmp_path)) for p in (tmp_path / "deliveries").rglob("*") if p.is_file()}
    assert found == {"deliveries/extract-1/a.csv", "deliveries/extract-1/inner/b.csv"}
    assert not staged.exists()


def test_a_directory_is_not_published_over_another(tmp_path: Path) -> None:
    for name in ("staged", "final"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name, encoding="utf-8")
    with pytest.raises(StoreError):
        publish_directory(tmp_path / "staged", tmp_path / "final")
    assert (tmp_path / "final" / "file").read_text(encoding="utf-8") == "final"


def test_equal_content_is_stored_once_under_its_digest(tmp_path: Path) -> None:
    digest = hashlib.sha256(b"content").hexdigest()
    for _ in range(2):
        staged = tmp_path / "staged"
        staged.write_bytes(b"content")
        assert store_by_content(staged, tmp_path / "by", suffix=".parquet") == (
            tmp_path / "by" / f"{digest}.parquet",
            digest,
        )
    assert [p.name for p in (tmp_path / "by").iterdir()] == [f"{digest}.parquet"]
    assert sha256_file(tmp_path / "by" / f"{digest}.parquet") == digest


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "disk_full"),
        (errno.EDQUOT, "disk_full"),
        (errno.EROFS, "not_writable"),
        (errno.EACCES, "not_writable"),
    ],
)
def test_the_systems_refusals_are_store_errors_with_their_cause(tmp_path: Path, number: int, code: str) -> None:
    cause = OSError(number, "no")
    with pytest.raises(StoreError) as failed, storing(tmp_path):
        raise cause
    assert failed.value.code == code
    assert failed.value.__cause__ is cause


def test_a_full_disk_is_told_as_such(tmp_path: Path) -> None:
    """``/dev/full`` refuses every byte, as a full disk does."""
    with pytest.raises(StoreError) as failed, storing(tmp_path), Path("/dev/full").open("wb", buffering=0) as file:
        file.write(b"x")
    assert failed.value.code == "disk_full"


def test_a_home_under_a_file_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError) as failed:
        Home(tmp_path / "file" / "home").create()
    assert failed.value.code == "not_writable"


def test_removing_takes_files_and_directories_and_does_not_follow_links(tmp_path: Path) -> None:
    (tmp_path / "directory" / "inner").mkdir(parents=True)
    (tmp_path / "kept").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    for name in ("directory", "link", "never there"):
        remove(tmp_path / name)
    assert [p.name for p in tmp_path.iterdir()] == ["kept"]
