"""Nothing grows too large: files, classes and functions stay below the limits of `tests.shape`."""

from __future__ import annotations

from tests.shape import EXCEPTIONS, Item, c_items, cmake_items, items, python_items

BEYOND = {item.place: item for item in items() if item.lines > item.limit}


def test_nothing_is_beyond_the_limits() -> None:
    assert [str(item) for place, item in BEYOND.items() if place not in EXCEPTIONS] == []


def test_exceptions_are_needed() -> None:
    assert [place for place in EXCEPTIONS if place not in BEYOND] == []


def test_python_is_counted() -> None:
    text = "class A:\n    @property\n    def f(self):\n        def g():\n            pass\n        return g\n\nasync def h():\n    pass\n"
    assert list(python_items("x.py", text)) == [
        Item("x.py:A", "class", 6),
        Item("x.py:A.f", "function", 4),
        Item("x.py:A.f.g", "function", 2),
        Item("x.py:h", "function", 2),
    ]


C_TEXT = """struct s {
    int a;
};

static const int t[] = {
    1,
};

int f(void);

static int g(int a,
             int b) {
    if (a) {
        return b;
    }
    return 0;
}

struct s *h(void) {
}
"""


def test_c_is_counted() -> None:
    assert list(c_items("x.c", C_TEXT)) == [Item("x.c:g", "function", 7), Item("x.c:h", "function", 2)]


def test_cmake_is_counted() -> None:
    text = "function(f a)\n  set(b)\nendfunction()\n\nmacro(m)\nendmacro()\n"
    assert list(cmake_items("x.cmake", text)) == [Item("x.cmake:f", "function", 3), Item("x.cmake:m", "macro", 2)]
