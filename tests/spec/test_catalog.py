"""Where a spec comes from: paths, stdin, bundled names, variants."""

from __future__ import annotations

import io
import sys

import pytest

from archcalc.errors import SpecError, UnknownName, UsageError
from archcalc.spec import catalog
from archcalc.spec.catalog import address_of, bundled, bundled_names, locate
from archcalc.spec.check import load_document

TEXT = "input: 3x5\nlayers: [relu]\n"
WITH_VARIANTS = (
    TEXT + "variants:\n  # small ones\n  half: {}\n  net-0.5:\n    expect: {params: 0}\nexpect:\n  params: 0\n"
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A bundle of two specs."""
    (tmp_path / "net.yaml").write_text(WITH_VARIANTS)
    (tmp_path / "other.yaml").write_text(TEXT)
    monkeypatch.setattr(catalog, "folder", lambda: tmp_path)
    return tmp_path


class TestFound:
    def test_a_path(self, tmp_path):
        path = tmp_path / "mine.yml"
        path.write_text(TEXT)
        found = locate(str(path))
        assert (found.text, found.file, found.name, found.variant) == (TEXT, str(path), "mine", None)

    def test_a_path_with_a_variant(self, tmp_path):
        path = tmp_path / "mine.yaml"
        path.write_text(TEXT)
        found = locate(f"{path}@small")
        assert (found.name, found.variant) == ("mine@small", "small")

    def test_a_path_with_an_at_in_its_name(self, tmp_path):
        path = tmp_path / "mine@home.yaml"
        path.write_text(TEXT)
        assert locate(str(path)).variant is None

    def test_stdin(self, monkeypatch):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("é".encode())))
        found = locate("-")
        assert (found.text, found.file, found.variant) == ("é", "<stdin>", None)

    @pytest.mark.parametrize(
        ("address", "name", "variant"),
        [
            ("other", "other", None),
            ("net@half", "net@half", "half"),
            ("half", "net@half", "half"),
            ("net-0.5", "net-0.5", "net-0.5"),
        ],
    )
    def test_a_bundled_name(self, folder, address, name, variant):
        found = locate(address)
        assert (found.name, found.variant) == (name, variant)
        assert found.file.startswith(str(folder))

    @pytest.mark.parametrize(
        ("address", "name", "variant"),
        [
            ("resnet152@paper", "resnet152_paper", "resnet152_paper"),  # a variant of a variant
            ("alexnet@cs231n", "alexnet_cs231n", None),  # a file of its own
            ("AlexNet@cs231n", "alexnet_cs231n", None),
            ("resnet50@paper", "resnet50@paper", "paper"),
            ("resnet50@resnet101", "resnet101", "resnet101"),
            ("resnet101@resnet101", "resnet101", "resnet101"),
        ],
    )
    def test_a_variant_by_two_names(self, address, name, variant, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        found = locate(address)
        assert (found.name, found.variant) == (name, variant)

    def test_a_variant_has_no_other_variants(self):
        with pytest.raises(UnknownName) as caught:
            locate("resnet101@paper")
        assert caught.value.what == "resnet101 has no variant `paper`"
        assert caught.value.help == "it is a variant of resnet50; a variant of resnet50 is written resnet50@NAME"

    @pytest.mark.usefixtures("folder")
    def test_every_name_of_a_bundle(self):
        assert list(bundled_names()) == ["net", "net@half", "net-0.5", "other"]

    def test_a_file_without_its_ending(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "mine.yml").write_text(TEXT)
        (tmp_path / "sub").mkdir()
        (tmp_path / "sub" / "net.yaml").write_text(TEXT)
        for address, name, variant in (
            ("mine", "mine", None), ("./mine", "mine", None), ("mine@v", "mine@v", "v"), ("sub/net", "net", None),
        ):  # fmt: skip
            found = locate(address)
            assert (found.name, found.variant) == (name, variant)

    def test_a_bundled_name_comes_before_a_file_without_its_ending(self, folder, tmp_path, monkeypatch):
        place = tmp_path / "elsewhere"
        place.mkdir()
        (place / "net.yaml").write_text("input: 7\nlayers: [relu]\n")
        monkeypatch.chdir(place)
        assert locate("net").file == str(folder / "net.yaml")

    @pytest.mark.parametrize(
        ("address", "name"),
        [
            ("ResNet50", "resnet50"), ("resnet-50", "resnet50"), ("ResNet_50", "resnet50"), ("LeNet-5", "lenet5"),
            ("ResNet_101", "resnet101"), ("AlexNet-Grouped", None), ("VGG-16@mine", None),
            ("VGG-16@torchvision", "vgg16_torchvision"),
            ("MobileNetV2", "mobilenet_v2"), ("resnet5", None),
        ],
    )  # fmt: skip
    def test_a_name_up_to_case_and_its_signs(self, address, name, monkeypatch, tmp_path):
        monkeypatch.chdir(tmp_path)
        if name is not None:
            assert locate(address).name == name
        elif "@" in address:
            assert locate(address).name == "vgg16@mine"  # whether it has that variant is found out later
        else:
            with pytest.raises(UnknownName) as caught:
                locate(address)
            assert caught.value.help.startswith("did you mean")

    def test_two_names_that_are_alike_are_only_suggested(self, folder):
        (folder / "n_et.yaml").write_text(TEXT)
        with pytest.raises(UnknownName) as caught:
            locate("N-ET")
        assert caught.value.what == "there is no spec `N-ET`"

    def test_a_file_of_another_format_that_is_not_there(self, monkeypatch, tmp_path):
        monkeypatch.chdir(tmp_path)
        with pytest.raises(SpecError) as caught:
            locate("model.onnx")
        assert caught.value.what == "there is no file model.onnx"


class TestTheBundle:
    def test_every_name_leads_to_a_spec(self):
        names = list(bundled_names())
        assert bundled()
        assert len(set(names)) == len(names)
        for name in names:
            assert locate(name).name == name

    @pytest.mark.parametrize("path", bundled(), ids=lambda path: path.stem)
    def test_variants_are_found_without_parsing(self, path):
        variants = load_document(path.read_text(encoding="utf-8"), str(path)).variants
        assert set(bundled_names()) >= {address_of(path.stem, name) for name in variants}


class TestErrors:
    def message(self, error: type[Exception], address: str) -> tuple[str, str | None]:
        with pytest.raises(error) as caught:
            locate(address)
        return caught.value.what, caught.value.help

    @pytest.mark.usefixtures("folder")
    def test_no_such_name(self):
        assert self.message(UnknownName, "oter") == ("there is no spec `oter`", "did you mean `other`?")

    @pytest.mark.usefixtures("folder")
    def test_nothing_like_it(self):
        assert self.message(UnknownName, "zebra") == (
            "there is no spec `zebra`",
            "`archcalc list` names the bundled ones",
        )

    def test_no_such_file(self, tmp_path):
        (tmp_path / "mine.yaml").write_text(TEXT)
        what, help = self.message(SpecError, f"{tmp_path}/mien.yaml")
        assert what == f"there is no file {tmp_path}/mien.yaml"
        assert help == f"did you mean `{tmp_path}/mine.yaml`?"

    def test_a_folder(self, tmp_path):
        assert self.message(UsageError, f"{tmp_path}/") == (
            f"{tmp_path}/ is a folder, not a spec",
            f"name one file: {tmp_path}/NAME.yaml",
        )

    def test_not_utf8(self, tmp_path):
        path = tmp_path / "mine.yaml"
        path.write_bytes(b"input: 3x5\nname: caf\xe9\n")
        assert self.message(SpecError, str(path)) == (f"{path} is not UTF-8 text (line 2)", "save it as UTF-8")
