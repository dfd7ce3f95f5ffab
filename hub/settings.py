"""Process-wide settings from `HUB_*` variables or a `.env` file, nothing else."""

import secrets
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Network = IPv4Network | IPv6Network


class Settings(BaseSettings):
    """Every setting has a default that works on one machine; `hub check` lists them all."""

    model_config = SettingsConfigDict(
        env_prefix="HUB_", env_file=".env", extra="ignore", frozen=True, validate_default=True
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
        description="Seals secrets at rest; while rotating several, by commas, newest first",
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
    max_body: int = Field(default=262_144, ge=1024, description="Largest webhook body, in bytes")
    max_upload: int = Field(
        default=67_108_864, ge=1024, description="Largest file of contacts, in bytes"
    )
    max_recording: int = Field(
        default=268_435_456, ge=1024, description="Largest recording, in bytes"
    )
    line_rate: float = Field(
        default=200.0,
        gt=0,
        description="Webhooks per second that one line may send, over ten seconds",
    )
    ingest_room: int = Field(
        default=2048, ge=1, description="Webhooks that may wait for their commit"
    )
    reconcile_seconds: float = Field(
        default=5.0, ge=0, le=600, description="How long to wait before a lost answer is looked up"
    )
    remote_timeout: float = Field(
        default=10.0, gt=0, le=120, description="Seconds for one remote call"
    )
    session_hours: float = Field(default=12.0, gt=0, description="How long a sign-in lasts unused")
    trusted_proxies: str = Field(
        default="",
        description="Addresses or networks, by commas, whose X-Forwarded-For is believed",
    )
    log_format: str = Field(default="text", pattern="^(text|json)$", description="text or json")
    demo: bool = Field(
        default=False, description="Set by `hub demo`: twins, simulator and their pages"
    )

    @field_validator("public_url")
    @classmethod
    def _absolute(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query:
            raise ValueError("give an absolute address such as https://hub.example.com")
        return value.rstrip("/")

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
        self.data_dir.mkdir(parents=True, exist_ok=True)
        return f"sqlite:///{self.data_dir.resolve() / 'hub.sqlite3'}"

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
        folder = (self.data_dir / "recordings").resolve()
        folder.mkdir(parents=True, exist_ok=True)
        return folder.as_uri()

    def _kept_key(self) -> str:
        path = self.data_dir / "secret.key"
        if not path.exists():
            self.data_dir.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(32))
        return path.read_text().strip()


def _parts(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def load() -> Settings:
    """Read the settings; ends the program with the cure when one is senseless."""
    try:
        return Settings()
    except ValidationError as error:
        lines = [
            f"HUB_{str(problem['loc'][0]).upper()}: {problem['msg'].removeprefix('Value error, ')}"
            for problem in error.errors()
        ]
        raise SystemExit(
            "Cannot start, the settings are wrong:\n  " + "\n  ".join(lines)
        ) from None
