"""Old files as today's tools expect them: operator codes in the new field, and a signature. Pure."""

from __future__ import annotations

from typing import Any

from harness.errors import ModelError

__all__ = ["SIGNATURE", "input_key", "upgraded"]

SIGNATURE = "serving_default"


def input_key(number: int) -> str:
    """Name of an input in the signature that is added."""
    return f"input_{number}"


def upgraded(data: bytes) -> bytes:
    """The same model with current operator codes, and with a signature of our own in place of others.

    Files from before 2020 hold operator codes in `deprecated_builtin_code` only, and those from
    before 2021 no signature. Raises ModelError where the file cannot be read.
    """
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    try:
        model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(data, 0))
        for code in model.operatorCodes:
            code.builtinCode = max(code.builtinCode, code.deprecatedBuiltinCode)
        model.signatureDefs = [_signature(model.subgraphs[0], schema)]
        builder = flatbuffers.Builder(len(data))
        builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    except Exception as error:  # flatbuffers raises whatever a broken file makes it raise
        raise ModelError(f"the file cannot be brought up to date: {error}") from error
    return bytes(builder.Output())


def _signature(graph: Any, schema: Any) -> Any:  # noqa: ANN401 (generated classes without types)
    signature = schema.SignatureDefT()
    signature.signatureKey = SIGNATURE.encode()
    signature.subgraphIndex = 0
    signature.inputs = [_entry(schema, input_key(n), index) for n, index in enumerate(graph.inputs)]
    signature.outputs = [_entry(schema, f"output_{n}", index) for n, index in enumerate(graph.outputs)]
    return signature


def _entry(schema: Any, name: str, tensor: int) -> Any:  # noqa: ANN401
    entry = schema.TensorMapT()
    entry.name, entry.tensorIndex = name.encode(), int(tensor)
    return entry
