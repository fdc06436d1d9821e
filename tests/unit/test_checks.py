"""Rules that are an algorithm of their own."""

import ipaddress
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from components import checks

_RANGES = st.builds(
    lambda address, size: ipaddress.IPv4Network(f"{address}/{size}", strict=False),
    # Few addresses, so that overlaps happen.
    st.integers(0x0A000000, 0x0A00FFFF).map(ipaddress.IPv4Address),
    st.integers(18, 32),
)


@given(st.lists(_RANGES, max_size=6))
def test_an_overlap_is_found_exactly_where_there_is_one(
    ranges: list[ipaddress.IPv4Network],
) -> None:
    overlapping = any(one.overlaps(other) for one, other in combinations(ranges, 2))
    try:
        checks.disjoint({f"range[{index}]": each for index, each in enumerate(ranges)})
    except checks.ArgumentError:
        assert overlapping
    else:
        assert not overlapping
