"""Use cases, one transaction each: what every dialect does, in the words of the one data model."""
