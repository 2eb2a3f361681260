"""The grader's sentences in the student's language, and what comes from outside made harmless.

English is in the source; French is in po/fr.po, as for the programs. Bilingual
texts of a lab (titles, questions) are in its lab.conf.
"""
import gettext
import os

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
_translation = [gettext.NullTranslations()]


def choose(language):
    """"en", "fr" or None: what the environment says. Answers the language that is used."""
    if language is None:
        names = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
        said = next((os.environ[name] for name in names if os.environ.get(name)), "")
        language = "fr" if said.startswith("fr") else "en"
    for folder in (os.path.join(ROOT, "build", "locale"), None):
        if language != "en" and gettext.find("pli", folder, [language]):
            _translation[0] = gettext.translation("pli", folder, [language])
            break
    return language


def _(text):
    return _translation[0].gettext(text)


def N_(text):
    """Marks a text that is translated where it is shown."""
    return text


def harmless(data, most=4000):
    """Bytes or text of strangers as printable text: no control character, no end of line but "\\n", bounded."""
    text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
    if len(text) > most:
        text = text[:most] + " ..."
    return "".join(c if c in "\n\u00a0" or (c.isprintable() and not 0x202a <= ord(c) <= 0x2069) else f"\\x{ord(c):02x}"
                   for c in text.replace("\r\n", "\n"))


def quoted(data, most=4000):
    """Likewise, each line behind a bar, so that it is never taken for words of the grader."""
    return "\n".join("| " + line for line in harmless(data, most).rstrip("\n").split("\n"))
