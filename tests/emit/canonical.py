"""LLVM IR as text in a canonical form: what is left when names, numbers and order are taken away.

For the dialect that `wanco.emit` writes: one instruction, definition or declaration to a line.

A module is a set of items by name: functions, declarations, globals, nodes of metadata.  Of one
item the canonical text is

* a function: blocks in the order of a walk in depth from the entry, which takes successors as
  terminators name them; labels numbered in this order, and values in the order of their definitions;
  the operands of a phi in the order of their predecessors.  Blocks that cannot be reached come
  last, ordered by what is in them.
* groups of attributes, named by a number or written out, as their attributes in alphabetical order;
* metadata by what a node says: ``!{linear memory}`` is one that refers to a node that begins with that
  string.  What the node is in full is an item of its own.
* private constants, whose names nobody else can know, by their definitions.

The order of instructions in a block, of phis, of the cases of a switch and of operands stays: two
modules with equal items differ in nothing that LLVM could see other than names and the order of blocks.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

_STRING = r'"[^"]*"'
_SYMBOL = rf"@(?:{_STRING}|[\w.$-]+)"
_TOKEN = re.compile(rf"{_SYMBOL}|{_STRING}|%[\w.]+|![\w.]+|#\d+")
"""Names of all kinds; strings, so that nothing in them is taken for one."""

_HEAD = re.compile(rf"(?:define|declare) [^@]*({_SYMBOL})")
_GLOBAL = re.compile(rf"({_SYMBOL}) = (.*)")
_GROUP = re.compile(r"attributes (#\d+) = \{(.*)\}")
_NODE = re.compile(r"(![\w.]+) = (.*)")
_DEFINED = re.compile(r"^  (%[\w.]+) = ", re.MULTILINE)
_TARGET = re.compile(r"label (%[\w.]+)")
_PHI = re.compile(r"(  %[\w.]+ = phi [^\[]*)\[")
_INCOMING = re.compile(r"\[ (.*?), (%[\w.]+) \]")
_ATTRIBUTE = re.compile(rf"{_STRING}(?:={_STRING})?|[\w.]+(?:\([^)]*\))?")
_BEHIND_PARAMETERS = re.compile(rf"((?: (?!section)[\w.#]+(?:\([^)]*\))?)*)((?: section {_STRING})?)((?: \{{)?)")


class NotCanonical(Exception):
    """Text that is not in the dialect, or refers to what is not there; the message is the line or the name."""


@dataclass(slots=True)
class Definitions:
    """What the names that are not compared stand for."""

    groups: dict[str, str] = field(default_factory=dict)
    """Attributes of a group, in order."""
    nodes: dict[str, str] = field(default_factory=dict)
    """Nodes of metadata as they are defined."""
    private: dict[str, str] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)

    def group(self, number: str) -> str:
        """The attributes of a group."""
        if number not in self.groups:
            raise NotCanonical(number)
        return self.groups[number]

    def name(self, node: str) -> str:
        """What a node of metadata is called by what it says."""
        if node not in self.nodes:
            raise NotCanonical(node)
        if node not in self._names:
            short, same = self._short(node), hashlib.sha256(self.whole(node).encode()).hexdigest()[:8]
            others = {self.whole(other) for other in self.nodes if self._short(other) == short}
            self._names[node] = short if len(others) == 1 else f"{short}.{same}"
        return self._names[node]

    def _short(self, node: str) -> str:
        first = re.search(rf"!({_STRING})|(![\w.]+)", self.nodes[node])
        if first is None:
            return self.nodes[node]
        return f"!{first[1][1:-1]}" if first[1] else f"!{{{self._short(first[2])[1:]}}}"

    def whole(self, node: str) -> str:
        """The text of a node with those it refers to written out."""
        parts = re.split(rf"({_STRING}|![\w.]+)", self.nodes[node])
        return "".join(self.whole(part) if part in self.nodes else part for part in parts)


class Module:
    """One module, taken apart; an item is canonical when it is asked for.

    Raises:
        NotCanonical: a line between items is not understood.
    """

    def __init__(self, text: str) -> None:
        self.definitions = Definitions()
        self.raw: dict[str, str] = {}
        """Text of each function, declaration and global that is not private, as it is, by its name."""
        self._used: set[str] | None = None
        lines = iter(text.split("\n"))
        for line in lines:
            self._take(line, lines)

    def _take(self, line: str, following: Iterator[str]) -> None:
        if match := _HEAD.match(line):
            if line.startswith("define"):
                parts = [line]
                while (inner := next(following, "}")) != "}":
                    parts.append(inner)
                line = "\n".join(parts)
            self._add(match[1], line)
        elif match := _GLOBAL.match(line):
            if match[2].startswith("private "):
                self.definitions.private[match[1]] = match[2]
            else:
                self._add(match[1], line)
        elif match := _GROUP.match(line):
            self.definitions.groups[match[1]] = _sorted_attributes(match[2])
        elif match := _NODE.match(line):
            self.definitions.nodes[match[1]] = match[2]
        elif line:
            raise NotCanonical(line)

    def _add(self, name: str, text: str) -> None:
        self.raw[name] = f"{self.raw[name]}\n{text}" if name in self.raw else text

    def is_unused(self, name: str) -> bool:
        """Whether an item is not there, or a declaration to which nothing refers."""
        text = self.raw.get(name, "")
        is_declaration = text.startswith("declare") or " = external " in text
        return not text or (is_declaration and name not in self._referred())

    def _referred(self) -> set[str]:
        """The symbols to which any item refers."""
        if self._used is None:
            self._used = set()
            for text in self.raw.values():
                names = re.findall(_SYMBOL, text)
                self._used.update(names[1:] if names.count(names[0]) == 1 else names)
        return self._used

    def metadata(self) -> dict[str, str]:
        """The nodes in full, by what they are called."""
        definitions = self.definitions
        return {definitions.name(node): definitions.whole(node) for node in definitions.nodes}

    def canonical(self, name: str, keep_parameters: bool = False) -> str:
        """The canonical text of an item; with ``keep_parameters`` those of a function have the names they had.

        Raises:
            NotCanonical: it is not understood.
        """
        text = self.raw[name]
        if not text.startswith("define"):
            names = _Names(self.definitions)
            return "\n".join(_renamed(_with_attributes(line, self.definitions), names) for line in text.split("\n"))
        return _function(text.split("\n"), self.definitions, keep_parameters)


class _Names(dict[str, str]):
    """The canonical name of each token of one item, given when it is first seen."""

    def __init__(self, definitions: Definitions) -> None:
        super().__init__()
        self.definitions = definitions
        self.count = 0

    def __missing__(self, token: str) -> str:
        name = token
        match token[0]:
            case "%":
                name = f"%{self.count}"
                self.count += 1
            case "#":
                name = f"#{{{self.definitions.group(token)}}}"
            case "!" if token[1:].isdigit() or token in self.definitions.nodes:  # others are kinds
                name = self.definitions.name(token)
            case "@" if token in self.definitions.private:
                name = f"{{{self.definitions.private[token]}}}"
        self[token] = name
        return name

    def number(self, values: Iterable[str]) -> None:
        """Give values their names in this order."""
        for value in values:
            self[value] = f"%{self.count}"
            self.count += 1


def _renamed(text: str, names: _Names) -> str:
    return _TOKEN.sub(lambda match: names[match[0]], text)


def _function(lines: Sequence[str], definitions: Definitions, keep_parameters: bool) -> str:
    """A function: its `define` line, and the body without the closing brace."""
    blocks, names = _laid_out(_blocks(lines[1:])), _Names(definitions)
    if keep_parameters:
        names.update((name, name) for name in re.findall(r"%[\w.]+", lines[0]))
    head = _renamed(_with_attributes(lines[0], definitions), names)
    names.update((f"%{label}", f"%b{number}") for number, label in enumerate(blocks))
    order = {f"%{label}": number for number, label in enumerate(blocks)}
    text = []
    for number, block in enumerate(blocks.values()):
        text.append(f"b{number}:")
        text += [_sorted_phi(line, order) if " = phi " in line else line for line in block]
    body = "\n".join([*text, "}"])
    names.number(_DEFINED.findall(body))
    return f"{head}\n{_renamed(body, names)}"


def _blocks(lines: Sequence[str]) -> dict[str, list[str]]:
    """Instructions by label; the first block's comes first."""
    blocks: dict[str, list[str]] = {}
    block = blocks[""] = []
    for line in lines:
        if line.startswith(" "):
            block.append(line)
        elif line.endswith(":"):
            if line[:-1] in blocks:
                raise NotCanonical(line)
            block = blocks[line[:-1]] = []
        elif line:
            raise NotCanonical(line)
    if not blocks[""]:
        del blocks[""]
    if empty := [label for label, block in blocks.items() if not block]:
        raise NotCanonical(empty[0])
    return blocks


