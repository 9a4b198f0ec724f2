"""What holds for every input, searched with hypothesis."""

from typing import Any

from hypothesis import strategies as st


def json_values(names: st.SearchStrategy[str], floats: st.SearchStrategy[float], leaves: int = 5) -> Any:
    """Make values of JSON, whose objects have members of these names."""
    return st.recursive(
        st.none() | st.booleans() | st.integers() | floats | st.text(max_size=6) | st.sampled_from(["0", "1", "true"]),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
        max_leaves=leaves,
    )
