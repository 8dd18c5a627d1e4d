"""Which way of feeding a model fits: a model that knows its colours in one range and one order only."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.accuracy.dataset import Dataset, Item
from harness.accuracy.datasets import load_dataset
from harness.accuracy.input_trial import (
    Trial,
    Way,
    better_than_in_use,
    mixed,
    try_inputs,
    try_values,
    values_of,
    verdict,
)
from harness.errors import ModelError
from harness.records.input_convention import RANGES, InputTold
from harness.records.model import Model
from harness.records.vocabulary import ChannelOrder
from harness.zoo.input_convention import tell_input
from harness.zoo.registry import Zoo
from harness.zoo.resolve import resolve_models
from tests.accuracy import tiny_models
from tests.accuracy.pictures import save_plain

# One hue at three levels each: whoever feeds another range sees the wrong level.
COLOURS = np.array(
    [
        *([200, 40, 80], [130, 25, 50], [250, 120, 150]),
        *([40, 60, 200], [20, 30, 110], [120, 140, 250]),
        *([60, 60, 60], [140, 140, 140], [220, 220, 220]),
    ]
)


@pytest.fixture(scope="module")
def colours(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    root = tmp_path_factory.mktemp("colours")
    random = np.random.default_rng(0)
    for number, colour in enumerate(COLOURS):
        for image in range(12):
            red, green, blue = np.clip(colour + random.integers(-12, 13, 3), 0, 255).tolist()
            save_plain(root / f"{number}" / f"{image}.png", (red, green, blue))
    return load_dataset(str(root))


def model(path: Path, value_range: str, channels: ChannelOrder = ChannelOrder.RGB) -> Model:
    """Takes this range and order, and nothing in the file says so."""
    mean, std = (np.array(each) for each in RANGES[value_range])
    prototypes = (COLOURS - mean) / std
    tiny_models.nearest_colour_model(
        path, prototypes if channels is ChannelOrder.RGB else prototypes[:, ::-1]
    )
    (found,) = resolve_models([str(path)], Zoo({}))
    return found


@pytest.mark.parametrize("value_range", ["0..255", "0..1", "-1..1"])
@pytest.mark.parametrize("channels", list(ChannelOrder))
def test_the_range_and_the_order_of_channels_are_found(
    tmp_path: Path, colours: Dataset, value_range: str, channels: ChannelOrder
):
    one = model(tmp_path / "m.tflite", value_range, channels)
    fits = verdict(try_inputs(one, colours, cores=1), one).fits
    assert fits is not None
    assert (fits.range, fits.channels, fits.resize) == (value_range, channels, "tf")
    told = tell_input(one, fits.told)
    assert told.input_convention is not None
    assert told.input_convention.range == value_range


def test_the_short_form_finds_it_too_with_half_the_images(tmp_path: Path, colours: Dataset):
    one = model(tmp_path / "m.tflite", "0..255")
    trial = try_values(one, colours, images=48, cores=1)
    assert len(trial.labels) == 48
    assert verdict(trial, one).best.range == "0..255"


def test_the_way_in_use_is_found_out_where_another_is_certainly_better(tmp_path: Path, colours: Dataset):
    other = better_than_in_use(
        try_values(model(tmp_path / "m.tflite", "0..255"), colours, images=48, cores=1)
    )
    assert other is not None
    assert (other.range, other.channels, other.top1) == ("0..255", ChannelOrder.RGB, 1.0)
    assert other.low > 0


def test_nothing_is_said_of_the_way_in_use_where_none_is_better(tmp_path: Path, colours: Dataset):
    one = model(tmp_path / "m.tflite", "-1..1")
    assert better_than_in_use(try_values(one, colours, images=48, cores=1)) is None


def test_a_model_that_knows_nothing_fits_nothing(tmp_path: Path, colours: Dataset):
    path = tiny_models.nearest_colour_model(tmp_path / "m.tflite", np.zeros((9, 3)))
    (one,) = resolve_models([str(path)], Zoo({}))
    found = verdict(try_inputs(one, colours, cores=1), one)
    assert not found.above_chance
    assert found.fits is None


def test_a_model_that_does_not_fit_the_data_set_is_said_to(tmp_path: Path, colours: Dataset):
    path = tiny_models.nearest_colour_model(tmp_path / "m.tflite", np.zeros((5, 3)))
    (one,) = resolve_models([str(path)], Zoo({}))
    with pytest.raises(ModelError, match="m cannot be tried on colours"):
        try_inputs(one, colours, cores=1)


def test_the_way_it_is_fed_now_is_tried_first_and_once(tmp_path: Path):
    one = model(tmp_path / "m.tflite", "0..1")
    ways = values_of(one)
    assert (ways[0].told, ways[0].values) == (None, ("-1..1", ChannelOrder.RGB))
    assert len({way.values for way in ways}) == len(ways) == 2 * len(RANGES)


def test_what_the_file_shows_decides_where_images_do_not(tmp_path: Path):
    one = model(tmp_path / "m.tflite", "0..1")
    ways = [Way(None, "-1..1", ChannelOrder.RGB, "tf")]
    ways.append(Way(InputTold("0..1"), "0..1", ChannelOrder.RGB, "tf"))
    alike = {each: each % 5 > 0 for each in range(60)}
    trial = Trial({way: dict(alike) for way in ways}, {each: each % 6 for each in range(60)})
    assert verdict(trial, one).fits is None
    assert [way.range for way in verdict(trial, one).ties] == ["-1..1", "0..1"]


def test_every_beginning_of_the_mixed_order_holds_all_classes():
    items = tuple(Item(f"{label}/{n}", label, 1) for label in range(5) for n in range(7 + label))
    order = mixed(items)
    assert sorted(order) == sorted(items)
    assert all({each.label for each in order[5 * n : 5 * n + 5]} == set(range(5)) for n in range(7))


def test_real_models(assets: Path):
    folder = assets / "user_models"
    (dice,) = resolve_models([str(folder / "dice_tl.tflite")], Zoo({}))
    found = verdict(try_inputs(dice, load_dataset(str(folder / "dice_75")), cores=2), dice)
    assert found.fits is not None
    assert (found.fits.name, found.fits.channels) == ("0..1", ChannelOrder.RGB)
