"""A real Apache Kafka of one's own, from Maven artefacts: `Broker("apache")` in fastpaths.kafka.broker."""
