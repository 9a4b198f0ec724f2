from abc import ABC, abstractmethod
from typing import Any

class HttpClient(ABC):
    @abstractmethod
    def execute(self, request: Any, endpoint_configuration: Any) -> Any: ...
    @abstractmethod
    def convert_response(self, response: Any, contains_binary_response: bool, request: Any) -> Any: ...
