import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.runner.format import InvalidLab, find_scenarios, load, load_course, pages, terminal


def blocks(text: str) -> list[tuple[str, str]]:
    return [(block.action, block.code) for block in pages.parse(text).blocks]


def problems(text: str) -> list[tuple[int, str]]:
    return pages.parse(text).problems


@pytest.fixture
def scenario(tmp_path):
    """Writes a scenario from its index and its files; its folder."""

    def write(index, **files) -> Path:
        folder = tmp_path / "hello"
        folder.mkdir(exist_ok=True)
        text = index if isinstance(index, (str, bytes)) else json.dumps(index)
        (folder / "index.json").write_bytes(text if isinstance(text, bytes) else text.encode())
        for name, content in files.items():
            path = folder / name.replace("__", "/").replace("_dot_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        return folder

    return write


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("`ls`", [("plain", "ls")]),
        ("`ls`{{}}", [("none", "ls")]),
        ("`ls`{{exec}} and `x`{{copy}}", [("exec", "ls"), ("copy", "x")]),
        ("`ls` {{execute}}", [("exec", "ls")]),
        ("`ls`{{ exec }}", [("exec", "ls")]),
        ("``ls`` {{execute T1}}", [("exec", "ls")]),
        ("```ls -la```{{execute}}", [("exec", "ls -la")]),
        ("**`admin`{{copy}}**", [("copy", "admin")]),
        ("`a.txt`{{open}}", [("open", "a.txt")]),
        ("`ls`{{copy}}{{exec}} `x`{{exec}}{{copy}}", [("exec", "ls"), ("exec", "x")]),
        ("`ls`" + "{{exec}}" * 5000, [("exec", "ls")]),
        ("|a|\n|-|\n|`x`{{copy}}|", [("copy", "x")]),
        ("`cat <<E >f\none\nE\n`{{execute}}", [("exec", "cat <<E >f\none\nE")]),
        ("```\nls\n```{{exec}}\n\nafter `x`{{exec}}", [("exec", "ls"), ("exec", "x")]),
        ("```bash\nls\n``` {{execute}}", [("exec", "ls")]),
        ("~~~\nls\n~~~{{exec}}", [("exec", "ls")]),
        ("```\nls\n```{{exec}} and then `x`{{copy}}", [("exec", "ls"), ("copy", "x")]),
        ("1. one\n\n   ```\n   ls\n   ```{{exec}}\n\n2. `x`{{exec}}", [("exec", "ls"), ("exec", "x")]),
        ("1. one\n   ```\n   a: 1\n     b: 2\n   ```{{copy}}", [("copy", "a: 1\n  b: 2")]),
        ("- ```\n  ls\n  ```{{exec}}", [("exec", "ls")]),
        ("1. one\n   ```\nls\n```{{exec}}\n2. `x`{{exec}}", [("exec", "ls"), ("exec", "x")]),
        ("        ```\n        ls\n        ```{{exec}}", [("exec", "ls")]),
        ("> ```\n> ls\n>   -l\n> ```{{exec}}", [("exec", "ls\n  -l")]),
        ("<details><summary>S</summary>\n\n```\nls\n```{{exec}}\n\n</details>", [("exec", "ls")]),
        (
            "<details>\n<summary>S</summary>\n```\nls\n```{{exec}}\n</details>\n\n`x`{{exec}}",
            [("exec", "ls"), ("exec", "x")],
        ),
        ("<!--\n```\nls\n```{{exec}}\n-->", []),
        ("<pre>`ls`{{exec}}</pre>\n\n<pre>\n```\nls\n```{{exec}}\n</pre>", []),
        ("<details>\n<p>`ls`{{exec}}</p>\n<ul><li>`x`{{copy}}</li>\n</details>", [("exec", "ls"), ("copy", "x")]),
        ("a\n\n    `ls`{{exec}}\n    b\n", [("exec", "ls")]),
        ("`\n# a\n\n<b>\n`{{exec}}\n\n`x`{{exec}}", [("exec", "# a\n\n<b>"), ("exec", "x")]),
        ("write `{{exec}}` after it", [("plain", "{{exec}}")]),
        ("Run ```ls\n-la```{{exec}}\n\n`x`{{exec}}", [("exec", "ls\n-la"), ("exec", "x")]),
        ("````\n```\nls\n```{{exec}}\n````", [("plain", "```\nls\n```{{exec}}")]),
        ("`{{ .Values.name }}` and `x`{{ .Values.name }}", [("plain", "{{ .Values.name }}"), ("plain", "x")]),
        ("```\nls\n```\n{{note}}", [("plain", "ls")]),
        ("```\nkubectl -o go-template='{{.x}}'\n```{{exec}}", [("exec", "kubectl -o go-template='{{.x}}'")]),
        ("", []),
    ],
)
def test_code_and_what_a_click_does(text, expected):
    assert blocks(text) == expected
    assert problems(text) == []
    assert blocks(text.replace("\n", "\r\n")) == expected


