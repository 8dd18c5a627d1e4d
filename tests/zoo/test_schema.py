from __future__ import annotations

from harness.records.vocabulary import Quantization
from harness.zoo.schema import ZooEntry, json_schema


def test_the_json_schema_names_every_key_of_an_entry():
    schema = json_schema()
    assert schema["properties"].keys() == {"schema", "models"}
    entry = schema["$defs"]["ZooEntry"]
    assert entry["properties"].keys() == set(ZooEntry.model_fields)
    assert entry["additionalProperties"] is False


def test_the_json_schema_lists_the_words_of_closed_sets():
    assert json_schema()["$defs"]["Quantization"]["enum"] == [each.value for each in Quantization]
