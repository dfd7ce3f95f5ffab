"""Process-wide settings from `HUB_*` variables or a `.env` file, nothing else."""

import re
import secrets
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    SettingsConfigDict,
)

Network = IPv4Network | IPv6Network

PREFIX, FOR_TESTS, FILE = "HUB_", "HUB_TEST_", ".env"
SHORTEST_KEY = 16
_STORE = re.compile(r"file:///.+|(s3|gs|az)://[^/].*")
_GIB = 1 << 30


class Settings(BaseSettings):
    """Every setting has a default that works on one machine; `hub check` lists them all."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=FILE,
        extra="ignore",
        frozen=True,
        validate_default=True,
        allow_inf_nan=False,
    )

    data_dir: Path = Field(
        default=Path("data"), description="Folder of the database, key and recordings"
    )
    database_url: str = Field(
        default="", description="sqlite:///PATH or postgresql://USER:PASSWORD@HOST/DB"
    )
    public_url: str = Field(
        default="http://127.0.0.1:8000",
        description="Address under which phone systems and people reach us",
    )
    secret_key: str = Field(
        default="",
        description="Seals secrets at rest, from 16 characters on; to rotate: new,old",
    )
    settle_seconds: float = Field(
        default=20.0,
        ge=0,
        le=3600,
        description="How long a call must have ended before it is settled",
    )
    lost_end_hours: float = Field(
        default=6.0, gt=0, le=168, description="A call that never ends is closed after this time"
    )
    sweep_seconds: float = Field(
        default=1.0,
        gt=0,
        le=60,
        description="How often the runner looks for due jobs nobody rang for",
    )
    recordings_url: str = Field(
        default="", description="Where recordings are kept: file:///PATH, s3://, gs:// or az://"
    )
    max_body: int = Field(
        default=262_144, ge=1024, le=_GIB, description="Largest webhook body, in bytes"
    )
    max_upload: int = Field(
        default=67_108_864, ge=1024, le=_GIB, description="Largest file of contacts, in bytes"
    )
    max_recording: int = Field(
        default=268_435_456, ge=1024, le=16 * _GIB, description="Largest recording, in bytes"
    )
    line_rate: float = Field(
        default=200.0,
        gt=0,
        le=100_000,
        description="Webhooks per second that one line may send, over ten seconds",
    )
    ingest_room: int = Field(
        default=2048, ge=1, le=1_000_000, description="Webhooks that may wait for their commit"
    )
    reconcile_seconds: float = Field(
        default=5.0, ge=0, le=600, description="How long to wait before a lost answer is looked up"
    )
    remote_timeout: float = Field(
        default=10.0, gt=0, le=120, description="Seconds for one remote call"
    )
    session_hours: float = Field(
        default=12.0, gt=0, le=8760, description="How long a sign-in lasts unused"
    )
    trusted_proxies: str = Field(
        default="",
        description="Addresses or networks, by commas, whose X-Forwarded-For is believed",
    )
    log_format: Literal["text", "json"] = Field(default="text", description="text or json")
    demo: bool = Field(
        default=False, description="Set by `hub demo`: twins, simulator and their pages"
    )

    @field_validator("public_url")
    @classmethod
    def _absolute(cls, value: str) -> str:
        if not _is_absolute(value):
            raise ValueError(
                "give an absolute address such as https://hub.example.com, "
                "without a user, a query or a #"
            )
        return value.rstrip("/")

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: str) -> str:
        """Only what seals from now on: the old keys of a rotation are as they are."""
        newest = next(iter(_parts(value)), "")
        if value.strip() and len(newest) < SHORTEST_KEY:
            raise ValueError(
                f"the key has fewer than {SHORTEST_KEY} characters: make one with "
                "openssl rand -base64 32, and leave the old one behind it, after a comma"
            )
        return value

    @field_validator("recordings_url")
    @classmethod
    def _known_store(cls, value: str) -> str:
        if value and not _STORE.fullmatch(value):
            raise ValueError("give file:///PATH, s3://BUCKET/PATH, gs://BUCKET/PATH or az://...")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        for part in _parts(value):
            try:
                ip_network(part)
            except ValueError:
                raise ValueError(
                    f"{part!r} is no address; give such as 127.0.0.1, 10.0.0.0/8"
                ) from None
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        for plain in ("postgresql://", "postgres://"):
            if value.startswith(plain):
                return "postgresql+psycopg://" + value.removeprefix(plain)
        if value and not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("give sqlite:///PATH or postgresql://USER:PASSWORD@HOST/DATABASE")
        return value

    @cached_property
    def database(self) -> str:
        """The SQLAlchemy address: the given one, or a file in the data folder."""
        if self.database_url:
            return self.database_url
        return f"sqlite:///{self._folder() / 'hub.sqlite3'}"

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The keys that seal secrets, newest first; made once and kept when none is set."""
        return _parts(self.secret_key) or (self._kept_key(),)

    @cached_property
    def proxies(self) -> tuple[Network, ...]:
        """The networks of `trusted_proxies`."""
        return tuple(map(ip_network, _parts(self.trusted_proxies)))

    @cached_property
    def recordings(self) -> str:
        """Where recordings are kept, as an address."""
        if self.recordings_url:
            return self.recordings_url
        return self._folder("recordings").as_uri()

    def _folder(self, name: str = "") -> Path:
        """A folder in the data folder, made if need be; raises OSError with the cure."""
        path = (self.data_dir / name).resolve()
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OSError(
                f"HUB_DATA_DIR: the folder {path} cannot be made ({error.strerror}): "
                "name one that the hub may write to"
            ) from error
        return path

    def _kept_key(self) -> str:
        path = self._folder() / "secret.key"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(32))
        return path.read_text().strip()