@pytest.mark.parametrize(
    ("text", "expected", "problem"),
    [
        ("a\n\n`ls`{{exeute}}", [("unknown", "ls")], (3, "unknown annotation {{exeute}}; did you mean 'execute'?")),
        ("```\nls\n```{{cope}}\n\n`x`{{exec}}", [("unknown", "ls"), ("exec", "x")], (3, "unknown annotation {{cope}}")),
        ("`ls`{{exec}", [("unknown", "ls")], (1, "{{exec} should have two braces on each side")),
        ("`ls`{{EXECUTE}}", [("exec", "ls")], (1, "{{EXECUTE}} should be written in small letters")),
        ("`ls`{{exec T1 loudly}}", [("exec", "ls")], (1, "unknown word 'loudly' in {{exec T1 loudly}}")),
        ("```bash {{exec}}\nls\n```", [("exec", "ls")], (1, "an annotation belongs after the closing fence")),
        ("a\n\n```\nls", [("plain", "ls")], (3, "this fence is never closed")),
        ("```\na\n```bash\nb\n```{{exec}}", [("exec", "a\n```bash\nb")], (3, "a fence opens inside a fence")),
        (
            "```\nls```{{exec}}\n\n`x`{{exec}}",
            [("exec", "ls"), ("exec", "x")],
            (2, "a closing fence belongs on a line"),
        ),
        ("```ls a\nls b```{{exec}}", [("exec", "ls a\nls b")], (2, "a closing fence belongs on a line")),
        ("a\n```{{exec}}\n`x`{{exec}}", [("exec", "x")], (2, "{{exec}} follows no code")),
        ("a\n```{{exec}}\nb\n```sh\nls\n```{{exec}}", [("exec", "ls")], (2, "{{exec}} follows no code")),
        ("press {{exec}}", [], (1, "{{exec}} follows no code")),
        ("<div>\n\n<pre>\nls\n</pre>{{exec}}\n</div>", [], (3, "{{exec}} inside HTML")),
        ("````\nls\n```{{exec}}\n\n`x`{{exec}}", [("exec", "ls"), ("exec", "x")], (3, "a closing fence is as long")),
        (
            "```\nls\n```\n{{exec}}\n\n`x`{{exec}}",
            [("exec", "ls"), ("exec", "x")],
            (4, "{{exec}} belongs on the line of the closing fence"),
        ),
        ("- ```\n  ls\n  ```\n  {{ copy }} \n- b", [("copy", "ls")], (4, "{{ copy }} belongs on the line")),
        ("> ```\n> ls\n> ```\n> {{execute T2}}", [("exec", "ls")], (4, "{{execute T2}} belongs on the line")),
        ("```\nls\n```\n\n{{exec}}", [("plain", "ls")], (5, "{{exec}} follows no code")),
        ("```\nls\n```\n{{exec}} it", [("plain", "ls")], (4, "{{exec}} follows no code")),
        ("```\nls\n```{{copy}}\n{{exec}}", [("copy", "ls")], (4, "{{exec}} follows no code")),
        ("```\nls{{exec}}\n```", [("plain", "ls{{exec}}")], (2, "{{exec}} is part of the code: it belongs")),
        ("a\n`ls'{{exec}} or `x`", [("plain", "ls'{{exec}} or ")], (2, "{{exec}} is part of the code: is a backtick")),
        ("{{TRAFFIC_HOST1}}", [], (1, "{{TRAFFIC_HOST1}} should be")),
    ],
)
def test_what_is_not_quite_right_is_told_with_its_line(text, expected, problem):
    assert blocks(text) == expected
    ((line, said),) = problems(text)
    assert line == problem[0] and said.startswith(problem[1])


