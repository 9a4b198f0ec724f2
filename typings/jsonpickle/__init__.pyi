from typing import Any

def encode(
    value: Any,
    unpicklable: bool = ...,
    make_refs: bool = ...,
    keys: bool = ...,
    max_depth: int | None = ...,
    include_properties: bool = ...,
) -> str: ...
def decode(
    string: str,
    keys: bool = ...,
    classes: Any = ...,
    on_missing: str = ...,
) -> Any: ...
