"""The API described as a page, without any network."""