def test_options_of_an_annotation():
    (block,) = pages.parse("`top`{{execute interrupt T2 HOST1}}").blocks
    assert (block.action, block.terminal, block.host, block.interrupt) == ("exec", 2, 1, True)


def test_links_to_ports_and_values():
    katacoda = "https://[[HOST_SUBDOMAIN]]-80-[[KATACODA_HOST]].environments.katacoda.com/"
    text = f"[x]({{{{TRAFFIC_HOST1_8080}}}}) {katacoda} [y]({{{{TRAFFIC_SELECTOR}}}}) {{{{PADDOCK_KEY}}}}"
    page = pages.parse(text, lambda host, port: f"http://h{host}:{port}", {"key": "amber"})
    assert 'href="http://h1:8080"' in page.html() and "http://h1:80/" in page.html() and "amber" in page.html()
    assert 'href="http://h1:80"' in page.html() and page.problems == []
    assert "x (http://host1:8080)" in shown(text)


def test_html_is_safe_and_says_what_a_click_does():
    text = "<script>alert(1)</script>\n\n<img src=x onerror=alert(1)>\n\n"
    text += "<details><summary>S</summary>\n\n```sh\na<b\n```{{exec}}\n\n</details>"
    html = pages.parse(text).html()
    assert "script" not in html and "onerror" not in html and "<details>" in html
    assert '<code class="language-sh exec" data-action="exec">a&lt;b' in html


def shown(text, details=False, **console):
    from rich.console import Console

    console = Console(**{"width": 80, "force_terminal": False} | console)
    with console.capture() as captured:
        console.print(terminal.rendered(pages.parse(text), details), crop=False)
    return captured.get()


def test_on_a_terminal_folded_text_is_folded():
    text = "Do:\n\n```\nls\n```{{exec}}\n\n<details><summary>Solution</summary>\n\n```\nsecret\n```\n\n"
    text += "- a\n\n</details>\n\nafter"
    folded = shown(text)
    assert "  $ ls" in folded and "Solution" in folded and "after" in folded
    assert "secret" not in folded and "secret" in shown(text, details=True)


def test_on_a_terminal_code_to_be_run_has_a_prompt_and_other_code_has_nothing():
    for text in ("Do:\n`\nls\npwd\n`{{exec}}\n now", "Do:\n`ls\npwd`{{exec}} now"):
        lines = [line.rstrip() for line in shown(text).splitlines()]
        assert lines == ["Do:", "", "  $ ls", "    pwd", "", "now"]
    for annotation in ("", "{{}}", "{{copy}}", "{{open}}"):
        assert shown(f"```\na\n\n  b\n```{annotation}") == "    a\n    \n      b\n"
        assert shown(f"See `a`{annotation}.").rstrip() == "See `a`."
    assert "Do `$ ls pwd`." in shown("Do `ls\npwd`{{exec}}.")
    assert shown('<pre class="file" data-filename="a.txt">\none\n  two\n</pre>') == "    a.txt:\n    one\n      two\n"


def test_code_to_be_run_that_is_all_of_a_line_stands_apart():
    text = "Do:\n`a`{{exec}}\n`b`{{execute}}  \n**and** `c`{{exec}} or\n`d`{{exec}}.\n`e`{{copy}}\n\n1. `f`{{exec}}\n"
    lines = [line.strip() for line in shown(text).splitlines() if line.strip()]
    assert lines == ["Do:", "$ a", "$ b", "and `$ c` or `$ d`. `e`", "1   $ f"]
    page = pages.parse(text)
    assert [block.code for block in page.blocks] == list("abcdef") and all(block.inline for block in page.blocks)
    assert page.html().count("<pre>") == 3 and "<p><strong>and</strong> <code" in page.html()


