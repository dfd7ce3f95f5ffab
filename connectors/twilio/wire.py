"""The road to Twilio: the SDK's HTTP client, whose failures come out as the hub's own errors."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.exceptions import ConnectionError as Disconnected
from requests.exceptions import ConnectTimeout, RequestException, SSLError
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from urllib3.exceptions import NewConnectionError

from connectors.twilio.errors import read_answer
from hub.contract.errors import RemoteError, RemoteUnavailable, RemoteUncertain

# An empty mapping would send the SDK to os.environ, where a stray TWILIO_REGION reroutes all.
_NO_ENVIRONMENT = {"TWILIO_REGION": ""}


class Wire(TwilioHttpClient):
    """Sends requests to *base_url*, each once; anything but a 2xx is raised as a RemoteError."""

    def __init__(self, base_url: str, timeout: float) -> None:
        super().__init__(timeout=timeout)
        self._base = urlsplit(base_url)

    def log_request(self, kwargs: dict[str, Any]) -> None:
        """Log nothing: it would be people's numbers and texts."""

    def log_response(self, status_code: int, response: requests.Response) -> None:
        """Log nothing, as above."""

    def request(  # noqa: PLR0917 (the SDK's signature)
        self,
        method: str,
        url: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,  # noqa: FBT001, FBT002 (the SDK's signature)
    ) -> Response:
        """Send once; raises RemoteError."""
        there = urlsplit(url)._replace(scheme=self._base.scheme, netloc=self._base.netloc)
        safe = method.upper() == "GET"
        try:
            answer = super().request(
                method, there.geturl(), params, data, headers, auth, timeout, allow_redirects
            )
        except RequestException as error:
            raise _lost(error, safe=safe) from error
        if answer.status_code >= HTTPStatus.MULTIPLE_CHOICES:
            raise read_answer(answer.status_code, answer.text, answer.headers or {}, safe=safe)
        return answer

    def close(self) -> None:
        """Close the pooled connections."""
        if isinstance(self.session, requests.Session):
            self.session.close()


def make_client(login: tuple[str, str], account_sid: str, wire: Wire) -> Client:
    """An SDK client that takes nothing from the process's environment."""
    return Client(
        username=login[0],
        password=login[1],
        account_sid=account_sid,
        http_client=wire,
        environment=_NO_ENVIRONMENT,
    )


def _lost(error: RequestException, *, safe: bool) -> RemoteError:
    if _never_left(error):
        return RemoteUnavailable(f"Twilio cannot be reached ({type(error).__name__})")
    kind = RemoteUnavailable if safe else RemoteUncertain
    return kind(f"Twilio gave no answer ({type(error).__name__})")


def _never_left(error: RequestException) -> bool:
    """Whether no connection was made: refused, no route, no such name, a bad certificate."""
    if isinstance(error, ConnectTimeout):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(error, SSLError):
        return "CERTIFICATE_VERIFY_FAILED" in str(reason)
    return isinstance(error, Disconnected) and isinstance(reason, NewConnectionError)
