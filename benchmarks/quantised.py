"""Other ways to make the 8-bit graph than the one in force (`rag.e5.int8`): graph -> graph."""

from typing import Any

from rag.e5.graph import openvino

LAST = 3
"""Of how many layers `without_last_layers` leaves the last product in f32."""


def without_attention(graph: Any, batches: list[dict[str, Any]]) -> Any:
    """Quantise all but the products of two activations: scores, and what is mixed by them."""
    return _quantised(graph, batches, names=[p.get_friendly_name() for p in _products(graph, None)])


def without_last_layers(graph: Any, batches: list[dict[str, Any]]) -> Any:
    """Quantise all but the last product of each of the last layers, the hardest to round."""
    last = _products(graph, [384, 1536])[-LAST:]
    return _quantised(graph, batches, names=[product.get_friendly_name() for product in last])


def smoother(graph: Any, batches: list[dict[str, Any]]) -> Any:
    """Quantise with less of the range left to the activations than SmoothQuant's default 0.95."""
    openvino()
    from nncf import AdvancedQuantizationParameters
    from nncf.quantization.advanced_parameters import AdvancedSmoothQuantParameters

    alphas = AdvancedSmoothQuantParameters(matmul=0.7)
    advanced = AdvancedQuantizationParameters(smooth_quant_alphas=alphas)
    return _quantised(graph, batches, advanced_parameters=advanced)


def _quantised(
    graph: Any, batches: list[dict[str, Any]], names: list[str] | None = None, **options: Any
) -> Any:
    """`rag.e5.int8.quantised`, with the operations `names` left alone."""
    openvino()
    import nncf

    return nncf.quantize(
        graph,
        nncf.Dataset(batches),
        subset_size=len(batches),
        model_type=nncf.ModelType.TRANSFORMER,
        ignored_scope=nncf.IgnoredScope(names=names or [], types=["NormalizeL2"]),
        **options,
    )


def _products(graph: Any, weights: list[int] | None) -> list[Any]:
    """Return the graph's products with weights of this shape, in order; of no weights for None."""
    found = []
    for operation in graph.get_ordered_ops():
        if operation.get_type_name() == "MatMul":
            second = operation.input_value(1)
            constant = second.get_node().get_type_name() == "Constant"
            shape = list(second.get_shape()) if constant else None
            if shape == weights:
                found.append(operation)
    return found