@pytest.mark.parametrize(
    ("annotation", "where"),
    [
        ("execute T1 HOST1", ""),
        ("execute T2", "in terminal 2"),
        ("execute HOST2", "on host02"),
        ("execute T2 HOST3 interrupt", "in terminal 2, on host03, after Ctrl-C"),
        ("copy T2", ""),
    ],
)
def test_on_a_terminal_only_what_differs_from_the_default_is_said(annotation, where):
    mark = "    " if annotation.startswith("copy") else "  $ "
    assert shown(f"```\nls\n```{{{{{annotation}}}}}") == (f"    {where}:\n" if where else "") + f"{mark}ls\n"
    assert shown(f"a `ls`{{{{{annotation}}}}}").rstrip().endswith(f"ls` ({where})" if where else "ls`")


def test_on_a_terminal_colours_take_the_place_of_backticks():
    text = "Do `ls`{{exec}}, not `rm`."
    coloured = shown(text, force_terminal=True, color_system="standard")
    assert "`" not in coloured and "$ ls" in coloured
    assert "`$ ls`" in shown(text, force_terminal=True, color_system="standard", no_color=True)


def test_on_a_terminal_no_line_of_code_is_cut_off():
    code = "echo " + " ".join("abcdefgh" for _ in range(9))
    assert f"  $ {code}\n" in shown(f"```\n{code}\n```{{{{exec}}}}", width=40)
    in_list = shown(f"1. a\n\n   ```\n   {code}\n   ```{{{{exec}}}}", width=40)
    assert in_list.count("abcdefgh") == 9 and max(map(len, in_list.splitlines())) <= 40


@pytest.mark.parametrize(
    "text", ["<details>\n\n1. a\n\n</details>\n\n2. b", "1. <details>\n\n   x\n\n2. y", "</details>", "<br>"]
)
def test_html_that_cuts_markdown_in_two_is_shown_all_the_same(text):
    shown(text)
    shown(text, details=True)


def test_a_scenario_with_everything_missing_loads_with_located_warnings(scenario):
    index = """{
  "title": "Hello",
  "titel": "Hello",
  "difficulty": "easy",
  "details": {
    "intro": {"text": "intro.md", "courseData": "setup.sh"},
    "steps": [{"text": "step1/Text.md", "verify": "verify.sh"}, {}],
    "assets": {"host01": [{"file": "*.txt", "target": "~/"}, {"file": "a/**", "target": "/x"}]}
  },
  "backend": {"imageid": "ubuntu"}
}"""
    folder = scenario(index, **{"step1__text_dot_md": "![](pic.png)", "assets__a__b__c_dot_sh": ""})
    loaded = load(folder)
    said = [str(notice) for notice in loaded.notices]
    assert said == [
        "index.json:3: warning: unknown key titel; did you mean 'title'?",
        "index.json:4: notice: difficulty has no effect here",
        "index.json:6: warning: text 'intro.md' is missing",
        "index.json:6: warning: background 'setup.sh' is missing",
        "index.json:7: warning: text 'step1/Text.md' is missing; there is 'text.md'",
        "index.json:7: warning: verify 'verify.sh' is missing",
        "index.json:7: warning: step 2 has no text",
        "index.json:8: warning: no file in assets/ matches '*.txt'",
    ]
    assert [leaf.title for leaf in loaded.steps] == ["Step 1", "Step 2"]
    assert [copy.target for copy in loaded.copies] == ["/x/a/b/c.sh"]


