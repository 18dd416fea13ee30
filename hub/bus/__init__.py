"""How bytes travel: the only importer of confluent_kafka; knows no events."""