def _laid_out(blocks: dict[str, list[str]]) -> dict[str, list[str]]:
    """The blocks in the order of a walk in depth, then of walks from those that nothing branches to."""
    ordered: dict[str, list[str]] = {}
    _walk(blocks, next(iter(blocks)), ordered)
    if others := [label for label in blocks if label not in ordered]:
        targets = {target for label in others for target in _targets(blocks[label])}
        for root in sorted(others, key=lambda label: (label in targets, re.sub(r"%[\w.]+", "%", "\n".join(blocks[label])))):
            _walk(blocks, root, ordered)
    return ordered


def _walk(blocks: dict[str, list[str]], root: str, ordered: dict[str, list[str]]) -> None:
    """Add what can be reached from a block."""
    open_ = [root]
    while open_:
        label = open_.pop()
        if label not in ordered:
            if label not in blocks:
                raise NotCanonical(label)
            ordered[label] = blocks[label]
            open_ += reversed(_targets(blocks[label]))


def _targets(block: Sequence[str]) -> list[str]:
    """The labels that a block's terminator names."""
    return [name[1:] for name in _TARGET.findall(block[-1])]


def _sorted_phi(line: str, order: dict[str, int]) -> str:
    head = _PHI.match(line)
    incoming = _INCOMING.findall(line)
    if head is None or line != head[1] + ", ".join(f"[ {value}, {label} ]" for value, label in incoming):
        raise NotCanonical(line)
    if any(label not in order for _, label in incoming):
        raise NotCanonical(line)
    incoming.sort(key=lambda pair: order[pair[1]])
    return head[1] + ", ".join(f"[ {value}, {label} ]" for value, label in incoming)


def _sorted_attributes(text: str) -> str:
    return " ".join(sorted(_ATTRIBUTE.findall(text)))


def _with_attributes(line: str, definitions: Definitions) -> str:
    """A line with the attributes of the function it begins or declares written out, in order."""
    head = _HEAD.match(line)
    if head is None:
        return line
    end = _behind_parameters(line, head.end())
    match = _BEHIND_PARAMETERS.fullmatch(line, end)
    if match is None:
        raise NotCanonical(line)
    words = re.sub(r"#\d+", lambda group: definitions.group(group[0]), match[1])
    return f"{line[:end]} #{{{_sorted_attributes(words)}}}{match[2]}{match[3]}"


def _behind_parameters(line: str, start: int) -> int:
    """Where the parentheses end that open at a place."""
    depth = 0
    for position in range(start, len(line)):
        depth += {"(": 1, ")": -1}.get(line[position], 0)
        if not depth:
            return position + 1
    raise NotCanonical(line)
