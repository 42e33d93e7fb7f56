"""Stock messages of other systems over MQTT 5: white-listed interfaces, an inbox on disk, forwarding to the API."""
