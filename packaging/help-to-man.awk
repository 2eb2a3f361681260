# Turns what --help prints into parts of a man page, so that the two cannot differ.
#
#     awk -v part=synopsis|options -v name=PROGRAM -f help-to-man.awk HELP
#
# synopsis: how the program is called. options: the rest, where a line that is indented is an item, its explanation
# after two blanks or more or on the lines below that are indented more, and where other lines are paragraphs.

function safe(text)
{
    gsub(/\\/, "\\e", text)
    gsub(/-/, "\\-", text)
    if (text ~ /^[.']/)
        text = "\\&" text
    return text
}

function item(term, meaning)
{
    print ".TP"
    written = 1
    print ".B " safe(term)
    if (meaning != "")
        print safe(meaning)
    open_item = 1
    open_paragraph = 0
}

# Where the words of a line begin, counted from 0.
function indent(line)
{
    match(line, /^ */)
    return RLENGTH
}

{
    line = $0
    if (match(line, /^Usage[^:]*: /))
        line = substr("                ", 1, RLENGTH) substr(line, RLENGTH + 1)
    text = line
    sub(/^ */, "", text)
    usage = line ~ /^ / && index(text " ", name " ") == 1
    cut = match(text, /   */)
    cut_size = RLENGTH
}

part == "synopsis" {
    if (usage) {
        if (cut)
            text = substr(text, 1, cut - 1)
        if (shown++)
            print ".br"
        print ".B " safe(name)
        if (text != name)
            print safe(substr(text, length(name) + 2))
    }
    next
}

text == "" {
    open_paragraph = open_item = 0
    next
}

# "name: what it is", the first line of some, is the NAME section's; a call without an explanation is the SYNOPSIS's.
NR == 1 && line !~ /^ / { next }
usage && !cut && name ~ /^(pli|scripts)/ { next }

line ~ /^ / {
    if (open_item && indent(line) > deepest && !(cut && text ~ /^-/)) {
        print safe(text)
        next
    }
    deepest = indent(line) + 1
    if (cut)
        item(substr(text, 1, cut - 1), substr(text, cut + cut_size))
    else
        item(text, "")
    next
}

{
    if (!open_paragraph && written)
        print ".PP"
    written = 1
    open_paragraph = 1
    open_item = 0
    print safe(text)
}
