"""URIs of sources: SCHEME://USER:PASSWORD@HOST:PORT,HOST:PORT/PATH?OPTION=VALUE&…

Taken apart here: urllib's errors repeat what they cannot read, which may be a password.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from ipaddress import IPv6Address
from urllib.parse import unquote, unquote_plus

from .errors import InvalidURI

URI = re.compile(r"([a-z][a-z0-9+.-]*)://(?:([^/?#]*)@)?([^/?#]*)([^?#]*)(?:\?([^#]*))?", re.ASCII)
HOST = re.compile(r"(\[[^\]]*\]|[^:\[\]\s/@]+)(?::([^:]*))?")
NO_USER = "file:///"  # where an @ belongs to a name
USER_INFO = re.compile(r"(?:(?<=://)|^(?!.*://)).*@", re.DOTALL)
SECRETS = re.compile(r"([?&][^=&]*(?:password|secret|token|key)[^=&]*=)[^&]*", re.IGNORECASE)


def redacted(text: str) -> str:
    """A URI, whole or broken, as it may be shown to anybody. In a broken one all up to the last @ may be a password."""
    if not text.startswith(NO_USER):
        text = USER_INFO.sub("***@", text)
    return SECRETS.sub(r"\1***", text)


@dataclass(slots=True)  # not frozen: that takes a third of parse()'s time
class SourceURI:
    """What a URI says. As a str it has no credentials."""

    scheme: str
    hosts: tuple[tuple[str, int | None], ...]
    path: str  # with its leading slash; not quoted any more
    options: Mapping[str, str] = field(repr=False)  # some are secrets
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    text: str = field(default="", repr=False)  # with all

    @classmethod
    def parse(cls, text: str) -> SourceURI:
        """InvalidURI shows the part that is wrong."""
        match = URI.match(text)
        if match is None:
            raise InvalidURI(f"expected SCHEME://…, as in kafka://localhost:9092/topic, found {redacted(text)!r}")
        scheme, user_info, hosts, path, query = match.groups()
        if "@" in text[match.end(3) :] and not text.startswith(NO_USER):
            raise InvalidURI(
                f"{redacted(text)}: in a password @ / # ? are %40 %2F %23 %3F, and @ is %40 behind the host"
            )
        if match.end() < len(text):
            raise InvalidURI(f"{redacted(text)}: #… is no part of a source; in a name, # is written %23")
        user, colon, password = (user_info or "").partition(":")
        return cls(
            scheme,
            tuple([_host(host, text) for host in hosts.split(",")]) if hosts else (),
            unquote(path),
            _options(query, text) if query else {},
            None if user_info is None else unquote(user),
            unquote(password) if colon else None,
            text,
        )

    @property
    def authority(self) -> str:
        """Hosts and ports as they were written, without who asks."""
        return ",".join(host if port is None else f"{host}:{port}" for host, port in self.hosts)

    def refuse_others(self, known: Collection[str]) -> None:
        """InvalidURI for an option that is not known."""
        for name in self.options:
            if name not in known:
                near = get_close_matches(name, known, 1)
                meant = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(known))}"
                raise InvalidURI(f"{self}: no option {name!r}; {meant}")

    def choice(self, name: str, choices: Collection[str], default: str) -> str:
        """The value of an option that has few."""
        if (value := self.options.get(name, default)) not in choices:
            raise InvalidURI(f"{self}: {name} is {', '.join(choices)}, found {value!r}")
        return value

    def number(self, name: str, default: int) -> int:
        """The value of an option that is a number, at least 1."""
        text = self.options.get(name, str(default))
        if not (text.isascii() and text.isdigit() and int(text) > 0):
            raise InvalidURI(f"{self}: {name} is a whole number from 1 on, found {text!r}")
        return int(text)

    def __str__(self) -> str:
        return redacted(self.text)


def _host(text: str, uri: str) -> tuple[str, int | None]:
    match = HOST.fullmatch(text)
    if match is None:
        raise InvalidURI(f"{redacted(uri)}: expected HOST:PORT, found {text!r}")
    host, port = match.groups()
    if host[0] == "[":
        host = host[1:-1]
        try:
            IPv6Address(host)
        except ValueError:
            raise InvalidURI(f"{redacted(uri)}: expected [IPv6 ADDRESS], found {text!r}") from None
    if port is None:
        return host, None
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise InvalidURI(f"{redacted(uri)}: the port of {host} is 1 to 65535, found {port!r}")
    return host, int(port)


def _options(query: str, uri: str) -> dict[str, str]:
    options: dict[str, str] = {}
    for pair in query.split("&"):
        name, equals, value = pair.partition("=")
        if not (name and equals):
            raise InvalidURI(f"{redacted(uri)}: expected NAME=VALUE&… after the question mark, found {pair!r}")
        name = unquote_plus(name)
        if name in options:
            raise InvalidURI(f"{redacted(uri)}: {name} is there twice")
        options[name] = unquote_plus(value)
    return options
