"""What `import payrix_sessions` loads: modules are counted, time is not."""

import sys

from tests.benchmarks.imports import core_modules, fresh_import

# Beyond those of requests, as users meet it: PyYAML, which jsonpickle would load, comes with tools for tests alone.
# Python 3.10 loads four more than later ones, for the core's sake.
CEILING = 155


def test_the_import_loads_nothing_but_itself_and_what_requests_and_the_core_load_anyway() -> None:
    beyond = fresh_import("payrix_sessions").modules - fresh_import("requests", *core_modules()).modules
    foreign = {name for name in beyond if name.split(".")[0] != "payrix_sessions"}
    assert {name for name in foreign if name.split(".")[0] not in sys.stdlib_module_names} == set()
    assert len(foreign) <= 5, sorted(foreign)
    assert {name for name in beyond if name.startswith(("payrix_sessions.sandbox", "payrix_sessions.demo"))} == set()


def test_the_import_stays_below_its_ceiling_of_modules_beyond_those_of_requests() -> None:
    loaded = fresh_import("payrix_sessions", hidden=("yaml",)).modules
    beyond = loaded - fresh_import("requests").modules
    assert len(beyond) <= CEILING, sorted(beyond)
