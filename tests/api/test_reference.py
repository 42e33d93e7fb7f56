"""The page of the API: every address and type of the description, no script, nothing of another address."""

from __future__ import annotations

from html.parser import HTMLParser

from liveledger_api.reference.page import page
from tests.api.access_table import description
from tests.api.support import World

_VOID = {"meta", "br"}
# Whose end HTML lets one leave out.
_OPEN_ENDED = {"td", "th"}


class Reader(HTMLParser):
    """What a browser finds: ids, links, tags, and whether every tag is closed in its order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag begins."""
        found = dict(attrs)
        self.tags.add(tag)
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.links += [str(found[name]) for name in ("href", "src") if name in found]
        if tag not in _VOID | _OPEN_ENDED:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """A tag ends."""
        assert self.open.pop() == tag


def test_the_page_has_every_address_and_type(world: World) -> None:
    answer = world.client.get("/docs")
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    schema, found = description(), Reader(answer.text)
    names = [one["operationId"] for methods in schema["paths"].values() for one in methods.values()]
    assert found.ids == [
        *found.ids[: len(names)],
        *(f"type-{name}" for name in sorted(schema["components"]["schemas"])),
    ]
    assert sorted(found.ids[: len(names)]) == sorted(names)
    assert found.open == []


def test_nothing_of_it_comes_from_elsewhere(world: World) -> None:
    found = Reader(world.client.get("/docs").text)
    assert {link for link in found.links if not link.startswith("#")} == {"openapi.json"}
    assert {link.removeprefix("#") for link in found.links if link.startswith("#")} <= set(found.ids)
    assert not found.tags & {"script", "link", "img", "iframe", "form"}
    assert world.client.get("/openapi.json").status_code == 200


def test_what_a_description_says_is_text() -> None:
    schema = description()
    schema["info"]["description"] = schema["paths"]["/brands"]["get"]["summary"] = "<script>alert(1)</script>"
    assert "<script" not in page(schema)
