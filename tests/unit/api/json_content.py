"""JSON that is made to be misread: strings full of quotes, brackets and backslashes."""

from hypothesis import strategies as st

TRICKY = st.text(alphabet='"\\[]{},:u0d8 \n\té😀ab', max_size=12)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TRICKY
)
CONTENT = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TRICKY, inner, max_size=4),
    max_leaves=20,
)
