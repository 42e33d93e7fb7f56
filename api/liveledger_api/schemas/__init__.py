"""JSON Schemas (2020-12) of the messages that the API takes; the files lie beside this one."""
