"""What the Kafka scenarios (../kafka_*.py) share: the broker, the load, the account of every record, the output.

Each module is one of these; a scenario reads as their composition. None of it is part of the fastpaths package.
"""
