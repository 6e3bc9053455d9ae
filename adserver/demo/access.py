"""What of the demo there is to open, as its preparation tells the supervisor."""

import json
from dataclasses import asdict, dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Login:
    """Someone who may look, and where."""

    title: str
    email: str
    password: str
    address: str


@dataclass(frozen=True, slots=True)
class DemoAccess:
    """What to open: the paper, an article of it, and the logins."""

    home: str
    article: str
    logins: tuple[Login, ...]

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote."""
        told = json.loads(text)
        return cls(told["home"], told["article"], tuple(Login(**login) for login in told["logins"]))
