"""Tables as other systems export them: text in its encoding, rows by their separator, columns by a map."""
