"""What differs from student to student, derived from the ID: the same ID always gives the same.

lab.conf says what may differ:

    personal: subject: number 1000 9999
    personal: friend: amine, sami, lina, nadia

In rules and answers {subject} and {friend} stand for the student's own.
"""
import hashlib
import re


def _number(lab, student, name, size):
    digest = hashlib.sha256(f"{lab.name}\0{student}\0{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % size


def of(lab, student):
    """{name: value}; without an ID everybody's, which is that of the ID ""."""
    values = {"student": student or ""}
    for line in lab.settings.get("personal", []):
        name, _colon, choices = (part.strip() for part in line.partition(":"))
        numbers = re.fullmatch(r"number (\d+) (\d+)", choices)
        if numbers:
            low, high = int(numbers[1]), int(numbers[2])
            values[name] = str(low + _number(lab, student or "", name, high - low + 1))
        else:
            words = [word.strip() for word in choices.split(",")]
            values[name] = words[_number(lab, student or "", name, len(words))]
    return values


def unknown(text, values):
    """The names in {} that nobody knows."""
    return [name for name in re.findall(r"\{(\w+)\}", text) if name not in values]


def fill(text, values):
    """{name} replaced; a name that nobody knows stays as it is."""
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], found[0]), text)
