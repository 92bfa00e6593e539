"""Listeners beside the plain one: SASL/PLAIN with one user, TLS with a certificate that signs itself."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fastpaths.kafka.broker import BrokerError

USER = "fastpaths"


class Security:
    """What nodes and clients are told for each security protocol in use. The password is a new one each time."""

    def __init__(self, protocols: Sequence[str], folder: Path, java: str) -> None:
        self._password = secrets.token_hex(16)
        self._keystore = folder / "keystore.p12"
        self._certificate = folder / "certificate.pem"
        self._protocols = protocols
        if any(protocol.endswith("SSL") for protocol in protocols):
            self._make_certificate(str(Path(java).with_name("keytool")))

    def _make_certificate(self, keytool: str) -> None:
        store = [
            "-keystore",
            str(self._keystore),
            "-storetype",
            "PKCS12",
            "-storepass",
            self._password,
            "-alias",
            "node",
        ]
        pair = ["-keyalg", "EC", "-groupname", "secp256r1", "-validity", "3650", "-dname", "CN=localhost"]
        extensions = ["-ext", "SAN=DNS:localhost,IP:127.0.0.1", "-ext", "BC=ca:true"]
        for arguments in (
            ["-genkeypair", *store, *pair, *extensions],
            ["-exportcert", *store, "-rfc", "-file", str(self._certificate)],
        ):
            try:
                run = subprocess.run([keytool, *arguments], capture_output=True, text=True, check=False)
            except OSError as error:
                raise BrokerError(f"a TLS listener needs Java's keytool for its certificate: {error}") from error
            if run.returncode != 0:
                raise BrokerError(f"{keytool} {arguments[0]} failed: {run.stdout}{run.stderr}")

    def properties(self) -> dict[str, str]:
        """Of a node."""
        found = {}
        for protocol in self._protocols:
            prefix = f"listener.name.{protocol.lower()}"
            if protocol.startswith("SASL"):
                found[f"{prefix}.sasl.enabled.mechanisms"] = "PLAIN"
                found[f"{prefix}.plain.sasl.jaas.config"] = (
                    f'org.apache.kafka.common.security.plain.PlainLoginModule required user_{USER}="{self._password}";'
                )
            if protocol.endswith("SSL"):
                found[f"{prefix}.ssl.keystore.type"] = "PKCS12"
                found[f"{prefix}.ssl.keystore.location"] = str(self._keystore)
                found[f"{prefix}.ssl.keystore.password"] = self._password
        return found

    def client_options(self, protocol: str) -> Mapping[str, Any]:
        """Of kafka-python's clients, of any role."""
        found: dict[str, Any] = {}
        if protocol != "PLAINTEXT":
            found["security_protocol"] = protocol
        if protocol.startswith("SASL"):
            found |= {"sasl_mechanism": "PLAIN", "sasl_plain_username": USER, "sasl_plain_password": self._password}
        if protocol.endswith("SSL"):
            found["ssl_cafile"] = str(self._certificate)
        return found
