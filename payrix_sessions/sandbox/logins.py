"""The logins that sessions belong to, as far as `embed` shows them."""

from payrix_sessions.sandbox.store import Record


def login_object(id: str) -> Record:
    """Return the Login record of an id, with the scalar fields of the published description.

    Assumed: the sandbox keeps no logins, so every id has one, and the person is always the same. The API's logins
    have a password and a secret too; these are fake ones, so that a leak can be seen.
    """
    return {
        "id": id,
        "created": "2025-01-15 09:30:00.1234",
        "modified": "2025-02-03 16:45:10.5678",
        "creator": "t1_log_66f1c2a09d3e84b7150c6fa",
        "modifier": id,
        "login": "t1_log_66f1c2a09d3e84b7150c6fa",
        "lastLogin": "2025-03-04 08:15:42",
        "username": "jdoe",
        "password": "fake-password-of-a-login",
        "first": "Jane",
        "last": "Doe",
        "email": "jdoe@example.com",
        "phone": "5555550100",
        "country": "USA",
        "zip": "45202",
        "state": "OH",
        "city": "Cincinnati",
        "address1": "1 Example Street",
        "confirmed": 1,
        "roles": 562949953421302,
        "partition": "t1_ptn_66f1c2a09d3e84b7150c6fb",
        "division": "t1_div_66f1c2a09d3e84b7150c6fc",
        "portalAccess": 1,
        "mfaEnabled": 0,
        "mfaSecret": "fake-mfa-secret-of-a-login",
        "effectiveRoles": 562949953421302,
        "mfaSmsCodesCount": 0,
        "mfaSmsWindow": 0,
        "loginAsEnabled": 0,
        "inactive": 0,
        "frozen": 0,
    }
