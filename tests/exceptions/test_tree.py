"""The tree of the exceptions."""

import payrix_sessions
from payrix_sessions import (
    APIException,
    ArgumentException,
    ConfigurationException,
    ConnectionException,
    ErrorFourHundredException,
    PayrixException,
    TimeoutException,
    exceptions,
)

TREE: dict[type[Exception], tuple[type[Exception], ...]] = {
    PayrixException: (Exception,),
    ConfigurationException: (PayrixException, ValueError),
    ArgumentException: (PayrixException, ValueError),
    ConnectionException: (PayrixException,),
    TimeoutException: (ConnectionException, TimeoutError),
    APIException: (PayrixException,),
    ErrorFourHundredException: (APIException,),
}


def test_bases_are_those_of_the_tree() -> None:
    assert {exception: exception.__bases__ for exception in TREE} == TREE


def test_the_tree_has_every_exception_of_the_package() -> None:
    public = [getattr(payrix_sessions, name) for name in payrix_sessions.__all__]
    found = {each for each in public if isinstance(each, type) and issubclass(each, BaseException)}
    found = {each for each in found if not issubclass(each, Warning)}
    assert found == set(TREE)


def test_the_tree_is_drawn_at_the_top_of_the_module() -> None:
    drawn = exceptions.__doc__ or ""
    for exception in TREE:
        assert exception.__name__ in drawn
