"""How a model wants its pixels: what is told, what its file shows, or what is assumed. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace

from harness.errors import ModelError, UnknownNameError
from harness.records.input_convention import (
    RANGES,
    RAW,
    InputConvention,
    InputTold,
    Normalization,
    range_words,
    same_values,
    spread,
)
from harness.records.model import Model, ModelFacts, Preprocess
from harness.records.row import Caution
from harness.records.vocabulary import ChannelOrder, Crop, InputSource, Resize
from harness.stats.accuracy_cautions import cautions_for_input
from harness.zoo.image_form import Axes, fed_shape, form_words, image_form
from harness.zoo.schema import PreprocessSection

__all__ = [
    "RESIZES",
    "convention_of",
    "input_cautions",
    "input_sentences",
    "parse_told",
    "resize_words",
    "tell_input",
]

RESIZES: Mapping[str, Preprocess] = {
    "tf": Preprocess(),
    "efficientnet": Preprocess(crop=Crop.EFFICIENTNET, resize=Resize.BICUBIC),
    "torchvision": Preprocess(resize=Resize.BILINEAR_ANTIALIAS, resize_to=256),
    "torchvision-bicubic": Preprocess(resize=Resize.BICUBIC_ANTIALIAS, resize_to=256),
    "stretch": Preprocess(crop=Crop.NONE),
    "stretch-antialias": Preprocess(crop=Crop.NONE, resize=Resize.BILINEAR_ANTIALIAS),
}
"""What `--resize` takes. Those with `resize_to` are for an input of 224 and grow with it."""

_USUAL_SIDE = 224
_TOOL: Normalization = RANGES["-1..1"]
_ASSUMED = "nothing in the file or the zoo tells"

_GEOMETRY = frozenset({"crop", "crop_fraction", "resize", "resize_to"})
"""Keys of an entry that declare crop and filter."""


def parse_told(
    value_range: str | None, channels: ChannelOrder | None, resize: str | None
) -> InputTold | None:
    """What the options say; None where none is given. Raises UnknownNameError with near matches."""
    if value_range is None and channels is None and resize is None:
        return None
    return InputTold(_range_named(value_range), channels, _known("way of resizing", resize, RESIZES))


def _range_named(text: str | None) -> str | None:
    """Also as `0-1`, `[0,1]`, `-1:1` and `imagenet`."""
    if text is None:
        return None
    plain = text.strip().lower().strip("[]()").replace("…", "..").replace(" ", "")
    for mark in (",", ":", "to"):
        plain = plain.replace(mark, "..") if plain.count(mark) == 1 and ".." not in plain else plain
    found = {"0-1": "0..1", "0-255": "0..255", "-1-1": "-1..1", "-1..+1": "-1..1", "imagenet": "torchvision"}
    return _known("range", found.get(plain, plain), RANGES)


def _known(kind: str, name: str | None, names: Mapping[str, object]) -> str | None:
    if name is not None and name not in names:
        raise UnknownNameError(kind, name, names, list_command=", ".join(names))
    return name


def convention_of(
    facts: ModelFacts,
    section: PreprocessSection | None,
    *,
    bundled: bool = False,
    size: tuple[int, int] | None = None,
) -> tuple[Preprocess, InputConvention]:
    """The preprocessing of a model by its zoo entry, else by its file, else by assumption.

    `section` is what an entry says of it; one of the bundled zoo declares the evaluation tool's
    own arithmetic where it states none. `size` is the height and width the entry states, which
    count where the file leaves them open.
    """
    base = section.record() if section is not None else Preprocess()
    if fed_shape(facts, base) is not None:
        base = replace(base, size=size or facts.input_size)
    values = (base.mean, base.std) if base.mean is not None and base.std is not None else None
    told = section is not None and bool(section.model_fields_set & _GEOMETRY)
    preprocess, convention = _with_values(facts, base, section, values, bundled=bundled)
    told_crop = InputSource.DECLARED if told or bundled else InputSource.ASSUMED
    return preprocess, replace(convention, resize_source=told_crop)


def _with_values(
    facts: ModelFacts,
    base: Preprocess,
    section: PreprocessSection | None,
    values: Normalization | None,
    *,
    bundled: bool,
) -> tuple[Preprocess, InputConvention]:
    if section is not None and section.assumed:
        return _made(facts, base, values, InputSource.ASSUMED, "taken over from the model it was made from")
    if values is not None or bundled:
        return _made(facts, base, values, InputSource.DECLARED, "its zoo entry")
    return _by_file(facts, base, told_channels=section is not None and "channels" in section.model_fields_set)


def _by_file(
    facts: ModelFacts, base: Preprocess, *, told_channels: bool = False
) -> tuple[Preprocess, InputConvention]:
    """Metadata of float inputs, the exporter's habit, then what the graph shows.

    Integer inputs are not read from metadata: it describes the float model they were quantized from.
    """
    floats = len(facts.inputs) == 1 and facts.inputs[0].dtype.startswith("float")
    if floats and facts.normalization is not None:
        return _made(facts, base, facts.normalization, InputSource.DECLARED, "its metadata")
    if floats and facts.exporter_range is not None:
        name, who = facts.exporter_range
        return _made(facts, base, RANGES[name], InputSource.DECLARED, who)
    proof = facts.input_proof
    if proof is None:
        return _made(facts, base, None, InputSource.ASSUMED, _ASSUMED)
    if proof.channels is not None and not told_channels:
        base = replace(base, channels=proof.channels)
    if proof.channels is None and same_values((proof.mean, proof.std), RANGES["caffe"]):
        why = f"{proof.evidence}, which does not tell in which order the channels come"
        return _made(facts, base, (proof.mean, proof.std), InputSource.ASSUMED, why)
    return _made(facts, base, (proof.mean, proof.std), InputSource.PROVEN, proof.evidence, raw=proof.raw)


def _made(
    facts: ModelFacts,
    base: Preprocess,
    values: Normalization | None,
    source: InputSource,
    told_by: str,
    *,
    raw: bool = False,
) -> tuple[Preprocess, InputConvention]:
    """The preprocessing with these values (None: the evaluation tool's) and what is said of it."""
    dtype = facts.inputs[0].dtype if facts.inputs else "float32"
    if values is not None and not raw:
        base = replace(base, mean=values[0], std=values[1])
        if dtype.startswith("float") and _is_tools(values):
            # The tool multiplies by the reciprocal, and its figures are those to be had.
            base = replace(base, mean=None, std=None)
    spoken = _spoken_range(facts, dtype, values, raw=raw)
    form, form_assumed = _form(facts, base)
    convention = InputConvention(
        source,
        spoken,
        base.channels,
        resize_words(base),
        told_by,
        form=form,
        form_assumed=form_assumed,
    )
    conflict = _conflict(facts, values if values is not None else _tools_values(dtype), told_by)
    return base, replace(convention, conflict=conflict)


def _form(facts: ModelFacts, base: Preprocess) -> tuple[str | None, tuple[str, ...]]:
    """In words how the input differs from TFLite's own form, and what of that is assumed."""
    if len(facts.inputs) != 1:
        return None, ()
    try:
        form = image_form(facts.inputs[0], base.size)
    except ModelError:
        return None, ()
    usual = form.channels == 3 and form.axes is Axes.HWC and fed_shape(facts, base) is None
    return (None if usual else form_words(form)), form.assumed


def _is_tools(values: Normalization) -> bool:
    return set(values[0]) == set(values[1]) == {127.5}


def _tools_values(dtype: str) -> Normalization | None:
    return _TOOL if dtype.startswith("float") or dtype == "int16" else None


def _spoken_range(facts: ModelFacts, dtype: str, values: Normalization | None, *, raw: bool) -> str:
    values = values if values is not None else _tools_values(dtype)
    if values is not None:
        return range_words(*values) + (", as raw pixels" if raw else "")
    proof = facts.input_proof
    return f"{range_words(proof.mean, proof.std)}, as raw pixels" if proof is not None and proof.raw else RAW


def _conflict(facts: ModelFacts, values: Normalization | None, told_by: str) -> str | None:
    """What the file shows, where that is something else than what is done."""
    proof = facts.input_proof
    if proof is None or values is None or same_values(values, (proof.mean, proof.std)):
        return None
    return (
        f"{told_by} says {range_words(*values)}, but {proof.evidence}: it takes"
        f" {range_words(proof.mean, proof.std)}"
    )


def resize_words(preprocess: Preprocess) -> str:
    """The name of a way of resizing, else its parts."""
    geometry = replace(preprocess, mean=None, std=None, channels=ChannelOrder.RGB, size=None)
    for name, known in RESIZES.items():
        if geometry == known or (known.resize_to and geometry.resize_to and _alike(geometry, known)):
            return name
    if geometry.resize_to is not None:
        return f"shorter side to {geometry.resize_to}, then the middle, {geometry.resize}"
    part = f"central {geometry.crop_fraction * 100:g} %" if geometry.crop is Crop.CENTRAL else geometry.crop
    return f"{part}, {geometry.resize}"


def _alike(one: Preprocess, other: Preprocess) -> bool:
    """Whether both are torchvision's: 256 for 224, 342 for 299 and so on cannot be seen without the size."""
    return replace(one, resize_to=None, crop_fraction=0.0) == replace(
        other, resize_to=None, crop_fraction=0.0
    )


def tell_input(model: Model, told: InputTold | None) -> Model:
    """The model with what the command line says, which comes before everything else."""
    if told is None or model.facts is None or model.input_convention is None:
        return model
    preprocess, known = model.preprocess, model.input_convention
    if told.resize is not None:
        preprocess = resized(preprocess, told.resize, model.facts)
    if told.channels is not None:
        preprocess = replace(preprocess, channels=told.channels)
    crop = InputSource.DECLARED if told.resize is not None else known.resize_source
    known = replace(known, channels=preprocess.channels, resize=resize_words(preprocess), resize_source=crop)
    if told.range is None:
        return replace(model, preprocess=preprocess, input_convention=known)
    preprocess, known = _made(
        model.facts,
        preprocess,
        spread(RANGES[told.range]),
        InputSource.DECLARED,
        "--input-range on the command line",
    )
    known = replace(known, conflict=known.conflict or _against_declared(model, known), resize_source=crop)
    return replace(model, preprocess=preprocess, input_convention=known)


def _against_declared(model: Model, told: InputConvention) -> str | None:
    """What the zoo entry or the file declares, where the command line says something else."""
    declared = model.input_convention
    if declared is None or declared.source is not InputSource.DECLARED or declared.range == told.range:
        return None
    return f"{told.told_by} says {told.range}, but {declared.told_by} says {declared.range}"


def input_sentences(model: Model) -> list[str]:
    """How the model's pixels are prepared and how that is known; and the doubts, with what to do."""
    doubts = [f"{each.message}; {each.next_step}" for each in input_cautions(model)]
    return [f"input: {model.input_convention}", *doubts] if model.input_convention is not None else []


def input_cautions(model: Model) -> tuple[Caution, ...]:
    """What makes one doubt how a model is fed, with the command that finds out."""
    spec = model.name if model.groups else model.path
    command = shlex.join(["harness", "zoo", "preprocess", spec])
    return cautions_for_input(model.input_convention, try_others=f"{command} --dataset DIR")


def resized(preprocess: Preprocess, name: str, facts: ModelFacts) -> Preprocess:
    """The preprocessing with another crop and filter, for the size of the model's input."""
    way = RESIZES[name]
    resize_to = way.resize_to and round(_side(facts) * way.resize_to / _USUAL_SIDE)
    return replace(
        preprocess, crop=way.crop, crop_fraction=way.crop_fraction, resize=way.resize, resize_to=resize_to
    )


def _side(facts: ModelFacts) -> int:
    """The shorter side of the input, whichever axis holds the channels."""
    sizes = [each for each in facts.inputs[0].shape[1:] if each > _MOST_CHANNELS]
    return min(sizes, default=_USUAL_SIDE)


_MOST_CHANNELS = 4
