"""Decoding: what counts as a picture, what becomes of it, and one clear sentence for all else."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from harness.accuracy.decode import MAX_PIXELS, decode_image
from harness.errors import ImageError
from tests.accuracy.pictures import photo


def refusal(path: Path) -> str:
    with pytest.raises(ImageError) as caught:
        decode_image(path)
    message = caught.value.message
    assert str(path) in message
    assert "\n" not in message
    assert caught.value.exit_code == 2
    return message.replace(str(path), "FILE")


def png(width: int, height: int, *, depth: int = 8, kind: int = 2, data: bytes = b"") -> bytes:
    """A PNG file chunk by chunk, so that its header can claim anything."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


# ---- pictures ---------------------------------------------------------------------------------


def test_a_jpeg_becomes_contiguous_rgb_bytes(tmp_path: Path):
    Image.fromarray(photo()).save(tmp_path / "a.jpg", quality=95)
    pixels = decode_image(tmp_path / "a.jpg")
    assert pixels.shape == (24, 32, 3)
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous
    assert np.abs(pixels.astype(int) - photo()).mean() < 4


@pytest.mark.parametrize("suffix", ["png", "bmp", "tiff", "ppm"])
def test_lossless_formats_keep_every_pixel(tmp_path: Path, suffix: str):
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(photo()).save(path)
    assert np.array_equal(decode_image(path), photo())


def test_the_content_decides_and_not_the_suffix(tmp_path: Path):
    Image.fromarray(photo()).save(tmp_path / "a.jpg", format="PNG")
    assert np.array_equal(decode_image(tmp_path / "a.jpg"), photo())


@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_grey_is_repeated_in_three_channels(tmp_path: Path, suffix: str):
    path = tmp_path / f"grey.{suffix}"
    Image.new("L", (5, 4), 77).save(path)
    assert decode_image(path).tolist() == [[[77, 77, 77]] * 5] * 4


def test_black_and_white_spans_the_whole_range(tmp_path: Path):
    Image.fromarray(np.array([[True, False]])).save(tmp_path / "a.png")
    assert decode_image(tmp_path / "a.png").tolist() == [[[255] * 3, [0] * 3]]


def test_16_bit_grey_is_scaled_and_rounded_not_cut(tmp_path: Path):
    values = np.array([[0, 128, 129, 32768, 65406, 65407, 65535]], np.uint16)
    Image.fromarray(values).save(tmp_path / "a.png")
    assert decode_image(tmp_path / "a.png")[0, :, 0].tolist() == [0, 0, 1, 128, 254, 255, 255]


def test_16_bit_colour_keeps_the_upper_eight_bits(tmp_path: Path):
    row = struct.pack(">BHHH", 0, 0x12FF, 0x8000, 0xFFFF)
    (tmp_path / "a.png").write_bytes(png(1, 1, depth=16, data=row))
    assert decode_image(tmp_path / "a.png").tolist() == [[[0x12, 0x80, 0xFF]]]


def test_palette_and_alpha_lose_their_transparency_only(tmp_path: Path):
    Image.new("RGBA", (2, 2), (10, 20, 30, 0)).save(tmp_path / "alpha.png")
    Image.new("LA", (2, 2), (40, 0)).save(tmp_path / "grey_alpha.png")
    palette = Image.new("RGB", (2, 2), (200, 100, 0)).quantize(4)
    palette.save(tmp_path / "palette.png", transparency=0)
    assert decode_image(tmp_path / "alpha.png")[0, 0].tolist() == [10, 20, 30]
    assert decode_image(tmp_path / "grey_alpha.png")[0, 0].tolist() == [40, 40, 40]
    assert decode_image(tmp_path / "palette.png")[0, 0].tolist() == [200, 100, 0]


