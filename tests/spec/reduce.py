"""Scripts of WebAssembly 3.0 cut down to what is compiled.

The suite's files test old and new parts of the language in the same module, and a module that
has a bit of the new cannot be decoded as a whole.  So in the text of such a module each field
that needs what is not there, or names another such field, is replaced by an inert one with
the same index; what it exported is noted with the feature that it needs.  The new text has
all lines where they were.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from wanco.wasm.columns import Feature

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|;;[^\n]*|\(;|[()]|[^\s()";]+')
_COMMENT_EDGE = re.compile(r"\(;|;\)")

_ATOMS = {
    Feature.FUNCTION_REFERENCES: r"(return_)?call_ref|br_on_(non_)?null|ref\.as_non_null",
    Feature.GC: r"(any|eq|i31|struct|array|null|nullfunc|nullextern)ref|rec|sub|ref\.(eq|i31|test|cast)|br_on_cast\S*"
    r"|(struct|array|i31)\.\S+|(any|extern)\.convert_\w+",
    Feature.EXCEPTIONS: r"(null)?exnref|tag|throw|throw_ref|try_table",
}
_FOREIGN = {feature: re.compile(rf"(?:{pattern})$") for feature, pattern in _ATOMS.items()}
_NULL = {
    **dict.fromkeys(("any", "none", "nofunc", "noextern"), Feature.GC),
    **dict.fromkeys(("exn", "noexn"), Feature.EXCEPTIONS),
}

_IN_TABLES = ("export", "import", "elem", "ref", "ref.null")
"""What can stand in a table's definition without an initial value of its own."""

_INERT = {
    "type": "(type {id} (func))",
    "func": "(func {id})",
    "global": "(global {id} i32 (i32.const 0))",
    "table": "(table {id} 0 funcref)",
    "elem": "(elem {id} func)",
    "tag": "",
    "export": "",
}
"""What takes the place of a field: of the same index space, needed by nothing."""


@dataclass(slots=True)
class Node:
    """A parenthesised expression: its place in the text, and atoms and expressions in it."""

    start: int
    end: int = 0
    items: list[str | Node] = field(default_factory=list)

    @property
    def head(self) -> str:
        """The word that it begins with."""
        return self.items[0] if self.items and isinstance(self.items[0], str) else ""

    def nodes(self) -> Iterator[Node]:
        """Itself and all expressions inside."""
        yield self
        for item in self.items:
            if isinstance(item, Node):
                yield from item.nodes()

    def atoms(self) -> Iterator[str]:
        """All words inside."""
        for node in self.nodes():
            yield from (item for item in node.items if isinstance(item, str))


@dataclass(frozen=True, slots=True)
class Reduced:
    """``left_out`` has for the line of a module what its exports that are gone would need, by name."""

    text: str
    left_out: dict[int, dict[str, str]]


def parse(text: str) -> list[Node]:
    """The expressions of a script."""
    root = Node(0)
    stack = [root]
    position = 0
    while match := _TOKEN.search(text, position):
        token, position = match[0], match.end()
        if token == "(;":
            position = _after_comment(text, position)
        elif token == "(":
            node = Node(match.start())
            stack[-1].items.append(node)
            stack.append(node)
        elif token == ")":
            stack.pop().end = position
        elif not token.startswith(";;"):
            stack[-1].items.append(token)
    return [item for item in root.items if isinstance(item, Node)]


def _after_comment(text: str, position: int) -> int:
    depth = 1
    while depth and (edge := _COMMENT_EDGE.search(text, position)):
        depth += 1 if edge[0] == "(;" else -1
        position = edge.end()
    return position


def reduce(text: str) -> Reduced:
    """Cut a script down; one without such modules stays as it is."""
    edits: list[tuple[Node, str]] = []
    left_out: dict[int, dict[str, str]] = {}
    for node in parse(text):
        if node.head == "module" and not any(word in node.items for word in ("binary", "quote")):
            replaced = _foreign_fields(node)
            edits += [(child, _inert(child)) for child, _ in replaced]
            edits += [(initialiser, "") for initialiser in _null_initialisers(node)]
            if replaced:
                line = text.count("\n", 0, node.start) + 1
                left_out[line] = {name: feature.value for child, feature in replaced for name in _exports(child)}
    for node, new in sorted(edits, key=lambda edit: -edit[0].start):
        text = text[: node.start] + new + "\n" * text.count("\n", node.start, node.end) + text[node.end :]
    return Reduced(text, left_out)


def _foreign_fields(module: Node) -> list[tuple[Node, Feature]]:
    """The fields that cannot stay; none if there is one that nothing can take the place of."""
    fields = [item for item in module.items if isinstance(item, Node)]
    found = {child.start: (child, feature) for child in fields if (feature := _feature(child))}
    names: dict[str, Feature] = {}
    while True:
        names |= {name: feature for child, feature in found.values() if (name := _identifier(child))}
        more = [(child, names[name]) for child in fields if child.start not in found for name in child.atoms() if name in names]
        if not more:
            break
        found |= {child.start: (child, feature) for child, feature in more}
    replaced = list(found.values())
    first = next((child for child in fields if child.head == "table"), None)  # segments may mean it without a name
    return replaced if all(child is not first and _is_replaceable(child) for child, _ in replaced) else []


def _is_replaceable(child: Node) -> bool:
    if child.head == "import":
        return any(node.head == "tag" for node in child.nodes())
    return child.head == "tag" or (child.head in _INERT and all(node.head != "import" for node in child.nodes()))


def _identifier(child: Node) -> str:
    second = child.items[1] if len(child.items) > 1 else ""
    return second if isinstance(second, str) and second.startswith("$") else ""


def _inert(child: Node) -> str:
    return _INERT.get(child.head, "").format(id=_identifier(child))


def _exports(child: Node) -> Iterator[str]:
    for node in child.nodes():
        name = node.items[1] if node.head == "export" and len(node.items) > 1 else None
        if isinstance(name, str):
            yield name.strip('"')


def _feature(child: Node) -> Feature | None:
    """What a field needs that is not compiled."""
    for node in child.nodes():
        if node.head == "ref" and node.items[1:] not in (["null", "func"], ["null", "extern"]):
            return Feature.FUNCTION_REFERENCES
        if node.head == "ref.null" and len(node.items) == 2 and node.items[1] not in ("func", "extern"):
            return _NULL.get(str(node.items[1]), Feature.FUNCTION_REFERENCES)
    for atom in child.atoms():
        for feature, pattern in _FOREIGN.items():
            if pattern.match(atom):
                return feature
    if child.head == "table" and any(isinstance(item, Node) and item.head not in _IN_TABLES for item in child.items):
        return Feature.FUNCTION_REFERENCES
    return None


def _null_initialisers(module: Node) -> Iterator[Node]:
    """The null references that tables begin with, which they do anyway."""
    for child in module.items:
        if isinstance(child, Node) and child.head == "table" and _feature(child) is None:
            yield from (item for item in child.items if isinstance(item, Node) and item.head == "ref.null")
