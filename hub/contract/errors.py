"""The error tree; the type alone says what happens next.

HubError
|- BadSignature          not from whom it says it is          -> 403, counted, never stored
|- BadPayload            a body or a value that cannot be read -> 400, kept for replay
|  `- UnsupportedEvent   readable, but an event we do not know -> stored, answered, shown
|- BadSetting            a setting is missing or senseless     -> the start, the form is refused
|- BadText               a marketer's text cannot be filled    -> the rule is refused, or stops
`- RemoteError           a vendor said no, or nothing
   |- RemoteUnavailable  surely not done: retry later
   |  `- RemoteLimited   the vendor asked us to slow down; carries Retry-After
   |- RemoteUncertain    perhaps done: look it up before doing it again
   `- RemoteRefused      surely not done and never will be: tell a person
      |- AddressRefused  this number or mailbox cannot be reached on this channel
      |- OptedOut        the person said stop
      `- Misconfigured   our side is wrong: credentials, sender, permission
"""


class HubError(Exception):
    """Anything the hub says no to; the message names the cure."""


class BadSignature(HubError):
    """The request does not prove that it comes from the provider."""


class BadPayload(HubError):
    """What came from outside cannot be read; `path` says where, as in `data.call.from`."""

    def __init__(self, message: str, *, path: str = "") -> None:
        """Keep *path* apart, so that pages can show it."""
        super().__init__(f"{path}: {message}" if path else message)
        self.path = path


class UnsupportedEvent(BadPayload):
    """The body is sound, but speaks of something this provider folder does not know."""


class BadSetting(HubError):
    """A setting is missing or senseless; the message names the setting and the cure."""


class BadText(HubError):
    """A text with placeholders cannot be filled: an unknown name or a broken tag."""


class RemoteError(HubError):
    """A vendor said no, or nothing; `code` is the vendor's own word for it, if it gave one."""

    def __init__(self, message: str, *, code: str = "") -> None:
        """Keep the vendor's *code* for the trace and the page."""
        super().__init__(message)
        self.code = code


class RemoteUnavailable(RemoteError):
    """Surely not done; trying again later is safe."""

    def __init__(self, message: str, *, code: str = "", retry_after: float | None = None) -> None:
        """Keep *retry_after*, in seconds."""
        super().__init__(message, code=code)
        self.retry_after = retry_after


class RemoteLimited(RemoteUnavailable):
    """The vendor asked us to slow down (429); the request was not processed."""


class RemoteUncertain(RemoteError):
    """The request left, no answer came: it may have been done. Look it up before trying again."""


class RemoteRefused(RemoteError):
    """Surely not done, and trying again would not help."""


class AddressRefused(RemoteRefused):
    """This number or mailbox cannot be reached on this channel."""


class OptedOut(RemoteRefused):
    """The recipient said stop; the vendor blocks us."""


class Misconfigured(RemoteRefused):
    """Our own side is wrong: credentials, sender, permission; an administrator must act."""
