"""The command lines of the grader's scripts: --help looks like that of the kit's programs, in the user's language."""
import argparse
import os
import sys
import textwrap

import texts
from texts import _

COLUMNS, BEFORE = 100, 26


def N_(text):   # marked for translation
    return text


# What argparse says of its own, and the names of arguments.
_SAID = (N_("the following arguments are required: %s"), N_("unrecognized arguments: %s"), N_("expected one argument"),
         N_("invalid choice: %(value)r (choose from %(choices)s)"), N_("argument %(argument_name)s: %(message)s"),
         N_("LAB"), N_("SUBMISSION"), N_("FOLDER"), N_("FILE"), N_("DIR"))
argparse._ = _


def said(error):
    """What the system says about a file, without the number of the mistake; other mistakes as they are."""
    return f"{error.filename}: {error.strerror}" if isinstance(error, OSError) and error.filename else str(error)


def language():
    """Chosen before anything is said: what --lang wants, else what the environment does."""
    wanted = next((word for before, word in zip(sys.argv, sys.argv[1:]) if before == "--lang"), None)
    return texts.choose(wanted if wanted in ("en", "fr") else None)


class Parser(argparse.ArgumentParser):
    """name: of the script. Its arguments are added as to any parser; --help is there."""

    def __init__(self, name, description):
        called = ("pli " if os.environ.get("PLI_INSTALLED") else "scripts/") + name
        super().__init__(prog=called, description=description, add_help=False, allow_abbrev=False)
        self.add_argument("--help", action="help", help=_("print this and end"))

    def add_argument(self, *names, **more):
        """As everywhere; words that are no options are called in errors what they are called in the help."""
        if names and not names[0].startswith("-"):
            more.setdefault("metavar", _(names[0].upper()))
        return super().add_argument(*names, **more)

    def _told(self):
        """Words first, then options, --help at the end."""
        return sorted(self._actions, key=lambda action: (bool(action.option_strings),
                                                         "--help" in action.option_strings))

    def format_usage(self):
        words = [self._words(action) for action in self._actions if not action.option_strings]
        return _("Usage: %s") % " ".join([self.prog, *words, _("[OPTION]...")]) + "\n"

    def format_help(self):
        lines = [self.format_usage().rstrip("\n"), *textwrap.wrap(self.description, COLUMNS), ""]
        for action in self._told():
            before = "  " + " ".join([*action.option_strings[:1], self._words(action)]).rstrip()
            text = textwrap.wrap(action.help or "", COLUMNS - BEFORE)
            if len(before) > BEFORE - 2:
                lines.append(before)
            elif text:
                lines.append(f"{before:{BEFORE}}{text.pop(0)}")
            lines += [" " * BEFORE + line for line in text]
        return "\n".join(lines) + "\n"

    def error(self, message):
        self.exit(2, f"{self.format_usage()}{self.prog}: {message}\n")

    @staticmethod
    def _words(action):
        """What stands for the argument's value."""
        if action.nargs == 0:
            return ""
        if action.choices and not action.metavar:
            return "|".join(action.choices)
        name = _(action.metavar or action.dest.upper())
        return f"[{name}]..." if action.nargs == "*" else name
