"""What `import payrix_sessions` loads: modules are counted, time is not."""

import pytest

from tests.benchmarks.imports import core_modules, fresh_import

# Beyond those of requests, as users meet it: PyYAML, which jsonpickle would load, comes with tools for tests alone.
# Python 3.10 loads four more than later ones, for the core's sake.
CEILING = 140
UNWANTED = (
    "payrix_sessions.sandbox",
    "tests",
    "werkzeug",
    "yaml",
    "dateutil.zoneinfo",
    "setuptools",
    "pkg_resources",
    "asyncio",
    "concurrent.futures",
)


@pytest.fixture(scope="module")
def loaded() -> frozenset[str]:
    """The modules that the import of the package loads."""
    return fresh_import("payrix_sessions").modules


@pytest.fixture(scope="module")
def forced() -> frozenset[str]:
    """The modules that requests and the used part of apimatic-core load by themselves."""
    return fresh_import("requests", *core_modules()).modules


@pytest.mark.parametrize("unwanted", UNWANTED)
def test_the_import_loads_no_package_that_a_call_does_not_need(
    unwanted: str, loaded: frozenset[str], forced: frozenset[str]
) -> None:
    found = {name for name in loaded - forced if name == unwanted or name.startswith(f"{unwanted}.")}
    assert not found


def test_the_import_stays_below_its_ceiling_of_modules_beyond_those_of_requests() -> None:
    loaded = fresh_import("payrix_sessions", hidden=("yaml",)).modules
    beyond = loaded - fresh_import("requests").modules
    assert len(beyond) <= CEILING, sorted(beyond)
