"""Properties of Kafka's clients become kafka-python's options."""

import pytest
from _scenario.clients import Clients
from _scenario.probe import Target
from _scenario.properties import options_of, read

from fastpaths.bench.errors import BenchError

JAAS = 'org.apache.kafka.common.security.plain.PlainLoginModule required username="me" password="a\\"b;c";'


def test_each_client_is_given_what_it_has():
    given = {"linger.ms": "7", "acks": "all", "compression.type": "none", "fetch.min.bytes": "5", "client.id": "x"}
    producer = options_of(given, "producer")
    assert producer == {"linger_ms": 7, "acks": "all", "compression_type": None, "client_id": "x"}
    assert options_of(given, "consumer") == {"fetch_min_bytes": 5, "client_id": "x"}
    assert options_of({"acks": "1", "enable.idempotence": "false"}, "producer") == {
        "acks": 1,
        "enable_idempotence": False,
    }


def test_security():
    given = {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "PLAIN",
        "sasl.jaas.config": JAAS,
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": "/ca.pem",
        "ssl.endpoint.identification.algorithm": "",
    }
    for role in ("producer", "consumer", "admin"):
        assert options_of(given, role) == {
            "security_protocol": "SASL_SSL",
            "sasl_mechanism": "PLAIN",
            "sasl_plain_username": "me",
            "sasl_plain_password": 'a"b;c',
            "ssl_cafile": "/ca.pem",
            "ssl_check_hostname": False,
        }


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"no.such": "1"}, "no.such: kafka-python's clients have no option no_such"),
        ({"ssl.truststore.type": "JKS"}, "kafka-python reads PEM files"),
        ({"sasl.jaas.config": "required;"}, "expected … required username"),
        ({"linger.ms": "soon"}, "linger.ms: expected a number, got 'soon'"),
        ({"enable.idempotence": "1"}, "expected true or false, got '1'"),
    ],
)
def test_what_is_refused(properties, message):
    with pytest.raises(BenchError, match=message):
        options_of(properties, "producer")


def test_a_file(tmp_path):
    path = tmp_path / "client.properties"
    path.write_text('# a comment\n! another\n\nacks = all\nsasl.jaas.config=required \\\n   username="a=b"\n')
    assert read(path) == {"acks": "all", "sasl.jaas.config": 'required username="a=b"'}
    path.write_text("acks\n")
    with pytest.raises(BenchError, match="expected NAME=VALUE, got 'acks'"):
        read(path)
    with pytest.raises(BenchError, match="No such file"):
        read(tmp_path / "absent")


def test_they_go_before_a_scenarios_own_and_no_secret_is_told():
    target = Target("external", "4.1", "h:1", {"linger.ms": "9", "sasl.jaas.config": JAAS})
    clients = Clients({"linger_ms": 5, "acks": 1}, {}).of(target)
    assert clients.producer["linger_ms"] == 9
    told = clients.spelled()
    assert told["producer"] == "linger_ms=9 acks=1"
    assert told["consumer"] == "defaults"
