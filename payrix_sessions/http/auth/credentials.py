"""What the five kinds of credentials share: one secret value and the header that carries it."""

from typing import ClassVar, NoReturn

from payrix_sessions._arguments import is_header_value
from payrix_sessions._exceptions import ConfigurationException
from payrix_sessions._jsonpickle import reject_pickles_of
from payrix_sessions._redaction import MASK, Secret


class Credentials:
    """A secret value and the header that carries it. It shows itself as ``***``, and cannot be pickled.

    Attributes:
        header: The header on the wire.
        variable: The environment variable that `Client.from_environment` reads.
        argument: The name of the constructor's argument.
    """

    __slots__ = ("_secret",)

    header: ClassVar[str]
    variable: ClassVar[str]
    argument: ClassVar[str]

    def __init__(self, secret: Secret | object) -> None:
        # A traceback from here must not show the value, so nothing below has it as a plain string.
        stripped = Secret(secret.strip()) if isinstance(secret, Secret) else Secret()
        if not stripped:
            raise ConfigurationException(f"{self.argument} must {_must(secret)}")
        if not is_header_value(stripped):
            raise ConfigurationException(
                f"{self.argument} contains a line break or another character that a header cannot carry; "
                "is it the whole content of a file, or copied from a page?"
            )
        self._secret: Secret = stripped

    @property
    def value(self) -> Secret:
        """The value as it goes on the wire."""
        return self._secret

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Credentials) and (other.header, other.value) == (self.header, self.value)

    def __hash__(self) -> int:
        return hash((self.header, self.value))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({MASK!r})"

    def __copy__(self) -> "Credentials":
        return self

    def __deepcopy__(self, memo: object) -> "Credentials":
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError(_NOT_PICKLED)


def _must(secret: object) -> str:
    if secret is None or isinstance(secret, str):
        not_set = "be a string, not None" if secret is None else "not be empty"
        return f"{not_set}; is the variable or file that it comes from set?"
    return f"be a string, not {type(secret).__name__}"


_NOT_PICKLED = "credentials cannot be pickled: make them where they are used"
reject_pickles_of(Credentials, _NOT_PICKLED)
