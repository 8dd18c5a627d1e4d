"""From pixels to tensors: the evaluation tool's crop and values, and what a zoo entry may ask for instead."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from harness.accuracy import inputs
from harness.accuracy.inputs import InputMaker
from harness.accuracy.preprocess import (
    Geometry,
    InputSpec,
    crop_box,
    describe_preprocess,
    fill_values,
    input_spec,
    preprocess_for,
    to_geometry,
)
from harness.accuracy.reference_kernel import open_kernel
from harness.accuracy.resize import Box
from harness.errors import ModelError
from harness.records.model import Preprocess, TensorFacts
from harness.records.vocabulary import ChannelOrder, Crop, Resize
from tests.accuracy.pictures import photo

UNIT = Geometry(1, 1)


def tensor(
    dtype: str, *, size: int = 8, scale: float | None = None, zero_point: int | None = None
) -> TensorFacts:
    return TensorFacts("input", (1, size, size, 3), dtype, scale, zero_point)


def values(pixels: list[float], spec: InputSpec) -> list[float]:
    """What becomes of these pixel values, each in all three channels; the first channel."""
    image = np.repeat(np.array(pixels, np.float32), 3).reshape(1, -1, 3)
    out = np.empty(image.shape, spec.dtype)
    before = image.copy()
    fill_values(image, spec, out=out)
    assert np.array_equal(image, before), "models that share the pixels must not see each other's values"
    return out[0, :, 0].tolist()


# ---- values -----------------------------------------------------------------------------------


def test_uint8_cuts_the_fraction_off():
    assert values([0, 0.99, 1, 100.5, 254.999, 255], InputSpec(UNIT, "uint8")) == [0, 0, 1, 100, 254, 255]


def test_int8_subtracts_128_and_then_cuts_towards_zero():
    assert values([0, 0.5, 100.5, 128, 128.9, 255], InputSpec(UNIT, "int8")) == [-128, -127, -27, 0, 0, 127]


def test_float_is_multiplied_with_the_rounded_reciprocal_as_the_tool_does():
    pixels = np.arange(256, dtype=np.float32)
    expected = (pixels - np.float32(127.5)) * np.float32(1 / 127.5)
    assert values(pixels.tolist(), InputSpec(UNIT, "float32")) == expected.tolist()
    assert values([0, 255], InputSpec(UNIT, "float32")) == [-1, 1]


def test_float16_is_the_rounded_float32():
    expected = ((np.float32(100.25) - np.float32(127.5)) * np.float32(1 / 127.5)).astype(np.float16)
    assert values([100.25], InputSpec(UNIT, "float16")) == [expected]


def test_raw_integers_ignore_the_scale_of_the_input():
    """The tool does: a uint8 or int8 input takes pixels, whatever its scale says."""
    assert values([200.7], InputSpec(UNIT, "uint8", scale=0.5, zero_point=3)) == [200]
    assert values([200.7], InputSpec(UNIT, "int8", scale=0.5, zero_point=3)) == [72]


def test_mean_and_std_by_channel():
    image = np.array([[[10, 20, 30]]], np.uint8)
    preprocess = Preprocess(crop=Crop.NONE, mean=(1, 2, 3), std=(3, 6, 9))
    assert preprocess_for(image, preprocess, tensor("float32", size=1)).tolist() == [[[[3, 3, 3]]]]


def test_a_mean_without_a_std_only_subtracts():
    assert values([10], InputSpec(UNIT, "float32", mean=(4,))) == [6]


def test_normalised_values_are_quantized_with_the_inputs_own_scale():
    spec = InputSpec(UNIT, "int8", mean=(0,), std=(255,), scale=1 / 255, zero_point=-128)
    assert values([0, 1, 127, 255], spec) == [-128, -127, -1, 127]


def test_quantizing_rounds_halves_away_from_zero_and_stays_within_the_type():
    spec = InputSpec(UNIT, "int8", mean=(0,), std=(1,), scale=2.0, zero_point=0)
    assert values([1, 3, 5, 255], spec) == [1, 2, 3, 127]
    below = InputSpec(UNIT, "int8", mean=(10,), std=(1,), scale=2.0, zero_point=0)
    assert values([9, 7, 5], below) == [-1, -2, -3]
    nearly_half = InputSpec(UNIT, "int8", mean=(0,), scale=1.0, zero_point=0)
    assert values([float(np.nextafter(np.float32(0.5), np.float32(0)))], nearly_half) == [0]
    assert values([0], InputSpec(UNIT, "uint8", mean=(255,), std=(1,), scale=0.5, zero_point=10)) == [0]


def test_int16_is_quantized_from_the_tools_normalisation():
    spec = InputSpec(UNIT, "int16", scale=1 / 32768, zero_point=0)
    assert values([0, 127.5, 255], spec) == [-32768, 0, 32767]


def test_bicubic_overshoot_is_clipped_where_raw_pixels_are_wanted():
    geometry = Geometry(1, 1, resize=Resize.BICUBIC)
    assert values([-3.7, 260], InputSpec(geometry, "uint8")) == [0, 255]
    assert values([-3.7, 260], InputSpec(geometry, "int8")) == [-128, 127]


@settings(max_examples=200, deadline=None)
@given(
    st.floats(0, 255, width=32),
    st.floats(2**-10, 1, width=32),
    st.integers(-128, 127),
    st.floats(0, 255, width=32),
    st.floats(0.5, 255, width=32),
)
def test_quantized_values_lie_within_half_a_step_or_at_the_end_of_the_type(
    pixel: float, scale: float, zero_point: int, mean: float, std: float
):
    spec = InputSpec(UNIT, "int8", mean=(mean,), std=(std,), scale=scale, zero_point=zero_point)
    quantized = values([pixel], spec)[0]
    exact = (pixel - mean) / std / scale + zero_point
    assert -128 <= quantized <= 127
    assert abs(quantized - min(max(exact, -128), 127)) <= 0.5 + 1e-3 * max(1, abs(exact) * 1e-3)


# ---- crop -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("height", "width", "box"),
    [
        (227, 227, Box(14, 14, 199, 199)),
        (375, 500, Box(24, 86, 328, 328)),
        (500, 333, Box(105, 21, 291, 291)),
        (4, 4, Box(1, 1, 4, 4)),
        (1, 1, Box(0, 0, 1, 1)),
        (1, 1000, Box(0, 500, 1, 1)),
    ],
)
def test_the_central_crop_rounds_halves_up(height: int, width: int, box: Box):
    if (height, width) == (4, 4):
        box = Box(0, 0, 4, 4)  # round(3.5) is 4
    assert crop_box(height, width, UNIT) == box


@given(st.integers(1, 70_000), st.integers(1, 70_000))
def test_the_central_crop_is_the_tools_arithmetic(height: int, width: int):
    def half_up(value: Fraction) -> int:
        return int(value + Fraction(1, 2))

    side = min(half_up(Fraction(7, 8) * height), half_up(Fraction(7, 8) * width))
    expected = Box(half_up(Fraction(height - side, 2)), half_up(Fraction(width - side, 2)), side, side)
    assert crop_box(height, width, UNIT) == expected


@given(
    st.integers(1, 5000),
    st.integers(1, 5000),
    st.sampled_from(list(Crop)),
    st.floats(0.01, 1),
    st.integers(1, 600),
)
def test_every_crop_lies_within_the_picture_and_is_never_empty(
    height: int, width: int, crop: Crop, fraction: float, size: int
):
    box = crop_box(height, width, Geometry(size, size, crop, fraction))
    assert box.top >= 0 and box.height >= 1 and box.top + box.height <= height
    assert box.left >= 0 and box.width >= 1 and box.left + box.width <= width


def test_efficientnets_crop_leaves_32_pixels_of_256_for_a_224_input():
    assert crop_box(256, 300, Geometry(224, 224, Crop.EFFICIENTNET)) == Box(16, 38, 224, 224)


def test_no_crop_is_the_whole_picture_and_loses_the_aspect_ratio():
    assert crop_box(10, 20, Geometry(8, 8, Crop.NONE)) == Box(0, 0, 10, 20)


# ---- from picture to tensor -------------------------------------------------------------------


def test_a_tensor_has_the_shape_and_type_of_the_input():
    facts = TensorFacts("input", (1, 10, 14, 3), "uint8")
    filled = preprocess_for(photo(), Preprocess(), facts)
    assert filled.shape == (1, 10, 14, 3)
    assert filled.dtype == np.uint8


SPECS = [
    InputSpec(Geometry(8, 8), "uint8"),
    InputSpec(Geometry(8, 8), "float32"),
    InputSpec(Geometry(12, 9), "int8"),
    InputSpec(Geometry(8, 8, Crop.NONE), "uint8"),
    InputSpec(Geometry(8, 8, Crop.EFFICIENTNET), "float32", mean=(127,), std=(128,)),
    InputSpec(Geometry(12, 12, Crop.EFFICIENTNET), "float32", mean=(127,), std=(128,)),
    InputSpec(Geometry(8, 8, crop_fraction=0.5), "float32"),
    InputSpec(Geometry(8, 8, resize=Resize.BICUBIC), "uint8"),
]


@pytest.mark.parametrize("open_kernel", [open_kernel, lambda sizes: None], ids=["kernel", "numpy"])
def test_inputs_made_together_equal_those_made_one_by_one(open_kernel, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(inputs, "open_kernel", open_kernel)
    maker = InputMaker(SPECS, slots=3)
    pictures = [photo(24, 32), photo(40, 17, seed=1), photo(24, 32, seed=2)]
    for slot, picture in enumerate(pictures):
        maker.fill(slot, picture)
    for slot, picture in enumerate(pictures):
        for spec in SPECS:
            alone = np.empty((spec.geometry.height, spec.geometry.width, 3), spec.dtype)
            fill_values(to_geometry(picture, spec.geometry), spec, out=alone)
            assert np.array_equal(maker.tensor(spec, slot)[0], alone), spec


# ---- refusals and words -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (TensorFacts("i", (1, 784), "float32"), "its input [1, 784] is no image"),
        (TensorFacts("i", (1, 28, 28, 4), "float32"), "[1, 28, 28, 4] has neither one channel"),
        (TensorFacts("i", (), "float32"), "its input [] is no image"),
        (TensorFacts("i", (8, 224, 224, 3), "float32"), "takes 8 images at once"),
        (TensorFacts("i", (1, 8, 8, 3), "int32"), "its input is of type int32"),
        (TensorFacts("i", (1, 8, 8, 3), "int16"), "its int16 input has no scale"),
    ],
)
def test_an_input_that_takes_no_picture_is_refused_in_one_sentence(facts: TensorFacts, words: str):
    with pytest.raises(ModelError) as caught:
        input_spec(Preprocess(), facts)
    assert words in caught.value.message


def test_normalising_into_integers_needs_a_scale():
    with pytest.raises(ModelError, match="its uint8 input has no scale"):
        input_spec(Preprocess(mean=(0,), std=(1,)), tensor("uint8"))


def test_a_std_of_zero_is_refused():
    with pytest.raises(ModelError, match="std of 0"):
        input_spec(Preprocess(mean=(0,), std=(0,)), tensor("float32"))


@pytest.mark.parametrize("channels", [2, 4])
def test_mean_and_std_have_one_value_or_three(channels: int):
    with pytest.raises(ModelError, match="one value or three"):
        input_spec(Preprocess(mean=(1.0,) * channels, std=(1.0,)), tensor("float32"))


def test_an_open_batch_size_is_one_image():
    assert input_spec(Preprocess(), TensorFacts("i", (-1, 8, 8, 3), "uint8")).geometry == Geometry(8, 8)


def test_the_arithmetic_in_words():
    assert describe_preprocess(input_spec(Preprocess(), tensor("int8"))) == (
        "central square of 87.5 % of the shorter side, TF1 bilinear without anti-aliasing to 8x8,"
        " int8 input: pixel - 128, cut to an integer"
    )
    special = Preprocess(Crop.EFFICIENTNET, resize=Resize.BICUBIC, mean=(1, 2, 3), std=(4,))
    assert describe_preprocess(input_spec(special, tensor("uint8", scale=0.5, zero_point=9))) == (
        "EfficientNet's central square, TF1 bicubic without anti-aliasing to 8x8,"
        " uint8 input: (pixel - (1, 2, 3)) / 4, quantized with scale 0.5 and zero point 9"
    )


# ---- other conventions of the field -----------------------------------------------------------


@pytest.mark.parametrize(
    ("way", "kind"),
    [
        (Resize.BILINEAR_ANTIALIAS, Image.Resampling.BILINEAR),
        (Resize.BICUBIC_ANTIALIAS, Image.Resampling.BICUBIC),
    ],
)
@pytest.mark.parametrize(("width", "height"), [(500, 375), (333, 500), (256, 256), (100, 90)])
def test_torchvisions_resize_and_centre_crop(way: Resize, kind: Image.Resampling, width: int, height: int):
    """Sizes and offsets as torchvision/transforms/functional.py has them; Pillow does its pixels too."""
    image = photo(height, width)
    shorter = min(width, height)
    size = tuple(256 if side == shorter else int(256 * side / shorter) for side in (width, height))
    whole = Image.fromarray(image).resize(size, kind)
    top, left = round((whole.height - 224) / 2.0), round((whole.width - 224) / 2.0)
    expected = np.asarray(whole.crop((left, top, left + 224, top + 224)))
    made = to_geometry(image, Geometry(224, 224, resize=way, resize_to=256))
    assert np.array_equal(made, expected)


def test_a_stretch_with_antialiasing_is_pillows():
    image = photo(300, 400)
    made = to_geometry(image, Geometry(96, 64, Crop.NONE, resize=Resize.BILINEAR_ANTIALIAS))
    assert np.array_equal(
        made, np.asarray(Image.fromarray(image).resize((64, 96), Image.Resampling.BILINEAR))
    )


def test_an_input_larger_than_the_shorter_side_is_cut_from_no_less_than_itself():
    assert to_geometry(
        photo(50, 60), Geometry(64, 64, resize=Resize.BILINEAR_ANTIALIAS, resize_to=32)
    ).shape == (
        64,
        64,
        3,
    )


def test_resize_to_without_antialiasing_cuts_the_same_part():
    geometry = Geometry(224, 224, resize_to=256)
    assert crop_box(512, 1024, geometry) == Box(32, 288, 448, 448)


@pytest.mark.parametrize("dtype", ["float32", "uint8", "int8"])
def test_bgr_is_rgb_with_the_channels_turned_round(dtype: str):
    image = photo(40, 40)
    plain = Preprocess(mean=(123.68, 116.779, 103.939), std=(1.0, 1.0, 1.0))
    turned = Preprocess(mean=plain.mean, std=plain.std, channels=ChannelOrder.BGR)
    facts = tensor(dtype, scale=1.0, zero_point=0)
    rgb, bgr = preprocess_for(image, plain, facts), preprocess_for(image, turned, facts)
    assert np.array_equal(bgr, rgb[..., ::-1])
    assert not np.array_equal(bgr, rgb)


def test_bgr_holds_for_the_evaluation_tools_own_arithmetic_too():
    image = photo(40, 40)
    for dtype in ("float32", "uint8", "int8"):
        rgb = preprocess_for(image, Preprocess(), tensor(dtype))
        bgr = preprocess_for(image, Preprocess(channels=ChannelOrder.BGR), tensor(dtype))
        assert np.array_equal(bgr, rgb[..., ::-1])


def test_the_input_maker_makes_them_alike():
    image = photo(300, 260)
    specs = [
        InputSpec(Geometry(32, 32, resize=Resize.BILINEAR_ANTIALIAS, resize_to=37), "float32"),
        InputSpec(Geometry(32, 32, resize_to=37), "uint8", channels=ChannelOrder.BGR),
        InputSpec(Geometry(24, 24, resize_to=37), "uint8"),
    ]
    maker = InputMaker(specs, slots=1)
    maker.fill(0, image)
    for spec in specs:
        out = np.empty((spec.geometry.height, spec.geometry.width, 3), spec.dtype)
        fill_values(to_geometry(image, spec.geometry), spec, out=out)
        assert np.array_equal(maker.tensor(spec, 0)[0], out)