def test_assets_go_where_killercoda_puts_them(scenario):
    assets = [
        {"file": "*.sh", "target": "~/bin", "chmod": "+x"},
        {"file": "d/**", "target": "/etc"},
        {"file": "d/one.txt", "target": "/tmp"},
        {"file": "../index.json", "target": "/"},
        {"file": "x.sh", "target": "~", "chmod": "rwx"},
    ]
    folder = scenario(
        {"details": {"assets": {"host01": assets}}, "backend": {"imageid": "ubuntu"}},
        assets__x_dot_sh="", assets__d__one_dot_txt="", assets__d__e__two_dot_txt="",
    )  # fmt: skip
    loaded = load(folder)
    assert [copy.target for copy in loaded.copies] == [
        "/root/bin/x.sh", "/etc/d/e/two.txt", "/etc/d/one.txt", "/tmp/one.txt", "/root/x.sh",
    ]  # fmt: skip
    assert [copy.chmod for copy in loaded.copies] == ["+x", None, None, None, None]
    assert [notice.message for notice in loaded.notices] == [
        "no file in assets/ matches '../index.json'",
        "'rwx' is no mode for chmod",
    ]


@pytest.mark.parametrize(
    "index",
    [
        b"\xef\xbb\xbf{}",
        '{"details": null, "backend": {"imageid": "ubuntu"}}',
        '{"title": 5, "details": {"steps": {"a": 1}, "intro": [], "assets": {"host01": "x"}}, "backend": []}',
        '{"details": {"steps": [1, "x", {"text": 3}]}}',
        '{"title": "two\nlines", "details": {"steps": [{"text": "\\u0000.md"}]}}',
        '{"details": {"steps": [{"text": "."}, {"text": "../../../etc/passwd"}, {"text": "' + "x" * 5000 + '"}]}}',
    ],
)
def test_whatever_is_json_loads(scenario, index):
    loaded = load(scenario(index))
    loaded.as_dict(html=True)
    assert all(notice.level != "error" for notice in loaded.notices)


@pytest.mark.parametrize(
    ("index", "said"),
    [
        ('{\n"a": }', "index.json:2: error: is not JSON"),
        ("[]", "index.json:1: error: must be a JSON object"),
        ("[" * 100_000, "index.json: error: is nested too deeply"),
        ('{"a": ' + "[" * 900 + "]" * 900 + "}", "index.json: error: is nested too deeply"),
    ],
)
def test_what_is_no_json_object_is_refused_with_its_place(scenario, index, said):
    with pytest.raises(InvalidLab) as caught:
        load(scenario(index))
    assert str(caught.value).startswith(said)


def test_text_in_another_encoding_is_read(scenario):
    folder = scenario({"details": {"steps": [{"text": "a.md"}]}, "backend": {"imageid": "ubuntu"}})
    (folder / "a.md").write_bytes(b"\xef\xbb\xbf# Caf\xe9\r\n```\r\nls\r\n```{{exec}}\r\n")
    (leaf,) = load(folder).steps
    assert [(block.action, block.code) for block in leaf.blocks] == [("exec", "ls")]


def test_a_course_lists_its_scenarios(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.json").write_text("{}")
    items = [{"path": "one", "title": "First"}, {"path": "gone"}, {"path": "../" + tmp_path.name + "/two"}]
    (tmp_path / "structure.json").write_text(json.dumps({"items": items}))
    course = load_course(tmp_path)
    assert [title for title, _ in course.items] == ["First", "two"]
    assert [str(notice) for notice in course.notices] == ["structure.json:1: warning: item 'gone' leads to no scenario"]
    assert [path.name for path in find_scenarios(tmp_path)] == ["one", "two"]


PIECES = st.sampled_from(
    "``` ```` ~~~ ` `` {{exec}} {{execute T1}} {{}} {{exe}} {{ {{{ }} > - 1. <details> </details> <summary> "
    "<!-- --> <p> </p> <pre> </pre> | [a](b) ![](x) # * ** \\ \ue000 \ue0000\ue001 {{TRAFFIC_HOST1_80}} word "
    "\n \n\n \t \r\n".split(" ")
)


@given(st.lists(PIECES, max_size=30).map("".join))
def test_no_text_is_too_strange(text):
    pages.parse(text).html()
    shown(text)
    shown(text, details=True)
