"""The logins that sessions belong to, as far as `embed` shows them."""

from .store import Record


def login_object(id: str) -> Record:
    """Return the Login record of an id.

    Assumed: the sandbox keeps no logins, so every id has one, and the person is always the same. The API's
    logins have a password and a secret too; these are fake ones, so that a leak can be seen.
    """
    return {
        "id": id,
        "username": "jdoe",
        "email": "jdoe@example.com",
        "first": "Jane",
        "last": "Doe",
        "roles": 562949953421302,
        "password": "fake-password-of-a-login",
        "mfaSecret": "fake-mfa-secret-of-a-login",
        "inactive": 0,
        "frozen": 0,
    }
