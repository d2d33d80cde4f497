"""What a browser asks for is found in pages, styles and scripts as they are, and as others may have changed them."""

from __future__ import annotations

import pytest

from generator.sites.page import TEMPLATES
from generator.sites.pilot_page import PILOT_MODULES
from generator.sites.publication.references import asked_for, crawl, located, read_page
from generator.sites.render import MODULES


@pytest.mark.parametrize("modules", [MODULES, PILOT_MODULES, ("assign.js", "assignment.js")])
def test_every_module_of_the_pages_is_reached_and_nothing_else(modules: tuple[str, ...]) -> None:
    def read(paths: list[str]) -> dict[str, bytes | None]:
        return {path: (TEMPLATES / path).read_bytes() if (TEMPLATES / path).exists() else None for path in paths}

    reached = crawl([modules[0]], read)
    assert set(reached.files) == set(modules)
    assert reached.missing == {} and reached.leaving == []


@pytest.mark.parametrize(
    "name, text, addresses",
    [
        ("a.js", 'import "./a.js"; import b from \'./b.js\'; import { c, d } from "./c.js";', ["./a.js", "./b.js", "./c.js"]),
        ("a.js", "import {\n  a,\n  b,\n} from './long.js';\nexport * from './e.js';\nawait import(`./d.js`);", ["./long.js", "./e.js", "./d.js"]),
        ("a.js", 'import { a } from /* why */ "./a.js"; // import "./no.js"\n/* import "./no.js" */', ["./a.js"]),
        ("a.js", 'fetch("https://x.org/a"); new WebSocket("wss://x.org"); i.src = "//x.org/b.gif";', ["https://x.org/a", "wss://x.org", "//x.org/b.gif"]),
        ("a.js", 'const s = "http://www.w3.org/2000/svg"; const t = "say https://x.org"; // https://y.org', []),
        ("a.js", 'const a = "it\'s // no comment"; import "./b.js";', ["./b.js"]),
        ("a.css", "@import 'a.css'; b { background: url( \"b.png\" ) } c { src: url(c.woff2) } /* url(no.png) */", ["a.css", "b.png", "c.woff2"]),
        (
            "a.html",
            '<link href="a.css"><img src="b.png" srcset="c.png 1x, d.png 2x"><a href="https://x.org">x</a><p style="background:url(e.png)">'
            '<form action="f"><object data="g"></object><svg><use xlink:href="h.svg"/></svg>',
            ["a.css", "b.png", "c.png", "d.png", "e.png", "f", "g", "h.svg"],
        ),
        ("a.html", '<style>a { background: url(a.png) }</style><script>import "./b.js"</script>', ["a.png", "./b.js"]),
        ("a.html", '<script type="application/json" id="study">{"sets": [[{"src": "p/a.webp"}]], "title": "https://x.org"}</script>', ["p/a.webp"]),
        ("a.html", '<script type="application/json" id="study">{broken</script>', []),
        ("a.svg", "<image href='b.png'/>", []),
    ],
)  # fmt: skip
def test_addresses_are_found_as_written(name: str, text: str, addresses: list[str]) -> None:
    assert list(asked_for(name, text.encode())) == addresses


@pytest.mark.parametrize(
    "path, address, found",
    [
        ("exp1/index.html", "assets/main.js", ("exp1/assets/main.js", "")),
        ("exp1/assets/main.js", "./a.js?x=1#y", ("exp1/assets/a.js", "")),
        ("exp1/index.html", "../style.css", ("style.css", "")),
        ("exp1/index.html", "../", ("index.html", "")),
        ("exp1/index.html", "a%20b.webp", ("exp1/a b.webp", "")),
        ("exp1/index.html", "#top", (None, "")),
        ("exp1/index.html", "data:image/png;base64,AA", (None, "")),
        ("index.html", "../up.css", (None, "lies outside the study's folder")),
        ("index.html", "HTTPS://x.org/a", (None, "is another origin's")),
        ("index.html", "//x.org/a", (None, "is another origin's")),
        ("index.html", "http://[", (None, "is no address")),
    ],
)
def test_addresses_mean_paths_or_leave(path: str, address: str, found: tuple[str | None, str]) -> None:
    assert located(path, address) == found


def test_a_page_tells_its_policy_and_characters() -> None:
    page = read_page('<meta charset="utf-8"><meta http-equiv="content-security-policy" content="default-src &#39;none&#39;"><body data-a="1">')
    assert (page.charset, page.policy, page.body, page.study) == ("utf-8", "default-src 'none'", {"data-a": "1"}, None)
