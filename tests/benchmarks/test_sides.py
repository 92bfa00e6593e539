"""The source among a scenario's clients."""

from secrets import token_hex

import pytest
from _scenario.clients import Clients
from _scenario.probe import Target
from _scenario.sides import FASTPATHS, KAFKA_PYTHON, SourceClient, uri_of

from fastpaths.kafka import Broker

pytest.importorskip("pyarrow")


def test_a_uri_says_what_the_options_say():
    """What the source gives its consumer is what kafka-python's would have been given."""
    from fastpaths.sources.kafka import _configs
    from fastpaths.sources.uri import SourceURI

    options = {
        "bootstrap_servers": "one:1,two:2",
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "m@e",
        "sasl_plain_password": "s/3:c?r3t",
        "ssl_check_hostname": False,
        "fetch_min_bytes": 1024,
    }
    configs = _configs(SourceURI.parse(uri_of(options, "t")))
    assert {name: configs[name] for name in options} == {**options, "bootstrap_servers": ["one:1", "two:2"]}


@pytest.mark.embedded
@pytest.mark.parametrize("client", [SourceClient(), FASTPATHS, KAFKA_PYTHON], ids=lambda client: client.name)
def test_at_the_end_it_has_nothing_of_earlier_runs(client):
    with Broker("embedded") as broker:
        topic = f"t-{token_hex(4)}"
        options = Clients({}, {"fetch_max_wait_ms": 1}).of(Target("embedded", "mock", broker.bootstrap_servers))
        sender = KAFKA_PYTHON.sender(options, topic, [])
        receiver = None
        try:
            for values in ([b"earlier"] * 30, [b"later"] * 30):
                if values[0] == b"later":
                    receiver = client.receiver(options, topic)
                    receiver.seek(to_end=True)
                sender.send(0, values)
                sender.producer.flush()
            found = []
            while len(found) < 30:
                found += [getattr(one, "value", one) for _, batch in receiver.poll() for one in batch]
        finally:
            sender.close()
            if receiver is not None:
                receiver.close()
        assert found == [b"later"] * 30
