"""Images in a file, from Docker or from Podman."""

import io
import json
import tarfile
from uuid import uuid4

import pytest

from labs.runner import engine
from labs.runner.running import archive, images
from simulator.cli.console import Problem


@pytest.fixture
def written(tmp_path):
    """A file with one entry, as given."""

    def write(name: str, text: str):
        file = tmp_path / "images.tar"
        with tarfile.open(file, "w") as tar:
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
        return file

    return write


@pytest.mark.parametrize("name", ["paddock/host:1", "localhost/paddock/host:1", "docker.io/paddock/host:1"])
def test_an_image_has_one_name_whatever_the_engine_calls_it(name):
    assert images.own_name(name) == "paddock/host:1"


def test_a_name_that_only_looks_like_an_engines_is_left_alone():
    assert images.own_name("example.org/localhost/x:1") == "example.org/localhost/x:1"


def test_the_names_in_a_file(written):
    listed = [{"RepoTags": ["localhost/paddock/b:2", "a:1"]}, {"RepoTags": None}, {"RepoTags": ["c:3"]}]
    assert archive.names(written("manifest.json", json.dumps(listed))) == ["localhost/paddock/b:2", "a:1", "c:3"]


@pytest.mark.parametrize(
    ("name", "text"), [("etc/passwd", "x"), ("manifest.json", "{"), ("manifest.json", "[{}]"), ("manifest.json", "[1]")]
)
def test_a_file_of_another_kind_is_refused(written, name, text):
    with pytest.raises(Problem, match="holds no images"):
        archive.names(written(name, text))


def test_a_file_that_is_no_tar_is_refused(tmp_path):
    for content in (b"", b"hello" * 1000):
        (tmp_path / "x").write_bytes(content)
        with pytest.raises(Problem, match="holds no images"):
            archive.names(tmp_path / "x")


@pytest.mark.engine
def test_what_podman_has_named_is_found_by_its_own_name_on_docker(tmp_path):
    found = engine.client().images
    (tmp_path / "Dockerfile").write_text(f"FROM scratch\nCOPY Dockerfile /\nLABEL test={uuid4()}\n")
    own = f"paddock/test-archive:{uuid4().hex[:12]}"
    made, _ = found.build(path=str(tmp_path), tag=f"localhost/{own}", rm=True)
    try:
        archive.save([f"localhost/{own}"], tmp_path / "images.tar")
        found.remove(f"localhost/{own}")
        assert not images.is_there(own)
        assert archive.load(tmp_path / "images.tar") == [own]
        assert found.get(own).tags == [own] and found.get(own).id == made.id
        assert archive.load(tmp_path / "images.tar") == [own] and found.get(own).tags == [own]
    finally:
        found.remove(made.id, force=True)
