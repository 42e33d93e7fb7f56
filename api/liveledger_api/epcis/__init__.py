"""EPCIS 2.0 (ISO/IEC 19987) events in their JSON form: rules of form, items, identifiers and hashes."""
