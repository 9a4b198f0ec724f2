from typing import Any

class ApiHelper:
    @staticmethod
    def json_serialize(obj: Any, should_encode: bool = True) -> str | None: ...
    @staticmethod
    def json_deserialize(json: str | None) -> Any: ...
