"""Just enough C++ for the house rules: text without comments and literals, and which brace opens what.

A heuristic, not a parser. It errs on the side of silence: what it cannot place is taken as a plain block.
"""

import re

# One alternative per thing that may hide code from a rule. Raw strings first, digit separators before characters.
HIDING = re.compile(
    r'(?P<raw>\bR"(?P<delimiter>[^\s()\\]{0,16})\(.*?\)(?P=delimiter)")'
    r"|(?P<comment>//(?:[^\n\\]|\\.|\\\n)*|/\*.*?\*/)"
    r'|(?P<string>"(?:[^"\\\n]|\\.|\\\n)*")'
    r"|(?P<number>\b[0-9](?:'?[0-9a-zA-Z_.])*)"
    r"|(?P<char>'(?:[^'\\\n]|\\.)+')",
    re.DOTALL)
PREPROCESSOR = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", re.MULTILINE | re.DOTALL)
BRANCH = re.compile(r"^[ \t]*#[ \t]*(if|ifdef|ifndef|elif|else|endif)\b")
TYPE_HEAD = re.compile(r"^(?:typedef\s+|export\s+)?(?:class|struct|union|enum)\b")


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


def without_comments(text):
    """The text with comments blanked; line numbers and columns stay."""
    return HIDING.sub(lambda m: _blank(m.group(0)) if m.group("comment") else m.group(0), text)


def code_only(text):
    """The text with comments, strings and characters blanked; line numbers and columns stay."""
    return HIDING.sub(lambda m: m.group(0) if m.group("number") else _blank(m.group(0)), text)


def without_preprocessor(code):
    """Blanks directives and every branch but the first of a conditional, whose braces would count twice."""
    def keep_branch_word(match):
        branch = BRANCH.match(match.group(0))
        kept = branch.group(0) if branch else ""
        return kept + _blank(match.group(0)[len(kept):])

    code = PREPROCESSOR.sub(keep_branch_word, code)
    kept, later = [], []
    for line in code.split("\n"):
        branch = BRANCH.match(line)
        word = branch.group(1) if branch else ""
        if word.startswith("if"):
            later.append(False)
        elif word == "endif" and later:
            later.pop()
        elif word.startswith("el") and later:
            later[-1] = True
        kept.append(_blank(line) if branch or any(later) else line)
    return "\n".join(kept)


def _without_templates(head):
    """Drops leading `template <...>` and `[[...]]`, whose words would mislead the reading of a head."""
    head = re.sub(r"\[\[.*?\]\]", " ", head, flags=re.DOTALL).strip()
    while head.startswith("template"):
        depth, end = 0, len(head)
        for i, c in enumerate(head):
            if c == "<":
                depth += 1
            elif c == ">" and head[i - 1] != "-":
                depth -= 1
                if depth == 0:
                    end = i + 1
                    break
        head = head[end:].strip()
    return head


def _kind(head, inside_function):
    head = _without_templates(head)
    if re.match(r"^(?:inline\s+)?namespace\b", head) or re.match(r"^extern\s*$", head):
        return "namespace"
    if inside_function:
        return "type" if TYPE_HEAD.match(head) and "(" not in head else "block"
    if TYPE_HEAD.match(head) and not head.endswith(")"):
        return "type"
    if head.endswith("=") or head.endswith(",") or head == "":
        return "block"
    return "function" if ")" in head else "block"


class Scope:
    """One pair of braces. `kind` is namespace, type, function or block; lines count from 1."""

    def __init__(self, kind, head, first_line, in_function):
        self.kind = kind
        self.head = " ".join(head.split())
        self.first_line = first_line
        self.last_line = first_line
        self.in_function = in_function


LABELS = re.compile(r"^\s*(?:(?:public|private|protected)\s*:\s*)+")


def _without_labels(head):
    """Blanks access labels, so that a member starts where it is written."""
    return LABELS.sub(lambda m: _blank(m.group(0)), head)


def read(text):
    """Returns (scopes, statements). A statement is (line, text, scope or None for the file itself)."""
    code = without_preprocessor(code_only(text))
    scopes, statements, stack = [], [], []
    head_start, line, parens = 0, 1, 0
    for i, c in enumerate(code):
        if c == "\n":
            line += 1
        elif c == "(":
            parens += 1
        elif c == ")":
            parens = max(0, parens - 1)
        elif c in "{};":
            head = _without_labels(code[head_start:i])
            head_line = line - head.lstrip().count("\n")
            parent = stack[-1][0] if stack else None
            if c == "{":
                inside = parent is not None and parent.in_function
                kind = _kind(head, inside)
                if head.strip():
                    statements.append((head_line, " ".join(head.split()) + " {", parent))
                scope = Scope(kind, head, line, inside or kind == "function")
                scopes.append(scope)
                stack.append((scope, parens))
                parens = 0
            elif c == "}":
                if stack:
                    scope, parens = stack.pop()
                    scope.last_line = line
            elif parens == 0 and head.strip():
                statements.append((head_line, " ".join(head.split()) + ";", parent))
            head_start = i + 1
    return scopes, statements
