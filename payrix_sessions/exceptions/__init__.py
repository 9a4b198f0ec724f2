"""The exceptions.

PayrixException                      everything this package raises
├── ConfigurationException           (also ValueError) client options or credentials; before any request
├── ArgumentException                (also ValueError) an argument of a call; before any request
├── ConnectionException              no complete response: refused, reset, DNS, TLS, cut short; __cause__ kept
│   └── TimeoutException             (also TimeoutError)
└── APIException                     an error response, or one that cannot be understood
    └── ErrorFourHundredException    HTTP 400
"""

from payrix_sessions._exceptions import (  # isort: skip  (the tree's order, root first)
    ArgumentException,
    ConfigurationException,
    ConnectionException,
    PayrixException,
    TimeoutException,
)
from payrix_sessions.exceptions.api_exception import APIException
from payrix_sessions.exceptions.error_four_hundred_exception import ErrorFourHundredException

__all__ = [
    "APIException",
    "ArgumentException",
    "ConfigurationException",
    "ConnectionException",
    "ErrorFourHundredException",
    "PayrixException",
    "TimeoutException",
]