def _is_absolute(url: str) -> bool:
    """Whether paths may be hung below *url*."""
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:  # brackets without an address, a port that is no number
        return False
    return bool(known) and not (parts.query or parts.fragment or "@" in parts.netloc)


def _parts(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


_SAID: Mapping[str, str] = {
    "finite_number": "give a number",
    "float_parsing": "give a number",
    "int_parsing": "give a whole number",
    "int_from_float": "give a whole number",
    "bool_parsing": "give true or false",
    "literal_error": "give {expected}",
    "greater_than": "give more than {gt}",
    "greater_than_equal": "give at least {ge}",
    "less_than_equal": "give at most {le}",
}
"""What pydantic finds wrong -> the cure, filled with what it knows of it."""


def load() -> Settings:
    """Read the settings; ends the program with the cure when one is senseless."""
    try:
        return Settings()
    except ValidationError as error:
        lines = [
            f"{PREFIX}{str(problem['loc'][0]).upper()}: {_cure(problem)}"
            for problem in error.errors()
        ]
        raise SystemExit(
            "Cannot start, the settings are wrong:\n  " + "\n  ".join(lines)
        ) from None


def _cure(problem: ErrorDetails) -> str:
    said = _SAID.get(problem["type"])
    if said is None:
        return problem["msg"].removeprefix("Value error, ")
    return f"{said.format(**problem.get('ctx', {}))}, not {str(problem['input'])[:40]!r}"


def strangers() -> Iterator[str]:
    """A sentence for each variable that looks like ours and is none: it does nothing."""
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    for name in sorted({name.upper() for given in sources().values() for name in given}):
        if name.startswith(PREFIX) and not name.startswith(FOR_TESTS) and name not in known:
            close = get_close_matches(name, known, n=1)
            cure = f"did you mean {close[0]}?" if close else "hub check lists all there are"
            yield f"{name} is no setting and does nothing: {cure}"


def sources() -> Mapping[str, Mapping[str, str | None]]:
    """Where settings come from, the stronger first: all variables that are set there."""
    return {
        "environment": EnvSettingsSource(Settings).env_vars,
        FILE: DotEnvSettingsSource(Settings).env_vars,
    }
