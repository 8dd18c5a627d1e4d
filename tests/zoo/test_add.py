"""A user's own model: entered once, as the file says, in a file that stays the user's."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from harness.errors import ModelError, UsageError, ZooError
from harness.resources import starter_path
from harness.zoo.add import Added, add_model
from harness.zoo.registry import load_zoo, users_zoo_file
from harness.zoo.resolve import resolve_models
from tests.zoo.tflite_builder import classifier, metadata_bytes, with_files

STARTER = starter_path() / "models" / "starter_small_float32.tflite"


@pytest.fixture
def own() -> Path:
    """The user's zoo file, in the empty configuration folder of the room's fixture; not there yet."""
    file = users_zoo_file()
    assert not file.exists()
    return file


def changed(folder: Path, name: str = "mine.tflite") -> Path:
    """A model that runs like a starter model and has another digest."""
    path = folder / name
    path.write_bytes(STARTER.read_bytes() + b"\0" * 16)
    return path


def add(path: Path, **options: object) -> Added:
    return add_model(path, load_zoo(), **options)  # type: ignore[arg-type]


def test_it_can_be_named_afterwards(tmp_path: Path, own: Path):
    path = changed(tmp_path)
    assert add(path) == Added("mine", own)
    (model,) = resolve_models(["mine"], load_zoo())
    assert (model.path, model.problem, model.family) == (str(path), None, "own")


def test_labels_are_checked_and_copied(tmp_path: Path, own: Path):
    labels = tmp_path / "labels.txt"
    labels.write_text("".join(f"shape {n}\n" for n in range(16)))
    add(changed(tmp_path), labels=labels)
    labels.unlink()
    (model,) = resolve_models(["mine"], load_zoo())
    assert model.labels is not None
    assert model.labels[15] == "shape 15"


def test_the_files_own_names_in_another_order_are_said(tmp_path: Path, own: Path):
    data = with_files(classifier(metadata=metadata_bytes()), {"labels.txt": b"cat\ndog\nowl\nfox"})
    (model := tmp_path / "pets.tflite").write_bytes(data)
    (labels := tmp_path / "mine.txt").write_text("Cat\nowl\ndog\nfox\n")
    doubt = add(model, labels=labels).doubt
    assert doubt is not None
    assert "output 1 is 'owl' by it, and 'dog' by the file itself; mine.txt is used" in doubt


def test_labels_of_another_number_are_refused_and_nothing_is_written(tmp_path: Path, own: Path):
    labels = tmp_path / "labels.txt"
    labels.write_text("one\ntwo\n")
    with pytest.raises(ModelError, match="2 classes"):
        add(changed(tmp_path), labels=labels)
    assert not own.exists()


def test_the_same_file_twice_is_one_entry(tmp_path: Path, own: Path):
    path = changed(tmp_path)
    add(path)
    before = own.read_text()
    assert add(path).was_there
    assert own.read_text() == before
    assert add(STARTER) == Added("starter_small_float32", load_zoo().files[0], was_there=True)


def test_a_name_that_is_taken_is_refused(tmp_path: Path, own: Path):
    with pytest.raises(UsageError, match="Starter_Small_Int8") as caught:
        add(changed(tmp_path), name="Starter_Small_Int8")
    assert "--name" in str(caught.value.next_step)


def test_what_the_user_wrote_stays_as_it_is(tmp_path: Path, own: Path):
    add(changed(tmp_path))
    own.write_text(own.read_text() + "    # my comment\n")
    second = tmp_path / "second.tflite"
    second.write_bytes(STARTER.read_bytes() + b"\0" * 32)
    add(second)
    assert "# my comment" in own.read_text()
    assert {"mine", "second"} <= set(load_zoo().items)


def test_a_file_of_another_style_is_left_alone(tmp_path: Path, own: Path):
    own.parent.mkdir(parents=True)
    own.write_text("schema: 1\nmodels: []\n")
    with pytest.raises(ZooError, match="cannot be appended"):
        add(changed(tmp_path))
    assert own.read_text() == "schema: 1\nmodels: []\n"


def test_names_become_names_of_the_zoo(tmp_path: Path, own: Path):
    assert add(changed(tmp_path, "-my model; rm -rf (1).tflite")).name == "my_model_rm_-rf_1"


def test_every_real_model_can_be_added_and_every_odd_one_is_refused(tmp_path: Path, own: Path, assets: Path):
    for path in sorted((assets / "models").glob("*.tflite")):
        copy = shutil.copy(path, tmp_path / f"own_{path.name}")
        added = add(Path(copy), name=f"own_{path.stem}")
        (model,) = resolve_models([added.name], load_zoo())
        assert model.problem is None, path.name
    for path in sorted((assets / "odd_models").glob("*.tflite")):
        if path.stem.startswith("channels_first"):
            assert add(path).name == path.stem
            continue
        with pytest.raises(ModelError):
            add(path)


def test_a_path_that_leads_upwards_is_written_as_one_that_stays_right(
    tmp_path: Path, own: Path, monkeypatch: pytest.MonkeyPatch
):
    path = changed(tmp_path)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    add(Path("../mine.tflite"))
    monkeypatch.chdir("/")
    (model,) = resolve_models(["mine"], load_zoo())
    assert (Path(model.path), model.problem) == (path, None)


def test_a_path_up_from_a_linked_folder_is_the_one_the_system_means(
    tmp_path: Path, own: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "far" / "deep").mkdir(parents=True)
    path = changed(tmp_path / "far")
    (tmp_path / "near").mkdir()
    (tmp_path / "near" / "link").symlink_to(tmp_path / "far" / "deep")
    monkeypatch.chdir(tmp_path / "near")
    add(Path("link/../mine.tflite"))
    (model,) = resolve_models(["mine"], load_zoo())
    assert (Path(model.path), model.problem) == (path, None)


def test_a_link_to_a_model_keeps_its_name(tmp_path: Path, own: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "blob").write_bytes(changed(tmp_path).read_bytes())
    (tmp_path / "latest.tflite").symlink_to("blob")
    monkeypatch.chdir(tmp_path)
    assert add(Path("latest.tflite")).name == "latest"
    (model,) = resolve_models(["latest"], load_zoo())
    assert model.path == str(tmp_path / "latest.tflite")