def test_cmyk_is_multiplied_out_as_tensorflow_does(tmp_path: Path):
    ink = (30, 60, 200, 25)
    Image.new("CMYK", (16, 16), ink).save(tmp_path / "a.tiff")
    expected = [(255 - each) * (255 - 25) // 255 for each in ink[:3]]
    assert decode_image(tmp_path / "a.tiff")[0, 0].tolist() == expected


def test_cmyk_jpegs_mean_the_same_with_and_without_adobes_marker(tmp_path: Path):
    """Only Adobe's are stored inverted; the marker says so."""
    ink = (30, 60, 200, 25)
    file = io.BytesIO()
    Image.new("CMYK", (16, 16), ink).save(file, "JPEG", quality=100)
    with_marker = file.getvalue()
    start = with_marker.index(b"\xff\xee")
    length = struct.unpack(">H", with_marker[start + 2 : start + 4])[0]
    (tmp_path / "adobe.jpg").write_bytes(with_marker)
    (tmp_path / "plain.jpg").write_bytes(with_marker[:start] + with_marker[start + 2 + length :])
    expected = np.array([(255 - each) * (255 - 25) // 255 for each in ink[:3]])
    inverted = np.array([each * 25 // 255 for each in ink[:3]])
    assert np.abs(decode_image(tmp_path / "adobe.jpg")[0, 0] - expected).max() <= 2
    assert np.abs(decode_image(tmp_path / "plain.jpg")[0, 0] - inverted).max() <= 2


def test_exif_orientation_is_ignored_as_the_evaluation_tool_ignores_it(tmp_path: Path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(photo()).save(tmp_path / "turned.jpg", exif=exif)
    Image.fromarray(photo()).save(tmp_path / "plain.jpg")
    assert np.array_equal(decode_image(tmp_path / "turned.jpg"), decode_image(tmp_path / "plain.jpg"))


def test_a_colour_profile_is_ignored(tmp_path: Path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    Image.fromarray(photo()).save(tmp_path / "a.png", icc_profile=profile)
    assert np.array_equal(decode_image(tmp_path / "a.png"), photo())


def test_the_pictures_phones_append_to_a_jpeg_are_no_animation(tmp_path: Path):
    first = Image.fromarray(photo())
    first.save(tmp_path / "a.jpg", format="MPO", save_all=True, append_images=[Image.new("RGB", (32, 24))])
    assert np.abs(decode_image(tmp_path / "a.jpg").astype(int) - photo()).mean() < 6


def test_a_progressive_jpeg_is_read(tmp_path: Path):
    Image.fromarray(photo()).save(tmp_path / "a.jpg", progressive=True, quality=95)
    assert np.abs(decode_image(tmp_path / "a.jpg").astype(int) - photo()).mean() < 4


@pytest.mark.parametrize(
    "name", ["-rf.png", "two words.png", 'it\'s "quoted".png', "naïve 猫.png", "$(x);`y`.png"]
)
def test_any_file_name_is_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str):
    Image.fromarray(photo()).save(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert np.array_equal(decode_image(name), photo())


# ---- no pictures ------------------------------------------------------------------------------


def test_an_empty_file(tmp_path: Path):
    (tmp_path / "a.jpg").touch()
    assert refusal(tmp_path / "a.jpg") == "FILE is empty (0 bytes)"


def test_a_missing_file(tmp_path: Path):
    assert refusal(tmp_path / "a.jpg") == "FILE does not exist"


def test_a_folder(tmp_path: Path):
    (tmp_path / "a.jpg").mkdir()
    assert refusal(tmp_path / "a.jpg").startswith("FILE cannot be decoded: ")


@pytest.mark.parametrize(
    "content", [b"%PDF-1.7 ...", b"<svg/>", b"hello\n" * 50, bytes(range(256)), b"\xff\xd8"]
)
def test_what_is_no_image(tmp_path: Path, content: bytes):
    (tmp_path / "a.jpg").write_bytes(content)
    assert refusal(tmp_path / "a.jpg").startswith("FILE is no image that can be read (JPEG, PNG")


def test_postscript_is_never_handed_to_an_interpreter(tmp_path: Path):
    (tmp_path / "a.jpg").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\nshowpage\n%%EOF\n")
    assert "is no image" in refusal(tmp_path / "a.jpg")


@pytest.mark.parametrize("suffix", ["jpg", "png", "bmp", "webp", "tiff", "gif"])
@pytest.mark.parametrize("part", [0.5, 0.9])
def test_a_truncated_file_is_refused_and_not_filled_up_with_grey(tmp_path: Path, suffix: str, part: float):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[: int(part * path.stat().st_size)])
    assert refusal(path)


def test_an_animation_is_refused(tmp_path: Path):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "green", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert refusal(tmp_path / "a.gif") == "FILE holds 3 frames; a classifier is given one still picture"


def test_a_tiff_of_several_pages_is_refused(tmp_path: Path):
    page = Image.fromarray(photo())
    page.save(tmp_path / "a.tiff", save_all=True, append_images=[page])
    assert "holds 2 frames" in refusal(tmp_path / "a.tiff")


@pytest.mark.parametrize("size", [(8193, 8193), (60_000, 60_000), (2**31 - 1, 1)])
def test_a_decompression_bomb_is_refused_before_it_is_decoded(tmp_path: Path, size: tuple[int, int]):
    (tmp_path / "a.png").write_bytes(png(*size))
    assert refusal(tmp_path / "a.png").startswith("FILE is too large to decode: ")


def test_the_largest_allowed_picture_is_not_refused_for_its_size(tmp_path: Path):
    (tmp_path / "a.png").write_bytes(png(8192, MAX_PIXELS // 8192))
    assert refusal(tmp_path / "a.png").startswith("FILE cannot be decoded: ")


def test_pixels_without_a_fixed_meaning_are_refused(tmp_path: Path):
    Image.new("F", (4, 4), 0.5).save(tmp_path / "a.tiff")
    assert "no fixed meaning as 8-bit RGB" in refusal(tmp_path / "a.tiff")


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow warns of odd metadata on the way
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_broken_bytes_give_a_picture_or_an_image_error_and_nothing_else(tmp_path: Path, data: st.DataObject):
    suffix = data.draw(st.sampled_from(["jpeg", "png", "gif", "webp", "tiff", "bmp", "ppm"]))
    file = io.BytesIO()
    Image.fromarray(photo()).save(file, suffix)
    content = bytearray(file.getvalue())
    places = st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255))
    for place, value in data.draw(st.lists(places, max_size=12)):
        content[place] = value
    (tmp_path / "a").write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        pixels = decode_image(tmp_path / "a")
    except ImageError:
        return
    assert pixels.ndim == 3
    assert pixels.shape[2] == 3
    assert pixels.dtype == np.uint8
