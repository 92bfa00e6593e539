"""--command-config and --command-property: options of Kafka's clients, as its own tools take them.

A property is given to the kafka-python client that has an option of that name, dots for underscores; those of security,
whose values differ, are translated. Of the same property, --command-property goes before the file, and both go before
a scenario's own.
"""

import argparse
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer

from fastpaths.bench.errors import BenchError
from fastpaths.kafka.broker import Role

Properties = Mapping[str, str]
CLIENTS: Mapping[Role, Any] = {"producer": KafkaProducer, "consumer": KafkaConsumer, "admin": KafkaAdminClient}
CREDENTIALS = re.compile(r"""(username|password)\s*=\s*"((?:[^"\\]|\\.)*)\"""")
FORMATS = ("ssl.truststore.type", "ssl.keystore.type")
RENAMED = {
    "ssl.truststore.location": "ssl_cafile",
    "ssl.keystore.location": "ssl_certfile",
    "ssl.key.password": "ssl_password",
    "ssl.keystore.password": "ssl_password",
    "enable.auto.commit": "enable_auto_commit",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("clients' options, as Kafka's own tools take them")
    group.add_argument("--command-config", type=Path, metavar="FILE", help="a file of properties: security, and others")
    group.add_argument(
        "--command-property",
        type=_property,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="one of them, which goes before the file's",
    )


def of(options: argparse.Namespace) -> dict[str, str]:
    """The properties that the command line gives."""
    found = {} if options.command_config is None else read(options.command_config)
    return found | dict(options.command_property)


def read(path: Path) -> dict[str, str]:
    """A file of NAME=VALUE lines, as Java has them: # and ! begin comments, a backslash continues a line."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BenchError(f"--command-config {path}: {error.strerror}") from None
    found = {}
    for line in re.sub(r"\\\r?\n\s*", "", text).splitlines():
        if line.strip() and line.lstrip()[0] not in "#!":
            try:
                name, value = _property(line)
            except argparse.ArgumentTypeError as error:
                raise BenchError(f"--command-config {path}: {error}") from None
            found[name] = value
    return found


def _property(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (equals and name.strip()):
        raise argparse.ArgumentTypeError(f"expected NAME=VALUE, got {text!r}")
    return name.strip(), value.strip()


def options_of(properties: Properties, role: Role) -> dict[str, Any]:
    """The same for kafka-python's client of that role. BenchError for what no client knows."""
    found: dict[str, Any] = {}
    for name, value in properties.items():
        if name == "sasl.jaas.config":
            found |= _credentials(value)
        elif name == "ssl.endpoint.identification.algorithm":
            found["ssl_check_hostname"] = bool(value)
        elif name in FORMATS:
            if value.upper() != "PEM":
                raise BenchError(f"{name}={value}: kafka-python reads PEM files; keytool and openssl convert to them")
        else:
            option = RENAMED.get(name, name.replace(".", "_"))
            if not any(option in client.DEFAULT_CONFIG for client in CLIENTS.values()):
                raise BenchError(f"{name}: kafka-python's clients have no option {option}")
            if option in (defaults := CLIENTS[role].DEFAULT_CONFIG):
                found[option] = _converted(name, value, defaults[option])
    return found


def _credentials(text: str) -> dict[str, str]:
    found = {name: re.sub(r"\\(.)", r"\1", value) for name, value in CREDENTIALS.findall(text)}
    if found.keys() != {"username", "password"}:
        raise BenchError('sasl.jaas.config: expected … required username="…" password="…";')
    return {f"sasl_plain_{name}": value for name, value in found.items()}


def _converted(name: str, value: str, default: Any) -> Any:
    """As its default: of that type."""
    if isinstance(default, bool):
        if value.lower() not in ("true", "false"):
            raise BenchError(f"{name}: expected true or false, got {value!r}")
        return value.lower() == "true"
    if name == "compression.type" and value == "none":
        return None
    if (name == "acks" and value == "all") or isinstance(default, str):
        return value
    for kind in (int, float) if isinstance(default, int | float) else (int, str):
        try:
            return kind(value)
        except ValueError:
            continue
    raise BenchError(f"{name}: expected a number, got {value!r}")
