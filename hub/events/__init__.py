"""What is said: the envelope of an event, its Avro form, and the catalog of all event types."""
